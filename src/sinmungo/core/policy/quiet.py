"""Items of which no source says anything, which are most: evaluated once for all that are alike.

The conditions are asked about such an item with its numbers and its text withheld. In CEL (language
definition, "Logical Operators") ``false && x`` is false whatever x is, even an error; so what the
engine answers without having seen a fact is its answer for every value of that fact. If it cannot
answer, every item of that kind is evaluated on its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sinmungo.core.policy.expression import ConditionList, EvaluationError

#: Kinds of items remembered: type, language and country, as far as rules read them.
MAX_KINDS = 1_000
_SIGNALS = "signals."
_TEXT = "item.text"


class Quiet:
    """Remembers for which kinds of quiet items no rule of a pack matches, whatever else is true of them.

    ``reads`` are the facts that the rules of ``conditions`` read, ``kinds`` the type of each fact.
    """

    def __init__(self, reads: Iterable[str], kinds: Mapping[str, str], conditions: ConditionList) -> None:
        read = tuple(reads)
        self._signals = tuple(name for name in read if name.startswith(_SIGNALS) and kinds[name] == "double")
        self._lists = tuple(name for name in read if kinds[name] == "list")
        self._words = tuple(name for name in read if kinds[name] == "string" and name != _TEXT)
        self._silence: dict[str, Any] = {
            **dict.fromkeys(self._signals, 0.0),
            **{name: [] for name in self._lists},
        }
        self._conditions = conditions
        self._known: dict[tuple[str, ...], bool] = {}

    def is_let_alone(self, facts: Mapping[str, Any]) -> bool:
        """Say whether it is certain that no rule matches, and none errs; ``False`` says nothing."""
        for name in self._signals:
            if facts.get(name):
                return False
        for name in self._lists:
            if facts.get(name):
                return False
        kind = tuple([facts.get(name, "") for name in self._words])
        known = self._known.get(kind)
        if known is None:
            known = self._none_holds(kind)
            if len(self._known) < MAX_KINDS:
                self._known[kind] = known
        return known

    def _none_holds(self, kind: tuple[str, ...]) -> bool:
        if any("\0" in word for word in kind):
            return False
        told = self._silence | dict(zip(self._words, kind, strict=True))
        try:
            return not any(self._conditions.evaluate(told))
        except EvaluationError:
            return False
