"""Why nobody was reached."""

from __future__ import annotations


class NotReached(Exception):
    """An exchange did not come about or did not end well.

    ``code`` is one short word of ours, never anybody's words; ``passing`` says that it may pass by itself.
    """

    def __init__(self, code: str, *, passing: bool) -> None:
        self.code = code
        self.passing = passing
        super().__init__(code)
