from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

from django.db.models import Count, Max

from sinmungo.apps.items.models import Version
from sinmungo.apps.screening import consultations
from sinmungo.apps.screening.models import Fingerprint, PictureWords, Signal, Verdict
from sinmungo.core.matching.exact import ExactScreener

_VERSION_LETTERS = 16


def latest_verdict(version: Version) -> Verdict | None:
    """Return the newest verdict on a version; older ones stay beside it."""
    return Verdict.objects.filter(version=version).order_by("-at", "-id").first()


def latest_verdicts(version_ids: Sequence[UUID]) -> dict[UUID, Verdict]:
    """Return the newest verdict of each version that has one."""
    rows = Verdict.objects.filter(version_id__in=version_ids).order_by("at", "id")
    return {row.version_id: row for row in rows}


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


class _Exact:
    """The exact banks in memory, read again when they change."""

    def __init__(self) -> None:
        self._state: tuple[object, ...] | None = None
        self._screener: ExactScreener | None = None

    def current(self) -> ExactScreener | None:
        state = tuple(Fingerprint.objects.aggregate(Count("id"), Max("id")).values())
        if state != self._state:
            self._screener = _read() if state[0] else None
            self._state = state
        return self._screener


_exact = _Exact()


def exact_screener() -> ExactScreener | None:
    """Return the source ``match`` over all banks; None when the banks are empty."""
    return _exact.current()


def _read() -> ExactScreener:
    banks: dict[str, set[str]] = {}
    rows = Fingerprint.objects.order_by("bank_id", "sha256").values_list("bank_id", "sha256")
    digest = hashlib.sha256()
    for bank, sha256 in rows.iterator():
        banks.setdefault(bank, set()).add(sha256)
        digest.update(f"{bank}:{sha256};".encode())
    frozen = {bank: frozenset(digests) for bank, digests in banks.items()}
    return ExactScreener(frozen, digest.hexdigest()[:_VERSION_LETTERS])
