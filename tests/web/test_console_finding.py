"""The queue page with its filters, the search page, and what stands beside a case."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import translation

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import PUBLIC, SYSTEM
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.intake import services as intake
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Assignment, Case
from sinmungo.apps.review.priority import Part
from sinmungo.apps.staff import services as staff
from sinmungo.apps.staff.models import User
from sinmungo.core.kernel.words import ActionKind
from sinmungo.web.console import finding, lists, why
from sinmungo.web.console.masking import Veil
from sinmungo.web.console.reported import reported
from tests.apps.review import made
from tests.apps.review.test_finding import _receipt
from tests.common import factories
from tests.web.test_console_pages import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> made.World:
    return made.world()


@pytest.fixture
def lead() -> User:
    return made.member("lead")


def _html(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def _listed(html: str) -> list[str]:
    """Return the codes of the cases that a page lists."""
    return re.findall(r'<h3><a href="/console/case/([0-9A-Z-]+)/">', html)


def _plain(world: made.World, text: str = "중고 자전거를 팝니다", **told: object) -> Case:
    """Make a case that no rule matched, so that nothing grave is in it."""
    item, version = made.post(world.platform, text, **told)
    return review.gather(
        item=item, version=version, verdict=None, queue="privacy", at=clock.now(), actor=SYSTEM
    )


def _reported(case: Case, reporter: str, words: str) -> None:
    draft = intake.draft_report(
        platform_id=case.item.platform_id,
        item_id=case.item.id,
        reason="spam",
        words=words,
        contact="",
        locale="ko",
        reporter_external_id=reporter,
        at=clock.now(),
    )
    intake.file_report(draft=draft, version=None, actor=PUBLIC)


def _ended(world: made.World, text: str) -> tuple[Case, Decision]:
    case = made.waiting_case(world.platform, text)
    assert case.version is not None
    decision = factories.decision(case.version, world.version)
    review.close(case=case, decision=decision, at=clock.now(), actor=SYSTEM)
    return case, decision


def test_filters_stand_in_the_address_and_as_chips(world: made.World, lead: User) -> None:
    """Filters combine; each chip's link holds all the others, and so do the links to queues."""
    here, _other = _plain(world, lang="ko"), _plain(world, lang="en")
    html = _html(browser(lead), f"/console/queue/privacy/?language=ko&platform={world.platform.slug}")
    assert _listed(html) == [here.code]
    chips = [parse_qs(urlsplit(url).query) for url in re.findall(r'class="chip" href="([^"]*)"', html)]
    assert chips == [{"language": ["ko"]}, {"platform": [world.platform.slug]}]
    assert f"/console/queue/threats/?platform={world.platform.slug}&amp;language=ko" in html


@pytest.mark.parametrize(
    "query",
    ["queue=nowhere", "platform=nowhere", "policy=%27%22", "language=tlh", "older=never", "older=0",
     "older=100001", "mine=yes", "overdue=%F0%9F%98%80", "platform=" + "x" * 101, "policy=a%00b"],
)  # fmt: skip
def test_a_filter_that_means_nothing_shows_an_empty_page(world: made.World, lead: User, query: str) -> None:
    """Whatever stands in the address, the page answers that nothing fits, and the chip takes it away."""
    _plain(world)
    answer = browser(lead).get(f"/console/?{query}")
    html = answer.content.decode()
    assert answer.status_code == 200
    assert _listed(html) == []
    assert "fits" in html
    assert 'class="chip" href="?"' in html


def test_the_pager_keeps_the_filters(world: made.World, lead: User) -> None:
    """Reading on under a filter shows what fits it, each case once."""
    cases = {_plain(world, lang="ko").code for _ in range(27)}
    _plain(world, lang="en")
    client = browser(lead)
    first = _html(client, "/console/?language=ko")
    further = re.search(r'href="(\?language=ko&amp;after=[^"]+)"', first)
    assert further is not None
    second = _html(client, "/console/" + further[1].replace("&amp;", "&"))
    assert len(_listed(first)) == 25
    assert set(_listed(first)) | set(_listed(second)) == cases


def test_each_case_can_be_chosen_by_who_decides(world: made.World, lead: User) -> None:
    """The list is a form with a box for each case; a policy person reads it and has none."""
    case = _plain(world)
    html = _html(browser(lead), "/console/")
    assert f'name="case" value="{case.code}"' in html
    assert 'action="/console/selection/"' in html
    assert 'name="case"' not in _html(browser(made.member("policy")), "/console/")


def test_a_refused_queue_says_why_it_is_empty(world: made.World, lead: User) -> None:
    """What was refused is not listed, and the page says that it was left out."""
    _plain(world)
    staff.refuse_queue(user=lead, queue="privacy", at=clock.now(), actor=SYSTEM)
    client = browser(lead)
    assert _listed(_html(client, "/console/")) == []
    assert "1 queue that you asked not to see is left out" in _html(client, "/console/")
    assert "You asked not to see this queue" in _html(client, "/console/queue/privacy/")


def test_marks_tell_due_times_and_whose_work_it_is(world: made.World, lead: User) -> None:
    """A case in a list says that it is overdue, for whom it is, and until when it was put off."""
    now = clock.now()
    case = _plain(world)
    work = Assignment.objects.get(pk=case.assignment_id)
    work.due_at, work.assignee = now - timedelta(hours=3), lead
    work.snoozed_until = now + timedelta(days=3, minutes=1)
    told = [mark.text for mark in lists.marks(work, now)]
    assert told == ["overdue for 3 hours", f"for {lead}", "put off for 3 days more"]
    work.due_at = now + timedelta(minutes=20)
    assert lists.marks(work, now)[0].text == "due in 20 minutes"


@pytest.mark.parametrize(
    ("part", "english", "korean"),
    [
        (Part("severity", "critical", 60.0), "among the gravest", "가장 무거운 정책"),
        (Part("queue", "60", 60.0), "Whatever waits in this queue", "이 대기열에 있는 건은 모두"),
        (Part("signal", "terms.threat 0.90", 18.0), "“terms.threat” found it (0.90 of 1).", "0.90점"),
        (Part("rule", "+5", 5.0), "asks for it to come sooner", "먼저 보라고"),
        (Part("rule", "-5", -5.0), "it can wait", "나중에 봐도"),
        (Part("reach", "90100", 15.0), "Seen 90,100 times so far.", "90,100번 보였습니다"),
        (Part("speed", "117", 8.0, {"doubles_in": 2.0}), "117 views an hour, doubling every 2 h", "두 배"),
        (Part("speed", "117", 8.0), "117 views an hour.", "한 시간에 117번"),
        (Part("reports", "3 (3/4)", 20.0, {"reports": 12, "right": 3, "answered": 4}),
         "12 reports, which count as 3 because some act as one. 3 of 4 earlier reports of theirs were right.",
         "지난 신고 4건 가운데 3건이 맞았습니다"),
        (Part("reports", "1", 8.0, {"reports": 1}), "1 report. These people have no", "신고 1건"),
        (Part("judge", "threats 0.91", 6.8), "A hint that proves nothing.", "증거가 아닙니다"),
        (Part("urgent", "imminent", 1000.0), "makes it urgent", "급한 건"),
        (Part("waiting", "5.2", 2.6), "Waiting for 5 hours.", "5시간째"),
        (Part("waiting", "0.4", 0.2), "less than an hour", "한 시간이 안"),
    ],
)  # fmt: skip
def test_every_part_of_a_priority_is_a_sentence(part: Part, english: str, korean: str) -> None:
    """In both languages, with the numbers it rests on."""
    with translation.override("en"):
        assert english in why.said(part)
    with translation.override("ko"):
        assert korean in why.said(part)


def test_bars_are_as_long_as_their_points() -> None:
    """The weightiest part has the longest bar, and one that speaks against says so."""
    parts = [Part("rule", "-30", -30.0), Part("severity", "critical", 60.0), Part("waiting", "0.0", 0.0)]
    told = why.reasons(parts)
    assert [(reason.bar, reason.is_against) for reason in told] == [(72, False), (36, True), (0, False)]


def test_reports_that_act_as_one_are_told_as_one(world: made.World, lead: User) -> None:
    """The page tells groups, one's words, and how earlier reports ended; nothing of who reported."""
    case = _plain(world)
    words = "이 글은 모르는 사람의 연락처를 올리고 전화하라고 합니다"
    for number in range(3):
        _reported(case, f"u{number}", words + "!" * number)
    _reported(case, "someone-else", "")
    told = reported(case.item, Veil(None, sees_personal=True))
    assert (told.count, len(told.groups), told.more) == (4, 2, 0)
    html = _html(browser(lead), f"/console/case/{case.code}/")
    assert "4 reports, as 2 groups" in html
    assert "3 reports that act as one: spam or fraud" in html
    assert html.count("전화하라고 합니다") == 1
    assert "someone-else" not in html


@pytest.mark.parametrize("url", ["/console/", "/console/search?q=가만두지", "/console/queue/threats/"])
def test_no_list_shows_grave_words_before_a_click(world: made.World, lead: User, url: str) -> None:
    """Of a grave case a list shows why it is there and not what it says, unless its reader wants it so."""
    case = made.waiting_case(world.platform)
    html = _html(browser(lead), url)
    assert _listed(html) == [case.code]
    assert "나타나면" not in html
    assert "The words are shown when you open it." in html
    staff.set_preference(
        user=lead, blur=False, greyscale=True, break_after_minutes=50, refused_queues=[],
        at=clock.now(), actor=SYSTEM,
    )  # fmt: skip
    assert "나타나면" in _html(browser(lead), url)


def test_a_list_masks_whose_a_case_is_for_a_vendor(world: made.World) -> None:
    """Neither a handle nor a telephone number stands in a vendor's list."""
    number = "-".join(("010", "1" * 4, "2" * 4))
    _plain(world, f"연락은 {number} 으로 주세요")
    vendor = made.member("observer", platform="nowhere")
    staff.grant(user=vendor, role="vendor", queues=["privacy"], at=clock.now(), actor=SYSTEM)
    html = _html(browser(vendor), "/console/queue/privacy/")
    assert len(_listed(html)) == 1
    assert number not in html
    assert "연락은" in html


@pytest.mark.parametrize("language", ["ko", "en"])
def test_search_marks_the_words_it_found(world: made.World, lead: User, language: str) -> None:
    """The words that were sought are marked as they are written, far into a long text as well."""
    case = _plain(world, "가" * 300 + " ＨＥＬＬＯ <b>자전거</b> 팝니다")
    html = _html(browser(lead, language), "/console/search?q=hello+자전거")
    assert _listed(html) == [case.code]
    assert "<mark>ＨＥＬＬＯ</mark> &lt;b&gt;<mark>자전거</mark>&lt;/b&gt;" in html


def test_the_form_is_posted_and_leads_to_an_address_that_can_be_kept(lead: User) -> None:
    """Whatever is no receipt is sent on, with every letter as it was typed."""
    answer = browser(lead).post("/console/search", {"q": " 100% & 반반 "})
    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer["Location"]).query) == {"q": ["100% & 반반"]}


def test_a_receipt_is_in_no_address_and_on_no_page(world: made.World, lead: User) -> None:
    """The page that a receipt leads to shows the case and not the receipt; a wrong one shows nothing."""
    case = _plain(world)
    receipt = _receipt(case.item)
    answer = browser(lead).post("/console/search", {"q": receipt})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert _listed(html) == [case.code]
    assert receipt not in html
    assert receipt[:8] not in html
    wrong = browser(lead).post("/console/search", {"q": "f" * 32}).content.decode()
    assert "Nothing found" in wrong
    assert "f" * 32 not in wrong


def test_looking_for_somebody_by_name_is_written_down(world: made.World, lead: User) -> None:
    """Once a search, under a salted digest; looking for words is nobody's business."""
    case = _plain(world)
    assert case.item.author is not None
    client = browser(lead)
    client.get("/console/search", {"q": "자전거"})
    assert not Entry.objects.filter(kind="review.searched").exists()
    html = client.get("/console/search", {"q": case.item.author.external_id}).content.decode()
    assert "is an account" in html
    assert Entry.objects.filter(kind="review.searched").count() == 1


@pytest.mark.parametrize("asked", ["가", "가" * 101])
def test_a_search_for_too_little_says_so(lead: User, asked: str) -> None:
    """The page comes back with a sentence and what was typed."""
    answer = browser(lead).get("/console/search", {"q": asked})
    assert answer.status_code == 422
    assert "Search for 2 to 100 characters." in answer.content.decode()


def test_the_field_in_the_masthead_is_for_those_who_may_search(lead: User) -> None:
    """Every page of a lead has it, with its key; an administrator's has none."""
    assert 'id="find"' in _html(browser(lead), "/console/")
    assert 'data-key="/"' in _html(browser(lead), "/console/search")
    assert 'id="find"' not in _html(browser(made.member("administrator")), "/console/people/")


def test_like_cases_tell_how_they_ended(world: made.World, lead: User) -> None:
    """Each says how like it is, what was done, by whom and when, and whether an appeal overturned it."""
    said = "내일 저녁에 학교 앞으로 찾아가서 가만두지 않겠다"
    _wrong, decision = _ended(world, said)
    factories.overturned(decision)
    right, _ = _ended(world, said)
    panel = finding.similar_shown(made.waiting_case(world.platform, said), lead, "en")
    assert panel is not None
    first, last = panel.rows
    assert (first.code, first.likeness, first.percent) == (right.code, "nearly word for word", 100)
    assert (first.ended, first.by, first.changed) == ("Remove it", "decided by a machine alone", "")
    assert "An appeal overturned this" in last.changed
    assert first.is_veiled


def test_nothing_alike_is_said_plainly(world: made.World, lead: User) -> None:
    """Without a like case the panel is there and empty; a reader who may not look around has none."""
    case = _plain(world)
    assert finding.similar_shown(case, lead, "en") == finding.SimilarPanel(())
    vendor = made.member("observer", platform="nowhere")
    staff.grant(user=vendor, role="vendor", queues=["privacy"], at=clock.now(), actor=SYSTEM)
    assert finding.similar_shown(case, vendor, "en") is None
    assert finding.account_shown(case, vendor, "en", clock.now()) is None


def test_the_account_panel_tells_what_else_is_open_and_in_force(world: made.World, lead: User) -> None:
    """Other open cases with their queue, and what stands against the account itself."""
    case = _plain(world)
    author = case.item.author
    assert author is not None
    seen = factories.posts(world.platform, [author], ["other-1"], text="자전거를 또 팝니다")[0]
    other = review.gather(
        item=seen.item, version=seen, verdict=None, queue="privacy", at=clock.now(), actor=SYSTEM
    )
    account = factories.seen(author)
    account.save()
    factories.decision(account, world.version, factories.action(ActionKind.SUSPEND, days=7))
    panel = finding.account_shown(case, lead, "en", clock.now())
    assert panel is not None
    assert [row.code for row in panel.rows] == [other.code]
    assert panel.rows[0].queue == "Privacy"
    assert len(panel.standing) == 1
    assert panel.standing[0].startswith("Suspend the account, until ")
