"""The right-hand pane of a case: the policy's questions, what follows from the answers, and the decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import QueryDict
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sinmungo.apps.enforcement import queries as enforcement
from sinmungo.apps.enforcement.proposals import ProposedAction
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review import queries as review
from sinmungo.apps.review.models import Case
from sinmungo.apps.screening.consultations import Suggested
from sinmungo.apps.screening.models import Signal
from sinmungo.apps.statements import said
from sinmungo.core.kernel.words import (
    ACCOUNT_ACTIONS,
    EVERYWHERE,
    SEVERITY_OF_ACTION,
    WITHOUT_RESTRICTION,
    ActionKind,
    GroundKind,
)
from sinmungo.core.policy import Factor, Ground, Outcome, PolicyDocument
from sinmungo.journeys.review import ladder_step, recommended
from sinmungo.web.console import texts, words
from sinmungo.web.console.matches import signal_told
from sinmungo.web.console.reading import hints_of, read_answers, suggested


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question, or one option of a list; ``suggested_by`` a signal or a ``model``."""

    id: str
    label: str
    is_chosen: bool
    suggested_by: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A factor as asked."""

    id: str
    ask: str
    help: str
    answers: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class ActionRow:
    """An action that may be chosen, where, and for how long."""

    kind: str
    label: str
    is_chosen: bool
    is_recommended: bool
    territories: tuple[Choice, ...]
    durations: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Pane:
    """Everything in the right-hand pane; ``recommendation`` is empty until the answers lead somewhere."""

    policies: tuple[Choice, ...]
    slug: str
    digest: str
    title: str
    guideline: SafeString
    questions: tuple[Question, ...]
    open_questions: int
    recommendation: str
    note: str
    refers_to: str
    waits: bool
    ladder: str
    grounds: tuple[Choice, ...]
    actions: tuple[ActionRow, ...]
    facts: str
    state_version: int


def choose_policy(case: Case, wanted: str, at: datetime) -> tuple[dict[str, PolicyVersion], str]:
    """Return the policies in force on the case's platform, and which to show first.

    That is the one asked for, else the one answered last, else the first that a rule matched, else the
    first that the reporters' reasons name, else the first.
    """
    pack = policies.in_force(case.item.platform_id, at)
    if pack is None:
        return {}, ""
    likely = [
        wanted,
        *review.answered_policies(case=case),
        *matched_policies(case),
        *_reported(case, pack.versions),
    ]
    return pack.versions, next(
        (slug for slug in likely if slug in pack.versions), next(iter(pack.versions), "")
    )


def matched_policies(case: Case) -> list[str]:
    """Return the policies whose rules matched, in the verdict's order."""
    return list(dict.fromkeys(review.matched_policies(case=case)))


def _reported(case: Case, versions: Mapping[str, PolicyVersion]) -> list[str]:
    reasons = review.reported_reasons(case=case)
    documents = {slug: policies.document(version) for slug, version in versions.items()}
    return [slug for slug, d in documents.items() if any(reason in reasons for reason in d.report_reasons)]


def pane(
    case: Case,
    *,
    versions: Mapping[str, PolicyVersion],
    slug: str,
    signals: Sequence[Signal],
    language: str,
    at: datetime,
    posted: QueryDict | None = None,
) -> Pane | None:
    """Return the pane for one policy; what was typed before stays. None where no policy is in force."""
    if slug not in versions:
        return None
    version = versions[slug]
    document = policies.document(version)
    answers = read_answers(posted, document) if posted else review.answers(case=case, policy=slug)
    outcome = recommended(document, answers)
    suggestions, hints = suggested(document, signals), hints_of(case, version)
    return Pane(
        policies=tuple(_policy_choices(case, versions, slug, language)),
        slug=slug,
        digest=version.digest,
        title=words.said(document.title, language),
        guideline=texts.guideline(document.guideline.ko if language == "ko" else document.guideline.en),
        questions=tuple(_question(f, answers, suggestions, hints, language) for f in document.factors),
        open_questions=sum(1 for f in document.factors if f.id not in answers),
        recommendation=_told(outcome, language),
        note=words.said(outcome.note, language) if outcome else "",
        refers_to=_queue_title(outcome.then.refer, language) if outcome else "",
        waits=bool(outcome and outcome.then.hold),
        ladder=_ladder(case, document, outcome, at),
        grounds=tuple(_grounds(document, outcome, posted, language)),
        actions=tuple(_actions(case, document, outcome, posted, language)),
        facts=posted.get("facts", "") if posted else "",
        state_version=enforcement.state_version(case.item),
    )


def action_told(action: ProposedAction, language: str) -> str:
    """Return a proposed action in words."""
    told = f"{words.ACTIONS[action.kind]} · {said.place(action.territory, language)}"
    return told if action.kind in WITHOUT_RESTRICTION else f"{told} · {words.lasted(action.lasts)}"


def ground_told(ground: Ground, language: str) -> str:
    """Return a ground in words: the law and its article, or the section of the terms."""
    if ground.kind is not GroundKind.LAW:
        return f"{words.GROUND_KINDS[ground.kind]} {ground.section}".strip()
    places = ", ".join(said.place(place, language) for place in ground.territory)
    act, gist = words.said(ground.act, language), words.said(ground.gist, language)
    told = f"{act} {said.article(ground.article, language)} ({places})".strip()
    return f"{told}: {gist}" if gist else told


def _policy_choices(
    case: Case, versions: Mapping[str, PolicyVersion], slug: str, language: str
) -> list[Choice]:
    matched = matched_policies(case)
    ordered = sorted(versions, key=lambda each: each not in matched)
    return [
        Choice(each, words.said(policies.document(versions[each]).title, language), each == slug)
        for each in ordered
    ]


def _question(
    factor: Factor,
    answers: Mapping[str, str],
    suggestions: Mapping[str, Signal],
    hints: Mapping[str, Suggested],
    language: str,
) -> Question:
    signal, hint = suggestions.get(factor.id), hints.get(factor.id)
    by = f"{signal_told(signal)} {signal.score:.2f}" if signal else ""
    choices = tuple(
        Choice(
            answer.id,
            answer.ko if language == "ko" else answer.en,
            answers.get(factor.id) == answer.id,
            by if place == 0 else "",
            hint.model if hint and hint.answer == answer.id else "",
        )
        for place, answer in enumerate(factor.answers)
    )
    return Question(factor.id, words.said(factor.ask, language), words.said(factor.help, language), choices)


def _told(outcome: Outcome | None, language: str) -> str:
    if outcome is None:
        return ""
    then = outcome.then
    if not then.actions:
        return _("No violation: nothing is done.")
    actions = [
        ProposedAction(kind, place, timedelta(days=then.days_of(kind)) or None)
        for kind in then.actions
        for place in _places(outcome)
    ]
    return " / ".join(action_told(action, language) for action in actions)


def _queue_title(slug: str, language: str) -> str:
    queue = review.queue(slug=slug) if slug else None
    if queue is None:
        return slug
    return queue.title_ko if language == "ko" else queue.title_en


def _places(outcome: Outcome) -> tuple[str, ...]:
    return tuple(outcome.then.territory) or (EVERYWHERE,)


def _ladder(case: Case, document: PolicyDocument, outcome: Outcome | None, at: datetime) -> str:
    account = case.item.author or case.item
    if outcome is None or not outcome.then.strike:
        return ""
    standing = sum(strike.weight for strike in enforcement.active_strikes(account, at))
    step = ladder_step(document, standing)
    return f"{words.ACTIONS[step.propose]} · {words.lasting(step.days)}" if step and standing else ""


def _grounds(
    document: PolicyDocument, outcome: Outcome | None, posted: QueryDict | None, language: str
) -> list[Choice]:
    asked = posted.get("ground", "") if posted else ""
    chosen = asked or (outcome.then.ground if outcome else "")
    return [Choice(g.id, ground_told(g, language), g.id == chosen) for g in document.grounds]


def _actions(
    case: Case, document: PolicyDocument, outcome: Outcome | None, posted: QueryDict | None, language: str
) -> list[ActionRow]:
    wanted = set(outcome.then.actions) if outcome else set()
    chosen = set(posted.getlist("action")) if posted and "ground" in posted else wanted
    has_account = case.item.type == "account" or case.item.author_id is not None
    kinds = [kind for kind in SEVERITY_OF_ACTION if has_account or kind not in ACCOUNT_ACTIONS]
    return [
        ActionRow(
            kind=kind,
            label=str(words.ACTIONS[kind]),
            is_chosen=kind in chosen,
            is_recommended=kind in wanted,
            territories=tuple(_territories(case, document, outcome, posted, kind, language)),
            durations=tuple(_durations(outcome, posted, kind)),
        )
        for kind in kinds
    ]


def _territories(
    case: Case,
    document: PolicyDocument,
    outcome: Outcome | None,
    posted: QueryDict | None,
    kind: ActionKind,
    language: str,
) -> list[Choice]:
    if kind in WITHOUT_RESTRICTION:
        return []
    advised = " ".join(_places(outcome)) if outcome else EVERYWHERE
    chosen = (posted.get(f"territory-{kind}", "") if posted else "") or advised
    options = [EVERYWHERE, advised, chosen, case.item.platform.jurisdiction]
    options += [place for ground in document.grounds for place in ground.territory]
    return [
        Choice(option, ", ".join(said.place(place, language) for place in option.split()), option == chosen)
        for option in dict.fromkeys(options)
    ]


def _durations(outcome: Outcome | None, posted: QueryDict | None, kind: ActionKind) -> list[Choice]:
    if kind in WITHOUT_RESTRICTION:
        return []
    advised = outcome.then.days_of(kind) if outcome and kind in outcome.then.actions else 0
    typed = posted.get(f"days-{kind}", "") if posted else ""
    chosen = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 5 else advised
    options = sorted({*words.DURATIONS, advised, chosen})
    return [Choice(str(days), words.lasting(days), days == chosen) for days in options]
