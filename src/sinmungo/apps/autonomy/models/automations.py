from __future__ import annotations

from django.db import models
from django.db.models import Q

from sinmungo.apps.base.append_only import AppendOnly
from sinmungo.apps.base.promise import Promise
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.items.models import Item, Platform, Version
from sinmungo.apps.screening.models import Verdict
from sinmungo.core.kernel.words import ActionKind, Level

_LEVELS = [(level.value, level.value) for level in Level]


class Automation(models.Model):
    """A rule and one action it proposes, on one platform: what may act alone, or not.

    Its id is derived from those four. ``target`` is the precision it must be shown to have, ``alpha`` the
    risk of believing so wrongly. ``reason`` is the code of why it has its level. ``hourly_cap`` None means
    one and a half times what is usual at this hour of the week.
    """

    id = models.UUIDField(primary_key=True)
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    policy = models.CharField(max_length=60)
    rule = models.CharField(max_length=60)
    action = models.CharField(max_length=20, choices=[(k.value, k.value) for k in ActionKind])
    ceiling = models.CharField(max_length=9, choices=_LEVELS)
    level = models.CharField(max_length=9, choices=_LEVELS, default=Level.SHADOW)
    level_since = models.DateTimeField()
    reason = models.CharField(max_length=40, blank=True)
    target = models.FloatField()
    alpha = models.FloatField()
    hourly_cap = models.PositiveIntegerField(null=True, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["platform", "policy", "rule", "action"], name="autonomy_one_automation"
            ),
            models.CheckConstraint(name="autonomy_target", condition=Q(target__gt=0.5, target__lt=1.0)),
            models.CheckConstraint(name="autonomy_alpha", condition=Q(alpha__gt=0.0, alpha__lt=0.5)),
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.action} on {self.platform_id}: {self.level}"


class Epoch(models.Model):
    """What exactly executes: another condition, source, threshold or model is another epoch.

    ``executes`` is the JSON whose digest names the epoch. Evidence of one epoch says nothing of another.
    """

    id = models.UUIDField(primary_key=True)
    automation = models.ForeignKey(Automation, models.PROTECT, related_name="epochs")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    executes = models.TextField()
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["automation", "number"], name="autonomy_epoch_number"),
            models.UniqueConstraint(
                fields=["automation"], name="autonomy_one_epoch_now", condition=Q(ended_at__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"{self.automation_id} #{self.number}"


class LevelChange(AppendOnly):
    """That an automation rose or fell, why (a code), and on what evidence."""

    automation = models.ForeignKey(Automation, models.PROTECT, related_name="changes")
    epoch = models.ForeignKey(Epoch, models.PROTECT, related_name="+")
    before = models.CharField(max_length=9, choices=_LEVELS)
    after = models.CharField(max_length=9, choices=_LEVELS)
    reason = models.CharField(max_length=40)
    evidence = models.JSONField(default=dict)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.before} to {self.after}: {self.reason}"


class Act(Promise):
    """What an automation would do to one version of an item, and what became of it.

    The id is derived from verdict and automation, so that judging twice does not act twice. ``cluster``
    joins authors who act alike, ``stratum`` tells language and age of the account. ``propensity`` is the
    probability with which it was to be drawn for a random audit, ``drawn`` whether it was, ``weight``
    (above 0, at most 1) what makes unequal ones fair; all are fixed before anybody looks. ``why`` is the code
    of why it did not act by itself.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        HELD = "held"  # will be looked at again: a burst audit or the night is going on
        ACTED = "acted"
        PROPOSED = "proposed"  # a person decides
        WATCHED = "watched"  # in shadow nothing happens

    id = models.UUIDField(primary_key=True)
    automation = models.ForeignKey(Automation, models.PROTECT, related_name="+")
    epoch = models.ForeignKey(Epoch, models.PROTECT, related_name="+")
    version = models.ForeignKey(Version, models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    account = models.ForeignKey(Item, models.PROTECT, null=True, blank=True, related_name="+")
    verdict = models.ForeignKey(Verdict, models.PROTECT, related_name="+")
    cluster = models.CharField(max_length=64, blank=True)
    stratum = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    why = models.CharField(max_length=40, blank=True)
    level = models.CharField(max_length=9, choices=_LEVELS, blank=True)
    propensity = models.FloatField(default=0.0)
    drawn = models.BooleanField(default=False)
    weight = models.FloatField(default=1.0, db_default=1.0)
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta(Promise.Meta):
        constraints = (
            models.UniqueConstraint(fields=["verdict", "automation"], name="autonomy_one_act"),
            models.CheckConstraint(
                name="autonomy_acted_has_decision",
                condition=Q(state="acted", decision__isnull=False)
                | (~Q(state="acted") & Q(decision__isnull=True)),
            ),
            models.CheckConstraint(
                name="autonomy_propensity", condition=Q(propensity__gte=0.0, propensity__lte=1.0)
            ),
        )
        indexes = (
            *Promise.Meta.indexes,
            models.Index(fields=["automation", "settled_at"], name="autonomy_acts_of"),
            models.Index(
                fields=["decision"], name="autonomy_act_of_decision", condition=Q(decision__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return f"{self.automation_id} on {self.version_id}: {self.state}"


class HourCount(models.Model):
    """How many acts of an automation fell into an hour: what is usual, and where its cap lies."""

    automation = models.ForeignKey(Automation, models.PROTECT, related_name="+")
    hour = models.DateTimeField()
    wanted = models.PositiveIntegerField(default=0)
    acted = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["automation", "hour"], name="autonomy_one_hour"),)

    def __str__(self) -> str:
        return f"{self.automation_id} {self.hour:%Y-%m-%d %H}: {self.acted} of {self.wanted}"


class Shift(models.Model):
    """When people are there to audit: one shift of a weekday, in the platform's own time.

    ``weekday`` is 0 for Monday; a shift that ends at or before its beginning ends on the next day.
    ``audits_per_hour`` is what one auditor can look at.
    """

    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    weekday = models.PositiveSmallIntegerField()
    begins = models.TimeField()
    ends = models.TimeField()
    auditors = models.PositiveSmallIntegerField()
    audits_per_hour = models.FloatField(default=12.0)

    class Meta:
        constraints = (
            models.CheckConstraint(name="autonomy_weekday", condition=Q(weekday__lte=6)),
            models.CheckConstraint(
                name="autonomy_shift_works",
                condition=Q(auditors__gte=1, audits_per_hour__gt=0.0, audits_per_hour__lte=120.0),
            ),
        )

    def __str__(self) -> str:
        return f"{self.platform_id} {self.weekday} {self.begins:%H:%M}-{self.ends:%H:%M}"
