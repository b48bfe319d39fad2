"""What a statement says, as facts: sealed in this form and rendered in either language when read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

MAX_EXCERPT = 280
#: How letters that are made now read; one that was made before keeps its own version's words.
LETTER_VERSION = 2


@dataclass(frozen=True, slots=True)
class ActionTold:
    """One action as told; times are ISO 8601 in UTC."""

    kind: str
    territory: str
    begins: str
    ends: str | None


@dataclass(frozen=True, slots=True)
class GroundTold:
    """The ground: a law with its article and jurisdiction, or a section of the terms."""

    kind: str
    jurisdiction: str = ""
    act_ko: str = ""
    act_en: str = ""
    article: str = ""
    gist_ko: str = ""
    gist_en: str = ""
    section: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """Everything one person is told of one decision.

    ``outcome`` is ``restricted``, ``no_violation``, ``reversed`` or ``partly_reversed`` for the
    person affected; ``acted``, ``no_violation`` or ``reversed`` for one who reported. The policy's
    text is read from the immutable version that ``policy_digest`` names. ``excerpt`` is the affected
    person's own (masked) text; it is empty for a reporter.
    """

    audience: str
    outcome: str
    case_code: str
    platform_name: str
    time_zone: str
    made_at: str
    item_type: str
    item_external_id: str
    excerpt: str = ""
    posted_at: str = ""
    actions: tuple[ActionTold, ...] = ()
    facts: str = ""
    ground: GroundTold | None = None
    policy_digest: str = ""
    policy_slug: str = ""
    policy_in_force_since: str = ""
    category: str = ""
    automated: str = "not"
    detected_automatically: bool = False
    looked: bool = False
    source: str = "review"
    strike_weight: int = 0
    supersedes_case_code: str = ""
    report_reason: str = ""
    report_day: str = ""

    def to_bytes(self) -> bytes:
        """Return the JSON form that is sealed."""
        return json.dumps(_plain(self), ensure_ascii=False, separators=(",", ":"), default=_plain).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Content:
        """Read what :meth:`to_bytes` wrote."""
        document = json.loads(data)
        document["actions"] = tuple(ActionTold(**action) for action in document["actions"])
        if document["ground"] is not None:
            document["ground"] = GroundTold(**document["ground"])
        return cls(**document)


def _plain(part: Content | ActionTold | GroundTold) -> dict[str, Any]:
    """Return a part's fields by name; ``asdict`` copies each value and takes ten times as long."""
    return {name: getattr(part, name) for name in part.__slots__}
