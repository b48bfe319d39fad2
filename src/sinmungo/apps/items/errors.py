from __future__ import annotations

from sinmungo.core.kernel.errors import Conflict, NotFound, Refused


class UnknownPlatform(NotFound):
    """No platform has this slug."""

    code = "items.unknown_platform"
    message = "There is no platform called {slug}."


class PlatformExists(Conflict):
    """A slug names one platform for ever."""

    code = "items.platform_exists"
    message = "A platform called {slug} exists already."


class BadSlug(Refused):
    """A slug is what stands in addresses and key names."""

    code = "items.bad_slug"
    message = "A platform's slug has 1 to 40 small letters, digits and hyphens, and begins with a letter."


class BadMediaHost(Refused):
    """What stands in a list of hosts is a name, never an address of a page or a number."""

    code = "items.bad_media_host"
    message = (
        "Entry {place} is no host: write a full name such as media.example.org, or *.media.example.org for"
        " the names right below it. At most {limit} can be listed."
    )


class UnknownItem(NotFound):
    """The platform has told nothing of such an item."""

    code = "items.unknown_item"
    message = "Nothing is known here of this item."


class BadEvent(Refused):
    """An event that cannot be kept as it is; the others of its batch are."""

    code = "event.invalid"
    message = "{reason}"


class BadUnicode(BadEvent):
    """Half of a surrogate pair stands alone: such a text can be neither stored nor sent."""

    code = "event.lone_surrogate"
    message = "The event is not valid Unicode: it holds half of a surrogate pair."


class TooDeep(BadEvent):
    """Attributes are facts, not trees."""

    code = "event.too_deep"
    message = "The attributes are nested deeper than {limit} levels."


class TooLarge(BadEvent):
    """Attributes are a few facts."""

    code = "event.too_large"
    message = "The attributes hold more than {limit} values or letters."


class FromTheFuture(BadEvent):
    """The platform's clock runs ahead, or the time is in the wrong zone."""

    code = "event.from_the_future"
    message = "The event happened more than {hours} hours from now: check the clock and the time zone."


class EventConflict(Conflict):
    """One event id, two bodies: ids are never reused."""

    code = "event.conflict"
    message = "This event id came before with another body."
