"""Leads one path through the product's own breaker, bursts and levels."""

from __future__ import annotations

from collections import deque
from functools import cache
from math import inf

import numpy as np

from sinmungo.core.kernel.words import Level
from sinmungo.core.trust.bound import Record
from sinmungo.core.trust.breaker import Breaker
from sinmungo.core.trust.bursts import DUE_MINUTES, Answers, Bursts, Do
from sinmungo.core.trust.levels import COUNTED_HOURS, Evidence, next_level
from sinmungo.core.trust.simulation.holds import Holds
from sinmungo.core.trust.simulation.plan import Path, Plan
from sinmungo.core.trust.simulation.recent import Fresh, Recent
from sinmungo.core.trust.simulation.staffing import Hours, after_work, is_staffed
from sinmungo.core.trust.simulation.stream import COUNTS_AN_HOUR, LOOK_HOURS, Acts, Kind, Stream

#: Acts and what becomes of them are drawn for so many hours at once.
STRETCH_HOURS = 12.0
#: The levels are judged so often, by how old the labels of the last two hours are.
JUDGED_HOURS = 1.0
AGED_HOURS = 2.0
#: What the automation had been shown to be worth when a path begins: enough for a target of .95.
EARNED_RIGHT, EARNED_WRONG = 1455, 45


def path(plan: Plan, random: np.random.Generator) -> Path:
    """Return what happens on one path; everything on it is decided by ``random``.

    Acts and their labels are the same as in a ``Stream`` of this ``random``, whatever is looked at in bursts.
    """
    stream = Stream(plan.world, plan.watch, random)
    walk = _Walk(plan, random.spawn(1)[0])
    for end in np.arange(STRETCH_HOURS, plan.hours + STRETCH_HOURS, STRETCH_HOURS).tolist():
        acts, events = stream.until(end)
        walk.meet(acts)
        columns = (events.at, events.kind, events.x, events.of)
        for at, kind, x, of in zip(*(column.tolist() for column in columns), strict=True):
            if walk.event(at, kind, x, of):
                return walk.over()
    return walk.over()


class _Walk:
    """The state of one path. What returns a bool says whether the automation was stopped."""

    def __init__(self, plan: Plan, random: np.random.Generator) -> None:
        self._plan = plan
        self._random = random
        self._breaker = Breaker.begin(plan.settings)
        self._bursts = Bursts()
        self._burst: list[tuple[float, bool]] = []
        self._asked: set[float] = set()
        self._burst_due = inf
        self._holds = Holds()
        self._level, self._record = Level.AUTO, _earned()
        self._recent, self._fresh = Recent(), Fresh()
        self._expected = plan.world.acts_per_hour / COUNTS_AN_HOUR
        self._wrong: list[Hours] = []
        #: Audits of acts that wait, and of acts that waited: when and of when they come, and what they say.
        self._waiting: list[tuple[float, float]] = []
        self._late: deque[tuple[float, float, float]] = deque()
        self._now, self._judged_at = 0.0, 0.0
        self._opened = self._reviews = self._lapses = 0

    def meet(self, acts: Acts) -> None:
        """Take in the acts of the next stretch."""
        self._recent.add(acts)
        change = self._plan.world.change_at or 0.0
        self._wrong.append(acts.at[acts.wrong & (acts.at >= change)])

    def event(self, at: float, kind: int, x: float, of: float) -> bool:
        """Take what became known at ``at``, and before it what the walk itself had to come."""
        while self._burst_due <= at or (self._late and self._late[0][0] <= at):
            if self._catch_up():
                return True
        self._now = at
        if kind == Kind.MINUTE:
            self._minute(x, at)
            return False
        if kind == Kind.AUDIT and of in self._asked:
            return False
        if self._plan.hold:
            done = self._holds.done_at(of)
            if done is None or (kind == Kind.AUDIT and done > of):
                self._put_off(kind, x, of, done)
                return False
        return self._audit(x, at, of) if kind == Kind.AUDIT else self._appeal(x, at, of)

    def _minute(self, count: float, at: float) -> None:
        self._breaker = self._breaker.acts(count, self._expected, at)
        if at - self._judged_at >= JUDGED_HOURS:
            self._judge(at)
        self._tend(at)

    def _judge(self, at: float) -> None:
        """Let the levels say whether it may still act alone."""
        self._judged_at = at
        level = next_level(
            self._level, ceiling=Level.AUTO, target=self._plan.settings.target, evidence=self._evidence(at)
        ).level
        if level is Level.ASSIST and self._level is not Level.ASSIST:
            self._lapses += 1
        self._level = level

    def over(self) -> Path:
        """Return what happened until now."""
        now, change = self._now, self._plan.world.change_at
        stopped = self._level is Level.SUSPENDED
        begun = change or 0.0
        wrong = np.concatenate(self._wrong)
        onset = None
        if stopped and change is not None:
            audits = self._plan.watch.share(self._plan.world) * self._plan.world.acts_per_hour
            onset = self._breaker.onset(audits).begins - change
        return Path(
            stopped=stopped,
            early=stopped and now < begun,
            hours=max(now - begun, 0.0),
            wrong=self._holds.done(wrong[wrong <= now]),
            bursts=self._opened,
            reviews=self._reviews,
            held=self._holds.hours(now),
            lapses=self._lapses,
            onset=onset,
        )

    def _audit(self, x: float, at: float, of: float) -> bool:
        self._record = self._record.add(x, at)
        self._fresh.add(at, of)
        self._breaker = self._breaker.audit(x, at, of=of)
        return self._looked(at) if x else False

    def _appeal(self, x: float, at: float, of: float) -> bool:
        self._breaker = self._breaker.appeal(x, at, of)
        return self._looked(at) if x else False

    def _looked(self, at: float) -> bool:
        """Judge the breaker after a label that speaks for trouble: no other raises R by much."""
        if self._breaker.tripped:
            self._now = at
            self._judge(at)
            return True
        self._tend(at)
        return False

    def _tend(self, at: float) -> None:
        """Open a burst where one is due, and let acts wait at night where they should."""
        if self._burst_due == inf:
            move = self._bursts.next(self._breaker, at)
            if move.do is Do.OPEN:
                self._open(move.bursts, at)
        if self._plan.hold:
            self._hold(at)

    def _hold(self, at: float) -> None:
        if self._burst_due < inf or not is_staffed(self._plan.watch.staffing, at):
            self._holds.begin(at)
        elif self._holds.is_on:
            self._holds.end(at)
            waited = [(of, x) for of, x in self._waiting if self._holds.done_at(of) is not None]
            self._late.extend((at + LOOK_HOURS, of, x) for of, x in waited)
            self._waiting.clear()

    def _open(self, bursts: Bursts, at: float) -> None:
        """Open a burst; where there is nothing to look at none is opened."""
        of, wrong = self._recent.draw(at, self._random)
        self._burst = list(zip(of, wrong, strict=True))
        if not self._burst:
            return
        self._bursts = bursts
        self._asked.update(of)
        staffing = self._plan.watch.staffing
        self._burst_due = float(after_work(staffing, np.array([at]), DUE_MINUTES / 60.0)[0])
        self._opened += 1
        self._reviews += len(self._burst)

    def _catch_up(self) -> bool:
        """Take the next of what the walk itself had to come: a burst's answers, or a late audit."""
        if self._late and self._late[0][0] <= self._burst_due:
            at, of, x = self._late.popleft()
            return self._audit(x, at, of)
        return self._answered(self._burst_due)

    def _answered(self, at: float) -> bool:
        """Take the answers of a burst, all when they are due, and do what follows."""
        error = self._plan.watch.auditor_error
        called = [wrong or self._random.random() < error for _, wrong in self._burst]
        for wrong, (of, _) in zip(called, self._burst, strict=True):
            self._breaker = self._breaker.audit(float(wrong), at, of=of)
            self._fresh.add(at, at - DUE_MINUTES / 60.0)
        self._burst_due = inf
        if self._breaker.tripped:
            return self._looked(at)
        move = self._bursts.next(self._breaker, at, Answers(len(called), len(called), sum(called)))
        self._bursts = Bursts(None, move.bursts.calm_until)
        if move.do is Do.OPEN:
            self._open(move.bursts, at)
        if self._plan.hold:
            self._hold(at)
        return False

    def _put_off(self, kind: int, x: float, of: float, done: float | None) -> None:
        """Keep an audit until its act is done; what is never done is neither audited nor appealed."""
        if kind != Kind.AUDIT:
            return
        if done is not None:
            self._late.append((done + LOOK_HOURS, of, x))
        elif self._holds.waits(of):
            self._waiting.append((of, x))

    def _evidence(self, at: float) -> Evidence:
        alpha = self._plan.alpha
        counted, aged = max(at - COUNTED_HOURS, 0.0), max(at - AGED_HOURS, 0.0)
        return Evidence(
            bound=self._record.bound(alpha, at),
            labels=self._record.labels(at),
            recent_labels=self._fresh.since(counted),
            recent_hours=self._holds.free(counted, at),
            label_age_p95_minutes=self._fresh.age(aged),
            evidence_age_days=0.0,
            is_active=self._holds.free(aged, at) > 0.0,
            r=self._breaker.r,
            tripped=self._breaker.tripped,
            all_audited=self._plan.watch.share(self._plan.world) == 1.0,
        )


@cache
def _earned() -> Record:
    record = Record()
    for wrong, times in ((False, EARNED_RIGHT), (True, EARNED_WRONG)):
        for _ in range(times):
            record = record.add(wrong, 0.0)
    return record
