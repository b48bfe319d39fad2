"""The file of a learned model: no pickle, one way to write it, nothing in it that runs.

``sinmungo-learn/1`` (16 bytes), the header's length (4 bytes, little-endian), the header (canonical JSON,
RFC 8785, at most 64 KiB), 524,288 weights as IEEE 754 half precision (little-endian, 1 MiB), and the
SHA-256 of everything before it.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.kernel.errors import Refused
from sinmungo.core.learning.features import BUCKETS, SCHEME
from sinmungo.core.learning.language import LANGUAGES
from sinmungo.core.learning.model import Card, LearnedModel, Scorer, TrainedOn
from sinmungo.core.merkle import NotCanonical, canonical

MAGIC = b"sinmungo-learn/1"
MAX_HEADER = 64 * 1024
#: What a name of a signal looks like.
NAME = re.compile("[a-z][a-z0-9_]{0,39}")

_LENGTH_BYTES = 4
_DIGEST_BYTES = 32
_VERSION_LETTERS = 16
_HALF = np.dtype("<f2")
_WEIGHT_BYTES = BUCKETS * _HALF.itemsize
#: Bytes of the largest file there is.
MAX_FILE = len(MAGIC) + _LENGTH_BYTES + MAX_HEADER + _WEIGHT_BYTES + _DIGEST_BYTES
_KEYS = {"scheme", "name", "trained_on", "languages", "threshold", "report", "bias", "slope", "offset"}
_COUNTS = {"train", "calibration", "held_out", "positive"}


class BadModel(Refused):
    """A file that is not a model, or not whole."""

    code = "learn.bad_model"
    message = "This is not a learned model that can be used: {reason}."


def in_half(weights: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Return weights as the file will hold them, so that what is measured is what is loaded."""
    return weights.astype(_HALF).astype(np.float32)


def write_model(card: Card, scorer: Scorer) -> bytes:
    """Return the file of a model. Raises BadModel for what a reader would refuse."""
    trained_on = {name: getattr(card.trained_on, name) for name in sorted(_COUNTS)}
    header = {
        "scheme": SCHEME,
        "name": card.name,
        "trained_on": trained_on,
        "languages": list(card.languages),
        "threshold": card.threshold,
        "report": dict(card.report),
        "bias": scorer.bias,
        "slope": scorer.slope,
        "offset": scorer.offset,
    }
    try:
        written = canonical(header)
    except NotCanonical:
        raise BadModel(reason="its header has no canonical form") from None
    body = MAGIC + len(written).to_bytes(_LENGTH_BYTES, "little") + written
    body += scorer.weights.astype(_HALF).tobytes()
    whole = body + hashlib.sha256(body).digest()
    read_model(whole)
    return whole


def read_model(content: bytes) -> LearnedModel:
    """Return the model that a file holds. Raises BadModel, which quotes nothing of the file."""
    if not content.startswith(MAGIC):
        raise BadModel(reason="the file does not begin as one")
    begin = len(MAGIC) + _LENGTH_BYTES
    length = int.from_bytes(content[len(MAGIC) : begin], "little")
    if length > MAX_HEADER:
        raise BadModel(reason="its header is too long")
    if len(content) != begin + length + _WEIGHT_BYTES + _DIGEST_BYTES:
        raise BadModel(reason="the file is cut short or too long")
    digest = hashlib.sha256(content[:-_DIGEST_BYTES])
    if digest.digest() != content[-_DIGEST_BYTES:]:
        raise BadModel(reason="its digest is not that of its content")
    header = _header(content[begin : begin + length])
    half = np.frombuffer(content, dtype=_HALF, count=BUCKETS, offset=begin + length)
    if not np.isfinite(half).all():
        raise BadModel(reason="a weight is not a finite number")
    scorer = Scorer(
        half.astype(np.float32), *(_number(header, name, 1e6) for name in ("bias", "slope", "offset"))
    )
    return LearnedModel(_card(header), scorer, digest.hexdigest()[:_VERSION_LETTERS])


def _header(written: bytes) -> Mapping[str, Any]:
    try:
        header = json.loads(written)
        is_canonical = canonical(header) == written
    except (ValueError, RecursionError, NotCanonical):
        raise BadModel(reason="its header is not canonical JSON") from None
    if not is_canonical or not isinstance(header, dict) or set(header) != _KEYS:
        raise BadModel(reason="its header is not that of a model")
    if header["scheme"] != SCHEME:
        raise BadModel(reason="it reads texts in another way than this version")
    return header


def _card(header: Mapping[str, Any]) -> Card:
    name, counts, report = header["name"], header["trained_on"], header["report"]
    if not isinstance(name, str) or NAME.fullmatch(name) is None:
        raise BadModel(reason="its name is not a small letter and up to 39 small letters, digits or _")
    if not isinstance(counts, dict) or set(counts) != _COUNTS or not all(map(_is_count, counts.values())):
        raise BadModel(reason="it does not say how much it learned from")
    languages = header["languages"]
    if not isinstance(languages, list) or any(name not in LANGUAGES for name in languages):
        raise BadModel(reason="its languages are none that are known")
    if not isinstance(report, dict):
        raise BadModel(reason="its report is not an object")
    threshold = None if header["threshold"] is None else _number(header, "threshold", 1.0)
    if threshold is not None and threshold < 0.0:
        raise BadModel(reason="its threshold is not between 0 and 1")
    return Card(name, TrainedOn(**counts), tuple(languages), threshold, report)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _number(header: Mapping[str, Any], name: str, most: float) -> float:
    value = header[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadModel(reason=f"its {name} is not a number")
    if abs(value) > most:
        raise BadModel(reason=f"its {name} is out of bounds")
    return float(value)
