"""Asking a model how a policy fits an item: what is owed, what it said, what it cost.

A model's opinion is written as signals of the source ``judge`` with a moment of their own: no verdict is
made from them, and no rule can read them.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.items.models import Version
from sinmungo.apps.ledger.kinds import Body
from sinmungo.apps.ledger.services import NewEntry, record
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.screening.models import Consultation, JudgeOpinion, JudgeSpending, Signal

JUDGE = "judge"
DEGRADED = "degraded"
#: The source of exact banks.
_BANKS = "match"


@dataclass(frozen=True, slots=True)
class Suggested:
    """What a model suggests to one question of a policy, and the words of the item it relies on."""

    answer: str
    quote: str
    model: str


@dataclass(frozen=True, slots=True)
class NewOpinion:
    """An opinion to be written; each of ``answers`` is ``{factor, answer, quote, start, end}``."""

    version: Version
    policy_version: PolicyVersion
    policy: str
    model: str
    judge_version: str
    prompt_digest: str
    score: float | None
    answers: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    why: str = ""
    micros: int = 0


def owe(*, version: Version, policy_versions: Iterable[PolicyVersion], at: datetime) -> None:
    """Promise that a model is asked about a version, once a policy."""
    rows = [Consultation(version=version, policy_version=each, due_at=at) for each in policy_versions]
    Consultation.objects.bulk_create(rows, ignore_conflicts=True)


def still_owed(row: Consultation) -> bool:
    """Lock a promise inside the caller's transaction; whether nobody kept it meanwhile."""
    rows = Consultation.objects.select_for_update().filter(pk=row.pk, done_at__isnull=True)
    return rows.first() is not None


def put_off(row: Consultation, *, until: datetime, error: str, is_try: bool) -> None:
    """Owe it later; ``is_try`` False takes back the try that claiming counted, because nothing was asked."""
    tries = F("attempts") if is_try else Greatest(F("attempts") - 1, 0)
    Consultation.objects.filter(pk=row.pk, done_at__isnull=True).update(
        due_at=until, claimed_until=None, last_error=error, attempts=tries
    )


def pause(*, now: datetime, until: datetime) -> None:
    """Owe everything that is due now later, whichever process would take it."""
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    Consultation.objects.filter(free, done_at__isnull=True, due_at__lte=now).update(due_at=until)


def give_up(rows: Sequence[Consultation], *, error: str, at: datetime) -> None:
    """Owe it no longer; the reason stays in the row."""
    keys = [row.pk for row in rows]
    Consultation.objects.filter(pk__in=keys, done_at__isnull=True).update(
        done_at=at, claimed_until=None, last_error=error
    )


def withdraw(version_ids: Sequence[uuid.UUID], *, at: datetime) -> None:
    """Ask nothing any more about versions of which it turned out that a bank knows them."""
    rows = Consultation.objects.filter(version_id__in=version_ids, done_at__isnull=True)
    rows.update(done_at=at, claimed_until=None, last_error="")


@transaction.atomic
def record_opinion(new: NewOpinion, *, at: datetime, actor: Actor) -> JudgeOpinion:
    """Write down what a model said, and its signal unless the score was dropped."""
    opinion = JudgeOpinion.objects.create(
        version=new.version,
        policy_version=new.policy_version,
        model=new.model,
        prompt_digest=new.prompt_digest,
        score=new.score,
        answers=[dict(answer) for answer in new.answers],
        why=new.why,
        micros=new.micros,
        at=at,
    )
    if new.score is not None and new.answers:
        first = new.answers[0]
        Signal.objects.create(
            version=new.version,
            source=JUDGE,
            source_version=new.judge_version,
            name=signal_name(new.policy),
            score=new.score,
            evidence=str(first["quote"])[:500],
            span_start=first["start"],
            span_end=first["end"],
            at=at,
        )
    body: Body = {
        "policy": new.policy,
        "model": new.model,
        "score": "" if new.score is None else f"{new.score:.2f}",
        "suggestions": len(new.answers),
        "micros": new.micros,
    }
    record([NewEntry("screening.judge.answered", f"version:{new.version.pk.hex}", actor, body)], at=at)
    return opinion


@transaction.atomic
def record_degraded(
    *, version: Version, policy: str, reason: str, judge_version: str, at: datetime, actor: Actor
) -> None:
    """Write down that a model gave no opinion, and why, unless that is the last thing written."""
    last = Signal.objects.filter(version=version, source=JUDGE).order_by("-at", "-pk").first()
    if last is not None and (last.name, last.evidence) == (DEGRADED, reason):
        return
    Signal.objects.create(
        version=version,
        source=JUDGE,
        source_version=judge_version,
        name=DEGRADED,
        score=1.0,
        evidence=reason,
        at=at,
    )
    body = {"policy": policy, "reason": reason}
    record([NewEntry("screening.judge.failed", f"version:{version.pk.hex}", actor, body)], at=at)


def reserve(*, day: date, micros: int, limit: int) -> bool:
    """Set money of a day aside; False, and nothing changed, when the limit does not allow it."""
    JudgeSpending.objects.get_or_create(day=day)
    within = JudgeSpending.objects.filter(day=day).annotate(taken=F("spent") + F("reserved"))
    changed = within.filter(taken__lte=limit - micros).update(reserved=F("reserved") + micros)
    return changed == 1


def settle(*, day: date, reserved: int, spent: int) -> None:
    """Give back what was set aside and count what was spent instead."""
    JudgeSpending.objects.filter(day=day).update(
        reserved=Greatest(F("reserved") - reserved, 0), spent=F("spent") + spent
    )


def known_opinion(*, model: str, prompt_digest: str) -> JudgeOpinion | None:
    """Return what a model said to the very same question before."""
    return JudgeOpinion.objects.filter(prompt_digest=prompt_digest, model=model).order_by("pk").first()


def opinions(version: Version) -> list[JudgeOpinion]:
    """Return the newest opinion on a version for each policy."""
    rows = JudgeOpinion.objects.filter(version=version).select_related("policy_version").order_by("at", "pk")
    return list({row.policy_version_id: row for row in rows}.values())


def judge_suggestions(version: Version, policy_version: PolicyVersion) -> dict[str, Suggested]:
    """Return what a model suggests to the questions of a policy, by factor. Nothing of it is an answer."""
    rows = JudgeOpinion.objects.filter(version=version, policy_version=policy_version)
    latest = rows.order_by("-at", "-pk").first()
    if latest is None:
        return {}
    return {each["factor"]: Suggested(each["answer"], each["quote"], latest.model) for each in latest.answers}


def judge_signals(version: Version) -> list[Signal]:
    """Return the newest signal of a model for each policy, the strongest first; ``degraded`` while it holds.

    It holds while a question about the version failed and was not answered since.
    """
    rows = Signal.objects.filter(version=version, source=JUDGE).order_by("at", "pk")
    newest = {row.name: row for row in rows}
    missing = Consultation.objects.filter(version=version).exclude(last_error="")
    if DEGRADED in newest and not missing.exists():
        del newest[DEGRADED]
    return sorted(newest.values(), key=lambda row: (-row.score, row.name))


def known_to_banks(version_ids: Sequence[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Return those of the versions that matched a bank of fingerprints."""
    rows = Signal.objects.filter(version_id__in=version_ids, source=_BANKS).exclude(name=DEGRADED)
    return frozenset(rows.values_list("version_id", flat=True))


def signal_name(policy: str) -> str:
    """Return the name of a model's signal for a policy."""
    return policy.replace("-", "_")[:60]
