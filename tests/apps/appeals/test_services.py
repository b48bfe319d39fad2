"""Filing an appeal, and what its receipt tells."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from sinmungo.apps.appeals import errors, queries
from sinmungo.apps.appeals import services as appeals
from sinmungo.apps.appeals.files import IncomingFile
from sinmungo.apps.appeals.models import Appeal, Attachment
from sinmungo.apps.base import clock, ids
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review.models import Assignment
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.apps.statements import letters
from sinmungo.apps.statements.models import Statement
from sinmungo.apps.statements.services import content_of
from sinmungo.apps.vault import services as vault
from sinmungo.apps.vault.errors import Destroyed
from sinmungo.core.kernel.words import DsaCategory
from tests.apps.appeals.made import (
    REMOVED,
    SUSPENDED,
    WORDS,
    appealed,
    decided,
    png,
    scene,
    told,
)
from tests.apps.review.made import member, world
from tests.apps.screening.banks import made as banks

pytestmark = pytest.mark.django_db


def test_appeal_waits_for_somebody_else() -> None:
    """An appeal opens work that bars the one who decided, with a due time and an explained place."""
    _, decider, _, decision = scene()
    appeal = appealed(told(decision)).appeal
    work = Assignment.objects.get(pk=appeal.assignment_id)
    assert (work.kind, work.queue_id, work.barred_id) == ("appeal", "appeals", decider.pk)
    assert appeal.due_at == appeal.received_at + timedelta(days=7)
    assert work.priority_explained == [{"label": "restriction", "value": "remove", "points": 20.0}]


def test_words_and_files_are_kept_sealed() -> None:
    """Nothing a person wrote or sent stands in the database in clear."""
    _, _, hearer, decision = scene()
    filed = appealed(told(decision), files=[IncomingFile("사정.txt", "덧붙이는 글".encode())])
    with connection.cursor() as cursor:
        cursor.execute("SELECT words, name, body FROM appeals_appeal, appeals_attachment")
        stored = b"".join(bytes(value) for value in cursor.fetchone())
    for clear in (WORDS, "사정.txt", "덧붙이는 글"):
        assert clear.encode() not in stored
    view = queries.view(appeal_id=filed.appeal.id, seen_by=hearer)
    assert view.words == WORDS
    assert [row.name for row in view.attachments] == ["사정.txt"]
    body = queries.attachment(attachment_id=view.attachments[0].id, seen_by=hearer)
    assert (body.media_type, body.data.decode()) == ("text/plain", "덧붙이는 글")


def test_destroying_the_key_ends_what_was_written() -> None:
    """When the key of an appeal is destroyed its words are gone for everybody."""
    _, _, hearer, decision = scene()
    appeal = appealed(told(decision)).appeal
    vault.destroy([queries.key_ref(appeal)], actor=SYSTEM)
    with pytest.raises(Destroyed):
        queries.view(appeal_id=appeal.id, seen_by=hearer)


def test_only_those_who_hear_appeals_see_them() -> None:
    """Somebody whose role does not hear appeals finds none."""
    _, decider, hearer, decision = scene()
    appeal = appealed(told(decision)).appeal
    assert [row.appeal for row in queries.waiting(seen_by=hearer).rows] == [appeal]
    with pytest.raises(RoleLacks):
        queries.waiting(seen_by=decider)
    with pytest.raises(errors.NoSuchAppeal):
        queries.view(appeal_id=appeal.id, seen_by=decider)


def test_own_decisions_are_not_offered() -> None:
    """A person who may decide and hear is not offered appeals against their own decisions."""
    within = world()
    lead = member("lead")
    appealed(told(decided(within, lead, REMOVED)))
    assert queries.waiting(seen_by=lead).rows == []


def test_receipt_is_known_by_its_digest_alone() -> None:
    """The receipt opens the appeal however it is spaced, and stands nowhere."""
    filed = appealed(told(scene()[3]))
    assert queries.by_receipt(f"  {filed.receipt.upper().replace('-', ' ')} ") == filed.appeal
    assert queries.by_receipt("0" * 32) is None
    with pytest.raises(errors.NoSuchAppeal):
        queries.receipt_status("nothing like a receipt")
    assert filed.receipt.encode() not in bytes(filed.appeal.receipt_digest)


@pytest.mark.parametrize("words", ["", "   \n", "가" * (appeals.MAX_WORDS + 1)])
def test_words_are_needed_within_bounds(words: str) -> None:
    """Without words, or with more than 10,000 characters, nothing is taken and nothing written."""
    with pytest.raises(errors.WordsNeeded):
        appealed(told(scene()[3]), words)
    assert not Appeal.objects.exists()
    assert not Assignment.objects.filter(kind="appeal").exists()


def test_longest_words_are_taken() -> None:
    """Exactly 10,000 characters are taken whole."""
    _, _, hearer, decision = scene()
    appeal = appealed(told(decision), "가" * appeals.MAX_WORDS).appeal
    assert len(queries.view(appeal_id=appeal.id, seen_by=hearer).words) == appeals.MAX_WORDS


def test_resident_number_is_masked_before_it_is_kept() -> None:
    """A resident number in the words is masked on arrival."""
    _, _, hearer, decision = scene()
    appeal = appealed(told(decision), "제 번호는 900101-1234567 입니다").appeal
    assert "1234567" not in queries.view(appeal_id=appeal.id, seen_by=hearer).words


def test_one_appeal_waits_and_is_heard_once() -> None:
    """A second appeal is refused while one waits; the database forbids it too."""
    statement = told(scene()[3])
    first = appealed(statement).appeal
    with pytest.raises(errors.AlreadyWaiting):
        appealed(statement)
    Assignment.objects.filter(pk=first.assignment_id).update(done_at=clock.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Appeal.objects.create(
            **{
                **{f.attname: getattr(first, f.attname) for f in Appeal._meta.fields},
                "id": statement.id,
                "receipt_digest": b"\1" * 32,
                "assignment_id": appealed(told(scene()[3])).appeal.assignment_id,
            }
        )


def test_appeal_ends_with_its_last_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last second of the last day counts in the platform's zone; the next does not."""
    statement = told(scene()[3])
    content = content_of(statement)
    end = letters.deadline(content, statement.told_at)
    assert queries.state(statement=statement, content=content, at=end) == "open"
    monkeypatch.setattr(clock, "now", lambda: end + timedelta(seconds=1))
    with pytest.raises(errors.WindowClosed):
        appealed(statement)


def test_time_runs_from_when_the_person_was_told() -> None:
    """The time to appeal runs from the moment the platform showed the statement."""
    statement = told(scene()[3])
    content = content_of(statement)
    Statement.objects.filter(pk=statement.pk).update(told_at=statement.made_at + timedelta(days=3))
    late = letters.deadline(content, None) + timedelta(days=2)
    assert queries.state(statement=statement, content=content, at=late) == "closed"
    statement.refresh_from_db()
    assert queries.state(statement=statement, content=content, at=late) == "open"


def test_replaced_decision_is_not_appealed() -> None:
    """An appeal goes against the decision that stands, not one that was replaced."""
    within, decider, _, decision = scene()
    statement = told(decision)
    decided(
        within,
        decider,
        violation=False,
        on=(decision.item, decision.item_version),
        supersedes=decision,
    )
    with pytest.raises(errors.DecisionReplaced):
        appealed(statement)


def test_matter_of_minors_takes_no_picture() -> None:
    """In a category that protects minors a picture is refused and nothing is written."""
    within, decider = world(), member("reviewer")
    statement = told(decided(within, decider, REMOVED, category=DsaCategory.MINORS))
    with pytest.raises(errors.NoPictures):
        appealed(statement, files=[IncomingFile("a.png", png())])
    assert not Attachment.objects.exists()


def test_banked_file_is_refused_before_it_is_stored() -> None:
    """A file that a bank holds is refused without saying why."""
    banks.add(banks.bank(), banks.NewFingerprint("sha256", hashlib.sha256(png()).digest()))
    with pytest.raises(errors.FileNotTaken) as caught:
        appealed(told(scene()[3]), files=[IncomingFile("a.png", png())])
    assert "known" not in caught.value.detail
    assert not Appeal.objects.exists()


def test_harsher_restrictions_are_heard_first() -> None:
    """Appeals against suspensions come before appeals against removals, and places count so."""
    within, decider, hearer, removed = scene()
    mild = appealed(told(removed))
    harsh = appealed(told(decided(within, decider, SUSPENDED)))
    assert [row.appeal for row in queries.waiting(seen_by=hearer).rows] == [harsh.appeal, mild.appeal]
    assert queries.receipt_status(harsh.receipt).place == 1
    assert queries.receipt_status(mild.receipt).place == 2


def test_figures_are_shown_from_ten_endings_on() -> None:
    """How such appeals have ended is told from the tenth ending on, never before."""
    _, _, _, decision = scene()
    filed = appealed(told(decision))
    for number in range(10):
        assert queries.receipt_status(filed.receipt).endings is None
        _ended(filed.appeal, number)
    endings = queries.receipt_status(filed.receipt).endings
    assert endings is not None
    assert (endings.total, endings.overturned, endings.upheld) == (10, 4, 6)


def _ended(like: Appeal, number: int) -> None:
    """Copy an appeal as one that has ended (the tenth needs no more than its row)."""
    work = Assignment.objects.create(
        id=ids.new_id(),
        queue_id="appeals",
        platform_id=like.platform_id,
        kind="appeal",
        created_at=clock.now(),
    )
    Appeal.objects.create(
        id=ids.new_id(),
        decision_id=like.decision_id,
        statement_id=like.statement_id,
        platform_id=like.platform_id,
        appellant=like.appellant,
        assignment=work,
        words=b"-",
        locale="ko",
        receipt_digest=bytes([number]) * 32,
        state="decided",
        outcome="overturned" if number < 4 else "upheld",
        received_at=clock.now(),
        due_at=clock.now(),
        decided_at=clock.now(),
    )


def test_ledger_holds_no_words_and_names_no_reporter() -> None:
    """The entry of an appeal holds plain facts; a reporter's appeal does not stand beside the decision."""
    filed = appealed(told(scene()[3]))
    entry = Entry.objects.get(kind="appeals.appeal.filed")
    assert WORDS not in entry.body
    assert filed.appeal.id.hex not in entry.subject
    assert filed.appeal.decision.case_code in entry.body
