"""Asking a platform about accounts over HTTP: what is sent, what its refusals say, what is too much."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from sinmungo.adapters import signed
from sinmungo.adapters.accounts import SignedAccountReader
from sinmungo.journeys.restoring.platforms import NotTold
from tests.journeys.answering import SECRET, Answering


@pytest.fixture
def there(settings: Any) -> Iterator[Answering]:
    settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS = ("127.0.0.1",)
    with Answering() as running:
        running.answer = lambda body: {"accounts": body["accounts"]}
        yield running


def ask(url: str, body: bytes = b'{"accounts": ["u-1"]}') -> Any:
    return SignedAccountReader().ask(
        url=url, secret=SECRET, message_id="msg_1", at=datetime.now(UTC), body=body
    )


def refused(there: Answering) -> NotTold:
    with pytest.raises(NotTold) as caught:
        ask(there.url)
    return caught.value


def test_a_question_is_signed_as_webhooks_are(there: Answering) -> None:
    """The receiver verifies it with the shared secret and answers JSON."""
    assert ask(there.url) == {"accounts": ["u-1"]}
    ((headers, _),) = there.requests
    Webhook(SECRET).verify(b'{"accounts": ["u-1"]}', {name.lower(): v for name, v in headers.items()})


@pytest.mark.parametrize(
    ("status", "passing"), [(403, False), (404, False), (410, False), (429, True), (503, True)]
)
def test_a_refusal_says_whether_it_may_pass(there: Answering, status: int, passing: bool) -> None:
    """Trouble passes by itself, a refusal does not."""
    there.status = status
    error = refused(there)
    assert (error.code, error.passing, error.wait) == (f"accounts.status_{status}", passing, 0.0)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("7", 7.0), ("0", 0.0), ("99999", signed.LONGEST_WAIT), ("soon", 0.0), ("-3", 0.0), ("9" * 400, 0.0)],
)
def test_how_long_to_wait_is_read_and_bounded(there: Answering, told: str, seconds: float) -> None:
    """``Retry-After`` counts in seconds up to an hour; whatever else it says counts as nothing."""
    there.status, there.headers = 429, {"Retry-After": told}
    assert refused(there).wait == seconds


def test_a_private_address_is_not_asked(there: Answering, settings: Any) -> None:
    """Only hosts that the operator names may be on this machine."""
    settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS = ()
    assert refused(there).code == "accounts.not_https"
