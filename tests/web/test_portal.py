"""The pages for everybody, as a browser without JavaScript meets them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sinmungo.apps.appeals.models import Appeal
from sinmungo.apps.base import clock
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.intake.models import Report
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.statements import links
from sinmungo.apps.statements.models import Statement
from sinmungo.core.kernel.words import DsaCategory, PlatformMode
from tests.apps.appeals.made import REASONS, REMOVED, WORDS, appealed, decided, png, reported, scene, told
from tests.apps.review.made import member, post, world
from tests.journeys.test_appeal import UPHELD, answered, heard

pytestmark = pytest.mark.django_db
WORDS_OF_POST = "가만두지"
RECEIPT = re.compile(r"(?:[0-9a-f]{8}-){3}[0-9a-f]{8}")


@pytest.fixture
def browser() -> Client:
    return Client(headers={"accept-language": "ko"}, enforce_csrf_checks=False)


def text(response) -> str:  # type: ignore[no-untyped-def]
    return response.content.decode()


def opened(browser: Client, statement: Statement) -> str:
    """Open a statement's link and return the address of its page."""
    response = browser.get(links.link_path(statement))
    assert response.status_code == 302
    return str(response.headers["Location"])


def test_first_page_has_four_doors(browser: Client) -> None:
    """Everybody finds their door on the first page, in Korean and in English."""
    korean, english = text(browser.get("/")), text(browser.get("/?lang=en"))
    for door in ("내 계정이 사라졌어요", "신고했는데 답이 없어요", "내 사진이 도용됐어요", "여기서 일합니다"):
        assert door in korean
    assert "My account is gone" in english
    assert "/staff/" in korean


def test_link_leads_to_an_address_that_gives_nothing_away(browser: Client) -> None:
    """A statement opens from its link; the token leaves the address at once and nothing is kept."""
    statement = told(scene()[3])
    before = list(Statement.objects.values_list())
    response = browser.get(links.link_path(statement))
    assert links.link_path(statement).removeprefix("/s/") not in response.headers["Location"]
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    page = browser.get(response.headers["Location"])
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert statement.decision.case_code in text(page)
    assert list(Statement.objects.values_list()) == before


def test_other_browser_reads_nothing(browser: Client) -> None:
    """Without the link an address of a statement opens nothing, whether it exists or not."""
    decision = scene()[3]
    for address in (f"/statement/{decision.case_code}/", "/statement/AAAAA-AAAAA/", "/statement/"):
        response = browser.get(address)
        assert response.status_code == 404
        assert WORDS_OF_POST not in text(response)


def test_forged_and_unknown_links_get_one_answer(browser: Client) -> None:
    """A forged, an old and a senseless link are told apart by nobody."""
    statement = told(scene()[3])
    good = links.link_path(statement)
    Statement.objects.filter(pk=statement.pk).update(link_version=2)
    pages = {text(browser.get(path)) for path in (good, "/s/" + "A" * 46, "/s/x", "/s/" + "A" * 3000)}
    languages = {re.sub(r'href="[^"]*lang=en"', "", page) for page in pages}
    assert len(languages) == 1
    assert all(browser.get(path).status_code == 404 for path in (good, "/s/x"))


def test_language_of_the_statement_is_kept_unless_one_was_chosen() -> None:
    """The link opens in the statement's language; a choice made before is respected."""
    statement = told(scene()[3])
    Statement.objects.filter(pk=statement.pk).update(locale="en")
    fresh = Client(headers={"accept-language": "ko"})
    assert 'lang="en"' in text(fresh.get(links.link_path(statement), follow=True))
    chosen = Client(headers={"accept-language": "en"})
    chosen.get("/?lang=ko")
    assert '<html lang="ko"' in text(chosen.get(links.link_path(statement), follow=True))


def test_two_statements_are_read_in_one_browser(browser: Client) -> None:
    """A person with two statements reads both, and each names the other."""
    within, decider, _, first = scene()
    second = decided(within, decider, REMOVED)
    opened(browser, told(first))
    opened(browser, told(second))
    page = text(browser.get(f"/statement/{first.case_code}/"))
    assert f"/statement/{second.case_code}/" in page


def test_later_decision_is_shown_on_the_first_statement(browser: Client) -> None:
    """A statement whose decision was replaced leads to what was told later."""
    within, decider, _, decision = scene()
    on = (decision.item, decision.item_version)
    reversal = decided(within, decider, violation=False, on=on, supersedes=decision)
    address = opened(browser, told(decision))
    page = text(browser.get(address))
    assert links.link_path(told(reversal)) in page
    assert "이의신청하기" not in page


def test_appeal_is_filed_and_its_receipt_shown_once(browser: Client) -> None:
    """From the link to the receipt without signing in; a reload shows the state and not the receipt."""
    decision = scene()[3]
    opened(browser, told(decision))
    assert browser.get(f"/appeal/{decision.case_code}/").status_code == 200
    file = SimpleUploadedFile("사진.png", png())
    sent = browser.post(f"/appeal/{decision.case_code}/", {"words": WORDS, "attachments": [file]})
    assert sent.status_code == 302
    shown = text(browser.get(sent.headers["Location"]))
    found = RECEIPT.search(shown)
    assert found is not None
    assert browser.get(sent.headers["Location"]).headers["Location"] == "/receipts/"
    board = text(browser.get("/receipts/"))
    assert decision.case_code in board
    assert found[0] not in board
    appeal = Appeal.objects.get()
    assert appeal.attachments.get().media_type == "image/png"
    again = Client()
    again.post("/receipts/", {"receipts": found[0].upper()})
    assert decision.case_code in text(again.get("/receipts/"))


def test_refused_appeal_loses_no_word(browser: Client) -> None:
    """A file that is not taken is named at its field; the words stay in the form."""
    decision = scene()[3]
    opened(browser, told(decision))
    for files, name in (
        ([SimpleUploadedFile("x.gif", b"GIF89a\1\0")], "x.gif"),
        ([SimpleUploadedFile("big.txt", b"a" * (5 * 1024 * 1024 + 1))], "big.txt"),
        ([SimpleUploadedFile(f"{n}.txt", b"a") for n in range(9)], "3"),
    ):
        answer = browser.post(f"/appeal/{decision.case_code}/", {"words": WORDS, "attachments": files})
        page = text(answer)
        assert answer.status_code == 422
        assert WORDS in page
        assert 'id="error_attachments"' in page
        assert 'aria-describedby="help_attachments error_attachments"' in page
        assert name in page.split('id="error_attachments"')[1].split("</ul>")[0]
    assert not Appeal.objects.exists()


def test_three_large_files_arrive_whole(browser: Client) -> None:
    """Three files of five megabytes, more than a body usually holds, all arrive."""
    decision = scene()[3]
    opened(browser, told(decision))
    files = [SimpleUploadedFile(f"{n}.txt", b"a" * (5 * 1024 * 1024)) for n in range(3)]
    sent = browser.post(f"/appeal/{decision.case_code}/", {"words": WORDS, "attachments": files})
    assert sent.status_code == 302
    assert [row.size for row in Appeal.objects.get().attachments.all()] == [5 * 1024 * 1024] * 3


def test_too_many_words_stay_in_the_form(browser: Client) -> None:
    """Words over the limit are given back whole, with how many there are."""
    decision = scene()[3]
    opened(browser, told(decision))
    page = text(browser.post(f"/appeal/{decision.case_code}/", {"words": "가" * 10_001}))
    assert "가" * 10_001 in page
    assert "10001" in page


def test_forms_are_guarded_against_other_sites() -> None:
    """A form that another site sends is refused, also where files are taken."""
    decision = scene()[3]
    strict = Client(enforce_csrf_checks=True)
    opened(strict, told(decision))
    for address in (
        f"/appeal/{decision.case_code}/",
        "/report/",
        "/receipts/",
        "/receipts/clear/",
        "/account/",
    ):
        assert strict.post(address, {"words": WORDS}).status_code == 403
    page = text(strict.get(f"/appeal/{decision.case_code}/"))
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    sent = strict.post(f"/appeal/{decision.case_code}/", {"words": WORDS, "csrfmiddlewaretoken": token[1]})
    assert sent.status_code == 302


def test_intimate_matters_say_that_no_picture_is_taken(browser: Client) -> None:
    """Where pictures are not taken the form says so, and refuses them."""
    within, decider = world(), member("reviewer")
    decision = decided(within, decider, REMOVED, category=DsaCategory.CYBER_VIOLENCE)
    opened(browser, told(decision))
    assert 'accept="text/plain"' in text(browser.get(f"/appeal/{decision.case_code}/"))
    files = {"words": WORDS, "attachments": SimpleUploadedFile("a.png", png())}
    assert browser.post(f"/appeal/{decision.case_code}/", files).status_code == 422


def test_answer_is_read_with_the_receipt(browser: Client) -> None:
    """Whoever holds the receipt reads outcome and reasons."""
    _, _, hearer, decision = scene()
    filed = appealed(told(decision))
    heard(filed, hearer, UPHELD)
    browser.post("/receipts/", {"receipts": filed.receipt})
    page = text(browser.get("/receipts/"))
    assert REASONS in page
    assert str(hearer) not in page
    assert hearer.pk.hex not in page


@pytest.fixture
def report_by() -> Callable[..., dict[str, str]]:
    def fields(platform: str, **more: str) -> dict[str, str]:
        return {
            "platform": platform,
            "item_type": "post",
            "reason": "harassment",
            "address": "post-x",
            **more,
        }

    return fields


def test_report_without_an_account(browser: Client, report_by: Callable[..., dict[str, str]]) -> None:
    """A report gives a receipt once, and the board shows that it waits."""
    within = world()
    sent = browser.post("/report/", report_by(within.platform.slug, words="누군가를 괴롭히는 글입니다"))
    assert sent.status_code == 302
    receipt = RECEIPT.search(text(browser.get(sent.headers["Location"])))
    assert receipt is not None
    assert browser.get(sent.headers["Location"]).status_code == 302
    assert receipt[0] not in text(browser.get("/receipts/"))
    assert Report.objects.get().item.external_id == "post-x"


def test_a_receipt_that_waits_to_be_shown_is_sealed(
    browser: Client, report_by: Callable[..., dict[str, str]]
) -> None:
    """Between sending and showing, the session's row holds the receipt sealed and not in clear."""
    sent = browser.post("/report/", report_by(world().platform.slug))
    waiting = json.dumps(dict(browser.session))
    shown = RECEIPT.search(text(browser.get(sent.headers["Location"])))
    assert shown is not None
    assert shown[0] not in waiting
    assert RECEIPT.search(waiting) is None


def test_a_session_that_somebody_else_set_does_not_open_a_statement(browser: Client) -> None:
    """Opening a link gives the browser a new session, so whoever knew the old one reads nothing."""
    browser.post("/receipts/", {"receipts": appealed(told(scene()[3])).receipt})
    known = browser.cookies[settings.SESSION_COOKIE_NAME].value
    address = opened(browser, told(scene()[3]))
    assert browser.get(address).status_code == 200
    other = Client()
    other.cookies[settings.SESSION_COOKIE_NAME] = known
    assert other.get(address).status_code == 404


def test_a_resident_number_in_an_address_is_not_kept(
    browser: Client, report_by: Callable[..., dict[str, str]]
) -> None:
    """Whoever writes a resident number where an address belongs leaves none behind."""
    number = "901231-" + "1234567"
    browser.post("/report/", report_by(world().platform.slug, address=f"주민등록번호 {number}인 사람"))
    assert number not in Report.objects.get().item.external_id


def test_the_way_to_the_other_language_leads_nowhere_else(browser: Client) -> None:
    """An address that begins with two slashes is not made into a link to another site."""
    assert 'href="//' not in text(browser.get("//elsewhere.invalid/x"))


def test_address_of_a_known_item_finds_it(browser: Client, report_by: Callable[..., dict[str, str]]) -> None:
    """An address pasted from a browser is taken for the item it shows."""
    within = world()
    item, _ = post(within.platform)
    account = item.author
    assert account is not None
    for address, found in (
        (f"https://haneul.example/posts/{item.external_id}?from=share#top", item),
        (item.external_id, item),
        (f"https://haneul.example/@/{account.external_id}/", account),
    ):
        browser.post("/report/", report_by(within.platform.slug, address=address))
        assert Report.objects.latest("id").item_id == found.pk
    browser.post("/report/", report_by(within.platform.slug, address="https://haneul.example/p/1?who=me"))
    assert Report.objects.latest("id").item.external_id == "https://haneul.example/p/1"


def test_refused_report_loses_nothing(browser: Client, report_by: Callable[..., dict[str, str]]) -> None:
    """A report without a reason comes back with everything that was typed."""
    within = world()
    fields = report_by(within.platform.slug, words="적은 글", contact="연락처", address="주소")
    del fields["reason"]
    answer = browser.post("/report/", fields)
    page = text(answer)
    assert answer.status_code == 422
    for typed in ("적은 글", "연락처", "주소"):
        assert typed in page
    assert 'id="error_reason"' in page
    assert not Report.objects.exists()


def test_reports_of_one_browser_have_a_limit(
    browser: Client, report_by: Callable[..., dict[str, str]]
) -> None:
    """The twenty-first report within an hour is kept in the form and not sent."""
    within = world()
    for number in range(20):
        sent = browser.post("/report/", report_by(within.platform.slug, address=f"post-{number}"))
        assert sent.status_code == 302
    answer = browser.post("/report/", report_by(within.platform.slug, words="스물한 번째"))
    assert answer.status_code == 422
    assert "스물한 번째" in text(answer)
    assert Report.objects.count() == 20


def test_unknown_receipts_are_named_and_known_ones_shown(browser: Client) -> None:
    """Of several receipts the known are shown and the unknown named."""
    filed = appealed(told(scene()[3]))
    page = text(browser.post("/receipts/", {"receipts": f"{filed.receipt}\nnothing-like-it"}))
    assert "nothing-like-it" in page
    assert filed.appeal.decision.case_code in page


def test_board_is_cleared_on_a_shared_device(browser: Client) -> None:
    """Clearing takes receipts and statements off this browser."""
    statement = told(scene()[3])
    opened(browser, statement)
    browser.post("/receipts/", {"receipts": appealed(statement).receipt})
    browser.post("/receipts/clear/")
    assert statement.decision.case_code not in text(browser.get("/receipts/"))
    assert browser.get("/statement/").status_code == 404


def test_pasted_link_opens_the_statement(browser: Client) -> None:
    """The address of a statement, pasted, opens it; anything else says what to do."""
    statement = told(scene()[3])
    for written in (
        links.link_url(statement),
        f"  {links.link_path(statement)} ",
        f"{links.link_url(statement)}?x=1",
    ):
        answer = browser.post("/account/", {"link": written})
        assert answer.headers.get("Location") == links.link_path(statement)
    answer = browser.post("/account/", {"link": "https://example.org/s/none"})
    assert answer.status_code == 422
    assert "https://example.org/s/none" in text(answer)


def test_misused_picture_page_has_numbers_and_no_form(browser: Client) -> None:
    """The page gives numbers of people who help, asks for nothing and promises nothing."""
    page = text(browser.get("/misused/"))
    for number in ("112", "1366", "1388", "109"):
        assert f'href="tel:{number}"' in page
    main = page.split("<main")[1].split("</main>")[0]
    assert "<form" not in main
    assert "<input" not in main
    assert "<img" not in main


def test_proof_is_a_click_away(browser: Client) -> None:
    """A statement leads to a proof that can be checked without us; before its place, the page says so."""
    decision: Decision = scene()[3]
    opened(browser, told(decision))
    assert "몇 초" in text(browser.get(f"/statement/{decision.case_code}/proof"))
    assert browser.get(f"/statement/{decision.case_code}/proof.json").status_code == 404
    ledger.sequence(now=clock.now())
    page = text(browser.get(f"/statement/{decision.case_code}/proof"))
    assert "proof.json" in page
    file = browser.get(f"/statement/{decision.case_code}/proof.json")
    document = json.loads(text(file))
    assert decision.case_code in document["entry_document"]
    assert "attachment" in file.headers["Content-Disposition"]
    assert Client().get(f"/statement/{decision.case_code}/proof.json").status_code == 404


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_page_has_title_language_and_one_heading(browser: Client, language: str) -> None:
    """Every page has a title, says its language, and has exactly one heading of the first rank."""
    decision = scene()[3]
    opened(browser, told(decision))
    pages = ("/", "/account/", "/misused/", "/report/", "/receipts/", "/statement/")
    for address in (*pages, f"/appeal/{decision.case_code}/", f"/statement/{decision.case_code}/proof"):
        page = text(browser.get(address, {"lang": language}))
        assert f'<html lang="{language}"' in page
        assert page.count("<h1") == 1, address
        title = re.search(r"<title>(.+?) · ", page)
        assert title is not None
        assert title[1].strip()


def test_korean_pages_have_no_english_left(browser: Client) -> None:
    """Every sentence of the Korean pages is translated."""
    decision = scene()[3]
    opened(browser, told(decision))
    browser.post("/receipts/", {"receipts": appealed(told(scene()[3])).receipt})
    known = {"English", "JSON", "PDF", "PNG", "JPEG", "MB", "SHA", "RFC", "Sinmungo", "UTF"}
    pages = (
        "/",
        "/account/",
        "/misused/",
        "/report/",
        "/receipts/",
        f"/appeal/{decision.case_code}/",
        "/s/x",
    )
    for address in pages:
        page = re.sub(r"<(head|style|script|svg)\b.*?</\1>", " ", text(browser.get(address)), flags=re.S)
        words = set(re.findall(r"[A-Za-z]{3,}", re.sub(r"<[^>]+>|&\w+;", " ", page)))
        strange = {word for word in words if word not in known and word not in decision.case_code}
        assert {word for word in strange if word.lower() == word} <= {"link", "not", "valid", "statement"}, (
            address
        )


def test_words_come_back_when_the_visit_has_ended(browser: Client) -> None:
    """Words sent after the session has ended come back whole, with the way to go on."""
    decision = scene()[3]
    answer = browser.post(f"/appeal/{decision.case_code}/", {"words": WORDS})
    assert answer.status_code == 404
    assert WORDS in text(answer)
    assert not Appeal.objects.exists()


def test_pressing_twice_still_leads_to_the_receipt(browser: Client) -> None:
    """The second of two presses finds the receipt of the first."""
    decision = scene()[3]
    opened(browser, told(decision))
    form = {"words": WORDS}
    browser.post(f"/appeal/{decision.case_code}/", form)
    again = browser.post(f"/appeal/{decision.case_code}/", form)
    assert again.status_code == 302
    assert RECEIPT.search(text(browser.get(again.headers["Location"])))
    third = browser.post(f"/appeal/{decision.case_code}/", form)
    assert third.status_code == 422
    assert Appeal.objects.count() == 1


def test_reporter_reads_the_outcome_and_objects(browser: Client) -> None:
    """With the receipt of a report its outcome opens, and an appeal against a rejection is taken."""
    within, decider, _, _ = scene()
    item, version = post(within.platform)
    receipt = reported(within, item).receipt
    decision = decided(within, decider, violation=False, on=(item, version))
    answered(decision, "no_violation", decider)
    browser.post("/receipts/", {"receipts": receipt})
    link = re.search(r'href="(/s/[^"]+)"', text(browser.get("/receipts/")))
    assert link is not None
    page = text(browser.get(link[1], follow=True))
    assert WORDS_OF_POST not in page
    assert item.external_id not in page
    sent = browser.post(f"/outcome/{decision.case_code}/appeal/", {"words": WORDS})
    assert sent.headers["Location"] == "/appeal/receipt/"
    assert Appeal.objects.get().appellant == "reporter"
    assert browser.get(f"/statement/{decision.case_code}/").status_code == 404
    assert browser.get(f"/statement/{decision.case_code}/proof").status_code == 404


def test_watched_platform_takes_no_report(browser: Client, report_by: Callable[..., dict[str, str]]) -> None:
    """Where nobody would look at a report, the page takes none and promises nothing."""
    within = world(PlatformMode.OBSERVE)
    assert "<form" not in text(browser.get("/report/")).split("<main")[1]
    assert browser.post("/report/", report_by(within.platform.slug)).status_code == 422
    assert not Report.objects.exists()
