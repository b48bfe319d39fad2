"""What only the pages for everybody may answer."""

from __future__ import annotations

from sinmungo.core.kernel.errors import NotFound, Refused


class TooMuchAtOnce(Refused):
    """More was sent from this browser within an hour than is taken."""

    code = "portal.too_much_at_once"
    status = 429
    message = "A lot was sent from this browser within the last hour. Nothing was lost; please send it later."


class ProofNotYet(NotFound):
    """The decision has no place in the ledger yet."""

    code = "portal.proof_not_yet"
    message = "The decision gets its place in the ledger within a few seconds. Please try again shortly."
