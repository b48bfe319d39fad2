"""Bad input over HTTP and on the command line: a clear error with a stable code, and nothing lost."""

from __future__ import annotations

import gzip
import json
import os
import re
import resource
import socket
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from sinmungo.demo.process import DEFAULT_SECRET
from tests.flows.system import PLATFORM, Person, System, eventually

EVENTS, REPORTS, DECISIONS = "/api/v1/events", "/api/v1/reports", "/api/v1/decisions"
MOST_BYTES = 8 * 1024 * 1024
FAULTY_PACK = Path(__file__).parents[1] / "golden" / "policy" / "faulty"
WORDS = "이 글은 우리 동네 연극 모임의 대본입니다."


@pytest.fixture(scope="module")
def running(prepared_full: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system that all bad input of this file is sent to."""
    with prepared_full.copy(tmp_path_factory.mktemp("bad-input")).start() as system:
        yield system


def event(name: str, **item: Any) -> dict[str, Any]:
    """Return a good event; ``item`` changes what it tells of its item."""
    known = {"type": "post", "external_id": f"post-{name}", "author": {"external_id": "a1"}, "text": "글"}
    told = {"event_id": name, "kind": "created", "occurred_at": "2026-03-01T09:30:00+09:00"}
    return told | {"item": known | item}


def decision(name: str, **change: Any) -> dict[str, Any]:
    """Return a good decision of another tool."""
    told = {
        "external_id": name,
        "item": {"type": "post", "external_id": f"post-{name}", "author": "a1"},
        "ground": {"kind": "terms", "text": "이용약관 3조: 다른 사람을 위협하지 않습니다."},
        "category": "STATEMENT_CATEGORY_VIOLENCE",
        "facts": "특정한 사람을 해치겠다고 말했습니다.",
        "actions": [{"kind": "remove"}],
        "automated": "not",
        "detected_automatically": False,
        "made_at": datetime.now(UTC).isoformat(),
    }
    return told | change


def send(system: System, path: str, body: bytes, kind: str = "application/json", **more: str) -> Any:
    """Send a body as it is."""
    return system.api("POST", path, content=body, headers={"content-type": kind, **more})


def problem(answer: httpx.Response, status: int, code: str) -> None:
    """The answer is this problem, with a sentence."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    told = answer.json()
    assert (told["code"], told["status"]) == (code, status)
    assert told["detail"].strip()


def count(system: System, table: str) -> int:
    """Return how many rows a table has."""
    return int(system.rows(f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608 - a name of our own


UNREADABLE = {
    "empty": b"",
    "latin-1": json.dumps([event("l", text="déjà vu")], ensure_ascii=False).encode("latin-1"),
    "utf-16": json.dumps([event("u")]).encode("utf-16"),
    "cut off": b'[{"event_id": "c"',
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "nan": b'[{"a": NaN}]',
    "infinity": b'{"a": -Infinity}',
    "huge number": b"[" + b"9" * 10_000 + b"]",
    "same name twice": b'{"event_id": "d", "event_id": "e"}',
    "not a document": b'"text"',
}


@pytest.mark.parametrize("path", [EVENTS, DECISIONS, REPORTS])
@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_is_not_json_is_refused_whole(running: System, path: str, kind: str):
    """A body that is no JSON document is answered with one problem, and nothing of it is kept."""
    tables = ("items_version", "intake_report", "enforcement_decision")
    before = [count(running, table) for table in tables]

    answer = send(running, path, UNREADABLE[kind])

    if kind == "not a document" and path == REPORTS:
        problem(answer, 422, "report.invalid")
    else:
        problem(answer, 400, "body.unreadable")
    assert [count(running, table) for table in tables] == before


@pytest.mark.parametrize("path", [EVENTS, DECISIONS, REPORTS])
def test_what_is_too_large_is_refused(running: System, path: str):
    """8 MB are the limit, packed or unpacked; a bomb is not unpacked any further."""
    bomb = gzip.compress(b" " * (200 * 1024 * 1024), compresslevel=9)

    problem(send(running, path, b" " * (MOST_BYTES + 1)), 413, "body.too_large")
    problem(send(running, path, bomb, **{"content-encoding": "gzip"}), 413, "body.too_large")
    problem(send(running, path, bomb[:500], **{"content-encoding": "gzip"}), 400, "body.unreadable")
    problem(send(running, path, b"[]", kind="text/plain"), 415, "body.unknown_media_type")


BAD_EVENTS: dict[str, tuple[Any, str]] = {
    "no object": ([1, 2], "event.invalid"),
    "wrong type": (event("w", text=5), "event.invalid"),
    "unknown kind": (event("k") | {"kind": "burnt"}, "event.invalid"),
    "unknown field": (event("f") | {"more": 1}, "event.invalid"),
    "no zone": (event("z") | {"occurred_at": "2026-03-01T09:30:00"}, "event.invalid"),
    "far future": (event("t") | {"occurred_at": "9999-12-31T23:59:59+00:00"}, "event.from_the_future"),
    "nul in an id": (event("n\0"), "event.invalid"),
    "lone surrogate": (event("s", text="\ud800"), "event.lone_surrogate"),
    "surrogate in a key": (event("s2", attributes={"\udfff": 1}), "event.lone_surrogate"),
    "huge whole number": (event("h", reach=10**30), "event.invalid"),
    "huge fraction": (event("e", attributes={"n": "1e999"}), "event.invalid"),
    "deep attributes": (event("d", attributes={"a": [[[[[[[[[]]]]]]]]]}), "event.too_deep"),
    "many attributes": (event("m", attributes={"a": list(range(2_000))}), "event.too_large"),
    "long text": (event("x", text="가" * 100_001), "event.invalid"),
}


@pytest.mark.parametrize("kind", BAD_EVENTS)
def test_a_bad_event_is_refused_alone(running: System, kind: str):
    """A bad event is refused by index with its reason, and those beside it are kept."""
    bad, code = BAD_EVENTS[kind]
    names = [f"before {kind}", f"after {kind}"]
    body = json.dumps([event(names[0]), bad, event(names[1])]).replace('"1e999"', "1e999")

    answer = send(running, EVENTS, body.encode())

    assert answer.status_code == 202
    told = answer.json()
    assert told["accepted"] == 2
    assert [(each["index"], each["code"]) for each in told["refused"]] == [(1, code)]
    assert told["refused"][0]["detail"].strip()
    kept = running.rows("SELECT event_id FROM items_version WHERE event_id LIKE %s", f"%{kind}")
    assert sorted(name for (name,) in kept) == sorted(names)


def test_a_bad_line_is_refused_alone(running: System):
    """Of NDJSON a line that is no JSON is refused by its place, named by its line; the others are kept."""
    lines = [json.dumps(event("line-1")), '{"event_id": "line-2",', "", json.dumps(event("line-3"))]

    answer = send(running, EVENTS, "\n".join(lines).encode(), "application/x-ndjson")
    decided = send(
        running, DECISIONS, f"nonsense\n{json.dumps(decision('line'))}".encode(), "application/jsonl"
    )

    assert (answer.status_code, answer.json()["accepted"]) == (202, 2)
    (refused,) = answer.json()["refused"]
    assert (refused["index"], refused["event_id"], refused["code"]) == (1, None, "body.unreadable")
    assert "line 2," in refused["detail"]
    assert [each["state"] for each in decided.json()["results"]] == ["refused", "recorded"]


def test_u0000_in_a_text_is_replaced(running: System):
    """A text with U+0000 is kept without it: it could end a comparison early, and be an evasion."""
    assert running.api("POST", EVENTS, json=[event("nul", text="앞\0뒤")]).json()["accepted"] == 1

    ((text,),) = running.rows("SELECT text FROM items_version WHERE event_id = 'nul'")
    assert "\0" not in text and text.startswith("앞") and text.endswith("뒤")


def test_too_many_at_once(running: System):
    """501 events or 201 decisions are refused whole."""
    before = count(running, "items_version")

    problem(
        running.api("POST", EVENTS, json=[event(f"many-{n}") for n in range(501)]), 422, "events.too_many"
    )
    problem(running.api("POST", DECISIONS, json=[decision("x")] * 201), 422, "decisions.too_many")
    assert count(running, "items_version") == before


@pytest.mark.parametrize(
    "key", ["", "Bearer", "Bearer smk_" + "x" * 43, "Basic YTpi", "Bearer " + "a" * 5_000]
)
def test_an_unknown_key_is_told_nothing(running: System, key: str):
    """Without the key of a platform every address answers alike."""
    for method, path in (("POST", EVENTS), ("GET", "/api/v1/items/post/post-nul"), ("POST", REPORTS)):
        answer = running.api(method, path, headers={"authorization": key})
        problem(answer, 401, "api.no_key")


def _told(system: System, name: str) -> dict[str, Any]:
    answer = system.api("POST", DECISIONS, json=decision(name))
    (told,) = answer.json()["results"]
    assert told["state"] == "recorded", told
    return dict(told)


def _refusal(person: Person, path: str, status: int, code: str) -> None:
    page = person.open(path)
    assert person.page is not None and person.page.status_code == status, page[:500]
    assert f'<span class="code">{code}</span>' in page


def test_links_that_open_nothing(running: System):
    """A forged, cut, lengthened, unknown or replaced link is told alike and opens nothing."""
    told = _told(running, "linked")
    token = told["statement_url"].rsplit("/", 1)[1]
    person = running.person()
    other = "B" if token[10] != "B" else "C"
    bad = [token[:-1], token[:20], token + "A", token[:10] + other + token[11:], "A" * 46, "%00", "가" * 46]
    for wrong in bad:
        _refusal(person, f"/s/{wrong}", 404, "statement.link_not_valid")
    _refusal(person, f"/statement/{told['case_code']}/", 404, "statement.not_open")

    running.change("UPDATE statements_statement SET link_version = link_version + 1")
    _refusal(person, f"/s/{token}", 404, "statement.link_not_valid")


def test_sign_in_links_that_open_nothing(running: System):
    """A used, expired or invented sign-in link signs nobody in."""
    printed = running.command("staff", "add", "late", "--role", "reviewer")
    path = next(word for word in printed.split() if "/staff/link/" in word).removeprefix(running.url)
    running.change("UPDATE staff_signinlink SET expires_at = '2020-01-01 00:00:00+00:00'")

    for link in (path, "/staff/link/invented", f"{path}x"):
        person = running.person()
        html = person.open(link)
        if person.page is not None and person.page.status_code == 200:
            html = person.send(link)
        assert person.page is not None and person.page.status_code in (403, 404, 410, 422), html[:500]
        assert "staff.link_not_valid" in html
        assert "/staff/sign-in" in str(person.http.get("/console/").url)


@pytest.mark.parametrize("receipt", ["abc", "0" * 35, "x" * 5_000, "\0", "' OR 1=1 --", "한글 접수증"])
def test_a_receipt_that_is_none(running: System, receipt: str):
    """What is no receipt is named as unknown, stays in the form, and shows nothing."""
    person = running.person()
    person.open("/receipts/")

    html = person.send("/receipts/", receipts=receipt)

    assert person.page is not None and person.page.status_code == 422
    assert 'aria-invalid="true"' in html


def _picture(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"\0") + chunk(b"IEND", b"")


BAD_FILES: dict[str, list[tuple[str, bytes]]] = {
    "program": [("글.txt", b"\x7fELF\x02\x01\x01" + bytes(40))],
    "archive": [("글.pdf", b"PK\x03\x04" + bytes(40))],
    "latin-1": [("글.txt", "déjà".encode("latin-1"))],
    "empty": [("글.txt", b"")],
    "no picture": [("그림.png", b"\x89PNG\r\n\x1a\n" + b"nothing")],
    "huge picture": [("그림.png", _picture(60_000, 60_000))],
    "large": [("글.txt", b"a" * (5 * 1024 * 1024 + 1))],
    "many": [(f"{number}.txt", b"a") for number in range(4)],
}


def test_files_that_are_not_taken(running: System):
    """A file of another kind, size or number is refused at its field; the words stay, nothing is kept."""
    told = _told(running, "files")
    person = running.person()
    person.open(told["statement_url"])
    path = f"/appeal/{told['case_code']}/"
    for kind, files in BAD_FILES.items():
        person.open(path)
        sent = [("attachments", (name, data, "image/png")) for name, data in files]
        html = person.send(path, files=sent, words=WORDS)
        assert person.page is not None and person.page.status_code == 422, kind
        assert WORDS in html and 'aria-invalid="true"' in html, kind
    assert (
        running.rows(
            "SELECT a.id FROM appeals_appeal a JOIN enforcement_decision d ON d.id = a.decision_id"
            " WHERE d.case_code = %s",
            told["case_code"],
        )
        == []
    )

    person.open(path)
    html = person.send(path, words="가" * 10_001)
    assert person.page is not None and person.page.status_code == 422
    html = person.send(path, words=WORDS, files=[("attachments", ("글.txt", b"1", "text/plain"))])
    assert 'class="receipt"' in html


def test_forms_and_addresses_that_are_not_ours(running: System):
    """A form without its token and an address that is not there get a page in the reader's language."""
    for language, words in (("ko", "처리하지 못했습니다"), ("en", "This did not work")):
        person = running.person(language)
        _refusal(person, "/nowhere/at/all", 404, "not_found")
        assert person.page is not None and words in person.page.text
        refused = person.http.post("/report/", data={"words": WORDS})
        assert refused.status_code == 403
        assert "form.not_ours" in refused.text and words in refused.text


def test_webhooks_replayed_or_out_of_time(running: System):
    """A webhook counts once by its id; one from a clock ten minutes away changes nothing."""
    assert running.platform is not None
    post = running.platform.join("푸른고래_77").write("안녕하세요")
    restrictions = [
        {"kind": "hide", "territory": "everywhere", "begins": "2026-03-01T00:00:00Z", "ends": None}
    ]
    wanted = {"platform": PLATFORM, "type": "post", "external_id": post, "restrictions": restrictions}
    wanted |= {"public_state": "unavailable", "statement": None}

    def deliver(name: str, version: int, at: datetime) -> httpx.Response:
        body = json.dumps({"type": "restriction.changed", "items": [wanted | {"version": version}]})
        signature = Webhook(DEFAULT_SECRET).sign(name, at, body)
        headers = {"webhook-id": name, "webhook-timestamp": str(int(at.timestamp()))}
        headers |= {"webhook-signature": signature, "content-type": "application/json"}
        assert running.platform is not None
        return httpx.post(
            f"{running.platform.url}/webhooks", content=body, headers=headers, trust_env=False, timeout=10
        )

    now = datetime.now(UTC)
    first = deliver("msg_replayed", 1, now)
    assert deliver("msg_replayed", 2, now).json() == first.json()
    for away in (-timedelta(minutes=10), timedelta(minutes=10)):
        assert deliver(f"msg_{away.days}", 3, now + away).status_code == 401
    state = running.platform.state("post", post)
    assert (state["version"], state["applied_count"]) == (1, 1)


@contextmanager
def _no_room(system: System) -> Iterator[None]:
    """No file that web or worker writes to may grow: every write is refused, as on a full disk."""
    groups = {process.pid for process in system.processes.values()}
    folders = [each for each in Path("/proc").iterdir() if each.name.isdigit()]
    pids = [int(each.name) for each in folders if _group(each) in groups]
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
    for pid, (_, most) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, most))
    try:
        yield
    finally:
        for pid, limits in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


def _group(folder: Path) -> int:
    try:
        return os.getpgid(int(folder.name))
    except ProcessLookupError:
        return 0


def test_a_full_disk(running: System):
    """While the disk is full nothing is acknowledged and words come back; afterwards nothing is missing."""
    if "DATABASE_URL" in running.environment:
        pytest.skip("the disk of a PostgreSQL server is its own; what the web does then is the same")
    report = {"item": {"type": "post", "external_id": "post-room-0"}, "reason": "spam", "words": WORDS}
    assert running.api("POST", EVENTS, json=[event("room-0")]).status_code == 202
    person = running.person()
    form = {"platform": PLATFORM, "item_type": "post", "address": "post-room-0", "reason": "spam"}
    with _no_room(running):
        for turn in range(1, 6):
            problem(running.api("POST", EVENTS, json=[event(f"room-{turn}")]), 503, "unavailable")
        assert running.api("POST", REPORTS, json=report).status_code == 503
        assert running.api("GET", "/api/v1/items/post/post-room-0").status_code == 200
        person.open("/report/")
        token = re.search(
            r'name="csrfmiddlewaretoken" value="([^"]+)"', person.page.text if person.page else ""
        )
        assert token is not None
        fields = form | {"words": WORDS, "csrfmiddlewaretoken": token[1]}
        refused = person.http.post("/report/", data=fields, headers={"referer": f"{running.url}/report/"})
        assert refused.status_code in (422, 503) and "receipt" not in str(refused.url)
        assert WORDS in refused.text

    assert all(process.poll() is None for process in running.processes.values())
    assert running.api("POST", EVENTS, json=[event("room-6")]).status_code == 202
    assert running.api("POST", REPORTS, json=report).status_code == 201
    kept = running.rows("SELECT event_id FROM items_version WHERE event_id LIKE %s", "room-%")
    assert sorted(name for (name,) in kept) == ["room-0", "room-6"]
    owed = "SELECT count(*) FROM intake_eventbatch WHERE done_at IS NULL"
    eventually(lambda: running.rows(owed) == [(0,)], within=90, what="judging what came before and after")
    assert json.loads(running.command("ledger", "verify", "--json"))["ok"]


def sinmungo(*words: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command with a home of its own."""
    return subprocess.run(
        [sys.executable, "-m", "sinmungo", *words],
        env={**os.environ, "SINMUNGO_HOME": str(home), "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files that are not what they should be."""
    folder = tmp_path_factory.mktemp("tables")
    (folder / "other.csv").write_text("name,age\n가,1\n")
    (folder / "binary.csv").write_bytes(bytes(range(256)) * 20)
    (folder / "latin.csv").write_bytes("text\ndéjà vu\n".encode("latin-1"))
    (folder / "half.jsonl").write_text('{"text": "안녕"}\nnonsense\n{"text": 5}\n')
    (folder / "map.yaml").write_text("columns: [1\n")
    return folder


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ("screen other.csv", 2, "It has: name, age. Name one with --text"),
        ("screen binary.csv", 2, "has no column"),
        ("screen latin.csv", 1, "latin.csv:2: it is not UTF-8"),
        ("screen half.jsonl", 1, "half.jsonl:2: this line is not JSON"),
        ("screen missing.csv", 2, "there is no such file or folder"),
        ("screen half.jsonl --pack unheard-of", 2, "There is no policy pack unheard-of"),
        ("screen half.jsonl --shout", 2, "No such option: --shout"),
        ("sing", 2, "There is no command “sing”"),
        ("policy chek", 2, "No such command 'chek'"),
        ("policy check missing", 1, "pack.yaml: the file cannot be read"),
        ("import decisions half.jsonl", 2, "--map and --platform are needed"),
        ("ledger verify", 1, "The database cannot be used"),
        ("up --port 0", 2, "Invalid value for '--port'"),
    ],
)
def test_wrong_commands(tables: Path, tmp_path: Path, words: str, status: int, told: str):
    """A wrong command, option, path or file ends with a sentence and the exit code that says so."""
    named = [str(tables / word) if (tables / word).exists() else word for word in words.split()]

    done = sinmungo(*named, home=tmp_path / "home", DATABASE_URL="")

    assert done.returncode == status, done.stderr
    assert told in " ".join((done.stdout + done.stderr).split())
    assert "Traceback" not in done.stderr


def test_every_fault_of_a_pack_is_told_at_once(tmp_path: Path):
    """A pack with many faults is refused with each at its file, line and column."""
    done = sinmungo("policy", "check", str(FAULTY_PACK), "--json", home=tmp_path)

    assert done.returncode == 1
    (pack,) = json.loads(done.stdout)["packs"]
    assert len(pack["faults"]) >= 5
    assert len({(each["file"], each["line"]) for each in pack["faults"]}) >= 5
    assert not (tmp_path / "sinmungo.sqlite3").exists()


def test_a_bad_map_writes_nothing(running: System, tables: Path):
    """An import with a map that cannot be read, or for an unknown platform, says so and writes nothing."""
    before = count(running, "enforcement_decision")
    for words, told in (
        (["--map", str(tables / "map.yaml"), "--platform", PLATFORM], "map.yaml"),
        (["--map", str(tables / "none.yaml"), "--platform", PLATFORM], "none.yaml"),
        (["--map", str(tables / "map.yaml"), "--platform", "nowhere"], "platform"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "sinmungo", "import", "decisions", str(tables / "half.jsonl"), *words],
            env=running.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 2, done.stderr
        assert told in done.stderr and "Traceback" not in done.stderr
    assert count(running, "enforcement_decision") == before


def test_a_port_that_is_taken(tmp_path: Path):
    """``up`` on a port that somebody listens on ends at once, with a sentence, and makes nothing."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        done = sinmungo("up", "--port", str(port), home=tmp_path / "home", DATABASE_URL="")

    assert done.returncode == 2
    assert f"Port {port} is already taken" in " ".join(done.stdout.split())
    assert not (tmp_path / "home" / "sinmungo.sqlite3").exists()


TAMPER = """
from sinmungo.apps.base import append_only
from sinmungo.apps.ledger.models import Entry
append_only.remove()
entry = Entry.objects.order_by("at").first()
Entry.objects.filter(pk=entry.pk).update(kind=entry.kind + "x")
"""


def test_a_ledger_that_was_changed(prepared_full: System, tmp_path: Path):
    """``ledger verify`` names what was changed and exits with 1."""
    system = prepared_full.copy(tmp_path)
    system.command("work", "--once")
    assert json.loads(system.command("ledger", "verify", "--json"))["faults"] == []

    system.command("manage", "shell", "-v", "0", "-c", TAMPER)
    told = json.loads(system.command("ledger", "verify", "--json", check=False))

    assert told["ok"] is False
    assert {(each["kind"], each["position"]) for each in told["faults"]} >= {("entry.changed", 0)}
    with pytest.raises(AssertionError, match=r"entry\.changed"):
        system.command("ledger", "verify")
