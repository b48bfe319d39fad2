"""The API as platforms meet it, over HTTP."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.intake import queries as intake
from sinmungo.apps.items import services as items
from sinmungo.apps.items.models import Platform, Version
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.statements.links import read_token
from sinmungo.core.kernel.words import PlatformMode
from sinmungo.journeys import adopt, receive
from sinmungo.web.api import bodies
from tests.apps.items import made
from tests.journeys.packs import MATCHING, THREAT

pytestmark = pytest.mark.django_db

EVENTS = "/api/v1/events"
JSON = "application/json"


@pytest.fixture
def platform() -> Platform:
    platform = made.platform()
    adopt.adopt(platform=platform, source=MATCHING, actor=SYSTEM)
    return platform


def signed_in(platform: Platform) -> Client:
    key = items.make_api_key(platform=platform, name="test", actor=SYSTEM)
    return Client(headers={"authorization": f"Bearer {key}"})


@pytest.fixture
def client(platform: Platform) -> Client:
    return signed_in(platform)


def _send(client: Client, body: Any, path: str = EVENTS, kind: str = JSON, **headers: str) -> HttpResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(path, data, content_type=kind, headers=headers)


def _problem(answer: HttpResponse, status: int, code: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(answer.content)
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.status_code, document["status"], document["code"]) == (status, status, code)
    assert document["detail"]
    return document


def test_events_are_taken(client: Client):
    """Good events are counted, repeated ones known, bad ones refused by index with a reason."""
    answer = _send(client, [made.event("a"), made.event("a"), {"event_id": "b"}])

    assert answer.status_code == 202
    document = answer.json()
    assert (document["accepted"], document["duplicates"]) == (1, 1)
    (refused,) = document["refused"]
    assert (refused["index"], refused["event_id"], refused["code"]) == (2, "b", "event.invalid")
    assert "kind" in refused["detail"]


@pytest.mark.parametrize("path", [f"{EVENTS}?wait", f"{EVENTS}?wait=1", f"{EVENTS}?wait=true"])
def test_verdicts_can_be_waited_for(client: Client, path: str):
    """With ?wait the answer is 200 and holds a verdict for each event."""
    answer = _send(client, [made.event("a", text=THREAT), made.event("b", external_id="p2")], path)

    assert answer.status_code == 200
    told = {each["event_id"]: each for each in answer.json()["verdicts"]}
    assert told["a"]["proposed"] == "remove"
    assert told["a"]["verdict"]["matched"][0]["rule"] == "threat-terms"
    assert told["b"]["proposed"] == "none"


def test_every_form_of_body_is_read(client: Client):
    """A list, an object with events, one event, NDJSON, and all of them in gzip."""
    one = made.event("one")
    lines = b"\n".join(json.dumps(made.event(f"l{n}")).encode() for n in range(2)) + b"\r\n\n"
    packed = gzip.compress(json.dumps([made.event("z")]).encode())

    assert _send(client, {"events": [made.event("many")]}).json()["accepted"] == 1
    assert _send(client, one).json()["accepted"] == 1
    assert _send(client, lines, kind="application/x-ndjson").json()["accepted"] == 2
    assert _send(client, packed, **{"content-encoding": "gzip"}).json()["accepted"] == 1
    assert _send(client, b"\xef\xbb\xbf[]").json() == {"accepted": 0, "duplicates": 0, "refused": []}


def test_a_line_separator_inside_a_text_does_not_part_lines(client: Client):
    """U+2028 in a text is part of the text, also in NDJSON."""
    line = json.dumps(made.event("a", text="앞\u2028뒤"), ensure_ascii=False).encode()

    assert _send(client, line, kind="application/x-ndjson").json()["accepted"] == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[",
        b"{'a': 1}",
        b"[1e400, NaN]",
        b"[Infinity]",
        b"\xff\xfe[]",
        b"3",
        b'"events"',
        b"[" * 200_000,
        b"[" * 40 + b"]" * 40,
        b'{"events": 5}',
        b"[" + b"9" * 5_000 + b"]",
    ],
)
def test_a_body_that_cannot_be_read_is_a_problem(client: Client, body: bytes):
    """Broken, foreign or bottomless JSON is answered with 400, and nothing of it is repeated."""
    _problem(_send(client, body), 400, "body.unreadable")


def test_a_number_too_large_for_anything_is_refused_by_index(client: Client):
    """A number that JSON allows and no store can hold is refused with its event."""
    body = json.dumps([made.event("a", attributes={"n": "HUGE"}), made.event("b")]).replace('"HUGE"', "1e999")
    answer = _send(client, body.encode())

    assert answer.status_code == 202
    assert [each["index"] for each in answer.json()["refused"]] == [0]


def test_the_size_of_a_body_is_bounded_packed_and_unpacked(client: Client):
    """8 MB are read; a byte more, or a small gzip that inflates to more, is answered with 413."""
    room = bodies.MAX_BYTES
    bomb = gzip.compress(b" " * (room + 1))

    assert _send(client, b"[" + b" " * (room - 2) + b"]").status_code == 202
    _problem(_send(client, b"[" + b" " * (room - 1) + b"]"), 413, "body.too_large")
    _problem(_send(client, b" " * (10 * 1024 * 1024)), 413, "body.too_large")
    _problem(_send(client, bomb, **{"content-encoding": "gzip"}), 413, "body.too_large")
    twice = gzip.compress(b"[" + b" " * (room // 2)) + gzip.compress(b" " * (room // 2) + b"]")
    _problem(_send(client, twice, **{"content-encoding": "gzip"}), 413, "body.too_large")


def test_damaged_gzip_is_a_problem(client: Client):
    """What is not gzip, or breaks off, is answered with 400."""
    packed = gzip.compress(b"[]")

    _problem(_send(client, b"[]", **{"content-encoding": "gzip"}), 400, "body.unreadable")
    _problem(_send(client, packed[:-3], **{"content-encoding": "gzip"}), 400, "body.unreadable")


def test_only_json_is_read(client: Client):
    """Another media type or another encoding is answered with 415."""
    _problem(_send(client, b"a=1", kind="application/x-www-form-urlencoded"), 415, "body.unknown_media_type")
    _problem(_send(client, b"[]", **{"content-encoding": "br"}), 415, "body.unknown_media_type")


def test_too_many_events_are_refused_whole(client: Client):
    """501 events are answered with 422 and none is kept."""
    answer = _send(client, [made.event(f"e{n}") for n in range(501)])

    _problem(answer, 422, "events.too_many")
    assert not Version.objects.exists()


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Bearer smk_" + "a" * 43, "Basic abc"])
def test_without_a_valid_key_nothing_is_told(header: str):
    """Every protected address answers alike without a key, and says how to send one."""
    stranger = Client(headers={"authorization": header} if header else {})

    answer = _send(stranger, [])
    _problem(answer, 401, "api.no_key")
    assert answer["WWW-Authenticate"] == "Bearer"
    _problem(stranger.get("/api/v1/items/post/p1"), 401, "api.no_key")


def test_a_wrong_method_is_a_problem(client: Client):
    """An address asked in another way says which methods it takes."""
    answer = client.put(EVENTS)

    _problem(answer, 405, "api.wrong_method")
    assert "POST" in answer["Allow"]


def test_a_report_gets_a_receipt(client: Client):
    """A report gets its receipt once; the same person again is told that it was received."""
    report = {
        "item": {"type": "post", "external_id": "p1"},
        "reason": "harassment",
        "words": "저를 찾아오겠다고 씁니다.",
        "locale": "ko",
        "reporter": {"external_id": "u8"},
    }
    answer = _send(client, report, "/api/v1/reports")
    again = _send(client, report, "/api/v1/reports")

    assert answer.status_code == 201
    assert intake.by_receipt(answer.json()["receipt"]).reason == "harassment"
    assert answer.json()["status_url"].endswith("/receipts/")
    assert again.status_code == 200
    assert again.json() == {**answer.json(), "receipt": "", "already_received": True}


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "because"},
        {"words": "가" * 2_001},
        {"item": {"type": "post", "external_id": "a\0"}},
        {"item": {"type": "post", "external_id": ""}},
        {"locale": "fr"},
        {"more": 1},
        {"reporter": "u8"},
    ],
)
def test_a_report_that_does_not_fit_is_refused(client: Client, change: dict[str, Any]):
    """A report with a wrong field is answered with 422 and the field's name."""
    report = {"item": {"type": "post", "external_id": "p1"}, "reason": "spam", **change}

    assert (
        next(iter(change))
        in _problem(_send(client, report, "/api/v1/reports"), 422, "report.invalid")["detail"]
    )


def test_another_tools_decision_gets_a_statement_and_is_delivered_nowhere(client: Client, platform: Platform):
    """A decision of the platform's own tool gets a case code, a statement and a place in the ledger."""
    items.set_mode(platform=platform, mode=PlatformMode.BESIDE, actor=SYSTEM)
    _send(client, [made.event("a")])
    decision = external_decision()
    (told,) = _send(client, [decision], "/api/v1/decisions").json()["results"]
    (again,) = _send(client, decision, "/api/v1/decisions").json()["results"]

    assert told["state"] == "recorded"
    statement = read_token(told["statement_url"].rsplit("/", 1)[1])
    assert statement.decision.case_code == told["case_code"]
    assert (again["state"], again["case_code"]) == ("already", told["case_code"])
    state = client.get("/api/v1/items/post/p1").json()
    assert [each["kind"] for each in state["restrictions"]] == ["remove"]
    ledger.sequence(now=clock.now())
    proof = client.get(f"/api/v1/ledger/proof/decision:{told['case_code']}").json()
    assert told["case_code"] in proof["entry_document"]
    note = Client().get("/api/v1/ledger/checkpoint").json()["note"]
    assert note == proof["checkpoint_note"]


def external_decision(**change: Any) -> dict[str, Any]:
    """Return a decision as another tool tells of it."""
    told = {
        "external_id": "case-1",
        "item": {"type": "post", "external_id": "p1", "author": "u1"},
        "ground": {"kind": "terms", "text": "이용약관 3조: 다른 사람을 위협하지 않습니다."},
        "category": "STATEMENT_CATEGORY_VIOLENCE",
        "facts": "글에서 찾아가겠다고 위협했습니다.",
        "actions": [{"kind": "remove"}],
        "automated": "not",
        "detected_automatically": False,
        "made_at": "2024-03-01T10:00:00+09:00",
    }
    return {**told, **change}


def test_bad_decisions_are_refused_by_index(client: Client):
    """Of several decisions a bad one is refused with its reason and the others are recorded."""
    decisions = [
        external_decision(),
        external_decision(external_id="case-2", category="NONE"),
        external_decision(external_id="case-3", supersedes="case-9"),
        "no decision",
    ]
    results = _send(client, decisions, "/api/v1/decisions").json()["results"]

    assert [each["state"] for each in results] == ["recorded", "refused", "refused", "refused"]
    assert [each["code"] for each in results[1:]] == [
        "decision.invalid",
        "decision.unknown_superseded",
        "decision.invalid",
    ]
    too_many = [external_decision()] * 201
    _problem(_send(client, too_many, "/api/v1/decisions"), 422, "decisions.too_many")


def test_an_items_wanted_state_is_its_own_platforms(client: Client):
    """An item that nothing was decided on is visible at version 0; another platform's is not found."""
    _send(client, [made.event("a")])
    state = client.get("/api/v1/items/post/p1").json()

    assert (state["version"], state["public_state"], state["restrictions"]) == (0, "visible", [])
    _problem(signed_in(made.platform()).get("/api/v1/items/post/p1"), 404, "items.unknown_item")
    _problem(client.get("/api/v1/items/story/p1"), 422, "api.bad_parameter")


def test_another_platforms_proofs_are_not_found(client: Client, platform: Platform):
    """A proof is given for one's own acts; anything else is as if it were not there."""
    taken = receive.take(platform=platform, raw=[made.event("a")], actor=SYSTEM)
    assert taken.batch is not None
    ledger.sequence(now=clock.now())
    path = f"/api/v1/ledger/proof/batch:{taken.batch.id.hex}"

    assert client.get(path).status_code == 200
    _problem(signed_in(made.platform()).get(path), 404, "not_found")
    for subject in ("decision:AAAAA-AAAAA", "decision:\0", "batch:x", "platform:" + platform.slug, "x"):
        _problem(client.get(f"/api/v1/ledger/proof/{subject}"), 404, "not_found")


def test_the_reference_names_every_body_and_every_problem(client: Client):
    """The OpenAPI document has the bodies that are read by hand, and problems as problems."""
    reference = Client().get("/api/v1/openapi.json").json()
    schemas = reference["components"]["schemas"]
    taking = reference["paths"]["/api/v1/events"]["post"]

    assert {"EventDocument", "ReportDocument", "DecisionDocument", "Problem"} <= set(schemas)
    assert {"200", "202", "400", "401", "413", "415", "422"} <= set(taking["responses"])
    assert "application/problem+json" in taking["responses"]["401"]["content"]
    assert taking["requestBody"]["content"][JSON]["schema"]["items"]["$ref"].endswith("EventDocument")
