"""From a version and a policy to the question that a model is asked."""

from __future__ import annotations

import hashlib
import json

from sinmungo.apps.items.models import Version
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review import queries as review
from sinmungo.apps.screening import consultations, seen
from sinmungo.core.policy import Factor, Words
from sinmungo.journeys.consulting.covered import covered
from sinmungo.journeys.consulting.values import AskedAnswer, AskedFactor, JudgeQuestion

#: Code points of the item's text that are sent, of each neighbour's, and of the guideline.
LONGEST_TEXT = 6_000
LONGEST_AROUND = 500
LONGEST_GUIDELINE = 12_000
#: Neighbours before the item.
MOST_AROUND = 3


def question_about(version: Version, policy_version: PolicyVersion) -> JudgeQuestion:
    """Return what is asked of a version under a policy, in the item's own language."""
    document = policies.document(policy_version)
    lang = language_of(version)
    before = _before(version)
    names = _names(version, *before)
    return JudgeQuestion(
        policy=str(document.policy),
        title=_said(document.title, lang),
        guideline=(document.guideline.ko if lang == "ko" else document.guideline.en)[:LONGEST_GUIDELINE],
        factors=tuple(_factor(factor, lang) for factor in document.factors),
        item_type=version.item.type,
        lang=lang,
        text=covered(version.text[:LONGEST_TEXT], names=names),
        around=tuple(covered(each.text[:LONGEST_AROUND], names=names) for each in before),
    )


def digest_of(question: JudgeQuestion, *, judge_version: str) -> str:
    """Return the SHA-256 of everything that decides the answer; the boundary of a prompt does not."""
    document = {"judge": judge_version, "question": question.to_document()}
    return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def language_of(version: Version) -> str:
    """Return ``ko`` or ``en``: what the platform tells of the item, else the platform's own."""
    told = json.loads(version.attributes).get("lang") or version.platform.locale
    return "ko" if str(told).lower().startswith("ko") else "en"


def may_leave(version: Version) -> bool:
    """Whether an item's text may be sent outside: it has one, and no bank knows the item.

    What matched a bank may be somebody's protected picture, and what is said beside it stays here.
    """
    return bool(version.text.strip()) and not consultations.known_to_banks([version.pk])


def is_unclear(version: Version) -> bool:
    """Whether its pictures are still to be compared, so that nobody can say whether a bank knows it."""
    return bool(seen.not_compared([version.pk]))


def _before(version: Version) -> list[Version]:
    before, _after = review.neighbours(item=version.item, version=version, limit=MOST_AROUND)
    keys = [each.pk for each in before]
    stays = consultations.known_to_banks(keys) | seen.not_compared(keys)
    return [each for each in before if each.text.strip() and each.pk not in stays]


def _names(*versions: Version) -> list[str]:
    """Return how the platform calls the authors and the items, longest first: one may hold another."""
    items = [version.item for version in versions]
    found = {item.external_id for item in items} | {item.author.external_id for item in items if item.author}
    return sorted(found, key=len, reverse=True)


def _factor(factor: Factor, lang: str) -> AskedFactor:
    answers = tuple(AskedAnswer(str(a.id), a.ko if lang == "ko" else a.en) for a in factor.answers)
    return AskedFactor(str(factor.id), _said(factor.ask, lang), _said(factor.help, lang), answers)


def _said(words: Words | None, lang: str) -> str:
    if words is None:
        return ""
    return words.ko if lang == "ko" else words.en
