"""From a model's text to an answer: strictly, because a model may have been talked into another form."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from sinmungo.adapters.openai_models.client import Said
from sinmungo.journeys.consulting.values import FactorOpinion, JudgeAnswer, ModelFailed

_FENCE, _NAMED_FENCE = "```", "```json"


def read_answer(said: Said) -> JudgeAnswer:
    """Return the answer that ``said`` is; raises ModelFailed ``not_json`` or ``wrong_schema``.

    Exactly the asked keys, each of its type, none twice; NaN and infinity are no numbers.
    """
    try:
        document = json.loads(
            _unfenced(said.content),
            object_pairs_hook=_each_once,
            parse_constant=_no_number,
        )
    except (ValueError, RecursionError) as error:
        raise ModelFailed("not_json", is_down=False, used=said.used) from error
    try:
        return _answer(document, said)
    except (TypeError, KeyError) as error:
        raise ModelFailed("wrong_schema", is_down=False, used=said.used) from error


def _unfenced(content: str) -> str:
    """Return what stands in a fence, into which servers without schemas like to put their JSON."""
    written = content.strip()
    inside = written.removeprefix(_NAMED_FENCE).removeprefix(_FENCE)
    return inside.removesuffix(_FENCE) if inside != written else content


def _answer(document: Any, said: Said) -> JudgeAnswer:
    _exactly(document, {"factors", "score", "why"})
    if not isinstance(document["factors"], dict):
        raise TypeError
    factors = tuple(_factor(name, told) for name, told in document["factors"].items())
    score = document["score"]
    if isinstance(score, bool) or not isinstance(score, int | float) or abs(score) > 1:
        raise TypeError
    return JudgeAnswer(float(score), factors, _text(document["why"]), said.used)


def _factor(name: str, told: Any) -> FactorOpinion:
    _exactly(told, {"answer", "quote"})
    return FactorOpinion(name, _text(told["answer"]), _text(told["quote"]))


def _exactly(document: Any, keys: set[str]) -> None:
    if not isinstance(document, dict) or set(document) != keys:
        raise TypeError


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)
