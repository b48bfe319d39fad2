"""What may go wrong with clearance letters."""

from __future__ import annotations

from sinmungo.core.kernel.errors import NotFound


class LetterNotFound(NotFound):
    """No letter has this address; whether one ever had, nobody is told."""

    code = "clearance.not_found"
    message = "There is no clearance letter at this address."


class LetterForgotten(NotFound):
    """What the letter says of its person was destroyed."""

    code = "clearance.forgotten"
    message = (
        "This letter can no longer be shown: what was kept of its person has been destroyed."
        " A copy that was saved can still be checked."
    )


class LetterNotYet(NotFound):
    """The letter has no place in the ledger yet."""

    code = "clearance.not_yet"
    message = "The letter gets its place in the ledger within a few seconds. Please try again shortly."
