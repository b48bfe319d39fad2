"""From stored versions to signals and verdicts. Reads in bulk, computes, and writes nothing."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sinmungo.apps.enforcement import queries as enforcement
from sinmungo.apps.intake import queries as intake
from sinmungo.apps.items.queries import VersionSeen
from sinmungo.apps.policies.queries import PackVersion
from sinmungo.apps.screening import queries as screening
from sinmungo.apps.screening.seen import Remembered, hashes_of
from sinmungo.apps.screening.services import Judged
from sinmungo.core.kernel.values import PlainItem, PlainSignal, Span
from sinmungo.core.kernel.words import Level
from sinmungo.core.policy import MatchedRule, Verdict
from sinmungo.core.text.links import links_told
from sinmungo.journeys.picturing.places import media_told, with_hashes
from sinmungo.journeys.receiving import sources

#: Never told on: a verdict outlives the item's text.
_TEXT = "item.text"
#: What the stored attributes of a version with pictures hold; a cheap look before they are read.
_MEDIA = '"sha256"'
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Opinion(NamedTuple):
    """A version as it was judged: what to store, and which rules ask for a person."""

    seen: VersionSeen
    judged: Judged
    asking: tuple[MatchedRule, ...]
    report_facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the authors and reports of a batch."""

    strikes: Mapping[uuid.UUID, int]
    decided_before: Mapping[uuid.UUID, datetime]
    reports: Mapping[uuid.UUID, dict[str, Any]]
    picture_words: Mapping[uuid.UUID, str]
    media: Mapping[uuid.UUID, list[Remembered]]


def judge(
    seen: Sequence[VersionSeen], pack: PackVersion, *, at: datetime, names: Mapping[uuid.UUID, uuid.UUID]
) -> list[Opinion]:
    """Return an opinion on each version under ``pack``, in order; ``names`` gives each verdict its id."""
    known = _look_up(seen, at)
    plain = [_plain_item(each, known, at) for each in seen]
    blank = pack.compiled.blank_facts
    return [
        Opinion(
            each,
            _judged(each, found.signals, found.verdict, _known_facts(found.facts, blank), names[each.id]),
            _asking(found.verdict),
            item.reports,
        )
        for each, item, found in zip(seen, plain, sources.screen(plain, pack, at=at), strict=True)
    ]


def _look_up(seen: Sequence[VersionSeen], at: datetime) -> _Known:
    authors = list({each.author_id for each in seen if each.author_id})
    with_media = [each.id for each in seen if _MEDIA in each.attributes]
    return _Known(
        strikes=enforcement.strike_weights(authors, at),
        decided_before=enforcement.decided_before(authors),
        reports=intake.report_facts(list({each.item_id for each in seen})),
        picture_words=screening.picture_words(with_media),
        media=hashes_of(with_media),
    )


def _plain_item(seen: VersionSeen, known: _Known, at: datetime) -> PlainItem:
    told = json.loads(seen.attributes)
    author = told.get("author", {})
    facts = told.get("attributes", {})
    own = facts.get("country")
    country = author.get("country", "")
    return PlainItem(
        type=seen.type,
        text=seen.text,
        lang=told.get("lang", ""),
        country=own if isinstance(own, str) else country,
        reach=told.get("reach", 0),
        age_hours=_hours(min(seen.occurred_at, seen.first_seen_at), at),
        media=with_hashes(media_told(told), known.media.get(seen.id, ())),
        author={
            "age_days": _age_days(author.get("created_at"), at),
            "strikes": known.strikes.get(seen.author_id, 0) if seen.author_id else 0,
            "followers": author.get("followers", 0),
            "country": country,
            "decided_before": int(seen.author_id in known.decided_before),
        },
        reports=known.reports.get(seen.item_id, {}),
        masked=tuple((kind, Span(start, end)) for kind, start, end in told.get("masked", ())),
        links=links_told(facts.get("links")) if "links" in facts else (),
        picture_words=known.picture_words.get(seen.id, ""),
    )


def _hours(since: datetime, at: datetime) -> float:
    return round(max((at - since).total_seconds(), 0.0) / 3600, 3)


def _age_days(created_at: str | None, at: datetime) -> float:
    return round(_hours(datetime.fromisoformat(created_at), at) / 24, 3) if created_at else 0.0


def _judged(
    seen: VersionSeen,
    signals: list[PlainSignal],
    verdict: Verdict,
    facts: dict[str, Any],
    verdict_id: uuid.UUID,
) -> Judged:
    document = {**_document(verdict), "facts": facts}
    errors = [PlainSignal("policy", "1", "error", 1.0, error.rule) for error in verdict.errors]
    return Judged(
        seen.id,
        [*signals, *errors],
        verdict_id,
        verdict.policy_digest,
        verdict.facts_schema,
        _encode(document),
        verdict.proposed,
    )


def _known_facts(facts: Mapping[str, Any], blank: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that say something; what is left out has its blank value."""
    return {name: value for name, value in facts.items() if value != blank[name] and name != _TEXT}


def _document(verdict: Verdict) -> dict[str, Any]:
    if verdict.matched or verdict.errors:
        return verdict.to_document()
    # what most items get, written without walking an empty verdict
    return {
        "policy_digest": verdict.policy_digest,
        "matched": [],
        "errors": [],
        "proposed": verdict.proposed,
        "facts_schema": verdict.facts_schema,
    }


def _asking(verdict: Verdict) -> tuple[MatchedRule, ...]:
    """Return the rules that bring an item before a person: those that do more than watch."""
    return tuple(rule for rule in verdict.matched if rule.ceiling is not Level.SHADOW)
