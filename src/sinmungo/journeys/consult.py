"""Ask a model how a policy fits what waits for a person: a hint for the order, suggestions for answers.

It opens no case, decides nothing, hides nothing, and takes no point from what reports and rules gave.
Only a text is sent, with everybody in it covered; of the answer only what quotes of the item prove is
kept. Whatever goes wrong, the item and its case stay as they are and the page says that an opinion is
missing. A question is asked at most four times, for money set aside beforehand, within one deadline.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from sinmungo.apps.base import promise
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.review import queries as review
from sinmungo.apps.review.models import Case
from sinmungo.apps.screening import consultations
from sinmungo.apps.screening.consultations import NewOpinion
from sinmungo.apps.screening.models import Consultation, JudgeOpinion
from sinmungo.core.kernel.errors import DomainError
from sinmungo.journeys.consulting import budget
from sinmungo.journeys.consulting.asking import JUDGE, bring_forward
from sinmungo.journeys.consulting.checking import checked
from sinmungo.journeys.consulting.circuit import PAUSE, Circuit
from sinmungo.journeys.consulting.questions import digest_of, is_unclear, may_leave, question_about
from sinmungo.journeys.consulting.values import JudgeAnswer, JudgeQuestion, ModelFailed, Tokens

#: Seconds that one question has, from connecting to the last byte.
DEADLINE_SECONDS = 15.0
#: Asked side by side; the worker's other promises wait no longer than one deadline.
AT_ONCE = 4
LEASE = timedelta(minutes=2)
MOST_TRIES = 4
#: The wait after a failed try; four times as long after each further one.
FIRST_WAIT = timedelta(minutes=1)
#: A service that asks for a longer wait is asked again after this all the same.
LONGEST_WAIT = timedelta(hours=6)
#: The wait for pictures that are still to be compared with banks.
UNTIL_COMPARED = timedelta(seconds=30)
OFF = "judge.off"
OVER_BUDGET = "over budget"

_circuit = Circuit()


class Judge(Protocol):
    """Asks one model. ``version`` names the way of asking: another one is another question."""

    model: str
    version: str
    sends_outside: bool

    def at_most(self, question: JudgeQuestion) -> Tokens:
        """Return more tokens than asking can ever use."""
        ...

    def ask(self, question: JudgeQuestion, *, deadline: float) -> JudgeAnswer:
        """Return the answer within ``deadline`` seconds; raises :class:`ModelFailed`. Touches no database."""
        ...


@dataclass(frozen=True, slots=True)
class _Ready:
    """A promise with its question, paid for and not yet asked."""

    row: Consultation
    question: JudgeQuestion
    digest: str
    reserved: budget.Reserved


def keep(now: datetime, limit: int) -> int:
    """Ask up to four of the questions that are due, side by side; return how many promises were taken."""
    until = _circuit.paused_until(now)
    if until is not None:
        consultations.pause(now=now, until=until)
        return 0
    due = promise.claim(Consultation, now=now, limit=min(limit, AT_ONCE), lease=LEASE)
    if not due:
        return 0
    if not budget.is_on(settings.SINMUNGO_JUDGE_MODEL):
        consultations.give_up(due, error=OFF, at=now)
        return len(due)
    try:
        judge: Judge = import_string(settings.SINMUNGO_JUDGE)()
    except DomainError as error:  # not set up as it must be, which no item can help
        for row in due:
            _degraded(row, error.code, "", now)
            consultations.put_off(row, until=now + PAUSE, error=error.code, is_try=False)
        return len(due)
    ready = list(_ready(due, judge, now))
    for each, answer in zip(ready, _asked(judge, ready), strict=True):
        _settled(each, answer, judge, now)
    return len(due)


def _ready(due: Sequence[Consultation], judge: Judge, now: datetime) -> Iterable[_Ready]:
    """Yield what has to be asked; everything else is settled here. One question is asked once."""
    asking: set[str] = set()
    for row in due:
        if _case(row) is None or not may_leave(row.version):
            promise.kept([row], now=now)
            continue
        if is_unclear(row.version):
            consultations.put_off(row, until=now + UNTIL_COMPARED, error="", is_try=False)
            continue
        question = question_about(row.version, row.policy_version)
        digest = digest_of(question, judge_version=judge.version)
        known = consultations.known_opinion(model=judge.model, prompt_digest=digest)
        if known is not None:
            _said_before(row, known, judge, now)
        elif digest in asking:
            consultations.put_off(row, until=now, error="", is_try=False)
        elif (reserved := budget.reserve(judge.at_most(question), at=now)) is None:
            _degraded(row, OVER_BUDGET, judge.version, now)
            consultations.put_off(row, until=budget.next_day(now), error=OVER_BUDGET, is_try=False)
        else:
            asking.add(digest)
            yield _Ready(row, question, digest, reserved)


def _case(row: Consultation) -> Case | None:
    """Return the case that waits for a person and is about this very version, if any."""
    case = review.open_case(item=row.version.item)
    return case if case is not None and case.version_id == row.version_id else None


def _asked(judge: Judge, ready: Sequence[_Ready]) -> list[JudgeAnswer | ModelFailed]:
    if not ready:
        return []
    with ThreadPoolExecutor(len(ready)) as pool:
        return list(pool.map(lambda each: _answer(judge, each.question), ready))


def _answer(judge: Judge, question: JudgeQuestion) -> JudgeAnswer | ModelFailed:
    try:
        return judge.ask(question, deadline=DEADLINE_SECONDS)
    except ModelFailed as error:
        return error
    except Exception as error:  # noqa: BLE001 - whatever an adapter raises, the item and its case stay
        return ModelFailed(type(error).__name__, is_down=True)


def _settled(each: _Ready, answer: JudgeAnswer | ModelFailed, judge: Judge, now: datetime) -> None:
    micros = budget.settle(each.reserved, answer.used)
    if isinstance(answer, ModelFailed):
        _failed(each.row, answer, judge, now)
        return
    _circuit.worked()
    try:
        opinion = checked(answer, each.question)
    except ModelFailed as error:
        _failed(each.row, error, judge, now)
        return
    answers = [proved.to_document() for proved in opinion.answers]
    new = _opinion(each.row, judge, each.digest, opinion.score, answers, opinion.why, micros)
    _recorded(each.row, new, now)


def _said_before(row: Consultation, known: JudgeOpinion, judge: Judge, now: datetime) -> None:
    new = _opinion(row, judge, known.prompt_digest, known.score, known.answers, known.why, 0)
    _recorded(row, new, now)


def _opinion(
    row: Consultation,
    judge: Judge,
    digest: str,
    score: float | None,
    answers: Sequence[dict[str, str | int]],
    why: str,
    micros: int,
) -> NewOpinion:
    return NewOpinion(
        version=row.version,
        policy_version=row.policy_version,
        policy=row.policy_version.policy_id,
        model=judge.model,
        judge_version=judge.version,
        prompt_digest=digest,
        score=score,
        answers=answers,
        why=why,
        micros=micros,
    )


@transaction.atomic
def _recorded(row: Consultation, new: NewOpinion, now: datetime) -> None:
    if not consultations.still_owed(row):
        return
    consultations.record_opinion(new, at=now, actor=JUDGE)
    case = _case(row)
    if case is not None:
        bring_forward(case, policy=new.policy, score=new.score, at=now)
    promise.kept([row], now=now)


def _failed(row: Consultation, error: ModelFailed, judge: Judge, now: datetime) -> None:
    """Try again later, four times in all; the case page says meanwhile that an opinion is missing."""
    if error.is_down:
        _circuit.failed(now)
    _degraded(row, error.code.replace("_", " "), judge.version, now)
    code = f"judge.{error.code}"
    if row.attempts >= MOST_TRIES:
        consultations.give_up([row], error=code, at=now)
        return
    wait = FIRST_WAIT * 4 ** (row.attempts - 1)
    asked = timedelta(seconds=error.retry_after) if error.retry_after is not None else wait
    until = now + min(max(wait, asked), LONGEST_WAIT)
    consultations.put_off(row, until=until, error=code, is_try=True)


def _degraded(row: Consultation, reason: str, judge_version: str, now: datetime) -> None:
    slug = policies.document(row.policy_version).policy
    consultations.record_degraded(
        version=row.version, policy=slug, reason=reason, judge_version=judge_version, at=now, actor=JUDGE
    )
