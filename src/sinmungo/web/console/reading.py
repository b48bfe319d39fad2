"""What a form of a decision says: the answers, the finding, the actions; and what was suggested to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.http import QueryDict
from django.utils.translation import gettext as _

from sinmungo.apps.enforcement.proposals import ProposedAction
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review.models import Case
from sinmungo.apps.screening.consultations import Suggested, judge_suggestions
from sinmungo.apps.screening.models import Signal
from sinmungo.core.kernel.errors import Conflict
from sinmungo.core.kernel.words import EVERYWHERE, ActionKind
from sinmungo.core.policy import PolicyDocument
from sinmungo.journeys.review import Judgement
from sinmungo.web.console.pages import BadForm, whole

#: A signal suggests the first answer of a factor from this score on.
SUGGESTS_FROM = 0.5
LONGEST_DAYS = 3650


class PolicyChanged(Conflict):
    """Another version of the policy came into force since the page was opened."""

    code = "console.policy_changed"
    message = "The policy has changed since you opened this page. Read it again before you decide."


def suggested(document: PolicyDocument, signals: Sequence[Signal]) -> dict[str, Signal]:
    """Return the signal that suggests the first answer of a factor, by factor."""
    strongest = {f"signals.{s.source}.{s.name}": s for s in sorted(signals, key=lambda s: s.score)}
    found = {f.id: strongest[f.suggested_by] for f in document.factors if f.suggested_by in strongest}
    return {factor: signal for factor, signal in found.items() if signal.score >= SUGGESTS_FROM}


def hints_of(case: Case, version: PolicyVersion) -> dict[str, Suggested]:
    """Return what a model suggests to the questions of a policy, by factor."""
    return judge_suggestions(case.version, version) if case.version else {}


def read_answers(posted: QueryDict, document: PolicyDocument) -> dict[str, str]:
    """Return the answers in a form; what the policy does not offer is left out."""
    given = {factor.id: posted.get(f"factor-{factor.id}", "") for factor in document.factors}
    offered = {(factor.id, answer.id) for factor in document.factors for answer in factor.answers}
    return {factor: answer for factor, answer in given.items() if (factor, answer) in offered}


def read_judgement(
    posted: QueryDict,
    versions: Mapping[str, PolicyVersion],
    signals: Sequence[Signal],
    case: Case | None = None,
) -> Judgement:
    """Return what the form says was found and is wanted; raises BadForm, PolicyChanged.

    ``case`` is left out where the form speaks of several. Finding no violation needs no words: without
    any, the page's own sentence is recorded.
    """
    version = versions.get(posted.get("policy", ""))
    document = policies.document(version) if version else None
    if version and version.digest != posted.get("digest"):
        raise PolicyChanged
    if posted.get("finding") not in ("violation", "no_violation"):
        raise BadForm
    violation = posted.get("finding") == "violation"
    facts = posted.get("facts", "").strip()
    if "\0" in facts:
        raise BadForm
    return Judgement(
        violation=violation,
        facts=facts or ("" if violation else nothing_found()),
        state_version=whole(posted.get("state_version", "")),
        policy_version=version,
        ground=posted.get("ground", "") if violation else "",
        actions=tuple(read_actions(posted)) if violation else (),
        answers=read_answers(posted, document) if document else {},
        suggested=suggested_answers(document, signals, hints_of(case, version) if case and version else {})
        if document
        else {},
    )


def nothing_found() -> str:
    """Return the sentence recorded when a reviewer finds no violation and writes nothing else."""
    return _("A person looked at it and found nothing that breaks the policies.")


def read_actions(posted: QueryDict) -> list[ProposedAction]:
    """Return the actions chosen in a form, one for each territory; raises BadForm."""
    actions: list[ProposedAction] = []
    for kind in posted.getlist("action"):
        if kind not in list(ActionKind):
            raise BadForm
        days = whole(posted.get(f"days-{kind}", "0") or "0")
        places = (posted.get(f"territory-{kind}") or EVERYWHERE).split()
        if days > LONGEST_DAYS or not all(_is_place(place) for place in places):
            raise BadForm
        lasts = timedelta(days=days) if days else None
        actions += [ProposedAction(ActionKind(kind), place, lasts) for place in places]
    return actions


def suggested_answers(
    document: PolicyDocument, signals: Sequence[Signal], hints: Mapping[str, Suggested]
) -> dict[str, str]:
    """Return what is suggested to the questions of a policy: by signals, or else by a model."""
    by_signals = {factor: document.factor(factor).answers[0].id for factor in suggested(document, signals)}
    return {factor: hint.answer for factor, hint in hints.items()} | by_signals


def _is_place(place: str) -> bool:
    return place == EVERYWHERE or (len(place) == 2 and place.isascii() and place.isupper())
