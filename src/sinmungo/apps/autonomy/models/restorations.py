from __future__ import annotations

from django.db import models
from django.db.models import Q

from sinmungo.apps.autonomy.models.incidents import Affected, Incident
from sinmungo.apps.base.promise import Promise
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.items.models import Platform
from sinmungo.apps.staff.models import User


class Restoration(models.Model):
    """Putting right what an incident did, by the hundred thousand; two people confirm it.

    ``automations`` lists the ids whose decisions between ``window_from`` and ``window_to`` are taken back.
    ``digest`` binds the confirmation to exactly the set that was shown in the dry run, ``counts`` to its
    numbers. ``sample_size`` is how many are looked at by people first; 0 where none need be.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        SAMPLING = "sampling"  # people look at a random sample first
        READY = "ready"  # the dry run was shown; a second person must confirm
        RUNNING = "running"
        PAUSED = "paused"
        DONE = "done"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="restorations")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    automations = models.JSONField(default=list)
    window_from = models.DateTimeField()
    window_to = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    sample_size = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="autonomy_confirmed_by_another",
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=models.F("proposed_by")),
            ),
            models.UniqueConstraint(
                fields=["incident"],
                name="autonomy_one_restoration",
                condition=Q(state__in=["draft", "sampling", "ready", "running", "paused"]),
            ),
        )

    def __str__(self) -> str:
        return f"restoration of {self.incident_id}: {self.state}"


class RestorationBatch(Promise):
    """Up to 200 of a restoration: asked about, restored, told to the platform, read back.

    ``members`` lists ids of ``Affected`` in order. A killed process loses nothing: the stage says how far
    it came, and each stage done twice changes nothing.
    """

    class Stage(models.TextChoices):
        ASK = "ask"  # what the platform says of the accounts before anything
        RESTORE = "restore"
        READ_BACK = "read_back"  # what returned, once the platform confirmed
        DONE = "done"

    restoration = models.ForeignKey(Restoration, models.PROTECT, related_name="batches")
    number = models.PositiveIntegerField()
    members = models.JSONField()
    stage = models.CharField(max_length=9, choices=Stage.choices, default=Stage.ASK)

    class Meta(Promise.Meta):
        constraints = (models.UniqueConstraint(fields=["restoration", "number"], name="autonomy_one_batch"),)

    def __str__(self) -> str:
        return f"batch {self.number} of {self.restoration_id}: {self.stage}"


class AccountRecord(models.Model):
    """What a platform said of an account before it was restored and afterwards, sealed.

    ``missing`` counts what did not return. After ``purge_at`` the platform purges it for good.
    """

    affected = models.OneToOneField(Affected, models.PROTECT, primary_key=True, related_name="record")
    key_ref = models.CharField(max_length=80)
    before = models.BinaryField()
    after = models.BinaryField(default=b"")
    missing = models.PositiveSmallIntegerField(default=0)
    purge_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.affected_id}: {self.missing} missing"


class Disclosure(Promise):
    """That somebody else was told of a decision (police, an exchange, a linked service).

    When the decision is reversed they are told so: a promise, due from then on. Before that ``due_at``
    lies in the far future.
    """

    class Party(models.TextChoices):
        POLICE = "police"
        EXCHANGE = "exchange"
        LINKED = "linked_service"
        OTHER = "other"

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="+")
    party = models.CharField(max_length=14, choices=Party.choices)
    party_name = models.CharField(max_length=120)
    reference = models.BinaryField()
    key_ref = models.CharField(max_length=80)
    told_at = models.DateTimeField()
    corrected_at = models.DateTimeField(null=True, blank=True)

    class Meta(Promise.Meta):
        indexes = (*Promise.Meta.indexes, models.Index(fields=["decision"], name="autonomy_disclosed"))

    def __str__(self) -> str:
        return f"{self.party} told of {self.decision_id}"


class Clearance(models.Model):
    """The letter that says an error was made: what anybody can verify against the ledger.

    ``handle`` names it in a link that only the person has; ``entry_id`` is the ledger entry of the decision
    that took the error back.
    """

    affected = models.OneToOneField(Affected, models.PROTECT, primary_key=True, related_name="clearance")
    handle = models.BinaryField(max_length=16, unique=True)
    entry_id = models.UUIDField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.affected_id)
