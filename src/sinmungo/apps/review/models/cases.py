from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.items.models import Item, Platform, Version
from sinmungo.apps.screening.models import Verdict
from sinmungo.apps.staff.models import User


class Queue(models.Model):
    """Where cases of one kind wait; ``hours`` is its service time, 0 where none is promised."""

    slug = models.SlugField(max_length=60, primary_key=True)
    title_ko = models.CharField(max_length=80)
    title_en = models.CharField(max_length=80)
    weight = models.FloatField(default=1.0)
    hours = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.title_en


class Assignment(models.Model):
    """One piece of human work: who holds it, until when, and who must not.

    ``version`` grows with every change, so that a second person meets a clear conflict. ``assignee``
    is whose work it is meant to be; ``holder`` is who has it in hand now. Nobody meets it before
    ``snoozed_until``.
    """

    class Kind(models.TextChoices):
        CASE = "case"
        APPEAL = "appeal"
        AUDIT = "audit"
        APPROVAL = "approval"
        LEGAL = "legal"
        SECOND = "second"

    id = models.UUIDField(primary_key=True)
    queue = models.ForeignKey(Queue, models.PROTECT, related_name="+")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    assignee = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    priority = models.FloatField(default=0.0)
    priority_explained = models.JSONField(default=list)
    holder = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    held_until = models.DateTimeField(null=True, blank=True)
    barred = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    barred_too = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="review_holder_not_barred",
                condition=Q(holder__isnull=True) | Q(barred__isnull=True) | ~Q(holder=F("barred")),
            ),
            models.CheckConstraint(
                name="review_holder_not_barred_too",
                condition=Q(holder__isnull=True) | Q(barred_too__isnull=True) | ~Q(holder=F("barred_too")),
            ),
            models.CheckConstraint(
                name="review_held_until_when_held",
                condition=Q(holder__isnull=True, held_until__isnull=True)
                | Q(holder__isnull=False, held_until__isnull=False),
            ),
        )
        indexes = (
            models.Index(
                fields=["kind", "queue", "-priority", "id"],
                name="review_open_by_priority",
                condition=Q(done_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} in {self.queue_id}"


class Case(models.Model):
    """All reports and signals on one item under review; at most one is open for an item."""

    class State(models.TextChoices):
        OPEN = "open"
        HELD = "held"
        SENDING = "sending"  # decided by a person who may still take it back
        DECIDED = "decided"

    id = models.UUIDField(primary_key=True)
    code = models.CharField(max_length=12, unique=True)
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    version = models.ForeignKey(Version, models.PROTECT, null=True, blank=True, related_name="+")
    verdict = models.ForeignKey(Verdict, models.PROTECT, null=True, blank=True, related_name="+")
    assignment = models.OneToOneField(Assignment, models.PROTECT, related_name="case")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["item"], name="review_one_open_case", condition=~Q(state="decided")
            ),
        )

    def __str__(self) -> str:
        return self.code


class FactorAnswer(models.Model):
    """What a reviewer answered to one factor of a policy; ``suggested`` is what a signal proposed."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="answers")
    policy = models.CharField(max_length=60)
    factor = models.CharField(max_length=60)
    answer = models.CharField(max_length=40)
    suggested = models.CharField(max_length=40, blank=True)
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["case", "policy", "factor"], name="review_one_answer_a_factor"),
        )

    def __str__(self) -> str:
        return f"{self.factor}: {self.answer}"


class Viewing(models.Model):
    """That a person had an item's version before them, and for how long it was shown."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    version = models.ForeignKey(Version, models.PROTECT, null=True, blank=True, related_name="+")
    assignment = models.ForeignKey(Assignment, models.PROTECT, null=True, related_name="viewings")
    shown_at = models.DateTimeField()
    seconds = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = (models.Index(fields=["item", "user"], name="review_viewed_by"),)

    def __str__(self) -> str:
        return f"{self.seconds} s"


class Approval(models.Model):
    """A proposal that waits for a second person; ``digest`` binds the approval to its very words."""

    class State(models.TextChoices):
        WAITING = "waiting"
        APPROVED = "approved"
        SENT_BACK = "sent_back"

    id = models.UUIDField(primary_key=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="approvals")
    assignment = models.OneToOneField(Assignment, models.PROTECT, related_name="approval")
    proposal = models.JSONField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    words = models.CharField(max_length=1000, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="review_approved_by_another",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
            ),
        )

    def __str__(self) -> str:
        return self.state


class Outcome(models.Model):
    """Which decision ended which case."""

    case = models.OneToOneField(Case, models.PROTECT, related_name="outcome")
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.case_id}: {self.decision_id}"
