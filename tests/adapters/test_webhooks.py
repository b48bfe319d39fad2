"""Sending one webhook: signature, addresses, limits of size and time."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from standardwebhooks import Webhook

from sinmungo.adapters import signed, webhooks
from sinmungo.adapters.webhooks import WebhookSender
from sinmungo.journeys.deliver import NotDelivered
from tests.journeys.answering import SECRET, Answering

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


@pytest.fixture(autouse=True)
def _local(settings: Any) -> None:
    settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS = ("127.0.0.1", "localhost")


@pytest.fixture
def there() -> Iterator[Answering]:
    with Answering() as running:
        yield running


def send(url: str, **more: Any) -> Any:
    wanted: dict[str, Any] = {"secret": SECRET, "message_id": "msg_1", "at": AT, "body": b'{"items": []}'}
    return WebhookSender().send(url=url, **wanted | more)


def refused(url: str, **more: Any) -> tuple[str, bool]:
    """Return why a webhook was not delivered, and whether that may pass by itself."""
    with pytest.raises(NotDelivered) as caught:
        send(url, **more)
    return caught.value.code, caught.value.passing


def _whole_request(connection: socket.socket) -> bytes:
    heard = b""
    while b"\r\n\r\n" not in heard:
        part = connection.recv(65536)
        if not part:
            return heard
        heard += part
    head, _, body = heard.partition(b"\r\n\r\n")
    lines = [line.lower() for line in head.split(b"\r\n")]
    wanted = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), 0)
    while len(body) < wanted:
        part = connection.recv(65536)
        if not part:
            break
        body += part
    return head + b"\r\n\r\n" + body


class Speaking:
    """A server that says raw bytes as a test likes, once a connection; keeps what it heard."""

    def __init__(self, speak: Callable[[socket.socket], None]) -> None:
        self._speak = speak
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/hooks"
        self.heard = b""

    def __enter__(self) -> Speaking:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def _serve(self) -> None:
        try:
            while True:
                connection, _ = self._socket.accept()
                with connection:
                    self.heard += _whole_request(connection)
                    self._speak(connection)
                    # closing on unread bytes would reset the connection before all is said
                    connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other side went away, or the test is over

    def __exit__(self, *_: object) -> None:
        self._socket.close()


def test_a_webhook_is_signed_as_standard_webhooks_say(there: Answering) -> None:
    """The receiver verifies id, time and body with the shared secret, and reads the JSON answer."""
    there.answer = lambda body: {"results": body["items"]}
    assert send(there.url, at=datetime.now(UTC)) == {"results": []}
    ((headers, body),) = there.requests
    small = {name.lower(): value for name, value in headers.items()}
    Webhook(SECRET).verify(b'{"items": []}', small)
    assert body == {"items": []}
    assert small["host"] == there.url.split("/")[2]
    assert small["content-type"] == "application/json"


def test_the_host_stays_the_name_while_the_address_is_pinned(there: Answering) -> None:
    """A name is resolved once; the receiver still sees the name it is known by."""
    port = there.url.split(":")[2].split("/")[0]
    send(f"http://localhost:{port}/hooks")
    ((headers, _),) = there.requests
    assert {name.lower(): value for name, value in headers.items()}["host"] == f"localhost:{port}"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.org/hooks", "webhook.not_https"),
        ("ftp://127.0.0.1/hooks", "webhook.not_https"),
        ("file:///etc/hosts", "webhook.not_https"),
        ("https://127.0.0.2/hooks", "webhook.private_address"),
        ("https://10.1.2.3/hooks", "webhook.private_address"),
        ("https://192.168.0.1/hooks", "webhook.private_address"),
        ("https://169.254.169.254/latest", "webhook.private_address"),
        ("https://100.64.0.1/hooks", "webhook.private_address"),
        ("https://224.0.0.1/hooks", "webhook.private_address"),
        ("https://0.0.0.0/hooks", "webhook.private_address"),
        ("https://2130706433/hooks", "webhook.private_address"),
        ("https://0x7f.1/hooks", "webhook.private_address"),
        ("https://[::1]/hooks", "webhook.private_address"),
        ("https://[::ffff:10.0.0.1]/hooks", "webhook.private_address"),
        ("https://[fd00::1]/hooks", "webhook.private_address"),
        ("https://[64:ff9b::7f00:1]/hooks", "webhook.private_address"),
        ("https://[2002:7f00:1::]/hooks", "webhook.private_address"),
        ("https://user@127.0.0.2/hooks", "webhook.private_address"),
        ("https://127.0.0.1.:99999/hooks", "webhook.bad_address"),
        ("https://[::1/hooks", "webhook.bad_address"),
        ("not an address", "webhook.not_https"),
        ("", "webhook.not_https"),
    ],
)
def test_only_public_https_addresses_are_called(url: str, code: str) -> None:
    """Private, loopback, link-local, shared and multicast addresses in any spelling are refused."""
    assert refused(url) == (code, False)


def test_loopback_needs_the_operators_word(there: Answering, settings: Any) -> None:
    """Without the operator's list even a listening loopback server is not called."""
    settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS = ()
    assert refused(there.url)[0] == "webhook.not_https"
    assert refused(there.url.replace("http:", "https:"))[0] == "webhook.private_address"
    assert there.requests == []


def test_a_name_that_nobody_has_may_come_back() -> None:
    """A name that does not resolve may pass by itself; a name that cannot be one is the same to us."""
    assert refused("https://platform.invalid/hooks") == ("webhook.name_not_found", True)
    assert refused(f"https://{'a' * 64}.invalid/hooks")[0] in (
        "webhook.name_not_found",
        "webhook.bad_address",
    )


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(there: Answering, status: int) -> None:
    """Wherever it points, a redirect is an answer that is not 200."""
    there.status, there.headers = status, {"location": there.url + "/elsewhere"}
    assert refused(there.url) == (f"webhook.status_{status}", False)
    assert len(there.requests) == 1


@pytest.mark.parametrize(
    ("status", "passing"), [(429, True), (408, True), (500, True), (599, True), (400, False), (201, False)]
)
def test_which_statuses_may_pass(there: Answering, status: int, passing: bool) -> None:
    """Busy and broken may pass by themselves, the platform's refusals do not."""
    there.status = status
    assert refused(there.url) == (f"webhook.status_{status}", passing)


@pytest.mark.parametrize("answer", [b"<html>", b"", b"\xff\xfe", b"[" * 100_000, b'{"results": '])
def test_an_answer_that_is_no_json_is_not_understood(answer: bytes) -> None:
    """Whatever a 200 brings that is no JSON is refused by code."""
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(answer)}\r\n\r\n".encode()
    with Speaking(lambda connection: connection.sendall(head + answer)) as there:
        assert refused(there.url) == ("webhook.answer_not_understood", False)


def test_the_largest_answer_is_read_and_one_byte_more_is_not() -> None:
    """An answer of exactly one mebibyte is taken; a longer one is cut off, chunked or not."""

    def answer(size: int) -> bytes:
        return json.dumps({"x": "y" * (size - len('{"x": ""}'))}).encode()

    def say(body: bytes) -> Callable[[socket.socket], None]:
        head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body)
        return lambda connection: connection.sendall(head + body)

    with Speaking(say(answer(webhooks.MAX_ANSWER_BYTES))) as there:
        assert len(send(there.url)["x"]) > 1_000_000
    with Speaking(say(answer(webhooks.MAX_ANSWER_BYTES + 1))) as there:
        assert refused(there.url) == ("webhook.answer_too_large", False)

    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")

    with Speaking(endless) as there:
        assert refused(there.url) == ("webhook.answer_too_large", False)


def _drip_head(connection: socket.socket) -> None:
    for letter in b"HTTP/1.1 200 OK\r\nx-slow: " + b"y" * 10_000:
        connection.sendall(bytes([letter]))
        time.sleep(0.05)


def _drip_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n")
    for _ in range(10_000):
        connection.sendall(b" ")
        time.sleep(0.05)


def _endless_continue(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 102 Processing\r\n\r\n")
        time.sleep(0.05)


def _silence(connection: socket.socket) -> None:
    connection.recv(1)
    time.sleep(3)


@pytest.mark.parametrize("speak", [_drip_head, _drip_body, _endless_continue, _silence])
def test_a_slow_drip_ends(speak: Callable[[socket.socket], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """However slowly or endlessly a platform speaks, the whole exchange has one bound."""
    monkeypatch.setattr(signed, "TOTAL_SECONDS", 0.6)
    with Speaking(speak) as there:
        started = time.monotonic()
        assert refused(there.url) == ("webhook.timed_out", True)
        assert time.monotonic() - started < 2


def test_a_platform_that_does_not_read_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that nobody takes ends at the same bound."""
    monkeypatch.setattr(signed, "TOTAL_SECONDS", 0.6)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        started = time.monotonic()
        assert refused(url, body=b" " * 20_000_000) == ("webhook.timed_out", True)
        assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "words", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"]
)
def test_a_conversation_that_breaks_off_may_be_tried_again(words: bytes) -> None:
    """A connection that closes early, or speaks no HTTP, did not reach the platform."""
    with Speaking(lambda connection: connection.sendall(words)) as there:
        assert refused(there.url) == ("webhook.not_reached", True)


def test_nobody_listening_may_be_tried_again() -> None:
    """A closed port is a platform that is down."""
    with socket.create_server(("127.0.0.1", 0)) as closing:
        port = closing.getsockname()[1]
    assert refused(f"http://127.0.0.1:{port}/") == ("webhook.not_reached", True)


def test_a_wrong_secret_is_said_by_code(there: Answering) -> None:
    """A secret that is no base64 sends nothing, and the error does not repeat it."""
    with pytest.raises(NotDelivered) as caught:
        send(there.url, secret="whsec_not base64!")
    assert (caught.value.code, str(caught.value)) == ("webhook.bad_secret", "webhook.bad_secret")
    assert there.requests == []


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    """HTTPS means a certificate of a known authority, for hosts the operator allows as well."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_own_certificate(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as plain:
        threading.Thread(target=_serve_tls, args=(plain, context), daemon=True).start()
        url = f"https://localhost:{plain.getsockname()[1]}/hooks"
        assert refused(url) == ("webhook.not_reached", True)


def _serve_tls(plain: socket.socket, context: ssl.SSLContext) -> None:
    try:
        connection, _ = plain.accept()
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.sendall(OK)
    except OSError:
        pass  # the sender refuses the certificate, as it should


def _own_certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "own.pem"
    path.write_bytes(key.private_bytes(*form) + certificate.public_bytes(serialization.Encoding.PEM))
    return path
