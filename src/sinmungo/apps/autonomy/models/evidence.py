from __future__ import annotations

from django.db import models
from django.db.models import Q

from sinmungo.apps.autonomy.models.automations import Act, Automation, Epoch
from sinmungo.apps.base.append_only import AppendOnly
from sinmungo.apps.base.promise import Promise
from sinmungo.apps.items.models import Platform, Version
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review.models import Assignment, GoldItem
from sinmungo.apps.staff.models import User


class Burst(Promise):
    """Twenty looks at once, because something seems wrong; new acts are held until they are answered.

    ``cause`` is the code of what raised the suspicion. At ``due_at`` it is judged again whether all were
    answered.
    """

    automation = models.ForeignKey(Automation, models.PROTECT, related_name="+")
    epoch = models.ForeignKey(Epoch, models.PROTECT, related_name="+")
    cause = models.CharField(max_length=20)
    opened_at = models.DateTimeField()
    size = models.PositiveSmallIntegerField()

    class Meta(Promise.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["automation"], name="autonomy_one_burst", condition=Q(done_at__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"burst of {self.size} on {self.automation_id}"


class Audit(models.Model):
    """A blind judgement of one act, or of a gold item laid among them.

    The auditor sees the item as it was and not what was done. ``look`` is 2 for the second blind look at
    a "wrong". ``weight`` makes unequal propensities fair. ``wrong`` is None until it is answered.
    """

    class Kind(models.TextChoices):
        RANDOM = "random"
        BURST = "burst"
        GOLD = "gold"
        RESTORATION = "restoration"  # of an incident, before its people are restored

    id = models.UUIDField(primary_key=True)
    act = models.ForeignKey(Act, models.PROTECT, null=True, blank=True, related_name="audits")
    gold = models.ForeignKey(GoldItem, models.PROTECT, null=True, blank=True, related_name="+")
    burst = models.ForeignKey(Burst, models.PROTECT, null=True, blank=True, related_name="audits")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    assignment = models.OneToOneField(Assignment, models.PROTECT, related_name="+")
    version = models.ForeignKey(Version, models.PROTECT, related_name="+")
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=11, choices=Kind.choices)
    look = models.PositiveSmallIntegerField(default=1)
    weight = models.FloatField(default=1.0)
    drawn_at = models.DateTimeField()
    auditor = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    wrong = models.BooleanField(null=True, blank=True)
    words = models.BinaryField(default=b"")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["act", "look"], name="autonomy_one_look", condition=Q(act__isnull=False)
            ),
            models.CheckConstraint(
                name="autonomy_audit_of_one",
                condition=Q(act__isnull=True, gold__isnull=False) | Q(act__isnull=False, gold__isnull=True),
            ),
            models.CheckConstraint(
                name="autonomy_audit_answered",
                condition=Q(answered_at__isnull=True, wrong__isnull=True)
                | Q(answered_at__isnull=False, wrong__isnull=False, auditor__isnull=False),
            ),
        )
        indexes = (models.Index(fields=["platform", "drawn_at"], name="autonomy_audits_of"),)

    def __str__(self) -> str:
        return f"{self.kind} look {self.look} at {self.version_id}"


class Factor(AppendOnly):
    """One label or count as it entered the state of an epoch: the log anybody can recompute it from.

    ``seq`` counts from 1 within the epoch. ``stream`` is audit, share or rate; ``x`` is 1 for wrong and 0
    for right (for rate, how many acts). ``terms`` holds the numbers the factor was made of, as JSON:
    the null, the weight, the cap of weights. ``source`` names the audit or appeal by a salted digest.
    ``corrects`` is the seq of a factor that this one takes the place of.
    """

    epoch = models.ForeignKey(Epoch, models.PROTECT, related_name="factors")
    seq = models.PositiveIntegerField()
    stream = models.CharField(max_length=5)
    x = models.FloatField()
    terms = models.JSONField(default=dict)
    source = models.CharField(max_length=64)
    corrects = models.PositiveIntegerField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["epoch", "seq"], name="autonomy_factor_seq"),
            models.UniqueConstraint(
                fields=["epoch", "stream", "source"],
                name="autonomy_factor_once",
                condition=Q(corrects__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.stream} {self.seq}: {self.x}"


class DetectorState(models.Model):
    """The small value that an epoch's factors come to; recomputable from them.

    ``document`` is the state as ``core.trust`` stores it. ``r`` is the detector's value, ``bound`` the lower
    bound on precision, ``labels`` how many random audits stand behind it.
    """

    epoch = models.OneToOneField(Epoch, models.PROTECT, primary_key=True, related_name="state")
    seq = models.PositiveIntegerField(default=0)
    document = models.JSONField(default=dict)
    r = models.FloatField(default=0.0)
    bound = models.FloatField(default=0.0)
    labels = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.epoch_id}: R {self.r:.4g}, at least {self.bound:.3f}"
