from __future__ import annotations

from django.db import models
from django.db.models import Q

from sinmungo.apps.base.append_only import AppendOnly
from sinmungo.apps.items.models import Version
from sinmungo.apps.policies.models import Pack


class Signal(AppendOnly):
    """What a source says of a version, with the words it relied on."""

    version = models.ForeignKey(Version, models.PROTECT, related_name="+")
    source = models.CharField(max_length=40)
    source_version = models.CharField(max_length=64)
    name = models.CharField(max_length=60)
    score = models.FloatField()
    evidence = models.CharField(max_length=500, blank=True)
    span_start = models.PositiveIntegerField(null=True, blank=True)
    span_end = models.PositiveIntegerField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=["name", "at"], name="screening_bank_matches", condition=Q(source="match")),
        )

    def __str__(self) -> str:
        return f"{self.source}.{self.name} {self.score:.2f}"


class Verdict(AppendOnly):
    """What the policy recommends for a version: every rule that matched, every value it read.

    It has no effect. ``proposed`` is the strongest action proposed, ``none`` when there is none.
    """

    id = models.UUIDField(primary_key=True)
    version = models.ForeignKey(Version, models.PROTECT, related_name="+")
    # packs are never removed, and half of all verdicts share one: an index would only cost
    pack = models.ForeignKey(Pack, models.PROTECT, related_name="+", db_index=False)
    facts_schema = models.PositiveSmallIntegerField()
    document = models.TextField()
    proposed = models.CharField(max_length=20)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.proposed
