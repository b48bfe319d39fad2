"""The tables of human work: cases, what colleagues do around them, and second looks."""

from sinmungo.apps.review.models.cases import (
    Approval,
    Assignment,
    Case,
    FactorAnswer,
    Outcome,
    Queue,
    Viewing,
)
from sinmungo.apps.review.models.desk import CaseText, Note, PendingDecision, Reveal, SavedReason
from sinmungo.apps.review.models.seconds import GoldItem, SecondReview

__all__ = [
    "Approval",
    "Assignment",
    "Case",
    "FactorAnswer",
    "Outcome",
    "Queue",
    "Viewing",
    "CaseText",
    "Note",
    "PendingDecision",
    "Reveal",
    "SavedReason",
    "GoldItem",
    "SecondReview",
]
