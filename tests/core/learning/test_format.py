"""The file of a learned model."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import pytest

from sinmungo.core.learning import BadModel, Card, LearnedModel, TrainedOn, read_model, write_model
from sinmungo.core.learning.features import BUCKETS
from sinmungo.core.learning.format import MAGIC, MAX_FILE, MAX_HEADER
from sinmungo.core.learning.model import Scorer
from sinmungo.core.merkle import canonical
from tests.core.learning.invented import talk

BEGIN = len(MAGIC) + 4


def _header(content: bytes) -> dict[str, Any]:
    length = int.from_bytes(content[len(MAGIC) : BEGIN], "little")
    header: dict[str, Any] = json.loads(content[BEGIN : BEGIN + length])
    return header


def _with_header(content: bytes, written: bytes) -> bytes:
    """Return a whole file with another header and a digest that fits."""
    length = int.from_bytes(content[len(MAGIC) : BEGIN], "little")
    weights = content[BEGIN + length : -32]
    body = MAGIC + len(written).to_bytes(4, "little") + written + weights
    return body + hashlib.sha256(body).digest()


def test_a_model_reads_back_as_it_was_written(content: bytes, model: LearnedModel):
    """Card, scores and version survive the file, and writing it again gives the same bytes."""
    texts, _ = talk(50, seed=9)
    again = read_model(write_model(model.card, model.scorer))

    assert again.card == model.card
    assert (again.scores(texts) == model.scores(texts)).all()
    assert write_model(again.card, again.scorer) == content
    assert model.version == hashlib.sha256(content[:-32]).hexdigest()[:16]


def test_a_file_is_about_a_mebibyte(content: bytes):
    """A file is the weights in half precision and little more, and never larger than the limit."""
    assert 2 * BUCKETS < len(content) < 2 * BUCKETS + 2_000 < MAX_FILE


@pytest.mark.parametrize("keep", [0, 1, 15, 16, 19, 20, 200, 2 * BUCKETS, -33, -1])
def test_a_file_cut_anywhere_is_refused(content: bytes, keep: int):
    """Half a file is one clear refusal, wherever it ends."""
    with pytest.raises(BadModel):
        read_model(content[:keep])


def test_a_file_with_more_after_its_end_is_refused(content: bytes):
    """One byte more is not a model."""
    with pytest.raises(BadModel):
        read_model(content + b"\0")


@pytest.mark.parametrize("at", [0, 16, 30, 5_000, 2 * BUCKETS, -1])
def test_a_changed_byte_is_found(content: bytes, at: int):
    """Whichever byte changes, the file is refused."""
    changed = bytearray(content)
    changed[at] ^= 1

    with pytest.raises(BadModel):
        read_model(bytes(changed))


def test_a_header_longer_than_its_limit_is_refused(content: bytes, model: LearnedModel):
    """A report of 64 KiB does not fit, neither to be written nor to be read."""
    card = Card("fruit", model.card.trained_on, ("ko",), None, {"words": "가" * MAX_HEADER})

    with pytest.raises(BadModel):
        write_model(card, model.scorer)
    with pytest.raises(BadModel, match="too long"):
        read_model(MAGIC + (2**32 - 1).to_bytes(4, "little") + content[BEGIN:])


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Fruit"}, {"name": ""}, {"name": "a" * 41}, {"name": 1}, {"scheme": "letters-1-4/1"},
        {"threshold": 1.5}, {"threshold": -0.1}, {"threshold": "0.5"}, {"threshold": True}, {"slope": "1"},
        {"bias": 1e9}, {"trained_on": {"train": 1}}, {"trained_on": []}, {"languages": ["xx"]},
        {"languages": "ko"},
        {"trained_on": {"train": -1, "calibration": 1, "held_out": 1, "positive": 1}},
        {"report": []}, {"more": 1},
    ],
)  # fmt: skip
def test_a_header_that_says_something_else_is_refused(content: bytes, change: dict[str, Any]):
    """A wrong name, scheme, number, count, language, report or an unknown key is refused by a sentence."""
    with pytest.raises(BadModel) as refused:
        read_model(_with_header(content, canonical(_header(content) | change)))

    assert refused.value.code == "learn.bad_model"


@pytest.mark.parametrize(
    "written",
    [b"", b"{", b"[]", b"null", b'{"name":NaN}', b"\xff\xfe", b"[" * 60_000, b'{"a":1,"a":2}', b'{ "a": 1}'],
)
def test_a_header_that_is_no_canonical_json_is_refused(content: bytes, written: bytes):
    """What is not JSON, not UTF-8, too deep, doubled or spaced otherwise is refused."""
    with pytest.raises(BadModel):
        read_model(_with_header(content, written))


def test_a_name_has_up_to_forty_letters(content: bytes):
    """Forty letters, digits and underscores are a name."""
    name = "a" + "_9" * 19 + "z"

    assert read_model(_with_header(content, canonical(_header(content) | {"name": name}))).name == name


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e9])
def test_a_weight_that_is_no_number_is_refused(value: float):
    """NaN, infinity and what half precision cannot hold are not weights."""
    weights = np.zeros(BUCKETS, dtype=np.float32)
    weights[7] = value

    with pytest.raises(BadModel), np.errstate(over="ignore"):
        write_model(Card("fruit", TrainedOn(1, 1, 1, 1), ("ko",)), Scorer(weights, 0.0))
