"""A match as a sentence: which picture, with which bank, how near, and which part was compared.

What a reader may not know of is a match with "a protected bank": neither its name, nor what was compared,
nor anything to do about it. Never a hash.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sinmungo.apps.screening import queries_banks as found_by
from sinmungo.apps.screening.banks import queries as banks
from sinmungo.apps.screening.models import Bank, Signal
from sinmungo.apps.staff.models import User
from sinmungo.core.matching.explain import Evidence, read_evidence
from sinmungo.core.matching.screener import signal_name
from sinmungo.web.console import bank_words

#: Kinds of fingerprints whose matches are denied by what was seen of a picture or clip.
DENIABLE = frozenset({"pdq", "clip", "sha256", "md5"})
_CROP = re.compile(r"crop-(\d{1,2})(-mirrored)?")
_KIT: Mapping[str, str | Promise] = {
    "whole": gettext_lazy("the whole of the known picture"),
    "whole-mirrored": gettext_lazy("the known picture mirrored"),
    "trimmed": gettext_lazy("the known picture without its plain edges"),
    "trimmed-mirrored": gettext_lazy("the known picture mirrored and without its plain edges"),
    "framed": gettext_lazy("the known picture without what frames it"),
    "framed-mirrored": gettext_lazy("the known picture mirrored and without what frames it"),
}
#: How a picture that came in was looked at, by what the name of the window begins with or holds.
_SEEN: Sequence[tuple[re.Pattern[str], str | Promise]] = (
    (re.compile("trimmed"), gettext_lazy("after the plain edges of what came in were trimmed")),
    (re.compile("framed"), gettext_lazy("between the bars or lines around it in what came in")),
    (re.compile(".*turn"), gettext_lazy("after what came in was turned")),
    (re.compile("(?:region|inner|cut|top|bottom|left|right)-"), gettext_lazy("in a part of what came in")),
)


@dataclass(frozen=True, slots=True)
class SignalShown:
    """A signal in the table of a case; a match, and what it offers to those who keep banks.

    ``place`` counts from 1 and is 0 where nothing can be denied.
    """

    code: str
    version: str
    told: str
    score: float
    is_match: bool = False
    bank: str = ""
    place: int = 0
    key: str = ""


def shown(signals: Sequence[Signal], user: User, lang: str) -> tuple[SignalShown, ...]:
    """Return signals as a case shows them to ``user``, matches as sentences."""
    found = {each.name for each in signals if each.source == found_by.SOURCE}
    known = known_banks(found, user)
    keeps = bool(found) and bank_words.keeps(user)
    return tuple(
        _match(each, known.get(each.name), lang, keeps=keeps)
        if each.source == found_by.SOURCE
        else SignalShown(f"{each.source}.{each.name}", each.source_version, each.evidence, each.score)
        for each in signals
    )


def signal_told(signal: Signal) -> str:
    """Return what a signal is called to whomever; of a match the bank is not named."""
    return signal.source if signal.source == found_by.SOURCE else f"{signal.source}.{signal.name}"


def known_banks(names: set[str], user: User) -> dict[str, Bank]:
    """Return by signal's name the banks that ``user`` may know of."""
    if not names:
        return {}
    return {name: bank for bank in banks.banks(seen_by=user) if (name := signal_name(bank.name)) in names}


def _match(signal: Signal, bank: Bank | None, lang: str, *, keeps: bool) -> SignalShown:
    if bank is None:
        told = sentence(signal.evidence, _("a protected bank"), is_known=False)
        return SignalShown("", "", told, signal.score, is_match=True)
    evidence = read_evidence(signal.evidence)
    may_deny = evidence is not None and evidence.kind in DENIABLE and keeps
    return SignalShown(
        code=f"{signal.source}.{signal.name}",
        version="",
        told=sentence(signal.evidence, bank_words.title_of(bank, lang)),
        score=signal.score,
        is_match=True,
        bank=bank.name if may_deny else "",
        place=evidence.place if evidence is not None and may_deny else 0,
        key=f"#{evidence.id}" if evidence is not None and keeps else "",
    )


def sentence(evidence: str, title: str, *, is_known: bool = True) -> str:
    """Return a match in words, ``title`` being its bank's; of an unknown bank only that it matches."""
    bank = _("the bank “%(title)s”") % {"title": title} if is_known else title
    read = read_evidence(evidence)
    if read is None:
        return _("It matches %(bank)s.") % {"bank": bank}
    told = _whole(read, bank)
    return " ".join(filter(None, (told, _part(read)))) if is_known else told


def near(signals: Sequence[Signal]) -> str:
    """Return what a distance means, where one of the matches has one."""
    lines = (each.evidence for each in signals if each.source == found_by.SOURCE)
    return near_told() if any(read and read.kind == "pdq" for read in map(read_evidence, lines)) else ""


def near_told() -> str:
    """Return what a distance means."""
    return _(
        "The distance counts the bits of 256 in which two pictures' hashes differ: closer to 0 is more"
        " alike; from 32 on nothing is said. Alike is not the same: look before you decide."
    )


def _whole(read: Evidence, bank: str) -> str:
    facts: dict[str, object] = {"n": read.place, "of": read.of, "bank": bank}
    if read.kind == "text":
        return _("The text is much like one in %(bank)s.") % facts
    if read.kind == "clip":
        facts["percent"] = round(100 * (read.seen_share or 0))
        return _("Clip %(n)d of %(of)d matches %(bank)s: %(percent)d %% of its frames stand there.") % facts
    if read.kind == "pdq":
        facts["distance"] = read.distance or 0
        return _("Picture %(n)d of %(of)d matches %(bank)s: %(distance)d of 256 bits differ.") % facts
    return _("File %(n)d of %(of)d is exactly one in %(bank)s, byte for byte.") % facts


def _part(read: Evidence) -> str:
    if read.kind != "pdq":
        return ""
    facts = {"kit": _kit_told(read.kit), "seen": _seen_told(read.seen)}
    if facts["kit"] and facts["seen"]:
        return _("It matched %(kit)s, %(seen)s.") % facts
    if facts["kit"]:
        return _("It matched %(kit)s.") % facts
    return _("It matched %(seen)s.") % facts if facts["seen"] else ""


def _kit_told(kit: str) -> str:
    crop = _CROP.fullmatch(kit)
    if crop is None:
        return str(_KIT.get(kit, ""))
    if crop[2]:
        return _("the known picture mirrored and cropped by %(n)d %%") % {"n": int(crop[1])}
    return _("the known picture cropped by %(n)d %%") % {"n": int(crop[1])}


def _seen_told(seen: str) -> str:
    return next((str(told) for window, told in _SEEN if window.match(seen)), "")
