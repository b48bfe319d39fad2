"""Finding cases by codes, receipts, names and words, and who finds what."""

from __future__ import annotations

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import PUBLIC, SYSTEM
from sinmungo.apps.intake import services as intake
from sinmungo.apps.items.models import Item
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review import queries, services
from sinmungo.apps.review.models import Case, CaseText
from sinmungo.apps.review.queries import BadSearch, Results
from sinmungo.apps.review.services import searching
from sinmungo.apps.staff import services as staff
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.apps.staff.models import User
from sinmungo.journeys import decide
from tests.apps.review import made
from tests.common import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> made.World:
    return made.world()


@pytest.fixture
def lead() -> User:
    return made.member("lead")


def _search(asked: str, user: User, **more: object) -> Results:
    return queries.search(seen_by=user, asked=asked, **more)  # type: ignore[arg-type]


def _codes(asked: str, user: User) -> list[str]:
    return [case.code for case in _search(asked, user).page.rows]


def _ended(case: Case) -> str:
    """Decide a case as no violation and return the decision's code."""
    decision = decide.one(
        factories.proposal(case.version, None, violation=False),  # type: ignore[arg-type]
        actor=factories.RULE,
    )
    services.close(case=case, decision=decision, at=clock.now(), actor=SYSTEM)
    return decision.case_code


def _receipt(item: Item) -> str:
    draft = intake.draft_report(
        platform_id=item.platform_id,
        item_id=item.id,
        reason="spam",
        words="",
        contact="",
        locale="ko",
        reporter_external_id="u1",
        at=clock.now(),
    )
    return intake.file_report(draft=draft, version=None, actor=PUBLIC).receipt


def test_every_word_stands_in_the_text(world: made.World, lead: User) -> None:
    """Two syllables are a word; several words must all be there; spellings that look alike are one."""
    first = made.waiting_case(world.platform, "오늘 밤에 우리 집 앞에서 기다린다")
    second = made.waiting_case(world.platform, "오늘은 아무도 안 기다린다 HELLO")
    assert _codes("기다", lead) == [second.code, first.code]
    assert _codes("집  기다린다", lead) == [first.code]
    assert _codes("집 아무도", lead) == []
    assert _codes("ｈｅＬＬｏ", lead) == [second.code]


@pytest.mark.parametrize("literal", ["100%", "a_b", "%%", "__", "\\\\", "'; --", "[가", "*.*"])
def test_no_letter_is_a_wildcard(world: made.World, lead: User, literal: str) -> None:
    """What means something to a database or a pattern is a letter like any other."""
    there = made.waiting_case(world.platform, f"말 {literal} 말")
    made.waiting_case(world.platform, "1000 axb 가나다")
    assert _codes(literal, lead) == [there.code]


@pytest.mark.parametrize("asked", ["", "가", " 가 ", "가" * 101, "가\0나"])
def test_too_little_or_too_much_is_refused(lead: User, asked: str) -> None:
    """Two to a hundred characters are searched for."""
    with pytest.raises(BadSearch):
        _search(asked, lead)
    assert _codes("가" * 100, lead) == []


def test_a_code_leads_to_its_case_however_it_is_typed(world: made.World, lead: User) -> None:
    """Of a case, or of a decision on its item; small letters and a missing hyphen are understood."""
    case, _other = made.waiting_case(world.platform), made.waiting_case(world.platform)
    decided = _ended(case)
    assert _codes(case.code, lead) == [case.code]
    assert _codes(case.code.replace("-", "").lower(), lead) == [case.code]
    assert _codes(decided, lead) == [case.code]
    assert _search(decided, lead).by == "code"


def test_a_receipt_leads_to_the_case_and_a_wrong_one_nowhere(world: made.World, lead: User) -> None:
    """A receipt is looked up by its digest; one that is not known is answered as if it had no case."""
    case = made.waiting_case(world.platform, "접수증 " + "0" * 32)
    receipt = _receipt(case.item)
    assert _codes(receipt, lead) == [case.code]
    assert _codes(receipt.replace("-", " ").upper(), lead) == [case.code]
    assert _codes("0" * 32, lead) == []


def test_a_receipt_of_another_platform_leads_nowhere(world: made.World) -> None:
    """Whoever may not see the case learns nothing from its receipt."""
    case = made.waiting_case(world.platform)
    other = made.member("reviewer", platform=made.world().platform.slug)
    assert _codes(_receipt(case.item), other) == []


def test_names_are_found_whole_and_by_their_beginning(world: made.World, lead: User) -> None:
    """An item's id and its author's handle, with or without an @ before it, letter by letter."""
    case = made.waiting_case(world.platform)
    assert case.item.author is not None
    handle = case.item.author.external_id
    assert _codes(handle, lead) == [case.code]
    assert _codes(f"@{handle}", lead) == [case.code]
    assert _codes(handle[:-1], lead)[-1:] == [case.code]
    assert _codes(case.item.external_id, lead) == [case.code]
    assert _codes(handle[1:], lead) == []
    assert _codes(handle.upper(), lead) == []


def test_the_very_name_of_an_account_is_told_apart_from_its_beginning(world: made.World, lead: User) -> None:
    """Only a whole name counts as having looked for somebody; the ledger holds a salted digest of it."""
    case = made.waiting_case(world.platform)
    assert case.item.author is not None
    handle = case.item.author.external_id
    assert _search(handle, lead).accounts == (case.item.author,)
    assert _search(handle[:-1], lead).accounts == ()
    searching.record_search(accounts=[case.item.author], at=clock.now(), actor=SYSTEM)
    entry = Entry.objects.get(kind="review.searched")
    assert handle not in str(entry.body) + entry.subject
    assert case.item.author.id.hex not in entry.subject


def test_ended_cases_are_found_too_the_newest_first_page_by_page(world: made.World, lead: User) -> None:
    """Reading page after page shows each case once, those found by name and those found by words."""
    cases = [made.waiting_case(world.platform, "다시 나타나면") for _ in range(5)]
    _ended(cases[0])
    named = made.waiting_case(world.platform, "post-다시 나타나면 그만")
    found: list[str] = []
    after = ""
    while True:
        page = _search("나타나면", lead, limit=2, after=after).page
        found += [case.code for case in page.rows]
        if not (after := page.next):
            break
    assert found == [case.code for case in [named, *reversed(cases)]]


def test_what_one_may_not_see_or_refused_is_not_found(world: made.World, lead: User) -> None:
    """Another platform, a queue that was refused, a role without search: nothing, or a refusal."""
    case = made.waiting_case(world.platform, "아무도 모르는 말")
    elsewhere = made.member("lead", platform=made.world().platform.slug)
    assert _codes("모르는", elsewhere) == []
    assert _codes(case.code, elsewhere) == []
    staff.refuse_queue(user=lead, queue="threats", at=clock.now(), actor=SYSTEM)
    assert _codes("모르는", lead) == []
    for role in ("administrator", "hearer", "observer"):
        with pytest.raises(RoleLacks):
            _search("모르는", made.member(role))


def test_a_vendor_reviewer_does_not_search(world: made.World) -> None:
    """Who works here for another company finds what the queue gives them, and nothing else."""
    vendor = made.member("observer", platform="nowhere")
    staff.grant(user=vendor, role="vendor", queues=["threats"], at=clock.now(), actor=SYSTEM)
    with pytest.raises(RoleLacks):
        _search("모르는", vendor)


def test_a_changed_text_is_searched_as_it_is_now(world: made.World, lead: User) -> None:
    """A new version of the item replaces the text that search reads, and its signature."""
    case = made.waiting_case(world.platform, "처음에 쓴 말")
    before = bytes(CaseText.objects.get(case=case).signature)
    version = made.seen(case.item, "나중에 고친 말")
    services.gather(
        item=case.item, version=version, verdict=None, queue="threats", at=clock.now(), actor=SYSTEM
    )
    assert _codes("처음에", lead) == []
    assert _codes("나중에", lead) == [case.code]
    assert bytes(CaseText.objects.get(case=case).signature) != before


def test_a_text_without_letters_has_no_signature(world: made.World) -> None:
    """What says nothing is like nothing, and a case without any text is kept as well."""
    silent = made.waiting_case(world.platform, "… !! 😀")
    item, _version = made.post(world.platform)
    bare = services.gather(
        item=item, version=None, verdict=None, queue="threats", at=clock.now(), actor=SYSTEM
    )
    assert bytes(CaseText.objects.get(case=silent).signature) == b""
    assert CaseText.objects.get(case=bare).text == ""
