"""Banks in the console: who sees which, what each page tells, and what those who keep them can do."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.screening import hunts
from sinmungo.apps.screening.banks import importing, services
from sinmungo.apps.screening.banks import queries as banks
from sinmungo.apps.screening.models import Bank, Fingerprint, Hunt
from sinmungo.core.matching.exchange import Page, Row
from sinmungo.core.matching.fingerprints import KitHash, pack
from sinmungo.web.console.bank_acts import MOST_IDS
from sinmungo.web.console.bank_views import MOST_FILE_BYTES
from tests.apps.review import made
from tests.web import banked
from tests.web.test_console_pages import ROLES, browser

pytestmark = pytest.mark.django_db

ONE, OTHER = banked.bits(1), banked.bits(2)
HASH = re.compile(r"[0-9a-f]{32,}", re.IGNORECASE)


@pytest.fixture
def world() -> made.World:
    return made.world()


@pytest.fixture
def keeper() -> Client:
    return browser(made.member("lead"))


def text_of(answer: HttpResponse) -> str:
    """Return the page below the masthead, without tags."""
    html = answer.content.decode().split("<main", 1)[-1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def kit(bits: bytes = ONE) -> list[KitHash]:
    return [KitHash(0, bits)]


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_banks_or_changes_them_as_its_cell_says(role: str) -> None:
    """Reviewers look, leads and policy act, others do neither; the way there stands in the masthead."""
    banked.bank()
    client = browser(made.member(role))
    sees, keeps = role in ("lead", "reviewer", "policy"), role in ("lead", "policy")
    for address in ("/console/banks/", "/console/banks/known-banners/", "/console/banks/known-banners/hunts"):
        assert client.get(address).status_code == (200 if sees else 403), address
    for act in ("switch", "change", "hunt", "import", "withdraw"):
        answer = client.post(f"/console/banks/known-banners/{act}")
        assert (answer.status_code == 403) is not keeps, act
    assert ('href="/console/banks/"' in client.get("/console/").content.decode()) is sees
    assert ("Make a bank" in client.get("/console/banks/").content.decode()) is keeps


def test_who_keeps_banks_on_one_platform_alone_changes_none(world: made.World) -> None:
    """A bank matches on every platform, so its keeper's role must reach them all."""
    banked.bank()
    client = browser(made.member("lead", platform=world.platform.slug))
    page = text_of(client.get("/console/banks/known-banners/"))
    assert "people who keep banks on all of them" in page
    assert client.post("/console/banks/known-banners/switch", {"enabled": "no"}).status_code == 403
    assert client.post("/console/banks/make", {"name": "another"}).status_code == 403
    assert Bank.objects.get().is_enabled


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ("at work", "high severity", "our own", "Pictures 2")),
        ("ko", ("작동 중", "심각도 높음", "자체", "사진 2")),
    ],
)
def test_the_list_tells_what_a_bank_is_and_holds(language: str, told: tuple[str, ...]) -> None:
    """Whether it matches, how grave, whose it is, and how much of what it holds."""
    banked.bank("known-banners", kit(), kit(OTHER), severity="high")
    page = text_of(browser(made.member(), language).get("/console/banks/"))
    assert [words for words in told if words not in page] == []


def test_the_list_says_in_words_that_a_bank_matches_nothing() -> None:
    """Switched off, past its end, never a match, from an exchange: each stands there."""
    at = clock.now()
    services.change(bank=banked.bank("off"), actor=SYSTEM, at=at, is_enabled=False)
    banked.bank("ended", expires_at=at - timedelta(days=1), source="an-exchange")
    banked.bank("never", is_negative=True)
    page = text_of(browser(made.member()).get("/console/banks/"))
    for words in ("switched off", "expired", "never a match", "from an-exchange", "It holds nothing yet"):
        assert words in page


def test_no_page_of_banks_shows_a_fingerprint(keeper: Client, world: made.World) -> None:
    """Nothing that looks like a hash, in hexadecimal digits or not, stands on any of them."""
    banked.bank("known-banners", kit())
    case = banked.matched_case(world.platform, [KitHash(16, banked.near(ONE, 9))])
    for address in ("/console/banks/", "/console/banks/known-banners/", f"/console/case/{case.code}/"):
        html = re.sub(r'value="[A-Za-z0-9]{64}"', "", keeper.get(address).content.decode())
        assert HASH.search(html.split("<main")[1]) is None
        assert ONE.hex() not in html


def test_a_protected_bank_is_a_number_and_nothing_else(keeper: Client) -> None:
    """Neither name nor title stands anywhere, its page does not exist, and nothing is done to it."""
    banked.bank("sealed-garden", kit(), kit(OTHER), is_sealed=True)
    page = text_of(keeper.get("/console/banks/"))
    assert "Protected banks" in page
    assert "Pictures 2" in page
    assert "sealed-garden" not in page
    there, nowhere = "/console/banks/sealed-garden/", "/console/banks/no-such-bank/"
    one, other = text_of(keeper.get(there)), text_of(keeper.get(nowhere))
    assert one.replace("sealed-garden", "") == other.replace("no-such-bank", "")
    assert keeper.get(there).status_code == 404
    for act in ("switch", "change", "hunt", "import", "withdraw"):
        assert keeper.post(there + act, {"enabled": "no"}).status_code == 404
    assert Bank.objects.get().is_enabled


def test_a_bank_for_other_roles_is_not_there() -> None:
    """Who may not know of a bank cannot tell it from one that does not exist."""
    banked.bank("for-policy", seen_by=["policy"])
    assert "for-policy" not in text_of(browser(made.member("lead")).get("/console/banks/"))
    assert browser(made.member("lead")).get("/console/banks/for-policy/").status_code == 404
    assert browser(made.member("policy")).get("/console/banks/for-policy/").status_code == 200


def test_a_bank_tells_what_it_found_and_leads_to_cases(world: made.World) -> None:
    """Each match is counted on its day, and the case behind it stands there with the match in words."""
    banked.bank("known-banners", kit())
    case = banked.matched_case(world.platform, [KitHash(0, banked.near(ONE, 7))])
    page = browser(made.member()).get("/console/banks/known-banners/").content.decode()
    assert "1 match in the last 30 days" in page
    assert f'href="/console/case/{case.code}/"' in page
    assert "7 of 256 bits differ" in page


def test_what_a_bank_found_elsewhere_is_neither_counted_nor_shown(world: made.World) -> None:
    """Somebody who works on another platform learns nothing of matches on this one."""
    banked.bank("known-banners", kit())
    case = banked.matched_case(world.platform, [KitHash(0, ONE)])
    elsewhere = browser(made.member("lead", platform=made.world().platform.slug))
    page = elsewhere.get("/console/banks/known-banners/").content.decode()
    assert case.code not in page
    assert "Nothing matched in the last 30 days" in page


def test_a_bank_is_made(keeper: Client) -> None:
    """Open, enabled and empty, with both titles; the ledger says so."""
    titles = {"title_ko": "알려진 광고 그림", "title_en": "Known banners"}
    answer = keeper.post("/console/banks/make", {"name": "known-ads", **titles, "severity": "low"})
    assert (answer.status_code, answer["Location"]) == (302, "/console/banks/known-ads/")
    found = Bank.objects.get(pk="known-ads")
    assert (found.is_enabled, found.is_sealed, found.severity) == (True, False, "low")
    assert Entry.objects.filter(kind="screening.bank.made", subject="bank:known-ads").exists()


@pytest.mark.parametrize("name", ["", "Known", "known_ads", "9ads", "a" * 61, "known-banners", "x\0"])
def test_a_bank_with_a_bad_or_known_name_is_refused_and_what_was_typed_stays(
    keeper: Client, name: str
) -> None:
    """Nothing is made; the form comes back with a sentence."""
    banked.bank()
    answer = keeper.post(
        "/console/banks/make", {"name": name, "title_ko": "보기", "title_en": "Kept words", "severity": "low"}
    )
    assert answer.status_code in (409, 422)
    assert "\0" in name or "Kept words" in answer.content.decode()
    assert Bank.objects.count() == 1


def test_a_bank_is_switched_off_and_on_and_stops_matching_at_once(keeper: Client) -> None:
    """Off nothing matches it; on it matches again; anything else than yes or no is refused."""
    banked.bank("known-banners", kit())
    address = "/console/banks/known-banners/switch"
    assert keeper.post(address, {"enabled": "perhaps"}).status_code == 422
    assert keeper.post(address, {"enabled": "no"}).status_code == 302
    assert banks.held().match_pictures([kit()]) == [[]]
    assert "It is switched off" in text_of(keeper.get("/console/banks/known-banners/"))
    assert keeper.post(address, {"enabled": "yes"}).status_code == 302
    assert len(banks.held().match_pictures([kit()])[0]) == 1


def changes(**more: str | list[str]) -> dict[str, str | list[str]]:
    return {"title_ko": "새 제목", "title_en": "A new title", "severity": "critical", "ends": "", **more}


def test_a_banks_title_weight_end_and_readers_are_changed(keeper: Client) -> None:
    """The last day counts whole, in the zone that the page names."""
    banked.bank()
    made.world()
    answer = keeper.post("/console/banks/known-banners/change", changes(ends="2030-03-01", seen_by=["lead"]))
    assert answer.status_code == 302
    found = Bank.objects.get()
    assert (found.title_en, found.severity, found.seen_by) == ("A new title", "critical", ["lead"])
    assert found.expires_at is not None
    assert found.expires_at.isoformat() == "2030-03-01T15:00:00+00:00"  # midnight in Korea
    page = keeper.get("/console/banks/known-banners/").content.decode()
    assert 'value="2030-03-01"' in page
    assert keeper.post("/console/banks/known-banners/change", changes()).status_code == 302
    found.refresh_from_db()
    assert (found.expires_at, found.seen_by) == (None, [])


def test_who_takes_a_bank_out_of_their_own_sight_is_led_to_the_list(keeper: Client) -> None:
    """Not to a page that says that there is no such bank."""
    banked.bank()
    answer = keeper.post("/console/banks/known-banners/change", changes(seen_by=["policy"]))
    assert answer["Location"] == "/console/banks/"


@pytest.mark.parametrize(
    "bad",
    [{"ends": "soon"}, {"ends": "9999-12-31"}, {"severity": "huge"}, {"seen_by": ["king"]}, {"title_ko": ""}],
)
def test_a_bad_change_changes_nothing(keeper: Client, bad: dict[str, str | list[str]]) -> None:
    """A day that is none, a word that is not offered, an empty title."""
    banked.bank()
    assert keeper.post("/console/banks/known-banners/change", changes(**bad)).status_code == 422
    assert Bank.objects.get().title_en == "Example known-banners"


def test_a_search_is_asked_for_once_and_shows_how_far_it_is(keeper: Client) -> None:
    """The page asks again while it goes on, with htmx or by a link; a second wish joins the first."""
    banked.bank("known-banners", kit())
    for told in ("The search has begun", "A search is under way"):
        answer = keeper.post("/console/banks/known-banners/hunt", follow=True)
        assert told in text_of(answer)
    Hunt.objects.update(total=8, looked=2, found=1, stage="media")
    for address in ("/console/banks/known-banners/", "/console/banks/known-banners/hunts"):
        html = keeper.get(address).content.decode()
        assert '<progress max="100" value="25"' in html
        assert "2 of 8 pictures, clips and texts looked at" in html
        assert 'hx-trigger="every 3s"' in html
    Hunt.objects.update(done_at=clock.now(), looked=8, stage="done")
    html = keeper.get("/console/banks/known-banners/hunts").content.decode()
    assert "finished" in html
    assert "hx-trigger" not in html
    assert Hunt.objects.count() == 1


def test_a_search_waits_for_a_bank_that_is_switched_off(keeper: Client) -> None:
    """It is said so, and a bank that is off cannot be searched for."""
    found = banked.bank("known-banners", kit())
    hunt = hunts.promise_hunt(bank=found, after_change=0, to_change=1, at=clock.now())
    services.change(bank=found, actor=SYSTEM, at=clock.now(), is_enabled=False)
    hunts.pause(hunt=hunt, until=clock.now(), waits=hunts.DISABLED)
    assert "waits until the bank is switched on" in text_of(keeper.get("/console/banks/known-banners/"))
    assert keeper.post("/console/banks/known-banners/hunt").status_code == 422


def upload(client: Client, content: bytes) -> HttpResponse:
    return client.post(
        "/console/banks/known-banners/import", {"file": SimpleUploadedFile("hashes.csv", content)}
    )


def test_a_file_is_imported_row_by_row(keeper: Client) -> None:
    """The good rows are taken, each bad one is told by place and reason and not repeated."""
    banked.bank()
    rows = ["kind,content", f"pdq,{ONE.hex()}", "pdq,nonsense", f"pdq,{OTHER.hex()}", "smell,00"]
    answer = upload(keeper, "\n".join(rows).encode())
    page = text_of(answer)
    assert answer.status_code == 200
    assert "New: 2. Known already: 0. Withdrawn: 0." in page
    assert "2 rows were refused, the others were taken" in page
    assert "Row 3:" in page
    assert "nonsense" not in page
    assert Fingerprint.objects.count() == 2
    assert "New: 0. Known already: 2." in text_of(upload(keeper, "\n".join(rows).encode()))


def test_what_was_wrong_with_a_row_is_said_in_korean_too() -> None:
    """Every reason that a row can be refused for."""
    banked.bank()
    client = browser(made.member("lead"), "ko")
    page = text_of(upload(client, b"kind,content\npdq,nonsense\n"))
    assert "2행: 내용의 길이나 글자가" in page


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"\xff\xd8\xff\xe0", "첫 줄을 글자로"), (b"a,b,c\n1,2,3\n", "열 이름은 kind, content")],
)
def test_what_was_wrong_with_a_file_is_said_in_korean_too(content: bytes, told: str) -> None:
    """A picture, and another table."""
    banked.bank()
    page = text_of(upload(browser(made.member("lead"), "ko"), content))
    assert f"csv 형식의 파일로 읽을 수 없습니다: {told}" in page


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe0 no hashes", b"a,b,c\n1,2,3\n"])
def test_a_file_that_is_none_of_fingerprints_takes_nothing_in(keeper: Client, content: bytes) -> None:
    """An empty file, a picture, another table."""
    banked.bank()
    answer = upload(keeper, content)
    assert answer.status_code == 422 or "refused" in text_of(answer)
    assert not Fingerprint.objects.exists()


def test_a_file_may_be_as_large_as_the_page_says_and_no_larger(keeper: Client) -> None:
    """At the limit it is read; one byte more, or none chosen, is refused with a sentence."""
    banked.bank()
    line = f"{ONE.hex()}\n".encode()
    most = line + b"\n" * (MOST_FILE_BYTES - len(line))
    assert "New: 1" in text_of(upload(keeper, most))
    over = upload(keeper, most + b"\n")
    assert (over.status_code, "at most 5 MB" in text_of(over)) == (422, True)
    none = keeper.post("/console/banks/known-banners/import", {})
    assert (none.status_code, "at most 5 MB" in text_of(none)) == (422, True)


def test_fingerprints_are_withdrawn_by_id_and_by_number(keeper: Client) -> None:
    """They match no more, and what they held is erased; an unknown id says so and keeps what was typed."""
    banked.bank("known-banners", kit(), kit(OTHER))
    second = Fingerprint.objects.get(external_id="entry-2")
    address = "/console/banks/known-banners/withdraw"
    answer = keeper.post(address, {"ids": f"entry-1\n#{second.pk}"}, follow=True)
    assert "2 fingerprints are withdrawn and erased" in text_of(answer)
    assert banks.held().match_pictures([kit(), kit(OTHER)]) == [[], []]
    assert {bytes(row.content) for row in Fingerprint.objects.all()} == {b""}
    again = keeper.post(address, {"ids": "entry-1"})
    assert (again.status_code, "entry-1" in again.content.decode()) == (422, True)


def test_how_far_exchanges_were_read_stands_there(keeper: Client) -> None:
    """Each by name, with the moment of its last page and when that came."""
    found = banked.bank()
    page = Page((Row(1, "pdq", pack(kit()), "of-an-exchange"),), (), "next", 1_700_000_000)
    importing.take_page(bank=found, page=page, source="a-partner", actor=SYSTEM, at=clock.now())
    told = text_of(keeper.get("/console/banks/known-banners/"))
    assert "a-partner 14 November 2023, 10:13 pm (UTC)" in told


def test_a_bank_of_no_match_finds_nothing_and_is_not_searched_for(keeper: Client) -> None:
    """It only mutes, and its page says so."""
    banked.bank("not-these", kit(), is_negative=True)
    told = text_of(keeper.get("/console/banks/not-these/"))
    assert "It mutes other banks and finds nothing by itself" in told
    assert "Start the search" not in told
    assert keeper.post("/console/banks/not-these/hunt").status_code == 422


@pytest.mark.parametrize("ids", ["", " \n ", "x " * (MOST_IDS + 1), "a\0b"])
def test_withdrawing_nothing_or_too_much_is_refused(keeper: Client, ids: str) -> None:
    """No id, more than a form offers room for, and what no keyboard types."""
    banked.bank("known-banners", kit())
    assert keeper.post("/console/banks/known-banners/withdraw", {"ids": ids}).status_code == 422
    assert Fingerprint.objects.filter(withdrawn_at__isnull=True).count() == 1


def test_a_number_of_another_bank_withdraws_nothing(keeper: Client) -> None:
    """Neither of an open bank nor of a protected one."""
    banked.bank("another", kit())
    banked.bank("sealed-garden", kit(OTHER), is_sealed=True)
    banked.bank("known-banners", kit(banked.bits(3)))
    numbers = " ".join(f"#{row.pk}" for row in Fingerprint.objects.exclude(bank="known-banners"))
    assert keeper.post("/console/banks/known-banners/withdraw", {"ids": numbers}).status_code == 422
    assert Fingerprint.objects.filter(withdrawn_at__isnull=True).count() == 3


def test_who_sees_one_platform_is_told_the_share_of_a_search_and_no_numbers_of_others(
    world: made.World, keeper: Client
) -> None:
    """A search goes through every platform; what others have is not theirs to read."""
    bank = banked.bank()
    hunt = hunts.ask(bank=bank, actor=SYSTEM, at=clock.now()).hunt
    Hunt.objects.filter(pk=hunt.pk).update(total=400, looked=100, found=7)
    bound = browser(made.member("reviewer", platform=world.platform.pk))

    for address in (f"/console/banks/{bank.name}/", f"/console/banks/{bank.name}/hunts"):
        assert "100 of 400" in text_of(keeper.get(address))
        told = bound.get(address).content.decode()
        assert 'value="25"' in told
        assert "of 400" not in told
        assert "7 matches" not in told
