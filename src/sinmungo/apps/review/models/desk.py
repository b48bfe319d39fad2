from __future__ import annotations

from django.db import models
from django.db.models import Q

from sinmungo.apps.base.append_only import AppendOnly
from sinmungo.apps.base.promise import Promise
from sinmungo.apps.items.models import Item, Version
from sinmungo.apps.review.models.cases import Case
from sinmungo.apps.staff.models import User


class Note(AppendOnly):
    """What colleagues write to one another about a case; never told to anybody outside.

    The words are sealed under the key of the person whom the case is about.
    """

    class Kind(models.TextChoices):
        NOTE = "note"
        ESCALATED = "escalated"
        REFUSED = "refused"  # why a decision that waited could not be recorded

    case = models.ForeignKey(Case, models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.NOTE)
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    words = models.BinaryField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} on {self.case_id}"


class SavedReason(models.Model):
    """A reason that reviewers use again, in both languages; ``{{...}}`` marks a blank to be filled.

    A changed reason is a new row; the old one is retired.
    """

    id = models.UUIDField(primary_key=True)
    policy = models.CharField(max_length=60, blank=True)
    title_ko = models.CharField(max_length=80)
    title_en = models.CharField(max_length=80)
    body_ko = models.CharField(max_length=2000)
    body_en = models.CharField(max_length=2000)
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.title_en


class PendingDecision(Promise):
    """What a reviewer chose, not yet recorded: until ``due_at`` they may take it back.

    ``proposal`` is kept as an approval's is, with what is said of a person sealed; ``digest`` binds it
    to its very words. ``batch`` joins those chosen together. ``withdrawn_at`` says that it was taken back.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="pending")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposal = models.JSONField()
    digest = models.CharField(max_length=64)
    batch = models.UUIDField(null=True, blank=True)
    chosen_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta(Promise.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["case"], name="review_one_pending_decision", condition=Q(done_at__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} at {self.due_at:%H:%M:%S}"


class CaseText(models.Model):
    """A case's text as search and likeness read it: normalised, and its MinHash signature."""

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="+")
    text = models.TextField()
    signature = models.BinaryField(default=b"")

    def __str__(self) -> str:
        return str(self.case_id)


class Reveal(AppendOnly):
    """That a person asked to see a picture of an item without its veil."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    version = models.ForeignKey(Version, models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["user", "at"], name="review_reveals_of"),)

    def __str__(self) -> str:
        return f"{self.place} of {self.version_id}"
