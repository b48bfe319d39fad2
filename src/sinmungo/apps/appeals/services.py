"""Everything that changes appeals. Who may hear one is kept here, by ``review`` and by the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from sinmungo.apps.appeals import banked, errors, files, queries
from sinmungo.apps.appeals.files import IncomingFile, TakenFile
from sinmungo.apps.appeals.models import Appeal, Attachment
from sinmungo.apps.base import clock, ids
from sinmungo.apps.base.actors import PUBLIC, Actor
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.intake import receipts
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Assignment
from sinmungo.apps.review.priority import Part
from sinmungo.apps.staff.models import User
from sinmungo.apps.statements.content import Content
from sinmungo.apps.statements.models import Statement
from sinmungo.apps.statements.services import content_of
from sinmungo.apps.vault import services as vault
from sinmungo.core.kernel.calendar import answer_due
from sinmungo.core.kernel.words import ActionKind, AppealOutcome
from sinmungo.core.text.identifiers import mask_identifiers

QUEUE = "appeals"
MAX_WORDS = 10_000
LEAST_REASONS, MAX_REASONS = 20, 5_000
#: How urgent an appeal is, by the harshest thing done; nothing a person pays ever counts.
_POINTS = {
    ActionKind.SUSPEND: 40.0,
    ActionKind.LIMIT_INTERACTION: 25.0,
    ActionKind.REMOVE: 20.0,
    ActionKind.HIDE: 20.0,
}
_POINTS_OTHERWISE = 10.0


@dataclass(frozen=True, slots=True)
class FiledAppeal:
    """An appeal and its receipt, which is shown this once."""

    appeal: Appeal
    receipt: str


def file(
    *,
    statement: Statement,
    words: str,
    files: Sequence[IncomingFile] = (),
    locale: str,
    actor: Actor = PUBLIC,
) -> FiledAppeal:
    """Take an appeal against the decision that ``statement`` tells of.

    Words are 1 to 10,000 characters; at most three files of 5 MB, cleaned of hidden data. Resident
    numbers are masked before anything is written. Raises what ``appeals.errors`` names, and BadText
    for text that is not Unicode; nothing is written then.
    """
    at = clock.now()
    content = content_of(statement)
    queries.require_open(statement=statement, content=content, at=at)
    said = _words(words)
    kept = _files(files, content)
    receipt = ids.new_receipt()
    appeal = Appeal(
        id=ids.new_id(),
        decision=statement.decision,
        statement=statement,
        platform_id=statement.platform_id,
        appellant=statement.audience,
        locale="en" if locale == "en" else "ko",
        receipt_digest=receipts.digest(receipt),
        received_at=at,
        due_at=answer_due(at),
    )
    ref = queries.key_ref(appeal)
    vault.ensure([ref])
    appeal.words = vault.seal(ref, queries.WORDS_FIELD, said)
    _record(appeal, _sealed(appeal, kept, at), content, actor)
    return FiledAppeal(appeal, receipt)


def _words(words: str) -> str:
    said = words.replace("\r\n", "\n").strip()
    if not 0 < len(said) <= MAX_WORDS:
        raise errors.WordsNeeded(limit=MAX_WORDS)
    return mask_identifiers(said).text


def _files(incoming: Sequence[IncomingFile], content: Content) -> list[TakenFile]:
    only_text = files.text_only(policy=content.policy_slug, category=content.category)
    kept = files.taken(incoming, only_text=only_text)
    for file_, raw in zip(kept, incoming, strict=True):
        banked.check(file_, raw.data)
    return kept


def _sealed(appeal: Appeal, kept: Iterable[TakenFile], at: datetime) -> list[Attachment]:
    rows = list(kept)
    ref = queries.key_ref(appeal)
    names = vault.seal_many([(ref, queries.NAME_FIELD, row.name.encode()) for row in rows])
    bodies = vault.seal_many([(ref, queries.BODY_FIELD, row.data) for row in rows])
    return [
        Attachment(
            id=ids.new_id(),
            appeal=appeal,
            name=name,
            media_type=row.media_type,
            size=len(row.data),
            body=body,
            received_at=at,
        )
        for row, name, body in zip(rows, names, bodies, strict=True)
    ]


def _record(appeal: Appeal, attachments: Sequence[Attachment], content: Content, actor: Actor) -> None:
    at = appeal.received_at
    try:
        with transaction.atomic():
            vault.register([queries.key_ref(appeal)], at=at)
            appeal.assignment = _assignment(appeal, content, actor)
            appeal.save(force_insert=True)
            Attachment.objects.bulk_create(attachments)
            ledger.record([_filed_entry(appeal, len(attachments), actor)], at=at)
    except IntegrityError:
        # two at once: the database keeps one waiting appeal a statement
        queries.require_open(statement=appeal.statement, content=content, at=at)
        raise


def _assignment(appeal: Appeal, content: Content, actor: Actor) -> Assignment:
    first, second = _barred(appeal.decision)
    points = _points(content)
    return review.open_assignment(
        kind=Assignment.Kind.APPEAL,
        queue=QUEUE,
        platform=appeal.platform,
        barred=first,
        barred_too=second,
        due_at=appeal.due_at,
        priority=points.points,
        priority_explained=[points.to_document()],
        at=appeal.received_at,
        actor=actor,
    )


def _points(content: Content) -> Part:
    done = {action.kind for action in content.actions}
    strongest = next((kind for kind in _POINTS if kind in done), None)
    return Part("restriction", strongest or "", _POINTS[strongest] if strongest else _POINTS_OTHERWISE)


def _barred(decision: Decision) -> tuple[User | None, User | None]:
    """Return the two who decided last, for the assignment's row; ``heard`` bars everybody involved."""
    involved = queries.involved(decision)
    users = {user.pk: user for user in User.objects.filter(pk__in=involved)}
    found = [*(users[user_id] for user_id in involved if user_id in users), None, None]
    return found[0], found[1]


def _filed_entry(appeal: Appeal, attachments: int, actor: Actor) -> ledger.NewEntry:
    body: dict[str, str | int | bool] = {
        "platform": appeal.platform_id,
        "files": attachments,
        "due_at": appeal.due_at.isoformat(),
    }
    return ledger.NewEntry("appeals.appeal.filed", _subject(appeal), actor, body | _decision_named(appeal))


def _subject(appeal: Appeal) -> str:
    return f"appeal:{ledger.salted(appeal.id.hex)}"


def _decision_named(appeal: Appeal) -> dict[str, str | int | bool]:
    """Name the decision only for the person affected: beside it, a reporter's appeal would tell of one."""
    affected = appeal.appellant == Appeal.Appellant.AFFECTED
    return {"decision": appeal.decision.case_code} if affected else {}


def sealed_reasons(appeal: Appeal, reasons: str) -> bytes:
    """Return the reasons of an answer, sealed; done before the transaction that records them.

    They are 20 to 5,000 characters, which the person who appealed reads. Raises ReasonsNeeded.
    """
    said = reasons.replace("\r\n", "\n").strip()
    if not LEAST_REASONS <= len(said) <= MAX_REASONS:
        raise errors.ReasonsNeeded(least=LEAST_REASONS, limit=MAX_REASONS)
    return vault.seal(queries.key_ref(appeal), queries.REASONS_FIELD, mask_identifiers(said).text)


def lock_for_hearing(*, appeal: Appeal, user: User, expected_version: int, at: datetime) -> Appeal:
    """Lock and return an appeal that waits and that ``user`` holds as they saw it; inside a transaction.

    Raises SamePerson, AlreadyDecided and as ``review.services.require_held``.
    """
    row = Appeal.objects.select_for_update(of=("self",)).select_related("assignment").get(pk=appeal.pk)
    if user.pk in queries.involved(row.decision):
        raise errors.SamePerson
    if row.state != Appeal.State.WAITING:
        raise errors.AlreadyDecided
    review.require_held(assignment=row.assignment, user=user, expected_version=expected_version, at=at)
    return row


@transaction.atomic
def record_outcome(
    *,
    appeal: Appeal,
    user: User,
    outcome: AppealOutcome,
    reasons: bytes,
    answer: Decision | None,
    expected_version: int,
    at: datetime,
    actor: Actor,
) -> Appeal:
    """Write down how an appeal ended, and end the work on it.

    ``reasons`` come from :func:`sealed_reasons`; ``answer`` is the decision that now stands instead.
    Raises as :func:`lock_for_hearing`.
    """
    row = lock_for_hearing(appeal=appeal, user=user, expected_version=expected_version, at=at)
    fast = queries.is_fast(appeal=row, user=user, at=at)
    row.state, row.outcome, row.decided_at = Appeal.State.DECIDED, outcome.value, at
    row.reasons, row.answer_decision, row.fast = reasons, answer, fast
    row.save(update_fields=["state", "outcome", "decided_at", "reasons", "answer_decision", "fast"])
    review.complete(
        assignment=row.assignment, user=user, expected_version=expected_version, at=at, actor=actor
    )
    body: dict[str, str | int | bool] = {"outcome": outcome.value, "fast": fast}
    body |= _decision_named(row)
    if answer is not None:
        body["answer"] = answer.case_code
    ledger.record([ledger.NewEntry("appeals.appeal.decided", _subject(row), actor, body)], at=at)
    return row
