from __future__ import annotations

from django.db import models

from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.intake.models import Report
from sinmungo.apps.items.models import Item, Platform


class Statement(models.Model):
    """What one person is told of one decision.

    ``body`` is the sealed content, from which the letter is rendered in either language;
    ``handle`` names it in a link (random, so it tells no time). ``key_ref`` names the key.
    """

    class Audience(models.TextChoices):
        AFFECTED = "affected"
        REPORTER = "reporter"

    id = models.UUIDField(primary_key=True)
    handle = models.BinaryField(max_length=16, unique=True)
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="+")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    account = models.ForeignKey(Item, models.PROTECT, null=True, blank=True, related_name="+")
    report = models.ForeignKey(Report, models.PROTECT, null=True, blank=True, related_name="+")
    audience = models.CharField(max_length=8, choices=Audience.choices)
    locale = models.CharField(max_length=5)
    body = models.BinaryField()
    key_ref = models.CharField(max_length=80)
    letter_version = models.PositiveSmallIntegerField(default=1)
    link_version = models.PositiveSmallIntegerField(default=1)
    made_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = (
            models.Index(fields=["item", "-made_at"], name="statements_of_item"),
            models.Index(fields=["report"], name="statements_of_report"),
        )

    def __str__(self) -> str:
        return f"{self.audience} of {self.decision_id}"
