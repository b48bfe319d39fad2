"""The letter a person reads: sealed facts and the policy as it then stood, in Korean or English.

Each language and audience has a template of its own, written in that language. A letter says what
Regulation (EU) 2022/2065 Article 17(3) asks for, and nothing about anybody else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

from sinmungo.apps.statements import said
from sinmungo.apps.statements.content import LETTER_VERSION, ActionTold, Content, GroundTold
from sinmungo.core.kernel.calendar import appeal_deadline
from sinmungo.core.kernel.words import ACCOUNT_ACTIONS, EVERYWHERE, SEVERITY_OF_ACTION, DecisionSource
from sinmungo.core.policy.document import PolicyDocument

LOCALES = ("ko", "en")
_APOLOGIES_SINCE = 2
#: A guideline's headings stand below the letter's own.
_DEEPER = 2
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("image")


@dataclass(frozen=True, slots=True)
class AppealWay:
    """How an appeal stands for the reader of a letter, and the address of its form or receipt page."""

    state: Literal["open", "waiting", "heard", "replaced", "closed", "none"]
    path: str = ""


@dataclass(frozen=True, slots=True)
class Lifted:
    """What a decision had done that was taken back: its actions, and the weight of its strike.

    ``was_automatic`` says that it had been made without a person.
    """

    actions: tuple[ActionTold, ...] = ()
    strike_weight: int = 0
    was_automatic: bool = False


@dataclass(frozen=True, slots=True)
class ActionSaid:
    """An action in the reader's language; ``ends`` is empty when it stands until it is lifted."""

    kind: str
    where: str
    everywhere: bool
    begins: str
    begins_day: str
    ends: str
    ends_day: str


@dataclass(frozen=True, slots=True)
class GroundSaid:
    """The ground in the reader's language."""

    kind: str
    place: str
    act: str
    article: str
    gist: str
    section: str
    text: str


NOTHING_LIFTED = Lifted()


def render(
    content: Content,
    *,
    locale: str,
    policy: PolicyDocument | None,
    told_at: datetime | None,
    way: AppealWay,
    version: int = LETTER_VERSION,
    lifted: Lifted = NOTHING_LIFTED,
) -> SafeString:
    """Return the letter as HTML in ``locale`` (``ko``, else English); it holds the page's one h1.

    ``policy`` is the version that the decision names, ``told_at`` when the platform showed the
    statement; the time to appeal runs from it, else from when the decision was made. ``version`` is the
    letter's: a letter reads for ever as it read when it was made. ``lifted`` is what was taken back.
    """
    language = locale if locale in LOCALES else "en"
    context = _context(content, language, told_at, way) | _policy(content, policy, language)
    context |= _lifted(lifted, content.time_zone, language)
    return render_to_string(f"statements/letters/{_template(content, version)}.{language}.html", context)


def _lifted(lifted: Lifted, zone: str, locale: str) -> dict[str, object]:
    return {
        "lifted": _actions(lifted.actions, zone, locale),
        "lifted_strike": lifted.strike_weight,
        "was_automatic": lifted.was_automatic,
        "of_account": any(action.kind in ACCOUNT_ACTIONS for action in lifted.actions),
    }


def _template(content: Content, version: int) -> str:
    """Return which letter it is: since version 2 who was wronged by the hundred reads an apology."""
    is_apology = content.source == DecisionSource.RESTORATION and content.outcome == "reversed"
    if version >= _APOLOGIES_SINCE and is_apology and content.audience == "affected":
        return "restored"
    return content.audience


def deadline(content: Content, told_at: datetime | None) -> datetime:
    """Return the last moment to appeal against what ``content`` tells."""
    return appeal_deadline(told_at or datetime.fromisoformat(content.made_at), content.time_zone)


def _context(content: Content, locale: str, told_at: datetime | None, way: AppealWay) -> dict[str, object]:
    zone = content.time_zone
    item = said.thing(content.item_type, locale)
    actions = _actions(content.actions, zone, locale)
    return {
        "c": content,
        "item": item,
        "item_is": said.with_particle(item, "이/가"),
        "item_to": said.with_particle(item, "을/를"),
        "made": said.moment(datetime.fromisoformat(content.made_at), zone, locale),
        "posted": _moment(content.posted_at, zone, locale),
        "deadline": said.day(deadline(content, told_at), zone, locale),
        "zone": said.zone_name(zone, locale),
        "actions": actions,
        "main": actions[0] if actions else None,
        "ground": _ground(content.ground, locale),
        "only_item": not any(action.kind in ACCOUNT_ACTIONS for action in content.actions),
        "external": content.source == "external",
        "report_day": _day(content.report_day, zone, locale),
        "way": way,
    }


def _actions(actions: Iterable[ActionTold], zone: str, locale: str) -> list[ActionSaid]:
    """Return the actions from the harshest on, those that differ only in territory as one."""
    order = {kind.value: place for place, kind in enumerate(reversed(SEVERITY_OF_ACTION))}
    ranked = sorted(actions, key=lambda a: (order[a.kind], a.begins, a.ends or ""))
    groups = groupby(ranked, key=lambda a: (a.kind, a.begins, a.ends))
    return [_action(*key, [a.territory for a in group], zone, locale) for key, group in groups]


def _action(
    kind: str, begins: str, ends: str | None, territories: list[str], zone: str, locale: str
) -> ActionSaid:
    return ActionSaid(
        kind=kind,
        where=", ".join(said.place(territory, locale) for territory in territories),
        everywhere=EVERYWHERE in territories,
        begins=_moment(begins, zone, locale),
        begins_day=_day(begins, zone, locale),
        ends=_moment(ends or "", zone, locale),
        ends_day=_day(ends or "", zone, locale),
    )


def _ground(ground: GroundTold | None, locale: str) -> GroundSaid | None:
    if ground is None:
        return None
    korean = locale == "ko"
    return GroundSaid(
        kind=ground.kind,
        place=_places(ground.jurisdiction, locale),
        act=ground.act_ko if korean else ground.act_en,
        article=said.article(ground.article, locale),
        gist=ground.gist_ko if korean else ground.gist_en,
        section=ground.section,
        text=ground.text,
    )


def _places(jurisdiction: str, locale: str) -> str:
    codes = [code.strip() for code in jurisdiction.split(",") if code.strip()]
    return ", ".join(said.place(code, locale) for code in codes if code != EVERYWHERE)


def _policy(content: Content, policy: PolicyDocument | None, locale: str) -> dict[str, object]:
    if policy is None:
        return {"policy_title": "", "policy_text": "", "policy_since": ""}
    title, guideline = (
        (policy.title.ko, policy.guideline.ko) if locale == "ko" else (policy.title.en, policy.guideline.en)
    )
    return {
        "policy_title": title,
        "policy_text": guideline_html(guideline),
        "policy_since": _day(content.policy_in_force_since, content.time_zone, locale),
    }


def guideline_html(markdown: str) -> SafeString:
    """Return a guideline's text as HTML without raw HTML or pictures, its headings from h3 down."""
    tokens = _MARKDOWN.parse(markdown)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1:]) + _DEEPER)}"
    html: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return SafeString(html)  # raw HTML is off: what is not Markdown was escaped


def _moment(iso: str, zone: str, locale: str) -> str:
    return said.moment(datetime.fromisoformat(iso), zone, locale) if iso else ""


def _day(iso: str, zone: str, locale: str) -> str:
    return said.day(_aware(iso, zone), zone, locale) if iso else ""


def _aware(iso: str, zone: str) -> datetime:
    """Read a moment, or a bare day as that day in ``zone``."""
    at = datetime.fromisoformat(iso)
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))
