"""A platform that answers webhooks as a test tells it to: a real server on a loopback port."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self

from sinmungo.adapters.webhooks import WebhookSender

SECRET = "whsec_aGFuZXVsLWludmVudGVkLXNlY3JldC1vZi0zMi1ieXRlcw=="
Answer = Callable[[dict[str, Any]], Any]


def done(item: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the answer of a platform that has applied an item's state."""
    return {"type": item["type"], "external_id": item["external_id"], "state": "done"} | more


class Answering:
    """Keeps every request it got; ``status`` and ``answer`` (body in, anything out) say what it answers."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        self.answer: Answer = lambda body: {"results": [done(item) for item in body["items"]]}
        self.requests: list[tuple[Mapping[str, str], dict[str, Any]]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks"

    @property
    def ids(self) -> list[str]:
        """The ids of the webhooks that came, in order."""
        return [headers["webhook-id"] for headers, _ in self.requests]

    @property
    def items(self) -> list[dict[str, Any]]:
        """Every item's state that came, in order."""
        return [item for _, body in self.requests for item in body["items"]]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                platform.requests.append((dict(self.headers.items()), body))
                data = json.dumps(platform.answer(body)).encode()
                self.send_response(platform.status)
                for name, value in platform.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: object) -> None:
                pass

        return Handler

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class CopyingSender(WebhookSender):
    """The real sender, keeping a copy of all it sends, so that a test can send it again, late."""

    copies: ClassVar[list[dict[str, Any]]] = []

    def send(self, **sent: Any) -> Any:
        """Send as always."""
        self.copies.append(sent)
        return super().send(**sent)


class BusySender(WebhookSender):
    """The real sender, while whose webhook is on its way something else happens once."""

    meanwhile: ClassVar[list[Callable[[], object]]] = []

    def send(self, **sent: Any) -> Any:
        """Send as always, and let the next thing happen before the answer is read."""
        answer = super().send(**sent)
        if self.meanwhile:
            self.meanwhile.pop()()
        return answer
