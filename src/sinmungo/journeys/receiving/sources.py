"""What screens an item: the pack's sources, banks, learned models; its text and its pictures' words."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sinmungo.apps.policies.queries import PackVersion
from sinmungo.apps.screening import learned
from sinmungo.apps.screening.banks import queries as banks
from sinmungo.core.kernel.values import PlainItem, PlainSignal, Screener
from sinmungo.core.policy import Verdict, build_facts, with_watching
from sinmungo.core.text.screeners import screen_all

#: Seconds that each source has for one batch; what it did not reach is marked as degraded.
DEADLINE_SECONDS = 10.0


class Screened(NamedTuple):
    """What was said of one item: its signals, the facts that rules read, and the verdict."""

    signals: list[PlainSignal]
    facts: dict[str, object]
    verdict: Verdict


def screen(plain: Sequence[PlainItem], pack: PackVersion, *, at: datetime) -> list[Screened]:
    """Return what every source and then the pack's rules say of each item, in order.

    A model that only observes is not among the facts: a rule that would match because of it stands in the
    verdict with the ceiling *shadow*.
    """
    source = learned.learned_source()
    known = banks.match_source(at)
    screeners: list[Screener] = [*pack.screeners, *([known] if known else [])]
    if source is not None:
        screeners.append(source.screener)
    signals = screen_all(screeners, plain, DEADLINE_SECONDS, time.monotonic)
    _add_pictures_words(plain, signals, screeners)
    observing = source.observing if source is not None else frozenset[str]()
    told = [_told(own, observing) for own in signals]
    facts = [build_facts(item, own, pack.compiled) for item, own in zip(plain, told, strict=True)]
    verdicts = pack.compiled.evaluate(facts)
    if observing:
        _watch(plain, signals, told, verdicts, pack)
    return [Screened(*each) for each in zip(signals, facts, verdicts, strict=True)]


def _add_pictures_words(
    plain: Sequence[PlainItem], signals: list[list[PlainSignal]], screeners: Sequence[Screener]
) -> None:
    """Add what the sources say of words read in pictures; such a signal points nowhere in the text."""
    places = [place for place, item in enumerate(plain) if item.picture_words]
    if not places:
        return
    read = [replace(plain[place], text=plain[place].picture_words, media=()) for place in places]
    for place, found in zip(
        places, screen_all(screeners, read, DEADLINE_SECONDS, time.monotonic), strict=True
    ):
        signals[place].extend(replace(signal, span=None) for signal in found)


def _told(signals: list[PlainSignal], observing: frozenset[str]) -> list[PlainSignal]:
    """Return the signals that rules may read now."""
    if not observing:
        return signals
    return [each for each in signals if each.source != learned.SOURCE or each.name not in observing]


def _watch(
    plain: Sequence[PlainItem],
    signals: Sequence[list[PlainSignal]],
    told: Sequence[list[PlainSignal]],
    verdicts: list[Verdict],
    pack: PackVersion,
) -> None:
    """Write into verdicts what rules would say if observing models were believed."""
    places = [
        place for place, (own, read) in enumerate(zip(signals, told, strict=True)) if len(own) > len(read)
    ]
    facts = [build_facts(plain[place], signals[place], pack.compiled) for place in places]
    for place, watched in zip(places, pack.compiled.evaluate(facts), strict=True):
        verdicts[place] = with_watching(verdicts[place], watched)
