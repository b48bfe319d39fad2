"""Notes that only colleagues read."""

from __future__ import annotations

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review import queries_desk
from sinmungo.apps.review import services as review
from sinmungo.apps.review.errors import NoteLength, TooManyNotes
from sinmungo.apps.review.models import Case, Note
from sinmungo.apps.review.services.notes import MAX_NOTES
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.apps.staff.models import User
from sinmungo.apps.statements.services import person_ref
from sinmungo.apps.vault import services as vault
from tests.apps.review import made

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return made.waiting_case(made.world().platform)


def note(case: Case, user: User, words: str) -> Note:
    return review.add_note(case=case, user=user, words=words, at=clock.now(), actor=staff.actor_of(user))


def test_a_note_is_read_by_colleagues_and_sealed_in_the_database(case: Case) -> None:
    """Whoever sees the case reads who wrote what; the row and the ledger hold no words."""
    author, words = made.member(), "이 계정은 지난주에도 보았습니다."
    row = note(case, author, words)
    [read] = queries_desk.notes_of(case=case, seen_by=made.member("policy"))
    assert (read.who, read.words) == (str(author), words)
    assert words.encode() not in bytes(row.words)
    entry = Entry.objects.get(kind="review.case.noted")
    assert words not in str(entry.body)


def test_an_identifier_in_a_note_is_masked(case: Case) -> None:
    """A number of the shape of a resident number is never stored."""
    number = f"{90}{'01'}{'01'}-{'1' * 7}"
    note(case, made.member(), f"번호는 {number} 입니다.")
    [read] = queries_desk.notes_of(case=case, seen_by=made.member())
    assert read.words is not None
    assert not any(letter.isdigit() for letter in read.words)


@pytest.mark.parametrize("words", ["", " \n ", "가" * 2001, "a\0b"])
def test_a_note_has_1_to_2000_characters(case: Case, words: str) -> None:
    """Nothing, too much and what no database takes are refused; 2,000 are kept."""
    with pytest.raises(NoteLength):
        note(case, made.member(), words)
    assert note(case, made.member(), "가" * 2000)


def test_the_notes_on_a_case_are_limited(case: Case) -> None:
    """The two hundredth is kept, the next is refused."""
    user = made.member()
    kept = note(case, user, "처음")
    Note.objects.bulk_create(
        [Note(case=case, user=user, words=kept.words, at=clock.now()) for _ in range(MAX_NOTES - 2)]
    )
    note(case, user, "이백 번째")
    with pytest.raises(TooManyNotes):
        note(case, user, "하나 더")


@pytest.mark.parametrize("role", ["policy", "observer", "hearer"])
def test_who_decides_no_cases_writes_no_notes(case: Case, role: str) -> None:
    """Reading a case does not make a colleague of its desk."""
    with pytest.raises(RoleLacks):
        note(case, made.member(role), "저도 한마디")


def test_a_note_goes_with_the_key_of_whom_it_is_about(case: Case) -> None:
    """After the person's key was destroyed nobody reads it, and the list still stands."""
    note(case, made.member(), "나중에 읽을 수 없습니다.")
    vault.destroy([person_ref(case.item)], actor=SYSTEM)
    [read] = queries_desk.notes_of(case=case, seen_by=made.member())
    assert read.words is None
