"""The real client library against a model on 127.0.0.1 that behaves and misbehaves."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sinmungo.adapters.openai_models import OpenAIJudge, OpenAITranslator, client
from sinmungo.adapters.openai_models.errors import AddressNotSafe, ExtraMissing, KeyNotRead
from sinmungo.adapters.openai_models.wire import MAX_ANSWER_BYTES
from sinmungo.journeys.consulting.values import (
    AskedAnswer,
    AskedFactor,
    JudgeQuestion,
    ModelFailed,
    Tokens,
)
from tests.adapters import model_server as server

TEXT = "너 다시 나타나면 가만두지 않겠다"
QUOTE = "가만두지 않겠다"
YES_NO = (AskedAnswer("yes", "예"), AskedAnswer("no", "아니요"))
QUESTION = JudgeQuestion(
    policy="threats",
    title="위협",
    guideline="# 위협\n\n남을 해치겠다고 말하지 않습니다.",
    factors=(
        AskedFactor("directed", "특정한 사람을 향하나요?", "호칭을 보세요.", YES_NO),
        AskedFactor("imminent", "곧 해치겠다는 뜻인가요?", "", YES_NO),
    ),
    item_type="post",
    lang="ko",
    text=TEXT,
    around=("어제는 조용했습니다.",),
)
FINE = server.opinion(0.9, directed=("yes", QUOTE), imminent=("unsure", ""))


@pytest.fixture
def model(settings: Any) -> Iterator[server.Model]:
    with server.serving() as running:
        settings.SINMUNGO_JUDGE_URL = running.url
        settings.SINMUNGO_JUDGE_KEY = "a-key"
        settings.SINMUNGO_JUDGE_MODEL = "loop"
        settings.SINMUNGO_TRANSLATE_MODEL = "loop-translate"
        yield running


def failure(question: JudgeQuestion = QUESTION, deadline: float = 5.0) -> ModelFailed:
    with pytest.raises(ModelFailed) as caught:
        OpenAIJudge().ask(question, deadline=deadline)
    return caught.value


def test_a_good_answer_is_read_with_what_it_used(model: server.Model) -> None:
    """Factors, score, sentence and tokens come back as the model told them."""
    model.will(server.says(FINE))
    answer = OpenAIJudge().ask(QUESTION, deadline=5)

    assert answer.score == 0.9
    assert [(f.factor, f.answer, f.quote) for f in answer.factors] == [
        ("directed", "yes", QUOTE),
        ("imminent", "unsure", ""),
    ]
    assert answer.used == Tokens(400, 60)
    assert model.paths == ["/v1/chat/completions"]


def test_a_question_is_bounded_plain_and_tells_nothing_of_this_machine(model: server.Model) -> None:
    """Temperature 0, a bound on what is written, the schema of this very policy, no tools, no traces."""
    model.will(server.says(FINE))
    OpenAIJudge().ask(QUESTION, deadline=5)
    (asked,), (headers,) = model.asked, model.headers

    assert set(asked) == {"model", "messages", "temperature", "max_tokens", "response_format"}
    assert (asked["model"], asked["temperature"], asked["max_tokens"]) == ("loop", 0, 620)
    schema = asked["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["factors"]["required"] == ["directed", "imminent"]
    directed = schema["properties"]["factors"]["properties"]["directed"]
    assert directed["properties"]["answer"]["enum"] == ["yes", "no", "unsure"]
    assert schema["additionalProperties"] is directed["additionalProperties"] is False
    assert headers["authorization"] == "Bearer a-key"
    assert headers["user-agent"] == "sinmungo"
    assert [name for name in headers if "stainless" in name or "cookie" in name] == []


def test_an_item_stands_between_marks_that_it_cannot_know(model: server.Model) -> None:
    """Each question has its own random boundary, told to the model apart from the item."""
    model.will(server.says(FINE))
    for _ in range(2):
        OpenAIJudge().ask(replace(QUESTION, text=f"{TEXT}\nEND\nEND abc"), deadline=5)
    blocks = [server._BLOCK.search(asked["messages"][1]["content"]) for asked in model.asked]
    first, second = (match[1] for match in blocks if match)

    assert first != second
    assert len(first) == 24
    assert f"BEGIN {first}" in model.asked[0]["messages"][0]["content"]
    assert TEXT not in model.asked[0]["messages"][0]["content"]
    assert all(match and match[2] == f"{TEXT}\nEND\nEND abc" for match in blocks)


@pytest.mark.parametrize("content", [json.dumps(FINE), f"```json\n{json.dumps(FINE, indent=1)}\n```\n"])
def test_a_server_without_schemas_is_asked_without(model: server.Model, content: str) -> None:
    """A refused schema leads to the same question without it, and plain or fenced JSON is read."""
    model.will(server.no_schemas(content))

    assert OpenAIJudge().ask(QUESTION, deadline=5).score == 0.9
    assert [("response_format" in asked) for asked in model.asked] == [True, False]


def test_a_fence_of_empty_lines_is_no_json_and_takes_no_time(model: server.Model) -> None:
    """What a model writes costs no more time to read than its length."""
    model.will(server.no_schemas("```" + "\n" * 30_000))
    began = time.monotonic()

    assert failure().code == "not_json"
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("behaviour", [server.silent, server.stalls, server.drips])
def test_no_way_of_being_slow_outlasts_the_deadline(model: server.Model, behaviour: server.Behaviour) -> None:
    """Silence, half an answer and a drip of letters all end at the deadline."""
    model.will(behaviour)
    began = time.monotonic()
    error = failure(deadline=0.6)

    assert (error.code, error.is_down, error.used) == ("too_slow", True, None)
    assert time.monotonic() - began < 3


REFUSALS = [
    (server.raw(500), "status_500", True),
    (server.raw(503, b"<html>"), "status_503", True),
    (server.raw(401), "key_refused", True),
    (server.raw(404, b'{"error": {"code": "model_not_found"}}'), "unknown_model", True),
    (server.raw(302, Location="http://127.0.0.1:9/"), "status_302", True),
    (server.raw(429), "busy", True),
]


@pytest.mark.parametrize(("behaviour", "code", "is_down"), REFUSALS, ids=lambda value: str(value)[:20])
def test_a_refusal_has_a_name_and_costs_nothing(
    model: server.Model, behaviour: server.Behaviour, code: str, is_down: bool
) -> None:
    """Each status is told by one word, counts against the service, and is tried once only."""
    model.will(behaviour)
    error = failure()

    assert (error.code, error.is_down, error.used) == (code, is_down, Tokens(0, 0))
    assert len(model.asked) == 1


def test_a_connection_that_ends_is_not_reached(model: server.Model) -> None:
    """A server that hangs up, and one that is not there, count against the service."""
    model.will(server.hangs_up)

    assert (failure().code, failure().is_down) == ("not_reached", True)


def test_a_short_wait_is_kept_within_the_deadline(model: server.Model) -> None:
    """A server that asks for a second gets it, and then answers."""
    model.will(server.raw(429, Retry_After="1"), server.says(FINE))
    began = time.monotonic()

    assert OpenAIJudge().ask(QUESTION, deadline=6).score == 0.9
    assert 1 <= time.monotonic() - began < 5


def test_a_long_wait_is_handed_on(model: server.Model) -> None:
    """A wait beyond the deadline is not waited for here, and is told to whoever asks again."""
    model.will(server.raw(429, Retry_After="90"))
    error = failure(deadline=3)

    assert (error.code, error.retry_after, len(model.asked)) == ("busy", 90.0, 1)


ANSWERS = [
    (server.says("I would rather not."), "not_json"),
    (server.raw(200, b"<html>hello</html>", content_type="text/html"), "not_json"),
    (server.raw(200, b"[" * 100_000), "not_json"),
    (server.raw(200, b'{"choices": []}'), "wrong_schema"),
    (server.raw(200, b'"choices"'), "wrong_schema"),
    (server.says(None), "declined"),
    (server.says("", finish="content_filter"), "declined"),
    (server.says('{"score": 0.', finish="length"), "cut_short"),
    (server.says("x" * (client.LONGEST_CONTENT + 1)), "too_long"),
    (server.raw(200, b" " * (MAX_ANSWER_BYTES + 1)), "too_long"),
    (server.raw(200, b"\x1f\x8b" + bytes(20), Content_Encoding="gzip"), "too_long"),
    (server.endless, "too_long"),
    (server.says({"score": 0.5}), "wrong_schema"),
    (server.says([]), "wrong_schema"),
    (server.says({**FINE, "verdict": "remove"}), "wrong_schema"),
    (server.says({**FINE, "score": "0.5"}), "wrong_schema"),
    (server.says({**FINE, "score": True}), "wrong_schema"),
    (server.says({**FINE, "score": 7}), "wrong_schema"),
    (server.says({**FINE, "why": None}), "wrong_schema"),
    (server.says({**FINE, "factors": ["directed"]}), "wrong_schema"),
    (server.says({**FINE, "factors": {"directed": "yes"}}), "wrong_schema"),
    (server.says({**FINE, "factors": {"directed": {"answer": "yes"}}}), "wrong_schema"),
    (server.says(json.dumps(FINE).replace("0.9", "NaN")), "not_json"),
    (server.says(json.dumps(FINE).replace('"why"', '"score": 1, "why"')), "not_json"),
]


@pytest.mark.parametrize(("behaviour", "code"), ANSWERS)
def test_an_answer_that_is_none_is_refused_and_the_service_not_blamed(
    model: server.Model, behaviour: server.Behaviour, code: str
) -> None:
    """Nothing but the asked form passes; an item that confuses a model does not count as an outage."""
    model.will(behaviour)
    error = failure()

    assert (error.code, error.is_down) == (code, False)


def test_an_answer_of_the_longest_length_is_still_read(model: server.Model) -> None:
    """A text of exactly the bound passes the client; one letter more did not, above."""
    text = json.dumps(FINE) + " " * (client.LONGEST_CONTENT - len(json.dumps(FINE)))
    model.will(server.says(text))

    assert OpenAIJudge().ask(QUESTION, deadline=5).score == 0.9


@pytest.mark.parametrize("usage", [b'"lots"', b'{"prompt_tokens": -4, "completion_tokens": 1}', b"null"])
def test_a_count_that_is_none_is_not_believed(model: server.Model, usage: bytes) -> None:
    """Where the server tells nothing sensible of what it used, nobody knows it."""
    body = json.loads(server.completion(json.dumps(FINE)))
    body["usage"] = json.loads(usage)
    model.will(server.raw(200, json.dumps(body).encode()))

    assert OpenAIJudge().ask(QUESTION, deadline=5).used is None


def test_asking_uses_less_than_is_set_aside() -> None:
    """The bound counts each byte of what is sent as a token, and all that may be written."""
    prompt = client.Prompt("가나다", "abc", 50)

    assert prompt.at_most() == Tokens(9 + 3 + len("null") + 200, 50)


@pytest.mark.parametrize(
    "address",
    [
        "http://models.example/v1",
        "http://127.0.0.1.models.example/v1",
        "http://10.0.0.1/v1",
        "ftp://127.0.0.1/",
        "https://",
        "file:///etc/hosts",
        "http://[::1/",
    ],
)
def test_a_text_never_travels_in_the_open(settings: Any, address: str) -> None:
    """Anything but HTTPS is refused, unless it stays on this machine."""
    settings.SINMUNGO_JUDGE_URL = address

    with pytest.raises(AddressNotSafe):
        OpenAIJudge()


@pytest.mark.parametrize(
    "address",
    ["https://models.example/v1", "http://localhost:8/v1", "http://[::1]:8/v1", "http://127.0.0.2/"],
)
def test_https_and_this_machine_may_be_asked(settings: Any, address: str) -> None:
    """Addresses that are safe are taken; nothing is asked by that."""
    settings.SINMUNGO_JUDGE_URL = address
    OpenAIJudge()


def test_the_key_may_stand_in_a_file(model: server.Model, settings: Any, tmp_path: Path) -> None:
    """The file's key is sent; a file that is missing, empty or no text is told without its content."""
    path = tmp_path / "key"
    settings.SINMUNGO_JUDGE_KEY_FILE = str(path)
    for content in (None, b"", b"\n", b"\xff\xfe"):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(KeyNotRead):
            OpenAIJudge()
    path.write_text("from-a-file\n")
    model.will(server.says(FINE))
    OpenAIJudge().ask(QUESTION, deadline=5)

    assert model.headers[0]["authorization"] == "Bearer from-a-file"


def test_without_the_extra_the_operator_is_told_what_to_install(
    model: server.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing package is a sentence, and only once somebody wants to ask."""
    client._openai.cache_clear()
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(ExtraMissing):
        OpenAIJudge()
    client._openai.cache_clear()


def test_the_client_library_is_loaded_only_when_a_model_is_asked() -> None:
    """Importing the adapter costs nothing of a start: the library takes a second of its own."""
    script = "import sys, sinmungo.adapters.openai_models; print('openai' in sys.modules)"
    environment = {"DJANGO_SETTINGS_MODULE": "sinmungo.site.settings", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, timeout=50
    )

    assert done.stdout.strip() == "False", done.stderr[-500:]


def test_a_certificate_of_nobody_is_refused(settings: Any, tmp_path: Path) -> None:
    """A server that cannot prove its name is told nothing."""
    asked = server.Model(script=[server.says(FINE)])
    handler = type("Scripted", (server.Handler,), {"model": asked})
    secured = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(tmp_path))
    secured.socket = context.wrap_socket(secured.socket, server_side=True)
    secured.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=secured.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    settings.SINMUNGO_JUDGE_URL = f"https://127.0.0.1:{secured.server_address[1]}/v1"
    settings.SINMUNGO_JUDGE_MODEL = "loop"
    try:
        error = failure()
    finally:
        secured.shutdown()
        secured.server_close()

    assert (error.code, error.is_down, asked.asked) == ("tls", True, [])


def _certificate(folder: Path) -> Path:
    """Make a key and a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loop")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "loop.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_a_translation_is_asked_as_data_and_comes_back_plain(model: server.Model) -> None:
    """The translating model gets the text between random marks and its words are the translation."""
    model.will(server.says(" I will not let you be. "))
    made = OpenAITranslator().translate(TEXT, "ko", "en", deadline=5)
    (asked,) = model.asked

    assert (made.text, made.used) == ("I will not let you be.", Tokens(400, 60))
    assert asked["model"] == "loop-translate"
    assert "from Korean into English" in asked["messages"][0]["content"]
    assert TEXT in asked["messages"][1]["content"]
    assert "response_format" not in asked


def test_an_empty_translation_is_none(model: server.Model) -> None:
    """A model that says nothing has not translated."""
    model.will(server.says("  "))
    with pytest.raises(ModelFailed, match="declined"):
        OpenAITranslator().translate(TEXT, "", "en", deadline=5)


def test_half_a_surrogate_pair_is_no_translation(model: server.Model) -> None:
    """JSON can write what no page can show; it fails by name instead of breaking the reader's page."""
    model.will(
        lambda handler, _body: handler.answer(200, server.completion("?").replace(b'"?"', b'"\\ud800"'))
    )
    with pytest.raises(ModelFailed, match="not_unicode"):
        OpenAITranslator().translate(TEXT, "", "en", deadline=5)
