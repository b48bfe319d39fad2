"""A model on 127.0.0.1 that speaks as OpenAI's chat completions do, and misbehaves as it is told."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: What a server does with one request; it gets the handler and the decoded body.
Behaviour = Callable[["Handler", dict[str, Any]], None]
_BLOCK = re.compile(r"# ITEM[^\n]*\nBEGIN (\w+)\n(.*)\nEND \1", re.DOTALL)


@dataclass
class Model:
    """The script of a server, and what it was asked. The last behaviour is repeated for ever."""

    url: str = ""
    script: list[Behaviour] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def will(self, *behaviours: Behaviour) -> None:
        """Do these, one for each request from now on."""
        self.script = list(behaviours)

    def next(self) -> Behaviour:
        """Return what to do now."""
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]


class Handler(BaseHTTPRequestHandler):
    """Gives each request to the script."""

    protocol_version = "HTTP/1.1"
    model: Model

    def do_POST(self) -> None:
        """Note what was asked, and behave."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.model.asked.append(body)
        self.model.headers.append({name.lower(): value for name, value in self.headers.items()})
        self.model.paths.append(self.path)
        try:
            self.model.next()(self, body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        """Send a whole answer."""
        self.send_response(status)
        self.send_header("Content-Type", headers.pop("content_type", "application/json"))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def completion(content: Any, *, finish: str = "stop", read: int = 400, written: int = 60) -> bytes:
    """Return a completion that says ``content``."""
    message = {"role": "assistant", "content": content}
    document = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "loop",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written},
    }
    return json.dumps(document, ensure_ascii=False).encode()


def says(content: Any, **more: Any) -> Behaviour:
    """Answer with this text, or with this document as JSON."""
    text = content if isinstance(content, str) or content is None else json.dumps(content)
    return lambda handler, _body: handler.answer(200, completion(text, **more))


def opinion(score: float = 0.9, why: str = "A threat.", **factors: tuple[str, str]) -> dict[str, Any]:
    """Return a well-formed answer; each factor is (answer, quote)."""
    told = {name: {"answer": answer, "quote": quote} for name, (answer, quote) in factors.items()}
    return {"factors": told, "score": score, "why": why}


def raw(status: int, body: bytes = b"{}", **headers: str) -> Behaviour:
    """Answer with exactly this."""
    return lambda handler, _body: handler.answer(status, body, **headers)


def no_schemas(content: str) -> Behaviour:
    """Refuse a question that wants a schema, answer one that does not."""

    def behave(handler: Handler, body: dict[str, Any]) -> None:
        if "response_format" in body:
            handler.answer(400, b'{"error": {"message": "response_format is not supported"}}')
        else:
            handler.answer(200, completion(content))

    return behave


def silent(handler: Handler, _body: dict[str, Any]) -> None:
    """Say nothing until the test is over."""
    handler.model.over.wait(20)
    handler.close_connection = True


def stalls(handler: Handler, _body: dict[str, Any]) -> None:
    """Send half of an answer, and nothing more."""
    body = completion("{}")
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.wfile.flush()
    silent(handler, _body)


def drips(handler: Handler, _body: dict[str, Any]) -> None:
    """Send a header letter by letter, never fast enough to be late and never done."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    until = time.monotonic() + 20
    while time.monotonic() < until and not handler.model.over.is_set():
        handler.wfile.write(b"a")
        handler.wfile.flush()
        handler.model.over.wait(0.02)
    handler.close_connection = True


def endless(handler: Handler, _body: dict[str, Any]) -> None:
    """Send more than anybody wants to read."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Connection", "close")
    handler.end_headers()
    for _ in range(4096):
        handler.wfile.write(b" " * 16_384)
    handler.close_connection = True


def hangs_up(handler: Handler, _body: dict[str, Any]) -> None:
    """Close the connection without a word."""
    handler.close_connection = True


def obeys(handler: Handler, body: dict[str, Any]) -> None:
    """Do what the item says, whatever the system says: answer with the JSON that stands in the item.

    ``PROMPT`` in the item prints the system's text, ``TOOL`` calls a tool.
    """
    match = _BLOCK.search(body["messages"][1]["content"])
    text = match[2] if match else ""
    if "TOOL" in text:
        call = {"id": "1", "type": "function", "function": {"name": "fetch", "arguments": '{"url": "x"}'}}
        document = json.loads(completion(None, finish="tool_calls"))
        document["choices"][0]["message"]["tool_calls"] = [call]
        handler.answer(200, json.dumps(document).encode())
    elif "PROMPT" in text:
        handler.answer(200, completion(body["messages"][0]["content"]))
    else:
        handler.answer(200, completion(text[text.find("{") : text.rfind("}") + 1]))


@contextmanager
def serving(*behaviours: Behaviour) -> Iterator[Model]:
    """Serve on a free port of 127.0.0.1 while the test runs."""
    model = Model(script=list(behaviours) or [says("{}")])
    handler = type("Scripted", (Handler,), {"model": model})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    model.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield model
    finally:
        model.over.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
