"""Learned sources of this deployment: taken in, watched, let act on queues, retired.

A model is a source like another once a person who answers for policies lets it. Until then it only
observes: its signals are stored, and what rules would ask for because of them is written into verdicts
without bringing anything before anybody.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.screening.errors import ModelKnown, NoSuchModel
from sinmungo.apps.screening.models import LearnedModel, Signal
from sinmungo.core.learning import LearnedScreener, read_model

#: The source's name, as it stands in signals and in facts.
SOURCE = LearnedScreener.name


class Learned(NamedTuple):
    """The models that screen now, as one source, and the names of those that only observe."""

    screener: LearnedScreener
    observing: frozenset[str]


@dataclass(frozen=True, slots=True)
class Watched:
    """What a model said of versions since a moment: how many it spoke of, how many at its threshold."""

    spoke_of: int
    at_threshold: int
    threshold: float


@transaction.atomic
def add_model(*, content: bytes, at: datetime, actor: Actor) -> LearnedModel:
    """Take in a model's file; it begins by observing, and one of the same name before it is retired.

    So does one that was retired and comes again. Raises ``core.learning.BadModel`` for a file that is
    none, ModelKnown for one that is at work already.
    """
    model = read_model(content)
    digest = hashlib.sha256(content).hexdigest()
    known = LearnedModel.objects.filter(digest=digest).first()
    if known is not None and known.state != LearnedModel.State.RETIRED:
        raise ModelKnown(name=model.name)
    for earlier in LearnedModel.objects.filter(name=model.name).exclude(state=LearnedModel.State.RETIRED):
        _moved(earlier, LearnedModel.State.RETIRED, at, actor)
    if known is not None:
        _moved(known, LearnedModel.State.OBSERVING, at, actor)
        return known
    row = LearnedModel.objects.create(
        name=model.name, digest=digest, content=content, report=dict(model.card.report), added_at=at
    )
    entry = ledger.NewEntry("screening.model.added", _subject(row), actor, {"digest": digest})
    ledger.record([entry], at=at)
    return row


@transaction.atomic
def set_state(*, name: str, state: LearnedModel.State, at: datetime, actor: Actor) -> LearnedModel:
    """Let the model of a name ask for people, only observe, or retire it; raises NoSuchModel."""
    row = LearnedModel.objects.select_for_update().filter(pk=_live(name).pk).get()
    if row.state != state:
        _moved(row, state, at, actor)
    return row


def live_models() -> list[LearnedModel]:
    """Return the models that are not retired, by name, without their files."""
    rows = LearnedModel.objects.exclude(state=LearnedModel.State.RETIRED)
    return list(rows.defer("content").order_by("name"))


def watched(*, name: str, at: datetime, over: timedelta) -> Watched:
    """Return how often the model of a name spoke within ``over`` before ``at``; raises NoSuchModel."""
    row = _live(name)
    threshold = read_model(bytes(row.content)).threshold or 1.0
    rows = Signal.objects.filter(source=SOURCE, name=name, at__gt=at - over, at__lte=at)
    spoke = rows.values("version").distinct()
    return Watched(spoke.count(), spoke.filter(score__gte=threshold).count(), threshold)


class _Current:
    """The models in memory, read again when they change."""

    def __init__(self) -> None:
        self._state: tuple[tuple[str, str], ...] = ()
        self._learned: Learned | None = None

    def get(self) -> Learned | None:
        rows = LearnedModel.objects.exclude(state=LearnedModel.State.RETIRED).order_by("name")
        state = tuple(rows.values_list("digest", "state"))
        if state != self._state:
            self._learned = _read(state) if state else None
            self._state = state
        return self._learned


_current = _Current()


def learned_source() -> Learned | None:
    """Return the models that screen now; None when there is none."""
    return _current.get()


def _read(state: tuple[tuple[str, str], ...]) -> Learned:
    rows = LearnedModel.objects.filter(digest__in=[digest for digest, _ in state]).order_by("name")
    models = [(read_model(bytes(row.content)), row.state) for row in rows]
    observing = frozenset(model.name for model, at in models if at == LearnedModel.State.OBSERVING)
    return Learned(LearnedScreener([model for model, _ in models]), observing)


def _live(name: str) -> LearnedModel:
    row = LearnedModel.objects.filter(name=name).exclude(state=LearnedModel.State.RETIRED).first()
    if row is None:
        raise NoSuchModel(name=name)
    return row


def _moved(row: LearnedModel, state: LearnedModel.State, at: datetime, actor: Actor) -> None:
    before, row.state = row.state, state
    row.save(update_fields=["state"])
    body = {"digest": row.digest, "from": str(before), "to": str(state)}
    ledger.record([ledger.NewEntry("screening.model.state", _subject(row), actor, body)], at=at)


def _subject(row: LearnedModel) -> str:
    return f"model:{row.name}"
