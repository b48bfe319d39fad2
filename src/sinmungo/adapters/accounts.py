"""Asking a platform about accounts, beside the address of its webhooks, signed as they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sinmungo.adapters import signed
from sinmungo.journeys.restoring.platforms import NotTold

#: Two hundred accounts with everything they have.
MAX_ANSWER_BYTES = 8 * 1024 * 1024


class SignedAccountReader:
    """Asks one signed question and returns the JSON of a 200 answer."""

    def ask(self, *, url: str, secret: str, message_id: str, at: datetime, body: bytes) -> Any:
        """Return the decoded answer; raises ``NotTold`` with a code and nobody's words."""
        try:
            return signed.post(
                url=url, secret=secret, message_id=message_id, at=at, body=body, most=MAX_ANSWER_BYTES
            )
        except signed.NotAnswered as error:
            raise NotTold(f"accounts.{error.code}", passing=error.passing, wait=error.wait) from error
