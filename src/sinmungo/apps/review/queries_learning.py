"""What people decided and what still stands, as labelled texts to learn from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.policies.models import Policy
from sinmungo.core.kernel.words import Automated

#: Decisions on one author's items that are learned from, the latest first.
MAX_OF_AN_AUTHOR = 5
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class DecidedText:
    """A masked text as it was judged, whether it violated, and whose it is."""

    text: str
    violation: bool
    author: UUID


def known_policies() -> list[str]:
    """Return the name of every policy that was ever loaded."""
    return list(Policy.objects.order_by("slug").values_list("slug", flat=True))


def decided_texts(*, platform: str = "", policy: str = "", limit: int = 100_000) -> list[DecidedText]:
    """Return the texts that people opened and decided on, the latest first, at most ``limit``.

    A text that violates ``policy`` (any, if empty) counts as one; what was decided to be no violation, also
    on appeal, as one that does not; what violates another policy is left out. Left out too: decisions that
    another decision superseded, those of rules and other tools, of items nobody opened, of texts that are
    no longer kept, and of one author all but the latest five. It is for the operator's own command, which no
    member of staff stands behind; no text of it is shown.
    """
    found: list[DecidedText] = []
    counted: Counter[UUID] = Counter()
    for item, author, text, violation in _rows(platform, policy):
        whose = author or item
        if counted[whose] < MAX_OF_AN_AUTHOR:
            counted[whose] += 1
            found.append(DecidedText(text, violation, whose))
        if len(found) >= limit:
            break
    return found


def _rows(platform: str, policy: str) -> Iterator[tuple[UUID, UUID | None, str, bool]]:
    rows: QuerySet[Decision] = Decision.objects.filter(
        superseded_by__isnull=True, automated=Automated.NOT, made_by__startswith="staff:", looked=True
    ).exclude(item_version__isnull=True)
    rows = rows.exclude(item_version__text="")
    if platform:
        rows = rows.filter(platform=platform)
    if policy:
        violates = Q(violation=True, policy_version__policy=policy)
        none_found = Q(violation=False, policy_version__isnull=True)
        cleared = Q(violation=False, policy_version__policy=policy)
        rows = rows.filter(violates | none_found | cleared)
    columns = ("item_id", "item__author_id", "item_version__text", "violation")
    return rows.order_by("-made_at", "-id").values_list(*columns).iterator(chunk_size=_CHUNK)
