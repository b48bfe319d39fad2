"""The pictures of a case or an audit as its page shows them: veiled, until their reader asks for one."""

from __future__ import annotations

from dataclasses import dataclass

from sinmungo.apps.items.models import Item, Version
from sinmungo.apps.review.models import Case
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.journeys.picturing.places import is_clip, media_of
from sinmungo.journeys.picturing.values import Treatment
from sinmungo.web.console.media_tokens import Place, make_offer, make_pass

#: Passes of an audit's pictures carry its handle after this; a case's carry its code.
AUDIT = "audit:"
#: More stand folded away below these.
SHOWN_FIRST = 6


@dataclass(frozen=True, slots=True)
class PictureShown:
    """One figure: where its picture is found, and what asks for more of it. ``number`` counts from 1."""

    number: int
    total: int
    is_clip: bool
    treatment: str
    address: str
    offer: str
    back: str


@dataclass(frozen=True, slots=True)
class MediaShown:
    """Everything that ``console/_media.html`` needs, by the name ``media``.

    ``is_listed`` tells whether the platform has said where its pictures may be fetched; ``at_once`` that
    this reader wants them shown, and written down, as they come into view.
    """

    first: tuple[PictureShown, ...]
    more: tuple[PictureShown, ...]
    total: int
    is_listed: bool
    at_once: bool


@dataclass(frozen=True, slots=True)
class About:
    """What pictures are of: the name their passes carry, item and version, and the page to go back to."""

    name: str
    item: Item
    version: Version
    back: str


def of_case(case: Case, *, user: User) -> MediaShown | None:
    """Return the pictures of a case that ``user`` may see, all veiled; None when it has none."""
    return of(about_case(case, case.version), user=user) if case.version is not None else None


def about_case(case: Case, version: Version) -> About:
    """Return what the pictures of a case are of."""
    return About(case.code, case.item, version, f"/console/case/{case.code}/")


def about_audit(handle: str, version: Version) -> About:
    """Return what the pictures of an audit are of; ``handle`` is the one in its address."""
    return About(f"{AUDIT}{handle}", version.item, version, f"/console/audit/{handle}/")


def of(about: About, *, user: User) -> MediaShown | None:
    """Return the pictures of a version that ``user`` may see, all veiled; None when it has none."""
    media = media_of(about.version)
    if not media:
        return None
    figures = tuple(figure(about, place, Treatment.VEILED, user=user) for place in range(len(media)))
    return MediaShown(
        first=figures[:SHOWN_FIRST],
        more=figures[SHOWN_FIRST:],
        total=len(figures),
        is_listed=bool(about.item.platform.media_hosts),
        at_once=not staff.preference(user).blur,
    )


def figure(about: About, place: int, treatment: Treatment, *, user: User) -> PictureShown:
    """Return one picture with a fresh pass; any but a veiled one only after it was written down.

    Raises IndexError when the version has no such place.
    """
    media = media_of(about.version)
    named = Place(about.name, about.version.pk, place)
    return PictureShown(
        number=place + 1,
        total=len(media),
        is_clip=is_clip(media[place]),
        treatment=treatment.value,
        address=f"/console/media/{make_pass(named, treatment, user=user)}",
        offer=make_offer(named, user=user),
        back=about.back,
    )


def first_look(user: User) -> Treatment:
    """Return how a picture is shown when it is first asked for: in grey, unless its reader chose colour."""
    return Treatment.GREY if staff.preference(user).greyscale else Treatment.COLOUR
