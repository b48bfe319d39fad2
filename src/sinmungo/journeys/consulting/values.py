"""What goes to a model and what comes back: plain values, and the one way in which it fails."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Tokens:
    """How much a model read and wrote, in its own tokens."""

    read: int
    written: int


NOTHING = Tokens(0, 0)


class ModelFailed(Exception):
    """A model gave no usable answer.

    ``code`` says why in one short word or two (``too_slow``, ``status_503``) and never holds anybody's
    words. ``is_down`` tells that the service failed rather than this one answer. ``used`` is what was
    certainly used, None when nobody knows. ``retry_after`` is the wait it asked for, in seconds.
    """

    def __init__(
        self, code: str, *, is_down: bool, used: Tokens | None = None, retry_after: float | None = None
    ) -> None:
        self.code = code
        self.is_down = is_down
        self.used = used
        self.retry_after = retry_after
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class AskedAnswer:
    """One answer a factor offers."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class AskedFactor:
    """A policy's question with every answer it offers."""

    id: str
    ask: str
    help: str
    answers: tuple[AskedAnswer, ...]


@dataclass(frozen=True, slots=True)
class JudgeQuestion:
    """Everything a model is told. It names nobody: no author, no handle, no id, no number of anybody's.

    ``text`` has the length of the stored text or is its beginning, so that a place in one is the same
    place in the other. ``around`` is what others wrote just before it.
    """

    policy: str
    title: str
    guideline: str
    factors: tuple[AskedFactor, ...]
    item_type: str
    lang: str
    text: str
    around: tuple[str, ...] = ()

    def to_document(self) -> dict[str, Any]:
        """Return the question as a JSON-safe mapping."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class FactorOpinion:
    """What a model answers to one factor, and the words of the item that it relies on."""

    factor: str
    answer: str
    quote: str


@dataclass(frozen=True, slots=True)
class JudgeAnswer:
    """A whole answer: ``score`` 0..1 for "breaks this policy", and why in one sentence.

    Nothing of it is believed before :mod:`sinmungo.journeys.consulting.checking` has seen it. ``used`` is
    None when the model did not tell.
    """

    score: float
    factors: tuple[FactorOpinion, ...]
    why: str
    used: Tokens | None = None


@dataclass(frozen=True, slots=True)
class Translation:
    """A text in another language, as a machine made it."""

    text: str
    used: Tokens | None = None
