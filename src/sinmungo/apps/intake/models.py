from __future__ import annotations

from django.db import models
from django.db.models import Q

from sinmungo.apps.base.append_only import AppendOnly
from sinmungo.apps.base.promise import Promise
from sinmungo.apps.items.models import MAX_EXTERNAL_ID, Item, Platform, Version
from sinmungo.core.kernel.words import ReportReason


class EventBatch(Promise):
    """Versions that must still be screened: one promise for what came in together."""

    class Cause(models.TextChoices):
        EVENTS = "events"
        REPORT = "report"
        POLICY = "policy"

    id = models.UUIDField(primary_key=True)
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    cause = models.CharField(max_length=8, choices=Cause.choices, default=Cause.EVENTS)
    received_at = models.DateTimeField()
    version_ids = models.JSONField(default=list)

    class Meta(Promise.Meta):
        pass

    def __str__(self) -> str:
        return f"{len(self.version_ids)} versions of {self.platform_id}"


class Report(models.Model):
    """A person's flag on an item.

    ``words`` and ``contact`` are sealed under the key ``report:<id>``. ``reporter`` is a keyed
    digest of the platform's id of the reporter, so that one person's reports count once; ``cluster``
    groups reporters who act as one. ``receipt_digest`` is all that is kept of the receipt.
    """

    class Outcome(models.TextChoices):
        OPEN = "open"
        ACTED = "acted"
        NO_VIOLATION = "no_violation"
        REVERSED = "reversed"

    id = models.UUIDField(primary_key=True)
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    version = models.ForeignKey(Version, models.PROTECT, null=True, blank=True, related_name="+")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=24, choices=[(r.value, r.value) for r in ReportReason])
    words = models.BinaryField(blank=True, default=b"")
    contact = models.BinaryField(blank=True, default=b"")
    locale = models.CharField(max_length=5, default="ko")
    reporter = models.BinaryField(max_length=32, blank=True, default=b"")
    cluster = models.BinaryField(max_length=32, blank=True, default=b"")
    receipt_digest = models.BinaryField(max_length=32, unique=True)
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.OPEN)
    outcome_at = models.DateTimeField(null=True, blank=True)
    decision_id = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="intake_report_outcome_when",
                condition=Q(outcome="open", outcome_at__isnull=True)
                | (~Q(outcome="open") & Q(outcome_at__isnull=False)),
            ),
            models.UniqueConstraint(
                fields=["item", "reporter"],
                name="intake_one_open_report_a_reporter",
                condition=Q(outcome="open") & ~Q(reporter=b""),
            ),
        )
        indexes = (models.Index(fields=["item", "outcome"], name="intake_reports_on_item"),)

    def __str__(self) -> str:
        return f"{self.reason} on {self.item_id}"


class Notice(AppendOnly):
    """A legal notice that came in: from a court, an authority or a lawyer."""

    id = models.UUIDField(primary_key=True)
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    jurisdiction = models.CharField(max_length=2)
    reference = models.CharField(max_length=MAX_EXTERNAL_ID)
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"
