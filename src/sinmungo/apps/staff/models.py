from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q


class Role(models.TextChoices):
    """What a person does here; the matrix of permissions stands in ``staff.roles``."""

    ADMINISTRATOR = "administrator"
    LEAD = "lead"
    REVIEWER = "reviewer"
    VENDOR = "vendor"
    HEARER = "hearer"
    POLICY = "policy"
    OBSERVER = "observer"


class User(AbstractUser):
    """A person who works here. Others see the pseudonym only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pseudonym = models.CharField(max_length=40, blank=True)
    locale = models.CharField(max_length=5, default="ko")

    def __str__(self) -> str:
        return self.pseudonym or self.username


class Membership(models.Model):
    """A role of a user, on one platform or (without one) on all.

    ``platform`` is the platform's id: the table of platforms stands higher in the house, and so does
    that of queues, whose names are in ``queues``. A vendor reviewer works in the named queues only; for
    every other role an empty list means all.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    platform = models.CharField(max_length=40, blank=True)
    queues = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["user", "role", "platform"], name="staff_one_membership"),
            models.CheckConstraint(name="staff_known_role", condition=Q(role__in=Role.values)),
        )

    def __str__(self) -> str:
        return f"{self.role} on {self.platform or 'all'}"


class SignInLink(models.Model):
    """A one-time link from the command line; only the digest of its token is kept."""

    digest = models.BinaryField(max_length=32, unique=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"for {self.user}"


class Preference(models.Model):
    """How a person wants to meet what they review; nobody else sees it but who plans the shifts.

    ``refused_queues`` are never shown or given to them, without a reason asked.
    """

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="preference")
    blur = models.BooleanField(default=True)
    greyscale = models.BooleanField(default=True)
    break_after_minutes = models.PositiveSmallIntegerField(default=50)
    refused_queues = models.JSONField(default=list, blank=True)

    def __str__(self) -> str:
        return f"of {self.user_id}"
