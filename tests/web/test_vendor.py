"""Vendor reviewers: named queues only, nothing of a person, short sessions, every view in the ledger."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import PUBLIC, SYSTEM
from sinmungo.apps.intake import services as intake
from sinmungo.apps.items.models import Item, Version
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Assignment, Case
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff import services
from sinmungo.apps.staff.errors import QueuesNeeded, RoleLacks
from sinmungo.apps.staff.models import Membership, User
from sinmungo.apps.staff.roles import Permission
from tests.apps.review import made

pytestmark = pytest.mark.django_db

PHONE = "010-0000-" + "4321"
WORDS = f"너 다시 나타나면 가만두지 않겠다 {PHONE}"


@pytest.fixture
def world() -> made.World:
    return made.world()


@pytest.fixture
def vendor() -> User:
    return made.member("vendor", queues=["threats"])


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def elsewhere(world: made.World) -> Case:
    """Make a case that waits in a queue that is not the vendor's."""
    case = made.waiting_case(world.platform)
    Assignment.objects.filter(pk=case.assignment_id).update(queue="privacy")
    return Case.objects.get(pk=case.pk)


def test_a_vendor_sees_the_named_queues_only(world: made.World, vendor: User) -> None:
    """Lists hold the cases of the named queue, and the other queue has no name and no number there."""
    mine, other = made.waiting_case(world.platform), elsewhere(world)
    html = browser(vendor).get("/console/").content.decode()
    assert mine.code in html and other.code not in html
    assert "/console/queue/privacy/" not in html
    assert browser(vendor).get("/console/queue/privacy/").status_code == 404


ACTS = [
    "claim",
    "release",
    "refer",
    "seen",
    "recommend",
    "decide",
    "translate",
    "note",
    "assign",
    "snooze",
    "escalate",
]


@pytest.mark.parametrize("act", ["", *ACTS])
def test_a_case_of_another_queue_is_as_if_there_were_none(world: made.World, vendor: User, act: str) -> None:
    """Every address of a case answers for another queue's case as for a code that nobody made."""
    client, other = browser(vendor), elsewhere(world)
    ask = client.post if act else client.get
    told = [ask(f"/console/case/{code}/{act}", {"version": "1"}) for code in (other.code, "00000-00000")]
    assert [answer.status_code for answer in told] == [404, 404]
    assert told[0].content.replace(other.code.encode(), b"") == told[1].content.replace(b"00000-00000", b"")


def test_forms_that_name_a_case_do_not_reach_another_queue(world: made.World, vendor: User) -> None:
    """Choosing several, and refusing a kind, end at the same wall."""
    client, other = browser(vendor), elsewhere(world)
    for path in ("/console/selection/", "/console/selection/decide", "/console/me/refuse"):
        assert client.post(path, {"case": [other.code]}).status_code == 404, path


def test_the_service_refuses_another_queue_too(world: made.World, vendor: User) -> None:
    """Not only pages: taking work in hand needs the queue."""
    work = elsewhere(world).assignment
    with pytest.raises(RoleLacks):
        review.claim(
            assignment=work,
            user=vendor,
            expected_version=work.version,
            at=clock.now(),
            actor=staff.actor_of(vendor),
        )


def test_a_case_that_leaves_the_queue_leaves_the_vendor(world: made.World, vendor: User) -> None:
    """Referred elsewhere, it cannot be opened any more."""
    client, case = browser(vendor), made.waiting_case(world.platform)
    assert client.get(f"/console/case/{case.code}/").status_code == 200
    Assignment.objects.filter(pk=case.assignment_id).update(queue="privacy")
    assert client.get(f"/console/case/{case.code}/").status_code == 404


def test_a_vendor_needs_queues(world: made.World) -> None:
    """Without a queue there is no vendor, and more than 50 are no bound; a bare row reaches nothing."""
    user = made.member("reviewer")
    given: dict[str, Any] = {"user": user, "role": "vendor", "at": clock.now(), "actor": SYSTEM}
    for queues in ([], [f"q{n}" for n in range(51)]):
        with pytest.raises(QueuesNeeded):
            services.grant(**given, queues=queues)
    services.grant(**given, queues=[f"q{n}" for n in range(50)])
    alone = made.member("vendor")
    Membership.objects.filter(user=alone).update(queues=[])
    assert staff.queues_where(alone, Permission.SEE_CASES) == frozenset()
    assert not staff.may(alone, Permission.SEE_CASES)


def test_other_roles_may_be_bound_to_queues(world: made.World) -> None:
    """A reviewer of one queue works there, and without a queue everywhere."""
    bound, free = made.member(queues=["threats"]), made.member()
    assert staff.queues_where(bound, Permission.SEE_CASES) == {"threats"}
    assert staff.queues_where(free, Permission.SEE_CASES) is None
    assert not staff.may(bound, Permission.SEE_CASES, queue="privacy")


def test_a_wider_role_widens_only_where_it_is_held(world: made.World, vendor: User) -> None:
    """A vendor who is a reviewer on another platform still sees no handle here."""
    other = made.world().platform
    services.grant(user=vendor, role="reviewer", platform=other.slug, at=clock.now(), actor=SYSTEM)
    here, there = made.waiting_case(world.platform), made.waiting_case(other)
    client = browser(vendor)
    for case, is_told in ((here, False), (there, True)):
        author = case.item.author
        assert author
        html = client.get(f"/console/case/{case.code}/").content.decode()
        assert (author.external_id in html) == is_told


def thread_of(case: Case) -> tuple[Item, Version]:
    """Let somebody else answer in the same place, naming the author and a number."""
    item, version = made.post(case.item.platform, f"{case.item.author.external_id} 그만해 {PHONE}")  # type: ignore[union-attr]
    Item.objects.filter(pk=item.pk).update(container=case.item.container)
    return Item.objects.get(pk=item.pk), version


def report(case: Case) -> None:
    """Let somebody report the item with words that hold a number."""
    draft = intake.draft_report(
        platform_id=case.item.platform_id,
        item_id=case.item.id,
        reason="harassment",
        words=f"저 사람 번호는 {PHONE} 입니다",
        contact="",
        locale="ko",
        reporter_external_id="",
        at=clock.now(),
    )
    intake.file_report(draft=draft, version=None, actor=PUBLIC)


def test_a_case_tells_a_vendor_nothing_of_a_person(world: made.World, vendor: User) -> None:
    """No handle, id, number or account panel; the words of the threat stay, and their mark too."""
    case = made.waiting_case(world.platform, WORDS)
    answer, _version = thread_of(case)
    report(case)
    html = browser(vendor).get(f"/console/case/{case.code}/").content.decode()
    for account in (case.item.author, answer.author):
        assert account and account.external_id not in html
    assert case.item.external_id not in html
    assert PHONE not in html and PHONE[-4:] not in html
    assert "저 사람 번호는" in html and "<mark>" in html and "가만두지" in html
    assert "another person 1" in html and "the author" in html
    for panel in ("account-h", "similar-h", "open-h"):
        assert panel not in html
    full = browser(made.member()).get(f"/console/case/{case.code}/").content.decode()
    assert case.item.author and case.item.author.external_id in full and PHONE in full


def test_lists_tell_a_vendor_nothing_of_a_person(world: made.World, vendor: User) -> None:
    """Neither the queue nor a selection shows a handle or an id."""
    case = made.waiting_case(world.platform, WORDS)
    client = browser(vendor)
    pages = [client.get("/console/"), client.post("/console/selection/", {"case": [case.code]})]
    for page in pages:
        html = page.content.decode()
        assert page.status_code == 200 and case.code in html
        assert case.item.external_id not in html and PHONE not in html


def test_no_link_in_a_text_can_be_followed(world: made.World, vendor: User) -> None:
    """An address in an item is text; nothing on the page leads out of the house."""
    case = made.waiting_case(world.platform, "너 가만 안 둬 https://example.com/a/b?c=d")
    html = browser(vendor).get(f"/console/case/{case.code}/").content.decode()
    assert "https://example.com/" in html and "a/b?c=d" not in html
    assert not re.findall(r'href="(?:https?:)?//', html)


def addresses(patterns: list[Any], prefix: str = "") -> list[str]:
    """Return every address below ``console/`` as it is written in the patterns."""
    found: list[str] = []
    for each in patterns:
        if isinstance(each, URLResolver):
            found += addresses(each.url_patterns, prefix + str(each.pattern))
        elif isinstance(each, URLPattern):
            found.append(prefix + str(each.pattern))
    return [address for address in found if address.startswith("console/")]


def test_no_address_gives_anybody_a_file_of_cases(world: made.World, vendor: User) -> None:
    """Every page of the console is a page: no list, sheet or archive to carry away."""
    case = made.waiting_case(world.platform)
    every = addresses(get_resolver().url_patterns)
    assert len(every) > 30
    for user in (vendor, made.member("lead")):
        client = browser(user)
        for address in every:
            url = re.sub(r"<case_code:\w+>", case.code, address).replace("<slug:slug>", "threats")
            answer = client.get("/" + re.sub(r"<[^>]+>", "x", url))
            kind = answer.get("Content-Type", "")
            assert "Content-Disposition" not in answer, url
            assert answer.status_code in (302, 405) or kind.startswith(("text/html", "image/")), (url, kind)


@pytest.mark.parametrize(
    ("minutes", "is_open"), [([29, 29, 29], True), ([30], False), ([29] * 16, True), ([29] * 17, False)]
)
def test_a_session_ends_idle_after_half_an_hour_and_after_eight_hours(
    world: made.World, vendor: User, monkeypatch: pytest.MonkeyPatch, minutes: list[int], is_open: bool
) -> None:
    """Acting at least every half hour keeps a session, and nothing keeps it past eight hours."""
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    client = browser(vendor)
    status = client.get("/console/").status_code
    for pause in minutes:
        now += timedelta(minutes=pause)
        status = client.get("/console/").status_code
    assert status == (200 if is_open else 302)
    if not is_open:
        assert "session has ended" in client.get("/staff/sign-in").content.decode()


def test_a_page_left_open_keeps_no_session(
    world: made.World, vendor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a page sends by itself counts as no act."""
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    client, case = browser(vendor), made.waiting_case(world.platform)
    client.get(f"/console/case/{case.code}/")
    for _ in range(3):
        now += timedelta(minutes=10)
        answer = client.post(f"/console/case/{case.code}/seen", {"seconds": "15"})
    assert answer.status_code == 302
    assert client.get("/console/").status_code == 302


def test_other_people_keep_their_sessions(world: made.World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The short session is the vendor's alone."""
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    client = browser(made.member())
    client.get("/console/")
    now += timedelta(hours=9)
    assert client.get("/console/").status_code == 200


def viewed() -> list[tuple[str, str]]:
    entries = Entry.objects.filter(kind="staff.vendor.viewed").order_by("at", "id")
    return [(entry.subject, entry.body) for entry in entries]


def test_every_view_of_a_vendor_is_in_the_ledger(world: made.World, vendor: User) -> None:
    """A list, a queue and a case are written down by name, with no personal data."""
    client, case = browser(vendor), made.waiting_case(world.platform)
    for path in ("/console/", "/console/queue/threats/", f"/console/case/{case.code}/", "/console/me/"):
        client.get(path)
    subjects = [subject for subject, _body in viewed()]
    assert subjects == [
        f"staff:{vendor.id.hex}",
        "queue:threats",
        f"case:{case.code}",
        f"staff:{vendor.id.hex}",
    ]
    assert case.item.external_id not in str(viewed())


def test_what_was_refused_was_not_shown(world: made.World, vendor: User) -> None:
    """A page that a vendor may not open leaves no entry that says it was shown."""
    client = browser(vendor)
    client.get("/console/people/")
    client.get(f"/console/case/{elsewhere(world).code}/")
    assert viewed() == []


def test_a_view_that_cannot_be_written_down_is_not_given(
    world: made.World, vendor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page comes after the entry, or not at all."""
    client, case = browser(vendor), made.waiting_case(world.platform)
    client.raise_request_exception = False

    def failing(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr("sinmungo.apps.staff.services.record", failing)
    answer = client.get(f"/console/case/{case.code}/")
    assert answer.status_code == 503 and "가만두지" not in answer.content.decode()


def test_other_peoples_views_are_not_listed_so(world: made.World) -> None:
    """Only vendors are followed page by page."""
    browser(made.member()).get("/console/")
    assert not Entry.objects.filter(kind="staff.vendor.viewed").exists()
