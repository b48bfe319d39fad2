from __future__ import annotations

from django.db import models
from django.db.models import Q

from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.items.models import Version
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review.models.cases import Assignment
from sinmungo.apps.staff.models import User


class GoldItem(models.Model):
    """A version whose right answers are known, laid among second reviews to measure the measure.

    ``answers`` maps factors to answers; ``why`` is shown to the reviewer after they answered.
    """

    id = models.UUIDField(primary_key=True)
    version = models.ForeignKey(Version, models.PROTECT, related_name="+")
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="+")
    violation = models.BooleanField()
    answers = models.JSONField(default=dict)
    why = models.CharField(max_length=1000)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["version", "policy_version"],
                name="review_one_gold",
                condition=Q(retired_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return str(self.version_id)


class SecondReview(models.Model):
    """A blind second look at what a person decided, or at a gold item; changes nothing by itself.

    The reviewer sees the item as it was then, and not how it ended. ``share`` is the probability with
    which the decision was drawn, so that what is counted can be weighted.
    """

    assignment = models.OneToOneField(Assignment, models.PROTECT, related_name="second")
    decision = models.OneToOneField(Decision, models.PROTECT, null=True, blank=True, related_name="+")
    gold = models.ForeignKey(GoldItem, models.PROTECT, null=True, blank=True, related_name="+")
    version = models.ForeignKey(Version, models.PROTECT, related_name="+")
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="+")
    share = models.FloatField()
    drawn_at = models.DateTimeField()
    reviewer = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    violation = models.BooleanField(null=True, blank=True)
    answers = models.JSONField(default=dict)
    words = models.BinaryField(default=b"")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="review_second_of_one",
                condition=Q(decision__isnull=True, gold__isnull=False)
                | Q(decision__isnull=False, gold__isnull=True),
            ),
            models.CheckConstraint(
                name="review_second_answered_by",
                condition=Q(answered_at__isnull=True, violation__isnull=True)
                | Q(answered_at__isnull=False, violation__isnull=False, reviewer__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"second look at {self.version_id}"
