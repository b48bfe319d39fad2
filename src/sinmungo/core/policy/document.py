"""A policy document: what is forbidden, on what ground, what to ask, what may be proposed.

Every type here is frozen, typed and turns to JSON and back. The words are those of the pack's
files (``docs/reference/policy-pack.md``); ``if`` and ``for`` are named ``when`` and ``days`` here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NewType, Protocol, TypeVar

from sinmungo.core.kernel.words import (
    ACCOUNT_ACTIONS,
    EVERYWHERE,
    WITHOUT_RESTRICTION,
    ActionKind,
    DsaCategory,
    GroundKind,
    Level,
    ReportReason,
)
from sinmungo.core.policy.plain import LATER, digest_of, from_plain, to_plain

#: The version of the facts a rule may read (``INTERFACES.md``, "Facts, schema 1").
FACTS_SCHEMA = 1

Identifier = NewType("Identifier", str)
#: A length of time in whole days; written ``90d``.
Days = NewType("Days", int)
#: A day as ``YYYY-MM-DD``.
Day = NewType("Day", str)
#: An ISO 3166-1 alpha-2 code, or ``everywhere``.
Territory = NewType("Territory", str)
#: A guideline's text; in the file, the path of it.
Guideline = NewType("Guideline", str)
#: A CEL condition.
Condition = NewType("Condition", str)
#: A keyword of the EU transparency database.
Keyword = NewType("Keyword", str)


class _HasId(Protocol):
    @property
    def id(self) -> Identifier: ...


_Named = TypeVar("_Named", bound=_HasId)


class Severity(StrEnum):
    """How grave a breach is; weighs in the queue's priority."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Words:
    """The same said in Korean and in English."""

    ko: str
    en: str


@dataclass(frozen=True, slots=True)
class Guidelines:
    """What a person may read of a policy, whole, in Korean and in English (Markdown)."""

    ko: Guideline
    en: Guideline


@dataclass(frozen=True, slots=True)
class Source:
    """Where a text of law stands, and on which day it was read there; empty until somebody has."""

    name: str
    read_on: Day = Day("")


@dataclass(frozen=True, slots=True)
class Ground:
    """Why a decision may be made: a law, where it holds, or a section of the terms.

    ``checked_by_lawyer`` names who checked it and when; empty until somebody has.
    """

    id: Identifier
    kind: GroundKind
    territory: tuple[Territory, ...]
    act: Words | None = None
    article: str = ""
    section: str = ""
    gist: Words | None = None
    source: Source | None = None
    checked_by_lawyer: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer a reviewer may give."""

    id: Identifier
    ko: str
    en: str


@dataclass(frozen=True, slots=True)
class Factor:
    """A question a reviewer must answer. ``suggested_by`` is the signal that hints at it.

    An answer in ``urgent_on`` moves the case before all others.
    """

    id: Identifier
    ask: Words
    answers: tuple[Answer, ...]
    help: Words | None = None
    suggested_by: str = ""
    urgent_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Then:
    """How a case with these answers ends; without actions it ends without any.

    ``days`` bounds the actions on accounts, or all of them if none is on an account (0: until lifted);
    ``hold`` asks for a second person;
    ``refer`` names the queue that sees it next; ``strike`` counts towards the ladder.
    """

    actions: tuple[ActionKind, ...] = ()
    territory: tuple[Territory, ...] = ()
    ground: str = ""
    days: Days = field(default=Days(0), metadata={"key": "for"})
    strike: bool = False
    hold: bool = False
    refer: str = ""

    def days_of(self, kind: ActionKind) -> int:
        """Return for how many days an action stands; 0 means until it is lifted.

        What is done to an item outlasts what is done to its account: after a month's suspension the
        person comes back, and the picture that was removed does not.
        """
        return _days_of(kind, self.actions, self.days)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The same answers end the same way: ``when`` maps a factor to the answers that fit."""

    when: Mapping[str, tuple[str, ...]] = field(metadata={"key": "if"})
    then: Then
    note: Words | None = None


@dataclass(frozen=True, slots=True)
class Proposes:
    """What a rule that matches proposes; ``priority`` is added to the case's, -100 to 100.

    ``ground`` and ``days`` are what a decision that the rule makes by itself would say: a ground of the
    policy, and for how long (as in :class:`Then`). A rule that only ever proposes may leave them out.
    """

    actions: tuple[ActionKind, ...] = ()
    territory: tuple[Territory, ...] = (Territory(EVERYWHERE),)
    queue: str = ""
    priority: int = 0
    ground: str = field(default="", metadata=LATER)
    days: Days = field(default=Days(0), metadata={"key": "for", **LATER})

    def days_of(self, kind: ActionKind) -> int:
        """Return for how many days an action stands; 0 means until it is lifted."""
        return _days_of(kind, self.actions, self.days)


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition over facts, what it proposes, and the level it may never pass."""

    id: Identifier
    when: Condition
    propose: Proposes
    ceiling: Level
    title: Words | None = None


@dataclass(frozen=True, slots=True)
class Strikes:
    """How much a breach weighs on the ladder."""

    weight: int


@dataclass(frozen=True, slots=True)
class Step:
    """What is proposed when the strikes in force weigh ``at`` or more."""

    at: int
    propose: ActionKind
    days: Days = field(default=Days(0), metadata={"key": "for"})


@dataclass(frozen=True, slots=True)
class Ladder:
    """What repeated breaches lead to; a strike expires after so many days."""

    expires_after: Days
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """One policy, whole, guideline text included."""

    policy: Identifier
    title: Words
    severity: Severity
    category: DsaCategory
    guideline: Guidelines
    grounds: tuple[Ground, ...]
    factors: tuple[Factor, ...]
    outcomes: tuple[Outcome, ...]
    report_reasons: tuple[ReportReason, ...] = ()
    keywords: tuple[Keyword, ...] = ()
    rules: tuple[Rule, ...] = ()
    strikes: Strikes | None = None
    ladder: Ladder | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the whole document in canonical JSON."""
        return digest_of(self.to_document())

    def ground(self, ground_id: str) -> Ground:
        """Return a ground by id; raises KeyError."""
        return _by_id(self.grounds, ground_id)

    def factor(self, factor_id: str) -> Factor:
        """Return a factor by id; raises KeyError."""
        return _by_id(self.factors, factor_id)

    def rule(self, rule_id: str) -> Rule:
        """Return a rule by id; raises KeyError."""
        return _by_id(self.rules, rule_id)

    def outcome_for(self, answers: Mapping[str, str]) -> Outcome | None:
        """Return the first outcome whose every condition the answers meet, if any."""
        return next((outcome for outcome in self.outcomes if _fits(outcome, answers)), None)

    def to_document(self) -> dict[str, Any]:
        """Return the policy as a JSON-safe mapping."""
        return dict(to_plain(self))

    @classmethod
    def from_document(cls, data: Mapping[str, Any]) -> PolicyDocument:
        """Return the policy that :meth:`to_document` gave."""
        return from_plain(cls, data)


def _days_of(kind: ActionKind, actions: tuple[ActionKind, ...], days: int) -> int:
    lasting = set(actions) - WITHOUT_RESTRICTION
    return days if kind in (lasting & ACCOUNT_ACTIONS or lasting) else 0


def _by_id(things: tuple[_Named, ...], wanted: str) -> _Named:
    for thing in things:
        if thing.id == wanted:
            return thing
    raise KeyError(wanted)


def _fits(outcome: Outcome, answers: Mapping[str, str]) -> bool:
    return all(answers.get(factor) in fitting for factor, fitting in outcome.when.items())
