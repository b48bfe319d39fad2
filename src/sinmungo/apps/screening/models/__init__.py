"""What screening keeps: signals and verdicts, banks and what was seen, models and what they were asked."""

from __future__ import annotations

from sinmungo.apps.screening.models.asking import (
    Consultation,
    JudgeOpinion,
    JudgeSpending,
    LearnedModel,
    PictureReading,
    PictureWords,
)
from sinmungo.apps.screening.models.banks import (
    Bank,
    ExchangeState,
    Fingerprint,
    Hunt,
    HuntFind,
    MediaHashing,
    SeenMedia,
)
from sinmungo.apps.screening.models.verdicts import Signal, Verdict

__all__ = [
    "Signal",
    "Verdict",
    "Bank",
    "Fingerprint",
    "ExchangeState",
    "SeenMedia",
    "MediaHashing",
    "Hunt",
    "HuntFind",
    "LearnedModel",
    "PictureReading",
    "PictureWords",
    "Consultation",
    "JudgeOpinion",
    "JudgeSpending",
]
