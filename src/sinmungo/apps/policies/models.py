from __future__ import annotations

from django.db import models

from sinmungo.apps.base.append_only import AppendOnly
from sinmungo.apps.items.models import Platform


class Policy(models.Model):
    """A policy by its name; what it says stands in its versions."""

    slug = models.SlugField(max_length=60, primary_key=True)

    def __str__(self) -> str:
        return self.slug


class Pack(AppendOnly):
    """A checked pack as it was loaded: shared terms, patterns and queues, and its policies.

    ``executable_digest`` covers only what executes, so mended prose keeps it.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    executable_digest = models.CharField(max_length=64)
    slug = models.SlugField(max_length=60)
    document = models.TextField()
    loaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.slug} {self.digest[:12]}"


class PolicyVersion(AppendOnly):
    """The exact text of a policy; immutable."""

    digest = models.CharField(max_length=64, primary_key=True)
    executable_digest = models.CharField(max_length=64)
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="versions")
    document = models.TextField()
    loaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.policy_id} {self.digest[:12]}"


class PackPolicy(AppendOnly):
    """Which policy versions a pack holds, in its order."""

    pack = models.ForeignKey(Pack, models.PROTECT, related_name="members")
    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="+")
    order = models.PositiveSmallIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["pack", "version"], name="policies_once_in_pack"),)

    def __str__(self) -> str:
        return f"{self.pack_id}: {self.version_id}"


class Adoption(AppendOnly):
    """From when a pack is in force on a platform; the next adoption ends it."""

    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    pack = models.ForeignKey(Pack, models.PROTECT, related_name="+")
    begins = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["platform", "-begins"], name="policies_in_force"),)

    def __str__(self) -> str:
        return f"{self.platform_id}: {self.pack_id} from {self.begins:%Y-%m-%d %H:%M}"
