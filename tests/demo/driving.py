"""Plays Sinmungo towards a demo platform: signs and sends webhooks, takes events and reports."""

from __future__ import annotations

import json
import threading
import uuid
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import httpx
from standardwebhooks.webhooks import Webhook

from sinmungo.demo.process import DEFAULT_SECRET, DemoPlatform

STATEMENT = {"url": "http://localhost:8000/s/INVENTED-LINK", "case_code": "7KQ2M-X9D4F", "locale": "ko"}


def restriction(kind: str, territory: str = "everywhere", ends: datetime | None = None) -> dict[str, Any]:
    """Return one restriction that began an hour ago."""
    begins = datetime.now(UTC) - timedelta(hours=1)
    return {
        "kind": kind,
        "territory": territory,
        "begins": begins.isoformat(),
        "ends": ends.isoformat() if ends else None,
    }


def wanted(
    type_: str,
    external_id: str,
    version: int,
    *restrictions: dict[str, Any],
    public_state: str | None = None,
    statement: dict[str, str] | None = STATEMENT,
) -> dict[str, Any]:
    """Return the wanted state of one item."""
    state = public_state or ("unavailable" if restrictions else "restored")
    return {
        "platform": "madang",
        "type": type_,
        "external_id": external_id,
        "version": version,
        "restrictions": list(restrictions),
        "public_state": state,
        "statement": statement,
    }


def signed_headers(body: str, *, webhook_id: str, at: datetime, secret: str) -> dict[str, str]:
    """Return the Standard Webhooks headers of a body."""
    return {
        "content-type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(webhook_id, at, body),
    }


def send_raw(
    platform: DemoPlatform,
    body: str,
    *,
    path: str = "/webhooks",
    webhook_id: str | None = None,
    at: datetime | None = None,
    secret: str = DEFAULT_SECRET,
    timeout: float = 10,
) -> httpx.Response:
    """Send a signed body as it is."""
    headers = signed_headers(
        body, webhook_id=webhook_id or uuid.uuid4().hex, at=at or datetime.now(UTC), secret=secret
    )
    url = platform.url + path
    return httpx.post(url, content=body.encode(), headers=headers, timeout=timeout, trust_env=False)


def send(platform: DemoPlatform, *items: dict[str, Any], **how: Any) -> httpx.Response:
    """Send a ``restriction.changed`` webhook."""
    return send_raw(platform, json.dumps({"type": "restriction.changed", "items": items}), **how)


def results(answer: httpx.Response) -> list[str]:
    """Return the states of a good answer."""
    assert answer.status_code == 200, answer.text
    return [one["state"] for one in answer.json()["results"]]


class Listener:
    """A small server that takes what the platform sends; ``status`` is what it answers."""

    def __init__(self) -> None:
        self.status = 202
        self.refuse: set[str] = set()
        self.requests: list[tuple[str, str, Any]] = []
        self.arrived = threading.Condition(threading.RLock())
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                status, answer = listener.take(self.path, self.headers.get("authorization", ""), body)
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: object) -> None:
                pass

        return Handler

    def take(self, path: str, authorization: str, body: Any) -> tuple[int, dict[str, Any]]:
        """Note one request and return what to answer."""
        with self.arrived:
            self.requests.append((path, authorization, body))
            self.arrived.notify_all()
        if path == "/api/v1/reports":
            receipt = {"receipt": "R-INVENTED-0001", "status_url": self.url + "/receipts"}
            return (201, receipt) if self.status < 400 else (self.status, {})
        return self.status, {"accepted": len(body), "duplicates": 0, "refused": []}

    def events(self) -> list[dict[str, Any]]:
        """Return every event that arrived, repeats included."""
        with self.arrived:
            return [one for path, _, body in self.requests if path == "/api/v1/events" for one in body]

    def wait_for(self, kind: str, external_id: str, *, times: int = 1) -> dict[str, Any]:
        """Wait until an event about an item has arrived ``times`` times (10 s at most)."""

        def found() -> list[dict[str, Any]]:
            return [
                one
                for one in self.events()
                if one["kind"] == kind and one["item"]["external_id"] == external_id
            ]

        with self.arrived:
            assert self.arrived.wait_for(lambda: len(found()) >= times, timeout=10), self.requests
        return found()[-1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
