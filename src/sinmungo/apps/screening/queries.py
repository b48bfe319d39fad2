from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sinmungo.apps.items.models import Version
from sinmungo.apps.screening import consultations
from sinmungo.apps.screening.models import PictureWords, Signal, Verdict


def latest_verdict(version: Version) -> Verdict | None:
    """Return the newest verdict on a version; older ones stay beside it."""
    return Verdict.objects.filter(version=version).order_by("-at", "-id").first()


def verdicts_by_id(ids: Sequence[UUID]) -> dict[UUID, Verdict]:
    """Return those of the verdicts that exist."""
    return Verdict.objects.in_bulk(list(ids))


def known_verdicts(ids: Sequence[UUID]) -> frozenset[UUID]:
    """Return those of the ids that a verdict has."""
    return frozenset(Verdict.objects.filter(pk__in=ids).values_list("pk", flat=True))


def signals_of(version: Version, verdict: Verdict | None = None) -> list[Signal]:
    """Return the signals that ``verdict`` (by default the newest) was made from, strongest first.

    After them stands what a model said when it was asked, which no verdict is made from.
    """
    judged = verdict or latest_verdict(version)
    if judged is None:
        return []
    rows = Signal.objects.filter(version=version, at=judged.at).exclude(source=consultations.JUDGE)
    ordered = list(rows.order_by("-score", "source", "name", "id"))
    return [*ordered, *consultations.judge_signals(version)]


def picture_words(version_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return what was read in the pictures of versions, their words joined in the pictures' order."""
    rows = PictureWords.objects.filter(version_id__in=version_ids).exclude(words="").order_by("place")
    found: dict[UUID, list[str]] = {}
    for version, words in rows.values_list("version_id", "words"):
        found.setdefault(version, []).append(words)
    return {version: "\n".join(words) for version, words in found.items()}
