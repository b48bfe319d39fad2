"""A pack: policies that share term lists, patterns, queues and sources of signals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sinmungo.core.policy.document import FACTS_SCHEMA, Identifier, PolicyDocument, Words
from sinmungo.core.policy.plain import digest_of, from_plain, to_plain

_SIGNAL = re.compile(r"signals\.(\w+)\.(\w+)")


@dataclass(frozen=True, slots=True)
class TermEntry:
    """Words that a term list looks for, with how they are looked for (``core.text.terms.Term``).

    ``score`` above 0, at most 1; ``whole_word`` wants a word's edge on both sides, and is left to
    the script when absent; ``spaced`` also finds the letters with gaps between; ``exceptions`` are
    the words that hold one of these and mean nothing by it.
    """

    words: tuple[str, ...]
    score: float = 1.0
    whole_word: bool | None = None
    spaced: bool = False
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Queue:
    """Where work waits; ``weight`` is added to the priority of all that waits in it.

    ``hours`` is the service time that the team promises itself; 0 promises none.
    """

    id: Identifier
    title: Words
    weight: int = 0
    hours: int = 0


@dataclass(frozen=True, slots=True)
class Shared:
    """What the policies of a pack share. ``sources`` declares signals that others bring."""

    terms: Mapping[str, tuple[TermEntry, ...]] = field(default_factory=dict)
    patterns: Mapping[str, str] = field(default_factory=dict)
    queues: tuple[Queue, ...] = ()
    sources: Mapping[str, tuple[Identifier, ...]] = field(default_factory=dict)

    def to_document(self) -> dict[str, Any]:
        """Return the shared part as a JSON-safe mapping."""
        return dict(to_plain(self))

    @classmethod
    def from_document(cls, data: Mapping[str, Any]) -> Shared:
        """Return what :meth:`to_document` gave."""
        return from_plain(cls, data)


@dataclass(frozen=True, slots=True)
class Pack:
    """A whole pack, checked."""

    id: Identifier
    title: Words
    shared: Shared
    policies: tuple[PolicyDocument, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of everything in the pack, prose included, in canonical JSON (RFC 8785)."""
        return digest_of(self.to_document())

    @property
    def executable_digest(self) -> str:
        """SHA-256 of what executes only: mending a sentence of a guideline keeps it."""
        return executable_digest(self.policies, self.shared)

    def policy(self, policy_id: str) -> PolicyDocument:
        """Return a policy by id; raises KeyError."""
        return {policy.policy: policy for policy in self.policies}[Identifier(policy_id)]

    def to_document(self) -> dict[str, Any]:
        """Return the pack as a JSON-safe mapping."""
        return dict(to_plain(self))

    @classmethod
    def from_document(cls, data: Mapping[str, Any]) -> Pack:
        """Return the pack that :meth:`to_document` gave."""
        return from_plain(cls, data)


def executable_digest(policies: Sequence[PolicyDocument], shared: Shared) -> str:
    """Return the SHA-256 of rules, the terms and patterns they read, and the facts schema."""
    read = {found for policy in policies for rule in policy.rules for found in _SIGNAL.findall(rule.when)}
    return digest_of(
        {
            "facts_schema": FACTS_SCHEMA,
            "rules": sorted((_executable(rule) for p in policies for rule in p.rules), key=_rule_id),
            "terms": _only(shared.terms, {name for source, name in read if source == "terms"}),
            "patterns": _only(shared.patterns, {name for source, name in read if source == "patterns"}),
        }
    )


def _executable(rule: Any) -> dict[str, Any]:
    return {name: to_plain(getattr(rule, name)) for name in ("id", "when", "propose", "ceiling")}


def _rule_id(rule: dict[str, Any]) -> str:
    return str(rule["id"])


def _only(mapping: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: to_plain(mapping[name]) for name in sorted(names) if name in mapping}
