"""What may go wrong with sealed text; none of these carries any of it."""

from __future__ import annotations

from sinmungo.core.kernel.errors import NotFound, Unavailable


class Destroyed(NotFound):
    """The key of this text is gone, so nobody can read it any more."""

    code = "vault.destroyed"
    message = "The key of this text was destroyed; it cannot be read any more."


class TombstonesDamaged(Unavailable):
    """A line of the list of destructions is not one that was written there."""

    code = "vault.tombstones_damaged"
    message = "Line {line} of {name} is damaged. Restore the list from its copy before anything is served."


class TombstonesUnwritten(Unavailable):
    """The list of destructions cannot be written, so nothing was destroyed."""

    code = "vault.tombstones_unwritten"
    message = "{name} cannot be written, so nothing was destroyed: {reason}."
