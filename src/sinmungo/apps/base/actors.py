"""Who does something. Every service takes one; the ledger writes it down."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Literal

Kind = Literal["staff", "automation", "platform", "public", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of an act: ``kind`` and an id that means something within that kind.

    ``user_id`` is set for staff only.
    """

    kind: Kind
    name: str
    user_id: uuid.UUID | None = None

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


SYSTEM = Actor("system", "sinmungo")
PUBLIC = Actor("public", "person")


def automation(rule: str) -> Actor:
    """Return the actor of a rule that acts by itself."""
    return Actor("automation", rule)


def platform(slug: str) -> Actor:
    """Return the actor of a connected platform or the tool beside it."""
    return Actor("platform", slug)
