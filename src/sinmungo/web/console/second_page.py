"""A second review made ready for its page: the item as it was then, and nothing of how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from sinmungo.apps.items.models import Version
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review import queries_second as seconds
from sinmungo.apps.review.models import SecondReview
from sinmungo.apps.statements import said
from sinmungo.core.policy import Factor, PolicyDocument
from sinmungo.web.console import casework, texts, words
from sinmungo.web.console.deciding import Choice, Question

NEIGHBOURS = 3


@dataclass(frozen=True, slots=True)
class Taught:
    """What a reviewer of gold sees after they answered: the right answers beside theirs, and why."""

    violation: bool
    was_right: bool
    answers: tuple[tuple[str, str, str], ...]
    why: str


def thing_of(version: Version, language: str) -> str:
    """Return what kind of thing is judged; its platform's id would lead to how it ended."""
    thing = said.thing(version.item.type, language)
    return f"{thing[:1].upper()}{thing[1:]}"


def thread(second: SecondReview, language: str) -> list[dict[str, Any]]:
    """Return the item among what stood around it when it was decided, speakers by letter."""
    until = second.decision.made_at if second.decision else _judged_at(second)
    return thread_of(second.version, until=until, language=language)


def thread_of(version: Version, *, until: datetime, language: str) -> list[dict[str, Any]]:
    """Return a version among what stood around it at ``until``, speakers by letter."""
    before, after = seconds.around_then(version=version, until=until, limit=NEIGHBOURS)
    names = _letters([version, *before, *after])
    zone = version.item.platform.time_zone
    return [
        {
            "who": names[_speaker(each)],
            "when": said.moment(each.occurred_at, zone, language),
            "text": texts.marked(each.text, ()),
            "is_item": each.pk == version.pk,
        }
        for each in (*before, version, *after)
    ]


def _judged_at(second: SecondReview) -> datetime:
    decided = seconds.decided_cases_of(version=second.version).first()
    return decided.closed_at if decided and decided.closed_at else second.drawn_at


def _letters(versions: Iterable[Version]) -> dict[UUID, str]:
    """Name whoever speaks A, B, C ...; A is the one whose item is judged."""
    speakers = dict.fromkeys(_speaker(version) for version in versions)
    return {speaker: chr(ord("A") + place) for place, speaker in enumerate(speakers)}


def _speaker(version: Version) -> UUID:
    return version.item.author_id or version.item_id


def media_of(version: Version) -> int:
    """Return how many pictures and clips belong to what is judged; none is shown here."""
    return len(casework.attributes_of(version).get("media") or ())


def policy_of(policy_version: PolicyVersion, language: str) -> dict[str, Any]:
    """Return the policy's title and text, as the version that was decided by."""
    document = policies.document(policy_version)
    body = document.guideline.ko if language == "ko" else document.guideline.en
    return {"policy": words.said(document.title, language), "guideline": texts.guideline(body)}


def questions(document: PolicyDocument, answers: Mapping[str, str], language: str) -> list[Question]:
    """Return the policy's questions with what was answered so far; nothing is suggested."""
    return [_question(factor, answers.get(factor.id, ""), language) for factor in document.factors]


def _question(factor: Factor, given: str, language: str) -> Question:
    choices = tuple(
        Choice(answer.id, answer.ko if language == "ko" else answer.en, answer.id == given)
        for answer in factor.answers
    )
    return Question(factor.id, words.said(factor.ask, language), words.said(factor.help, language), choices)


def taught(second: SecondReview, language: str) -> Taught | None:
    """Return the lesson of an answered gold item; None of anything else."""
    gold = second.gold
    if gold is None or second.answered_at is None:
        return None
    return Taught(
        violation=gold.violation,
        was_right=second.violation == gold.violation,
        answers=tuple(
            (ask, mine, right)
            for ask, mine, right in both(second.policy_version, second.answers, gold.answers, language)
        ),
        why=gold.why,
    )


def both(
    policy_version: PolicyVersion, one: Mapping[str, str], other: Mapping[str, str], language: str
) -> list[tuple[str, str, str]]:
    """Return each question with what two looks answered, in the words of the policy."""
    document = policies.document(policy_version)
    return [
        (words.said(f.ask, language), _said(f, one, language), _said(f, other, language))
        for f in document.factors
    ]


def _said(factor: Factor, answers: Mapping[str, str], language: str) -> str:
    given = next((a for a in factor.answers if a.id == answers.get(factor.id)), None)
    if given is None:
        return _("not answered")
    return given.ko if language == "ko" else given.en
