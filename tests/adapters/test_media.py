"""Fetching pictures: every trick to make us ask somewhere else, or for too long, is refused."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

import httpcore
import pytest

from sinmungo.adapters import media
from sinmungo.adapters.media import HttpsFetcher
from sinmungo.journeys.picturing.values import Fetched, MediaKind, NotShown
from tests.adapters.test_webhooks import Speaking

LISTED = ("media.example.org", "*.cdn.example.org")
PUBLIC = "93.184.215.14"
KINDS = (MediaKind.PICTURE, MediaKind.CLIP)
BYTES = b"\xff\xd8\xff drawn by nobody"


def head(length: int, kind: str = "image/jpeg", more: str = "") -> bytes:
    return f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n{more}\r\n".encode()


OK = head(len(BYTES)) + BYTES


@pytest.fixture(autouse=True)
def _local(settings: Any) -> None:
    settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS = ("127.0.0.1", "localhost")


def resolving(*addresses: str) -> Callable[[str, int], Sequence[str]]:
    """Return a resolver that knows these addresses of every name."""
    return lambda _host, _port: addresses


def refused(url: str, *addresses: str, hosts: Sequence[str] = LISTED) -> str:
    """Return why a picture was not fetched; a resolver gives ``addresses`` for every name."""
    with pytest.raises(NotShown) as caught:
        HttpsFetcher(resolving(*(addresses or (PUBLIC,)))).fetch(url, hosts=hosts, wanted=KINDS)
    assert str(caught.value) == caught.value.code
    return caught.value.code


def local(url: str, wanted: Sequence[MediaKind] = KINDS) -> Fetched:
    """Fetch from this machine, as the demonstration does."""
    return HttpsFetcher().fetch(url, hosts=("127.0.0.1", "localhost"), wanted=wanted)


def local_refused(speak: Callable[[socket.socket], None]) -> str:
    with Speaking(speak) as there, pytest.raises(NotShown) as caught:
        local(there.url)
    return caught.value.code


def saying(words: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(words)


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where a connection was asked for; none is made."""
    asked: list[str] = []

    def connect(self: Any, host: str, port: int, *_: Any, **__: Any) -> Any:
        asked.append(f"{host}:{port}")
        raise httpcore.ConnectError

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    return asked


NOT_LISTED = [
    "https://evil.example.com/a.jpg",
    "https://127.0.0.1/a.jpg",
    "https://2130706433/a.jpg",
    "https://0x7f000001/a.jpg",
    "https://0x7f.1/a.jpg",
    "https://0177.0.0.1/a.jpg",
    "https://127.1/a.jpg",
    "https://0/a.jpg",
    "https://[::1]/a.jpg",
    "https://[::]/a.jpg",
    "https://[::ffff:127.0.0.1]/a.jpg",
    "https://[64:ff9b::7f00:1]/a.jpg",
    "https://[2002:7f00:1::]/a.jpg",
    "https://169.254.169.254/latest/meta-data/",
    "https://metadata.google.internal/",
    "https://localhost/a.jpg",
    "https://localhost./a.jpg",
    "https://media.example.org.evil.example.com/a.jpg",
    "https://evilmedia.example.org/a.jpg",
    "https://media.example.org./a.jpg",
    "https://media.example.org%2eevil.example.com/a.jpg",
    "https://a.b.cdn.example.org/a.jpg",
    "https://cdn.example.org/a.jpg",
    "https://.cdn.example.org/a.jpg",
    "https://*.cdn.example.org/a.jpg",
    "https://mеdia.example.org/a.jpg",
    "https://xn--mdia-d4a.example.org/a.jpg",
    "https://evil.example.com#@media.example.org/a.jpg",
    "https://evil.example.com?@media.example.org/a.jpg",
]
BAD_ADDRESS = [
    "https://media.example.org@127.0.0.1/a.jpg",
    "https://media.example.org:443@127.0.0.1/a.jpg",
    "https://user:word@media.example.org/a.jpg",
    "https://127.0.0.1\\@media.example.org/a.jpg",
    "https://media.example.org\\.evil.example.com/a.jpg",
    "https://media.example.org/a\r\nHost: evil.example.com",
    "https://media.example.org/a\tb.jpg",
    "https://me\ndia.example.org/a.jpg",
    " https://media.example.org/a.jpg",
    "https://media.example.org/ a.jpg",
    "https://media.example.org/\x00a.jpg",
    "https://media.example.org:0/a.jpg",
    "https://media.example.org:99999/a.jpg",
    "https://[::1/a.jpg",
    "https://media.example.org/" + "a" * 2_000,
]
NOT_HTTPS = [
    "http://media.example.org/a.jpg",
    "https://media.example.org:8443/a.jpg",
    "https://media.example.org:22/a.jpg",
    "HTTP://media.example.org/a.jpg",
    "file:///etc/hosts",
    "ftp://media.example.org/a.jpg",
    "gopher://media.example.org/_",
    "data:image/png;base64,AAAA",
    "//media.example.org/a.jpg",
    "/a.jpg",
    "javascript:0",
    "",
]
PRIVATE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254",
    "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.0.2.1", "198.18.0.1", "168.63.129.16", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "192.88.99.1", "::1", "::", "::ffff:0:0", "::7f00:1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::",
    "2002:a9fe:a9fe::", "2001::1", "2001:db8::1", "fe80::1", "fe80::1%lo", "fec0::1", "fd00:ec2::254",
    "ff02::1", "3fff::1", "100::1",
]  # fmt: skip


@pytest.mark.parametrize("url", NOT_LISTED)
def test_a_host_that_is_not_listed_is_never_asked(url: str, connected: list[str]) -> None:
    """Whatever spelling, look-alike or part of a listed name: only what is listed is asked."""
    assert refused(url) in ("host_not_listed", "bad_address")
    assert connected == []


@pytest.mark.parametrize("url", BAD_ADDRESS)
def test_an_address_that_parsers_read_differently_is_none(url: str, connected: list[str]) -> None:
    """User names, backslashes, controls, spaces and ports that are none are refused before anything."""
    assert refused(url) == "bad_address"
    assert connected == []


@pytest.mark.parametrize("url", NOT_HTTPS)
def test_only_https_at_its_own_port_is_asked(url: str, connected: list[str]) -> None:
    """Another scheme, another port or none at all is refused."""
    assert refused(url) == "not_https"
    assert connected == []


@pytest.mark.parametrize("address", PRIVATE)
def test_a_listed_name_at_a_private_address_is_refused(address: str, connected: list[str]) -> None:
    """A listed name may point anywhere; private ones are refused, also among public ones, in every form."""
    assert refused("https://media.example.org/a.jpg", address) == "private_address"
    assert refused("https://media.example.org/a.jpg", PUBLIC, address) == "private_address"
    assert connected == []


@pytest.mark.parametrize(
    "url",
    [
        "https://media.example.org/a.jpg",
        "https://MEDIA.Example.ORG:443/a.jpg?b=c#d",
        "https://a.cdn.example.org/",
        "https://한글.cdn.example.org/",
    ],
)
def test_a_listed_name_is_asked_at_the_address_that_was_checked(url: str, connected: list[str]) -> None:
    """The name is resolved once, and that very address is called: nothing can change in between."""
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return [PUBLIC] if len(asked) == 1 else ["127.0.0.1"]

    with pytest.raises(NotShown) as caught:
        HttpsFetcher(rebinding).fetch(url, hosts=LISTED, wanted=KINDS)
    assert (caught.value.code, caught.value.passing) == ("not_reached", True)
    assert (len(asked), connected) == (1, [f"{PUBLIC}:443"])


def test_a_slow_resolver_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Finding the name's address is a part of the whole time."""
    monkeypatch.setattr(media, "TOTAL_SECONDS", 0.3)

    def slow(_host: str, _port: int) -> list[str]:
        time.sleep(0.8)
        return [PUBLIC]

    began = time.monotonic()
    with pytest.raises(NotShown) as caught:
        HttpsFetcher(slow).fetch("https://media.example.org/", hosts=LISTED, wanted=KINDS)
    assert caught.value.code == "timed_out"
    assert time.monotonic() - began < 0.7


def test_a_picture_is_fetched_with_nothing_that_tells_on_the_reader() -> None:
    """No cookie, no referrer, a neutral user agent, and no wish for packed bytes."""
    with Speaking(saying(OK)) as there:
        assert local(there.url) == Fetched(MediaKind.PICTURE, BYTES)
    names = {line.split(b":")[0].lower() for line in there.heard.split(b"\r\n")[1:] if b":" in line}
    assert names == {b"host", b"accept", b"accept-encoding", b"user-agent"}
    assert b"user-agent: sinmungo" in there.heard.lower()
    assert b"accept-encoding: identity" in there.heard.lower()


def test_this_machine_is_asked_only_with_the_operators_word(settings: Any) -> None:
    """Loopback needs to be listed and allowed; allowed it stays loopback, whatever the name points to."""
    with Speaking(saying(OK)) as there:
        assert refused(there.url, hosts=LISTED) == "host_not_listed"
        url = there.url.replace("127.0.0.1", "localhost")
        assert refused(url, "10.0.0.1", hosts=("localhost",)) == "private_address"
        settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS = ()
        assert refused(there.url, hosts=("127.0.0.1",)) == "not_https"
        assert refused(there.url.replace("http:", "https:"), hosts=("127.0.0.1",)) == "not_https"
    assert there.heard == b""


def moved(to: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Moved\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("http://169.254.169.254/latest/meta-data/", "not_https"),
        ("https://169.254.169.254/latest/meta-data/", "host_not_listed"),
        ("https://evil.example.com/a.jpg", "host_not_listed"),
        ("//evil.example.com/a.jpg", "not_https"),
        ("https://localhost:22/", "not_https"),
        ("http://127.0.0.1:1@evil.example.com/", "bad_address"),
        ("http://evil.example.com\\@127.0.0.1/", "bad_address"),
        ("file:///etc/hosts", "not_https"),
        ("http://[::1/", "bad_address"),
        ("http://xn--/", "bad_address"),
    ],
)
def test_a_redirect_is_checked_like_the_first_address(to: str, code: str) -> None:
    """Off the list, to a private address, to another scheme: refused, and never asked."""
    assert local_refused(saying(moved(to))) == code


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_three_redirects_are_followed_and_no_fourth(status: int) -> None:
    """A redirect on the list is followed; a loop ends."""
    answers = [moved("/b", status), moved("c", status), moved("http://localhost:PORT/d", status), OK]

    def next_answer(connection: socket.socket) -> None:
        connection.sendall(answers.pop(0).replace(b"PORT", str(there.port).encode()))

    with Speaking(next_answer) as there:
        assert local(there.url).content == BYTES
    assert local_refused(saying(moved("/again", status))) == "too_many_redirects"


def test_a_redirect_without_an_address_is_none() -> None:
    """A redirect that says nowhere, or is no ASCII, is refused."""
    assert local_refused(saying(b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n")) == "bad_redirect"
    nowhere = b"HTTP/1.1 302 Found\r\nlocation: /\xff\r\ncontent-length: 0\r\n\r\n"
    assert local_refused(saying(nowhere)) == "bad_redirect"


@pytest.mark.parametrize(
    "kind",
    ["text/html", "image/svg+xml", "application/octet-stream", "image/tiff", "", "audio/mpeg", "image/jpegx"],
)
def test_what_does_not_say_that_it_is_a_picture_is_not_read(kind: str) -> None:
    """Only the types that are shown are taken; a drawing with a script in it is none."""
    assert local_refused(saying(head(len(BYTES), kind) + BYTES)) == "wrong_type"


def test_a_reader_of_words_is_given_no_clip() -> None:
    """Whoever wants a picture gets no clip."""
    with Speaking(saying(head(len(BYTES), "video/mp4; codecs=avc1") + BYTES)) as there:
        assert local(there.url).kind == MediaKind.CLIP
        with pytest.raises(NotShown) as caught:
            local(there.url, (MediaKind.PICTURE,))
    assert caught.value.code == "wrong_type"


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "gzip, gzip", "zstd"])
def test_packed_bytes_are_never_unpacked(encoding: str) -> None:
    """A gzip bomb stays packed: who was asked for bytes as they are and packs them is refused."""
    bomb = gzip.compress(bytes(1_000_000))
    answer = head(len(bomb), more=f"content-encoding: {encoding}\r\n") + bomb
    assert local_refused(saying(answer)) == "packed"


@pytest.mark.parametrize(
    ("kind", "wanted"), [("image/png", MediaKind.PICTURE), ("video/webm", MediaKind.CLIP)]
)
def test_the_largest_is_read_and_one_byte_more_is_not(
    kind: str, wanted: MediaKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the edge it is taken; beyond it is refused by what it says, and by what it sends."""
    most = 50_000
    monkeypatch.setitem(media.MAX_BYTES, wanted, most)

    def chunked(size: int) -> bytes:
        start = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n"
        return start.encode() + b"%x\r\n" % size + bytes(size) + b"\r\n0\r\n\r\n"

    for answer in (head(most, kind) + bytes(most), chunked(most)):
        with Speaking(saying(answer)) as there:
            assert len(local(there.url).content) == most
    assert local_refused(saying(head(most + 1, kind))) == "answer_too_large"
    assert local_refused(saying(chunked(most + 1))) == "answer_too_large"
    assert local_refused(saying(head(10**18, kind))) == "answer_too_large"


def test_the_limits_are_those_that_are_written_down() -> None:
    """20 MB for a picture, 60 MB for a clip, ten seconds."""
    megabytes = {kind: most // (1024 * 1024) for kind, most in media.MAX_BYTES.items()}
    assert megabytes == {MediaKind.PICTURE: 20, MediaKind.CLIP: 60}
    assert media.TOTAL_SECONDS == 10


def _endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"10000\r\n" + bytes(0x10000) + b"\r\n")


def test_an_endless_body_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read up to the limit and no further."""
    monkeypatch.setitem(media.MAX_BYTES, MediaKind.PICTURE, 300_000)
    assert local_refused(_endless) == "answer_too_large"


def _drip(connection: socket.socket) -> None:
    connection.sendall(head(10_000))
    for _ in range(200):
        connection.sendall(b" ")
        time.sleep(0.05)


def _redirect_slowly(connection: socket.socket) -> None:
    time.sleep(0.25)
    connection.sendall(moved("/again"))


@pytest.mark.parametrize("speak", [_drip, _redirect_slowly, lambda connection: connection.recv(1)])
def test_however_slowly_it_comes_there_is_one_bound(
    speak: Callable[[socket.socket], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drip, silence, and redirects together end at the same moment."""
    monkeypatch.setattr(media, "TOTAL_SECONDS", 0.6)
    began = time.monotonic()
    assert local_refused(speak) == "timed_out"
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "words", [head(9_999) + BYTES, b"nonsense\r\n\r\n", b"", head(5, more="content-length: 6\r\n") + BYTES]
)
def test_a_length_that_is_not_true_gives_no_picture(words: bytes) -> None:
    """A body that breaks off, or speaks no HTTP, may be tried again and is no picture."""
    assert local_refused(saying(words)) == "not_reached"


@pytest.mark.parametrize(("status", "passing"), [(404, False), (403, False), (500, True), (206, False)])
def test_another_status_is_told_by_its_number_alone(status: int, passing: bool) -> None:
    """Its words are never read; a server in trouble may be asked again."""
    answer = f"HTTP/1.1 {status} Words\r\ncontent-type: image/png\r\ncontent-length: 5\r\n\r\nwords".encode()
    with Speaking(saying(answer)) as there, pytest.raises(NotShown) as caught:
        local(there.url)
    assert (caught.value.code, caught.value.passing) == (f"status_{status}", passing)
