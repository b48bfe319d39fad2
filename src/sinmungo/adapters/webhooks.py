"""Webhooks that tell a platform what it must show, signed and bounded as ``adapters.signed`` says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sinmungo.adapters import signed
from sinmungo.journeys.deliver import NotDelivered

MAX_ANSWER_BYTES = 1024 * 1024


class WebhookSender:
    """Sends one webhook and returns the JSON of a 200 answer."""

    def send(self, *, url: str, secret: str, message_id: str, at: datetime, body: bytes) -> Any:
        """Return the decoded answer; raises ``NotDelivered`` with a code and nobody's words."""
        try:
            return signed.post(
                url=url, secret=secret, message_id=message_id, at=at, body=body, most=MAX_ANSWER_BYTES
            )
        except signed.NotAnswered as error:
            raise NotDelivered(f"webhook.{error.code}", passing=error.passing) from error
