"""Machine translation of an item, for a reviewer who asks for it: shown once, marked, kept nowhere.

It stands beside the original and never in a statement: a decision rests on what was written. Only the
item's text is sent, with everybody in it covered, and it is paid from the same daily budget as opinions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from sinmungo.apps.items.models import Version
from sinmungo.apps.ledger.kinds import Body
from sinmungo.apps.ledger.services import NewEntry, record
from sinmungo.apps.review.models import Case
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.kernel.errors import NotAllowed, Refused, Unavailable
from sinmungo.journeys.consulting import budget
from sinmungo.journeys.consulting.covered import covered
from sinmungo.journeys.consulting.questions import is_unclear, may_leave
from sinmungo.journeys.consulting.values import ModelFailed, Tokens, Translation

#: Languages that the console speaks.
TARGETS = ("ko", "en")
#: Code points that are translated; a longer text is translated up to here, and the page says so.
LONGEST_TEXT = 4_000
LONGEST_TRANSLATION = 16_000
DEADLINE_SECONDS = 15.0


class TranslationOff(Unavailable):
    """Nobody set a translating model up."""

    code = "translation.off"
    message = "No machine translation is set up here."


class NothingToTranslate(Refused):
    """There is no text, or nothing says that it could be shown in this language."""

    code = "translation.nothing"
    message = "There is nothing here to translate."


class MayNotLeave(NotAllowed):
    """What a bank knows is sent nowhere."""

    code = "translation.may_not_leave"
    message = "This item matched a bank of fingerprints, so its text is not sent to any outside service."


class NotComparedYet(NotAllowed):
    """Whether a bank knows it is not clear yet."""

    code = "translation.not_compared_yet"
    message = "The pictures of this item are still being compared with banks. Try again in a minute."


class BudgetSpent(Unavailable):
    """The day's money for models is used up."""

    code = "translation.over_budget"
    message = "Today's budget for models is used up. It starts anew at midnight UTC."


class NotTranslated(Unavailable):
    """The model did not answer, or not with a translation."""

    code = "translation.failed"
    message = "The translation service gave no translation just now. The original is unchanged."


class Translator(Protocol):
    """Asks one model for translations."""

    model: str
    sends_outside: bool

    def at_most(self, text: str, source_lang: str, target_lang: str) -> Tokens:
        """Return more tokens than translating can ever use."""
        ...

    def translate(self, text: str, source_lang: str, target_lang: str, *, deadline: float) -> Translation:
        """Return the text in ``target_lang`` within ``deadline`` seconds; raises ModelFailed.

        ``source_lang`` is empty when the platform does not tell it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Translated:
    """A translation, the model that made it, and whether the original is longer than what was translated."""

    text: str
    lang: str
    model: str
    is_cut: bool


def is_on() -> bool:
    """Whether a translating model is set up."""
    return budget.is_on(settings.SINMUNGO_TRANSLATE_MODEL)


def translate(*, case: Case, user: User, source_lang: str, target_lang: str, at: datetime) -> Translated:
    """Return the text of a case's item in another language; the ledger says who asked.

    Raises RoleLacks, TranslationOff, NothingToTranslate, MayNotLeave, NotComparedYet, BudgetSpent,
    NotTranslated, and what the adapter raises when it is not set up as it must be.
    """
    staff.require(user, Permission.SEE_CASES, case.item.platform_id, case.assignment.queue_id)
    if not is_on():
        raise TranslationOff
    version = case.version
    if version is None or not version.text.strip() or target_lang not in TARGETS:
        raise NothingToTranslate
    if not may_leave(version):
        raise MayNotLeave
    if is_unclear(version):
        raise NotComparedYet
    translator: Translator = import_string(settings.SINMUNGO_TRANSLATOR)()
    text = _outgoing(version)
    reserved = budget.reserve(translator.at_most(text, source_lang, target_lang), at=at)
    if reserved is None:
        raise BudgetSpent
    try:
        made = translator.translate(text, source_lang, target_lang, deadline=DEADLINE_SECONDS)
    except ModelFailed as error:
        micros = budget.settle(reserved, error.used)
        _entered(version, user, translator.model, target_lang, micros, error.code, at)
        raise NotTranslated from error
    micros = budget.settle(reserved, made.used)
    _entered(version, user, translator.model, target_lang, micros, "done", at)
    is_cut = len(version.text) > LONGEST_TEXT or len(made.text) > LONGEST_TRANSLATION
    return Translated(made.text[:LONGEST_TRANSLATION], target_lang, translator.model, is_cut)


def _outgoing(version: Version) -> str:
    item = version.item
    names = [item.external_id, *([item.author.external_id] if item.author else [])]
    return covered(version.text[:LONGEST_TEXT], names=names)


def _entered(
    version: Version, user: User, model: str, into: str, micros: int, result: str, at: datetime
) -> None:
    letters = min(len(version.text), LONGEST_TEXT)
    body: Body = {"model": model, "into": into, "letters": letters, "micros": micros, "result": result}
    subject = f"version:{version.pk.hex}"
    record([NewEntry("screening.translation.made", subject, staff.actor_of(user), body)], at=at)
