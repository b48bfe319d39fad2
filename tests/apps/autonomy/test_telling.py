"""What the public is told, and the register of those who ask."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest

from sinmungo.apps.autonomy import errors_incidents as errors
from sinmungo.apps.autonomy.models import Incident, Inquiry
from sinmungo.apps.autonomy.queries import incident_desk as desk
from sinmungo.apps.autonomy.services import inquiries, telling
from sinmungo.apps.autonomy.services.telling import MAX_QUESTIONS, Answered
from sinmungo.apps.base import clock, ids
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.apps.staff.models import User
from tests.apps.autonomy import made
from tests.apps.autonomy.incident_made import opened, wave
from tests.common import factories

pytestmark = pytest.mark.django_db

KNOWN = Answered(question_ko="제 계정도요?", question_en="Mine too?", answer_ko="네.", answer_en="Yes.")


@pytest.fixture
def incident() -> Incident:
    return opened(wave(0))


@pytest.fixture
def lead() -> User:
    return factories.member("lead")


def entered(incident: Incident, user: User, **more: object) -> Inquiry:
    wanted = {
        "incident": incident,
        "kind": Inquiry.Kind.PRESS,
        "who": "하늘신문 기자 가나다",
        "words": "몇 사람의 계정이 잘못 정지되었습니까?",
        "received_at": clock.now(),
        "user": user,
        "at": clock.now(),
    }
    return inquiries.receive(**(wanted | more))  # type: ignore[arg-type]


def test_a_public_note_is_never_edited_and_its_digest_stands_in_the_ledger(
    incident: Incident, lead: User
) -> None:
    """Anybody can check that what was said is what was said then."""
    ko, en = "확인하고 있습니다.", "We are looking into it."
    telling.say(incident=incident, ko=ko, en=en, user=lead, at=clock.now())
    entry = Entry.objects.get(kind="autonomy.incident.told")
    assert json.loads(entry.body)["digest"] == hashlib.sha256(f"{ko}\n\n{en}".encode()).hexdigest()


def test_the_public_is_told_in_both_languages_or_not_at_all(incident: Incident, lead: User) -> None:
    """Each has 1 to 2,000 characters."""
    for ko, en in (("가", ""), ("", "a"), ("가" * 2001, "a"), ("가", "a\0")):
        with pytest.raises(errors.BothLanguages):
            telling.say(incident=incident, ko=ko, en=en, user=lead, at=clock.now())
    assert telling.say(incident=incident, ko="가" * 2000, en="a" * 2000, user=lead, at=clock.now())


def test_questions_stand_in_order_and_can_be_pinned_edited_and_taken_away(
    incident: Incident, lead: User
) -> None:
    """The pinned one stands first; an edited one says when; a retired one is gone."""
    at, later = clock.now(), clock.now() + timedelta(hours=1)
    first = telling.answer_question(incident=incident, text=KNOWN, user=lead, at=at)
    second = telling.answer_question(incident=incident, text=KNOWN, user=lead, at=at)
    assert desk.questions(incident) == [first, second]
    telling.pin_question(question=second, user=lead, at=at)
    assert desk.questions(incident) == [second, first]
    other = Answered(question_ko="왜요?", question_en="Why?", answer_ko="규칙.", answer_en="A rule.")
    telling.edit_question(question=second, text=other, user=lead, at=later)
    edited, _untouched = desk.questions(incident)
    assert (edited.question_en, edited.edited_at) == ("Why?", later)
    telling.retire_question(question=second, user=lead, at=at)
    assert desk.questions(incident) == [first]
    with pytest.raises(errors.NoSuchQuestion):
        telling.pin_question(question=second, user=lead, at=at)
    with pytest.raises(errors.NoSuchQuestion):
        desk.question(incident, second.pk)


def test_there_are_at_most_fifty_questions(incident: Incident, lead: User) -> None:
    """A page that nobody reads to its end answers nothing."""
    for _ in range(MAX_QUESTIONS):
        telling.answer_question(incident=incident, text=KNOWN, user=lead, at=clock.now())
    with pytest.raises(errors.TooMany):
        telling.answer_question(incident=incident, text=KNOWN, user=lead, at=clock.now())


def test_only_who_runs_incidents_speaks_to_the_public(incident: Incident) -> None:
    """A reviewer sees the incident and says nothing in its name."""
    reviewer = factories.member("reviewer")
    with pytest.raises(RoleLacks):
        telling.say(incident=incident, ko="가", en="a", user=reviewer, at=clock.now())
    with pytest.raises(RoleLacks):
        telling.answer_question(incident=incident, text=KNOWN, user=reviewer, at=clock.now())
    with pytest.raises(RoleLacks):
        entered(incident, reviewer)


def test_an_inquiry_is_sealed_and_its_clock_counts_working_days(incident: Incident, lead: User) -> None:
    """A letter of a lawmaker that comes on a Friday is due on the third working day, Wednesday."""
    friday = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
    row = entered(incident, lead, kind=Inquiry.Kind.LAWMAKER, received_at=friday)
    assert row.due_at == datetime(2026, 11, 25, 14, 59, 59, tzinfo=UTC)
    stored = Inquiry.objects.get()
    assert "하늘신문".encode() not in bytes(stored.who) + bytes(stored.words)
    [opened_] = desk.inquiries(incident, seen_by=lead)
    assert (opened_.who, opened_.answer) == ("하늘신문 기자 가나다", "")
    assert "하늘신문" not in "".join(Entry.objects.values_list("body", flat=True))


def test_an_inquiry_may_name_its_own_day_and_never_comes_from_the_future(
    incident: Incident, lead: User
) -> None:
    """A court's date holds; a slip of the calendar does not give more time."""
    now = clock.now()
    day = now + timedelta(days=2)
    row = entered(incident, lead, due_at=day, received_at=now + timedelta(days=9), at=now)
    assert (row.due_at, row.received_at) == (day, now)


def test_an_answer_stays_as_it_was_given(incident: Incident, lead: User) -> None:
    """Who answered and whether in time stand beside it; a second answer is refused."""
    row = entered(incident, lead)
    inquiries.answer(inquiry=row, words="이만큼입니다.", user=lead, at=clock.now())
    [opened_] = desk.inquiries(incident, seen_by=lead)
    assert (opened_.answer, opened_.answered_by) == ("이만큼입니다.", str(lead))
    assert json.loads(Entry.objects.get(kind="autonomy.incident.inquiry_answered").body)["in_time"]
    with pytest.raises(errors.AnsweredInquiry):
        inquiries.answer(inquiry=row, words="아니요.", user=lead, at=clock.now())


@pytest.mark.parametrize(("field", "most"), [("who", 200), ("words", 10_000)])
def test_an_inquiry_has_its_limits(incident: Incident, lead: User, field: str, most: int) -> None:
    """Nothing and too much are refused; the edge is taken."""
    for text in ("", "가" * (most + 1), "a\0"):
        with pytest.raises(errors.IncidentWords):
            entered(incident, lead, **{field: text})
    assert entered(incident, lead, **{field: "가" * most})


def test_no_inquiry_waits_where_nobody_sees_it(incident: Incident, lead: User) -> None:
    """There are as many as the page shows, and one more is refused."""
    row = entered(incident, lead)
    Inquiry.objects.bulk_create(
        Inquiry(
            id=ids.new_id(),
            incident=incident,
            platform=incident.platform,
            key_ref=row.key_ref,
            kind=row.kind,
            who=row.who,
            words=row.words,
            received_at=row.received_at,
            due_at=row.due_at,
        )
        for _ in range(desk.MOST_INQUIRIES - 2)
    )
    last = entered(incident, lead, due_at=clock.now() + timedelta(days=90))
    assert last.pk in [each.inquiry.pk for each in desk.inquiries(incident, seen_by=lead)]
    with pytest.raises(errors.TooMany):
        entered(incident, lead)


def test_an_inquiry_is_found_only_on_ones_own_platform(incident: Incident, lead: User) -> None:
    """Whoever runs incidents elsewhere finds none here."""
    row = entered(incident, lead)
    assert desk.inquiry(row.pk, seen_by=lead) == row
    with pytest.raises(errors.NoSuchInquiry):
        desk.inquiry(row.pk, seen_by=factories.member("lead", on=made.world().platform.slug))
    with pytest.raises(RoleLacks):
        desk.inquiries(incident, seen_by=factories.member("observer"))
