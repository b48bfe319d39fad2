"""Blind second reviews and the gold among them: laying them out, answering, keeping gold."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from sinmungo.apps.base import ids
from sinmungo.apps.base.actors import SYSTEM, Actor
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.items.models import Version
from sinmungo.apps.ledger.kinds import Body
from sinmungo.apps.ledger.services import NewEntry, record
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review.errors import UnknownFactor
from sinmungo.apps.review.models import Assignment, Case, GoldItem, SecondReview
from sinmungo.apps.review.services.gathering import open_assignment
from sinmungo.apps.review.services.holding import complete
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.apps.statements.services import person_ref
from sinmungo.apps.vault import services as vault
from sinmungo.core.kernel.errors import Conflict, Refused
from sinmungo.core.text.identifiers import mask_identifiers

WORDS_FIELD = "review_secondreview.words"
MAX_WORDS = 1000
MAX_GOLD = 500


class AnswerEach(Refused):
    """What is not answered cannot be compared."""

    code = "review.answer_each"
    message = "Answer every question; {missing} are open. What is not answered cannot be compared."


class SecondWords(Refused):
    """Words beside an answer are few."""

    code = "review.second_words"
    message = "Write at most {limit} characters."


class NotDecidedYet(Conflict):
    """Gold is made from what was decided."""

    code = "review.not_decided_yet"
    message = "Only a decided case whose text is still kept can become gold."


class WhyNeeded(Refused):
    """Gold teaches by its why."""

    code = "review.why_needed"
    message = "Say in 1 to {limit} characters why these answers are right. Reviewers read this."


class AlreadyGold(Conflict):
    """One item is gold for one policy once."""

    code = "review.already_gold"
    message = "This is gold for this policy already. Retire the old one first."


class EnoughGold(Conflict):
    """Gold is kept small enough to be looked after."""

    code = "review.enough_gold"
    message = "There are {limit} gold items. Retire some before you make another."


@transaction.atomic
def lay(
    *,
    version: Version,
    policy_version: PolicyVersion,
    queue: str,
    share: float,
    barred: Sequence[uuid.UUID],
    at: datetime,
    decision: Decision | None = None,
    gold: GoldItem | None = None,
) -> SecondReview:
    """Lay a decision or a gold item out for a second look, barred to up to two who know it.

    What the ledger and the list tell of either is the same. Raises IntegrityError for a decision that
    is laid out already.
    """
    known = {user.pk: user for user in User.objects.filter(pk__in=list(barred))}
    users = [known[key] for key in dict.fromkeys(barred) if key in known][:2]
    assignment = open_assignment(
        kind=Assignment.Kind.SECOND,
        queue=queue,
        platform=version.platform,
        at=at,
        actor=SYSTEM,
        barred=users[0] if users else None,
        barred_too=users[1] if len(users) > 1 else None,
    )
    return SecondReview.objects.create(
        assignment=assignment,
        decision=decision,
        gold=gold,
        version=version,
        policy_version=policy_version,
        share=share,
        drawn_at=at,
    )


def answer_second(
    *,
    second: SecondReview,
    user: User,
    violation: bool,
    answers: Mapping[str, str],
    words: str,
    expected_version: int,
    at: datetime,
    actor: Actor,
) -> SecondReview:
    """Keep a second look at what ``user`` holds; nothing else changes by it.

    The words are masked, and sealed under the key of the person whom the item is of. Raises AnswerEach,
    UnknownFactor, SecondWords, ``vault.Destroyed``, and as ``holding.require_held``.
    """
    _require_answers(second.policy_version, answers)
    sealed = _sealed(second.version, words)
    with transaction.atomic():
        complete(
            assignment=second.assignment, user=user, expected_version=expected_version, at=at, actor=actor
        )
        if sealed:
            vault.register([person_ref(second.version.item)], at=at)
        second.reviewer, second.violation, second.answered_at = user, violation, at
        second.answers, second.words = dict(answers), sealed
        second.save(update_fields=["reviewer", "violation", "answered_at", "answers", "words"])
        body: Body = {"policy": second.policy_version.policy_id, "violation": violation}
        record([NewEntry("review.second.answered", _subject(second), actor, body)], at=at)
    return second


@transaction.atomic
def make_gold(
    *,
    case: Case,
    policy_version: PolicyVersion,
    violation: bool,
    answers: Mapping[str, str],
    why: str,
    user: User,
    at: datetime,
    actor: Actor,
) -> GoldItem:
    """Make a decided case's item gold: its right answers are known and will be taught.

    Raises RoleLacks, NotDecidedYet, AnswerEach, UnknownFactor, WhyNeeded, AlreadyGold and EnoughGold.
    """
    staff.require(user, Permission.KEEP_GOLD, case.item.platform_id)
    if case.state != Case.State.DECIDED or case.version is None or not case.version.text:
        raise NotDecidedYet
    _require_answers(policy_version, answers)
    written = why.strip()
    if not 0 < len(written) <= MAX_WORDS:
        raise WhyNeeded(limit=MAX_WORDS)
    masked = mask_identifiers(written).text
    if GoldItem.objects.filter(retired_at__isnull=True).count() >= MAX_GOLD:
        raise EnoughGold(limit=MAX_GOLD)
    gold = GoldItem(
        id=ids.new_id(),
        version=case.version,
        policy_version=policy_version,
        violation=violation,
        answers=dict(answers),
        why=masked,
        made_by=user,
        made_at=at,
    )
    try:
        with transaction.atomic():
            gold.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyGold from error
    record([NewEntry("review.gold.made", f"gold:{gold.id.hex}", actor, _gold_body(gold))], at=at)
    return gold


@transaction.atomic
def retire_gold(*, gold: GoldItem, user: User, at: datetime, actor: Actor) -> None:
    """Lay a gold item out no more; once more changes nothing. What was answered to it stays."""
    staff.require(user, Permission.KEEP_GOLD, gold.version.platform_id)
    if GoldItem.objects.filter(pk=gold.pk, retired_at__isnull=True).update(retired_at=at):
        record([NewEntry("review.gold.retired", f"gold:{gold.id.hex}", actor, _gold_body(gold))], at=at)


def _gold_body(gold: GoldItem) -> dict[str, str | bool]:
    return {"policy": gold.policy_version.policy_id, "violation": gold.violation}


def _subject(second: SecondReview) -> str:
    return f"assignment:{second.assignment_id.hex}"


def _require_answers(policy_version: PolicyVersion, answers: Mapping[str, str]) -> None:
    factors = policies.document(policy_version).factors
    asked = {(str(factor.id), str(answer.id)) for factor in factors for answer in factor.answers}
    for factor, answer in answers.items():
        if (factor, answer) not in asked:
            raise UnknownFactor(factor=factor, answer=answer)
    missing = sum(1 for factor in factors if factor.id not in answers)
    if missing:
        raise AnswerEach(missing=missing)


def _sealed(version: Version, words: str) -> bytes:
    written = words.strip()
    if len(written) > MAX_WORDS:
        raise SecondWords(limit=MAX_WORDS)
    if not written:
        return b""
    masked = mask_identifiers(written).text
    ref = person_ref(version.item)
    vault.ensure([ref])
    return vault.seal(ref, WORDS_FIELD, masked)
