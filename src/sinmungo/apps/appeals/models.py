from __future__ import annotations

from django.db import models
from django.db.models import Q

from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.items.models import Platform
from sinmungo.apps.review.models import Assignment
from sinmungo.apps.statements.models import Statement
from sinmungo.core.kernel.words import AppealOutcome


class Appeal(models.Model):
    """An objection to a decision by the person it affects, or by one whose report was rejected.

    ``words`` and ``reasons`` are sealed under the key ``appeal:<id>``; of the receipt only a digest
    is kept. ``fast`` marks an answer given sooner than the case can be read.
    """

    class Appellant(models.TextChoices):
        AFFECTED = "affected"
        REPORTER = "reporter"

    class State(models.TextChoices):
        WAITING = "waiting"
        DECIDED = "decided"

    id = models.UUIDField(primary_key=True)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="+")
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="+")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    appellant = models.CharField(max_length=8, choices=Appellant.choices)
    assignment = models.OneToOneField(Assignment, models.PROTECT, related_name="+")
    words = models.BinaryField()
    reasons = models.BinaryField(blank=True, default=b"")
    locale = models.CharField(max_length=5)
    receipt_digest = models.BinaryField(max_length=32, unique=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    outcome = models.CharField(max_length=20, blank=True, choices=[(o.value, o.value) for o in AppealOutcome])
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    answer_decision = models.ForeignKey(Decision, models.PROTECT, null=True, blank=True, related_name="+")
    fast = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["statement"], name="appeals_one_waiting_a_statement", condition=Q(state="waiting")
            ),
            models.CheckConstraint(
                name="appeals_outcome_when_decided",
                condition=Q(state="waiting", outcome="", decided_at__isnull=True)
                | (Q(state="decided", decided_at__isnull=False) & ~Q(outcome="")),
            ),
        )
        indexes = (
            models.Index(fields=["decision"], name="appeals_of_decision"),
            models.Index(fields=["platform", "state", "received_at"], name="appeals_in_line"),
        )

    def __str__(self) -> str:
        return f"{self.appellant} on {self.decision_id}"


class Attachment(models.Model):
    """A file that came with an appeal, sealed; ``name`` is sealed too."""

    id = models.UUIDField(primary_key=True)
    appeal = models.ForeignKey(Appeal, models.PROTECT, related_name="attachments")
    name = models.BinaryField()
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    body = models.BinaryField()
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.media_type}, {self.size} bytes"
