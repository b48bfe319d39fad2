from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sinmungo.apps.appeals.models import Appeal
from sinmungo.apps.autonomy.models.automations import Act, Automation, Epoch
from sinmungo.apps.base.append_only import AppendOnly
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.items.models import Item, Platform
from sinmungo.apps.staff.models import User


class Incident(models.Model):
    """A declared failure: what, since when, how many, and what was done about it.

    ``code`` is public. ``onset_from`` to ``onset_to`` is the window in which it began; ``tripped_at`` when
    automation was stopped. ``evidence`` holds the numbers a third party needs to recompute the trip.
    ``key_ref`` names the key of everything that people wrote about it among themselves.
    """

    class State(models.TextChoices):
        OPEN = "open"
        RESTORING = "restoring"
        CLOSED = "closed"
        FALSE_ALARM = "false_alarm"

    class Cause(models.TextChoices):
        TRIP = "trip"
        PERSON = "person"
        APPEALS = "appeals"

    id = models.UUIDField(primary_key=True)
    code = models.CharField(max_length=12, unique=True)
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    automation = models.ForeignKey(Automation, models.PROTECT, null=True, blank=True, related_name="+")
    epoch = models.ForeignKey(Epoch, models.PROTECT, null=True, blank=True, related_name="+")
    cause = models.CharField(max_length=7, choices=Cause.choices)
    state = models.CharField(max_length=11, choices=State.choices, default=State.OPEN)
    title_ko = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120)
    is_severe = models.BooleanField(default=False)
    onset_from = models.DateTimeField()
    onset_to = models.DateTimeField()
    tripped_at = models.DateTimeField()
    evidence = models.JSONField(default=dict)
    key_ref = models.CharField(max_length=80)
    lead = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    opened_by = models.CharField(max_length=120)
    opened_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["epoch"],
                name="autonomy_one_open_incident",
                condition=Q(cause="trip", state__in=["open", "restoring"]),
            ),
            models.CheckConstraint(name="autonomy_onset_window", condition=Q(onset_to__gte=F("onset_from"))),
        )

    def __str__(self) -> str:
        return self.code


class IncidentEntry(AppendOnly):
    """A line of an incident's timeline: what happened (a code), and what somebody wrote, sealed."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=30)
    facts = models.JSONField(default=dict)
    words = models.BinaryField(default=b"")
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} of {self.incident_id}"


class PlaybookStep(models.Model):
    """One thing that must be done in an incident: whose it is, by when, and whether it is done."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="steps")
    step = models.CharField(max_length=30)
    place = models.PositiveSmallIntegerField()
    assignee = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    due_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["incident", "step"], name="autonomy_one_step"),)

    def __str__(self) -> str:
        return self.step


class PublicNote(AppendOnly):
    """What is known, as the public reads it; the newest stands first, an older one is never edited."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="notes")
    ko = models.CharField(max_length=2000)
    en = models.CharField(max_length=2000)
    by = models.CharField(max_length=120)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.en[:60]


class PublicQuestion(models.Model):
    """A question people ask about an incident, and its answer, pinned in an order of their own."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="questions")
    question_ko = models.CharField(max_length=200)
    question_en = models.CharField(max_length=200)
    answer_ko = models.CharField(max_length=2000)
    answer_en = models.CharField(max_length=2000)
    place = models.PositiveSmallIntegerField(default=0)
    edited_at = models.DateTimeField()
    edited_by = models.CharField(max_length=120)
    retired_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.question_en


class Inquiry(models.Model):
    """A question of the press, a lawmaker or an authority, with its clock and the answer given.

    Who asks and their words are sealed under the incident's key.
    """

    class Kind(models.TextChoices):
        PRESS = "press"
        LAWMAKER = "lawmaker"
        AUTHORITY = "authority"
        COURT = "court"
        OTHER = "other"

    id = models.UUIDField(primary_key=True)
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, blank=True, related_name="inquiries")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    key_ref = models.CharField(max_length=80)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    who = models.BinaryField()
    words = models.BinaryField()
    answer = models.BinaryField(default=b"")
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=120, blank=True)

    def __str__(self) -> str:
        return f"{self.kind} of {self.received_at:%Y-%m-%d}"


class Affected(models.Model):
    """One decision that is part of an incident, its place in the order, and what became of it.

    ``why`` is the code of why it was left out or could not be undone.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RESTORED = "restored"
        UPHELD = "upheld"  # looked at again by a person, and it stands
        ALREADY = "already"  # put right before, or over by itself
        LEFT_OUT = "left_out"  # another ground, a decided network, an open takedown: a person decides
        IMPOSSIBLE = "impossible"

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="affected")
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    account = models.ForeignKey(Item, models.PROTECT, null=True, blank=True, related_name="+")
    act = models.ForeignKey(Act, models.PROTECT, null=True, blank=True, related_name="+")
    place = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    why = models.CharField(max_length=40, blank=True)
    answer = models.ForeignKey(Decision, models.PROTECT, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["incident", "decision"], name="autonomy_affected_once"),
            models.UniqueConstraint(fields=["incident", "place"], name="autonomy_one_place"),
        )
        indexes = (
            models.Index(fields=["incident", "state", "place"], name="autonomy_affected_in_line"),
            models.Index(fields=["decision"], name="autonomy_affected_decision"),
        )

    def __str__(self) -> str:
        return f"{self.place} of {self.incident_id}: {self.state}"


class LinkedAppeal(models.Model):
    """That an appeal says the same as others of an incident: answered one by one, seen as one."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="linked")
    appeal = models.OneToOneField(Appeal, models.PROTECT, related_name="+")
    likeness = models.FloatField()
    linked_by = models.CharField(max_length=120)
    linked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.appeal_id} in {self.incident_id}"


class Shelter(models.Model):
    """Until when automation only proposes about an account: it was wronged once already."""

    account = models.OneToOneField(Item, models.PROTECT, primary_key=True, related_name="+")
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, blank=True, related_name="+")
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.account_id} until {self.until:%Y-%m-%d}"
