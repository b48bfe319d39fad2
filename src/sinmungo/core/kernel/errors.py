"""Errors that a person or a program may be told.

Each carries a stable ``code``, an English sentence with named places, and the facts for those
places; web and cli translate the sentence. The family decides the HTTP status (RFC 9110).
"""

from __future__ import annotations

from typing import Any, ClassVar


class DomainError(Exception):
    """A rule of Sinmungo was met; ``code`` never changes, ``message`` may be reworded.

    ``code`` and ``message`` belong to the class; ``facts`` fill the message's named places and
    are safe to show to whoever caused the error.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    message: ClassVar[str] = "Something went wrong."

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.detail)

    @property
    def detail(self) -> str:
        """The English sentence with its facts filled in."""
        return self.message.format_map(self.facts) if self.facts else self.message


class NotAllowed(DomainError):
    """The asker may not do this."""

    code = "not_allowed"
    status = 403
    message = "You may not do this."


class NotFound(DomainError):
    """There is nothing here that the asker may see."""

    code = "not_found"
    status = 404
    message = "Nothing was found here."


class Conflict(DomainError):
    """Somebody else changed it first."""

    code = "conflict"
    status = 409
    message = "This has changed since you opened it."


class Refused(DomainError):
    """The request was understood and breaks a rule."""

    code = "refused"
    status = 422
    message = "This cannot be accepted as it is."


class Unavailable(DomainError):
    """Something that is needed does not answer now; nothing was lost."""

    code = "unavailable"
    status = 503
    message = "This is not available just now. Please try again."
