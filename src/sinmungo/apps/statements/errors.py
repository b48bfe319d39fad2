"""What may go wrong when somebody opens a statement."""

from __future__ import annotations

from sinmungo.core.kernel.errors import NotFound


class LinkNotValid(NotFound):
    """The link is unknown, forged or replaced; which of these it is, nobody is told."""

    code = "statement.link_not_valid"
    message = "This link does not open a statement, or it has been replaced by a newer one."


class StatementNotOpen(NotFound):
    """No statement with this number was opened in this browser."""

    code = "statement.not_open"
    message = "Open the link you were given first; then this page shows your statement."
