from __future__ import annotations

from django.db import models
from django.db.models import Q

from sinmungo.apps.base.append_only import AppendOnly
from sinmungo.apps.base.promise import Promise
from sinmungo.apps.items.models import Version
from sinmungo.apps.policies.models import PolicyVersion


class LearnedModel(models.Model):
    """A learned source: its file, whole, and what it was measured to do.

    A new one only observes: what its signals alone would ask for is written down and brings nothing
    before anybody, until a person who answers for policies lets it.
    """

    class State(models.TextChoices):
        OBSERVING = "observing"
        ACTIVE = "active"
        RETIRED = "retired"

    name = models.SlugField(max_length=40)
    digest = models.CharField(max_length=64, unique=True)
    content = models.BinaryField()
    report = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OBSERVING)
    added_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["name"], name="screening_one_model_a_name", condition=~Q(state="retired")
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.digest[:12]}"


class PictureReading(Promise):
    """The words inside a picture of this version must be read; ``place`` is the picture's, from 0."""

    version = models.ForeignKey(Version, models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()

    class Meta(Promise.Meta):
        constraints = (
            models.UniqueConstraint(fields=["version", "place"], name="screening_one_reading_a_picture"),
        )

    def __str__(self) -> str:
        return f"{self.place} of {self.version_id}"


class PictureWords(AppendOnly):
    """The words read in a picture, masked; the picture itself is never kept."""

    version = models.ForeignKey(Version, models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()
    words = models.TextField()
    engine = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["version", "place"], name="screening_words_read_once"),
        )

    def __str__(self) -> str:
        return f"{len(self.words)} letters"


class Consultation(Promise):
    """A model must be asked how a policy fits a version that waits for a person."""

    version = models.ForeignKey(Version, models.PROTECT, related_name="+")
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="+")

    class Meta(Promise.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["version", "policy_version"], name="screening_asked_once_a_policy"
            ),
        )

    def __str__(self) -> str:
        return f"{self.version_id}: {self.policy_version_id}"


class JudgeOpinion(AppendOnly):
    """What a model answered: a suggestion and an ordering, never a decision.

    ``answers`` is a list of ``{factor, answer, quote, start, end}``, each quote checked to stand in the
    item; ``prompt_digest`` is of everything that was sent, so that the same question is asked once.
    """

    version = models.ForeignKey(Version, models.PROTECT, related_name="+")
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="+")
    model = models.CharField(max_length=120)
    prompt_digest = models.CharField(max_length=64)
    score = models.FloatField(null=True, blank=True)
    answers = models.JSONField(default=list)
    why = models.CharField(max_length=500, blank=True)
    micros = models.PositiveBigIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["prompt_digest", "model"], name="screening_asked_before"),)

    def __str__(self) -> str:
        return f"{self.model} on {self.version_id}"


class JudgeSpending(models.Model):
    """What models cost on one day (UTC), in millionths of the operator's currency."""

    day = models.DateField(primary_key=True)
    reserved = models.PositiveBigIntegerField(default=0)
    spent = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.day}: {self.spent}"
