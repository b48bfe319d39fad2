"""What a clearance letter says, as facts: their digest is what the ledger holds of it.

A letter names who was wronged and which decision was taken back, and never what was alleged. Its number
is random, so the digest tells nothing to anybody who does not hold the letter.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sinmungo.core.kernel.words import ActionKind
from sinmungo.core.merkle import canonical

VERSION = 1
KIND = "autonomy.clearance.written"
#: Of each text of a letter's facts.
MAX_TEXT = 300
_NUMBER = re.compile(r"[0-9a-f]{32}")


class NotFacts(ValueError):
    """A document is not the facts of a letter."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one letter, each of which stays as it is for ever.

    ``number`` is the letter's handle as 32 hex digits. ``account`` is the public handle as the platform
    told it, empty when it told none; ``platform`` is the platform's short name here. ``decision`` and
    ``reversal`` are case codes. ``actions`` are the kinds of what had been done, sorted. Times are ISO 8601
    in UTC.
    """

    number: str
    account: str
    platform: str
    decision: str
    decided_at: str
    actions: tuple[str, ...]
    reversal: str
    reversed_at: str
    incident: str
    version: int = VERSION

    def to_document(self) -> dict[str, Any]:
        """Return the facts as a JSON object."""
        return {name: getattr(self, name) for name in self.__slots__} | {"actions": list(self.actions)}

    @classmethod
    def from_document(cls, document: object) -> Facts:
        """Read what :meth:`to_document` gave; raises ``NotFacts`` for anything else."""
        if not isinstance(document, Mapping) or set(document) != set(cls.__slots__):
            raise NotFacts
        texts = {name: value for name, value in document.items() if name not in ("actions", "version")}
        actions, version = document["actions"], document["version"]
        if type(version) is not int or version != VERSION or not _are_actions(actions):
            raise NotFacts
        if not all(map(_is_text, texts.values())) or not _NUMBER.fullmatch(texts["number"]):
            raise NotFacts
        return cls(**texts, actions=tuple(actions))

    def subject(self) -> str:
        """Return under which name the ledger holds the letter: SHA-256 of its canonical JSON (RFC 8785)."""
        return f"clearance:{hashlib.sha256(canonical(self.to_document())).hexdigest()}"

    def entry_body(self) -> dict[str, str]:
        """Return what the ledger's entry says beside the digest: which decision took which back."""
        return {"decision": self.decision, "reversal": self.reversal, "incident": self.incident}


def _is_text(value: object) -> bool:
    # half a surrogate pair has no canonical form
    return isinstance(value, str) and len(value) <= MAX_TEXT and not re.search("[\ud800-\udfff]", value)


def _are_actions(value: object) -> bool:
    kinds = set(ActionKind)
    if not isinstance(value, list) or len(value) > len(kinds):
        return False
    return all(isinstance(kind, str) and kind in kinds for kind in value)
