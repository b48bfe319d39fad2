"""What the platform keeps: people, what they wrote, and the wanted state it was told of each item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Self

from django.db import models

from sinmungo.core.kernel.words import ItemType, PublicState, ReportReason

_ID_LENGTH = 200


def _choices(words: type[ItemType] | type[PublicState] | type[ReportReason]) -> list[tuple[str, str]]:
    return [(word.value, word.value) for word in words]


class Row(models.Model):
    """The base of every table; it names its manager, for checkers that do not run Django's settings."""

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        abstract = True


class Account(Row):
    """Somebody who takes part; ``followers_before`` counts followers from before the story begins.

    ``followers_leave`` of them are gone for good once the account has been suspended. ``purged_at`` is
    when it was deleted for good.
    """

    external_id = models.CharField(max_length=_ID_LENGTH, unique=True)
    handle = models.CharField(max_length=40, unique=True)
    display_name = models.CharField(max_length=60)
    about = models.CharField(max_length=300, blank=True)
    locale = models.CharField(max_length=2, choices=[("ko", "한국어"), ("en", "English")])
    country = models.CharField(max_length=2)
    created_at = models.DateTimeField()
    followers_before = models.PositiveIntegerField(default=0)
    followers_leave = models.PositiveIntegerField(default=0)
    is_paid = models.BooleanField(default=False)
    purged_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.display_name} (@{self.handle})"


class Follow(Row):
    """One account follows another; nobody follows themselves."""

    follower = models.ForeignKey(Account, models.CASCADE, related_name="+")
    followed = models.ForeignKey(Account, models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["follower", "followed"], name="follow_once"),
            models.CheckConstraint(
                condition=~models.Q(follower=models.F("followed")), name="follow_somebody_else"
            ),
        ]


class Holding(Row):
    """A membership, a role or a linked service of an account; ``returns`` False is lost by a suspension."""

    class Kind(models.TextChoices):
        """What can be held."""

        MEMBERSHIP = "membership"
        ROLE = "role"
        LINKED = "linked"

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=60)
    returns = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "kind", "name"], name="hold_once")]


class Told(Row):
    """Somebody else whom the platform told of a suspension, and when it told them that it was wrong."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    party = models.CharField(max_length=14)
    name = models.CharField(max_length=60)
    reference = models.CharField(max_length=60)
    told_at = models.DateTimeField()
    corrected_at = models.DateTimeField(null=True)
    case_code = models.CharField(max_length=40, blank=True)


class Written(Row):
    """Something an account wrote; deleting keeps the row and empties the text."""

    external_id = models.CharField(max_length=_ID_LENGTH, unique=True)
    text = models.TextField(max_length=5000)
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Post(Written):
    """Something shown to the whole neighbourhood."""

    author = models.ForeignKey(Account, models.CASCADE, related_name="+")


class Room(Written):
    """A place to talk; its text is its title."""

    author = models.ForeignKey(Account, models.CASCADE, related_name="+")


class Message(Written):
    """Something said in a room."""

    author = models.ForeignKey(Account, models.CASCADE, related_name="+")
    room = models.ForeignKey(Room, models.CASCADE, related_name="+")


def _undeleted(model: type[Post] | type[Room] | type[Message]) -> Callable[[], models.QuerySet[Any]]:
    return lambda: model.objects.filter(deleted_at__isnull=True)


#: The items of each type that are there now, by the word Sinmungo uses for the type.
THERE: dict[str, Callable[[], models.QuerySet[Any]]] = {
    "account": lambda: Account.objects.filter(purged_at__isnull=True),
    "post": _undeleted(Post),
    "room": _undeleted(Room),
    "message": _undeleted(Message),
}


class ViewCount(Row):
    """How often a post was opened in one hour."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="+")
    hour = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "hour"], name="one_count_an_hour")]


class Standing(Row):
    """The whole wanted state of one item as last told, with its version; no row means visible."""

    type = models.CharField(max_length=10, choices=_choices(ItemType))
    external_id = models.CharField(max_length=_ID_LENGTH)
    version = models.PositiveBigIntegerField()
    restrictions: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField()
    public_state = models.CharField(max_length=16, choices=_choices(PublicState))
    statement: models.JSONField[dict[str, str] | None, dict[str, str] | None] = models.JSONField(null=True)
    shown_at = models.DateTimeField()
    withheld_since = models.DateTimeField(null=True)
    suspended_since = models.DateTimeField(null=True)
    was_suspended = models.BooleanField(default=False)
    applied_count = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["type", "external_id"], name="one_state_an_item")]


class WebhookAnswer(Row):
    """What a webhook was answered, so that the same id is answered the same and changes nothing."""

    webhook_id = models.CharField(max_length=_ID_LENGTH, unique=True)
    answer: models.JSONField[Any, Any] = models.JSONField()
    received_at = models.DateTimeField()


class OutboxEvent(Row):
    """An event owed to Sinmungo, written in the transaction of the change it tells of."""

    event_id = models.CharField(max_length=64, unique=True)
    body: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    done_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"],
                name="outbox_owed",
                condition=models.Q(done_at__isnull=True, given_up_at__isnull=True),
            )
        ]


class SentReport(Row):
    """A report passed on to Sinmungo, and the receipt it gave back for the person who reported."""

    reporter = models.ForeignKey(Account, models.CASCADE, related_name="+")
    type = models.CharField(max_length=10, choices=_choices(ItemType))
    external_id = models.CharField(max_length=_ID_LENGTH)
    reason = models.CharField(max_length=24, choices=_choices(ReportReason))
    words = models.TextField(max_length=2000, blank=True)
    made_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    receipt = models.CharField(max_length=200, blank=True)
    status_url = models.URLField(max_length=500, blank=True)
    done_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)


class InboxMessage(Row):
    """A message the platform sent to an account, such as a code; only its owner reads it."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    code = models.CharField(max_length=40)
    sent_at = models.DateTimeField()
