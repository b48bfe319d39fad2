from __future__ import annotations

from django.db import models
from django.db.models import Q

from sinmungo.apps.base.append_only import AppendOnly
from sinmungo.core.kernel.words import ItemType, PlatformMode

MAX_EXTERNAL_ID = 200


def _choices(words: type[ItemType] | type[PlatformMode]) -> list[tuple[str, str]]:
    return [(word.value, word.value) for word in words]


class Platform(models.Model):
    """A platform that is connected: how far we act on it, and how to reach it.

    ``webhook_secret`` is sealed under the key ``platform:<slug>``. ``media_hosts`` are the only hosts
    from which its pictures are ever fetched.
    """

    slug = models.SlugField(max_length=40, primary_key=True)
    name = models.CharField(max_length=80)
    mode = models.CharField(max_length=8, choices=_choices(PlatformMode), default=PlatformMode.OBSERVE)
    webhook_url = models.URLField(max_length=500, blank=True)
    webhook_secret = models.BinaryField(blank=True, default=b"")
    time_zone = models.CharField(max_length=50, default="Asia/Seoul")
    locale = models.CharField(max_length=5, default="ko")
    jurisdiction = models.CharField(max_length=2, default="KR")
    media_hosts = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="items_known_mode", condition=Q(mode__in=[m.value for m in PlatformMode])
            ),
        )

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """A key with which a platform speaks to us; only its SHA-256 is kept (it is 256 random bits)."""

    platform = models.ForeignKey(Platform, models.CASCADE, related_name="keys")
    name = models.CharField(max_length=60)
    digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Item(models.Model):
    """Anything judged. Its id is derived from platform, type and the platform's own id."""

    id = models.UUIDField(primary_key=True)
    # the unique constraint's index begins with it; a second one would only cost
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+", db_index=False)
    type = models.CharField(max_length=8, choices=_choices(ItemType))
    external_id = models.CharField(max_length=MAX_EXTERNAL_ID)
    author = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    container = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    first_seen_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["platform", "type", "external_id"], name="items_one_item_by_external_id"
            ),
        )

    def __str__(self) -> str:
        return f"{self.type} {self.external_id}"


class Version(AppendOnly):
    """An item as it was seen in one event; decisions, audits and letters refer to versions.

    ``attributes`` holds what the platform told with the event (author's facts, language, country,
    reach, media addresses and digests) as canonical JSON. ``text`` is masked before it comes here.
    """

    id = models.UUIDField(primary_key=True)
    item = models.ForeignKey(Item, models.PROTECT, related_name="versions", db_index=False)
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+", db_index=False)
    event_id = models.CharField(max_length=MAX_EXTERNAL_ID)
    event_digest = models.BinaryField(max_length=32)
    kind = models.CharField(max_length=8)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    text = models.TextField(blank=True)
    attributes = models.TextField(default="{}")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["platform", "event_id"], name="items_one_version_an_event"),
        )
        indexes = (models.Index(fields=["item", "-occurred_at"], name="items_version_latest"),)

    def __str__(self) -> str:
        return f"{self.item_id} at {self.occurred_at:%Y-%m-%d %H:%M}"


class ReachSample(models.Model):
    """How often an item had been seen at a moment, as its platform counts."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="reach", db_index=False)
    at = models.DateTimeField()
    views = models.PositiveBigIntegerField()

    class Meta:
        indexes = (models.Index(fields=["item", "-at"], name="items_reach_latest"),)

    def __str__(self) -> str:
        return f"{self.views} at {self.at:%Y-%m-%d %H:%M}"
