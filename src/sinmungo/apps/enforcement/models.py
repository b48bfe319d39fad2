from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sinmungo.apps.base.append_only import AppendOnly
from sinmungo.apps.base.promise import Promise
from sinmungo.apps.intake.models import Notice
from sinmungo.apps.items.models import Item, Platform, Version
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.screening.models import Verdict
from sinmungo.core.kernel.words import (
    EVERYWHERE,
    ActionKind,
    Automated,
    DecisionSource,
    DsaCategory,
    GroundKind,
    PublicState,
)


class Decision(AppendOnly):
    """The recorded act, immutable; what is told to anyone derives from it.

    ``ground`` is the id of a ground in the policy version (empty for a decision of no violation or
    one that another tool made); ``facts`` is the sentence about what was found, sealed under
    ``key_ref``. ``made_by`` is the actor's written form. ``external_id`` is the other tool's own
    number of a decision it made. ``looked`` says whether a person really opened the item before deciding.
    """

    id = models.UUIDField(primary_key=True)
    case_code = models.CharField(max_length=12, unique=True)
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    item_version = models.ForeignKey(Version, models.PROTECT, null=True, blank=True, related_name="+")
    verdict = models.ForeignKey(Verdict, models.PROTECT, null=True, blank=True, related_name="+")
    notice = models.ForeignKey(Notice, models.PROTECT, null=True, blank=True, related_name="+")
    violation = models.BooleanField()
    ground_kind = models.CharField(max_length=5, choices=[(g.value, g.value) for g in GroundKind])
    ground = models.CharField(max_length=60, blank=True)
    ground_text = models.CharField(max_length=500, blank=True)
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, null=True, blank=True, related_name="+")
    category = models.CharField(max_length=80, choices=[(c.value, c.value) for c in DsaCategory])
    facts = models.BinaryField()
    key_ref = models.CharField(max_length=80)
    automated = models.CharField(max_length=9, choices=[(a.value, a.value) for a in Automated])
    detected_automatically = models.BooleanField()
    looked = models.BooleanField()
    source = models.CharField(max_length=11, choices=[(s.value, s.value) for s in DecisionSource])
    external_id = models.CharField(max_length=200, blank=True)
    made_by = models.CharField(max_length=120)
    approved_by = models.CharField(max_length=120, blank=True)
    cause_kind = models.CharField(max_length=20, blank=True)
    cause_id = models.UUIDField(null=True, blank=True)
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["platform", "external_id"],
                name="enforcement_once_by_external_id",
                condition=~Q(external_id=""),
            ),
            models.CheckConstraint(
                name="enforcement_second_person", condition=Q(approved_by="") | ~Q(approved_by=F("made_by"))
            ),
        )
        indexes = (models.Index(fields=["item", "-made_at"], name="enforcement_of_item"),)

    def __str__(self) -> str:
        return self.case_code


class Action(AppendOnly):
    """What a decision does, to which item (the account itself for actions on accounts)."""

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="actions")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in ActionKind])
    territory = models.CharField(max_length=10, default=EVERYWHERE)
    begins = models.DateTimeField()
    ends = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="enforcement_action_ends_after",
                condition=Q(ends__isnull=True) | Q(ends__gt=F("begins")),
            ),
        )
        indexes = (models.Index(fields=["item"], name="enforcement_action_item"),)

    def __str__(self) -> str:
        return f"{self.kind} in {self.territory}"


class ItemState(models.Model):
    """The version of an item's whole wanted state, and how far its platform confirmed it."""

    item = models.OneToOneField(Item, models.PROTECT, primary_key=True, related_name="+")
    version = models.PositiveIntegerField(default=0)
    public_state = models.CharField(
        max_length=12, choices=[(s.value, s.value) for s in PublicState], default=PublicState.VISIBLE
    )
    confirmed = models.PositiveIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="enforcement_confirmed_exists", condition=Q(confirmed__lte=F("version"))
            ),
        )

    def __str__(self) -> str:
        return f"{self.item_id} v{self.version}"


class Restriction(models.Model):
    """The wanted state of one kind in one territory, computed from all decisions that stand."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in ActionKind])
    territory = models.CharField(max_length=10, default=EVERYWHERE)
    standing = models.BooleanField()
    begins = models.DateTimeField()
    ends = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["item", "kind", "territory"], name="enforcement_one_restriction"),
        )

    def __str__(self) -> str:
        return f"{self.kind} in {self.territory}: {'standing' if self.standing else 'lifted'}"


class Expiry(Promise):
    """A restriction of this item ends at ``due_at``; its state is computed anew then."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="+")

    class Meta(Promise.Meta):
        constraints = (models.UniqueConstraint(fields=["item", "due_at"], name="enforcement_one_expiry"),)

    def __str__(self) -> str:
        return f"{self.item_id} at {self.due_at:%Y-%m-%d %H:%M}"


class Strike(models.Model):
    """A counted weight on an account; it expires, or goes when its decision is overturned."""

    account = models.ForeignKey(Item, models.PROTECT, related_name="+")
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="strikes")
    weight = models.PositiveSmallIntegerField()
    expires_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["decision", "account"], name="enforcement_one_strike"),
        )
        indexes = (models.Index(fields=["account", "expires_at"], name="enforcement_strikes_now"),)

    def __str__(self) -> str:
        return f"{self.weight} until {self.expires_at:%Y-%m-%d}"


class Delivery(Promise):
    """A platform must be told an item's wanted state, at least as new as ``version``."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        ALREADY = "already"
        OLDER = "older"
        GONE = "gone"
        REFUSED = "refused"
        DEAD = "dead"

    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    shown_at = models.DateTimeField(null=True, blank=True)

    class Meta(Promise.Meta):
        constraints = (models.UniqueConstraint(fields=["item", "version"], name="enforcement_one_delivery"),)

    def __str__(self) -> str:
        return f"{self.item_id} v{self.version} {self.state}"
