from __future__ import annotations

from django.db import models
from django.db.models import Q

from sinmungo.apps.base.append_only import AppendOnly


class SealedKey(models.Model):
    """A key that the vault holds for one person, report, appeal or platform.

    The secret itself is never in this database; a reference without a row here is an orphan of a
    crash and is reaped after an hour.
    """

    class State(models.TextChoices):
        ACTIVE = "active"
        DESTROYING = "destroying"
        DESTROYED = "destroyed"

    ref = models.CharField(max_length=80, primary_key=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.ACTIVE)
    created_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="vault_key_destroyed_when",
                condition=Q(state="destroyed", destroyed_at__isnull=False)
                | (~Q(state="destroyed") & Q(destroyed_at__isnull=True)),
            ),
        )

    def __str__(self) -> str:
        return self.ref


class Tombstone(AppendOnly):
    """Proof that a key was destroyed; restoring a backup replays these before anything is served."""

    ref = models.CharField(max_length=80, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.ref
