"""Short passes to one picture: for one reader, one version, one place, one treatment.

An *offer* stands in a page and can only ask for more to be shown, which is written down. A *pass* stands in
a picture's address and lives five minutes. Both are signed for their reader, so that nobody else can use
them, and name their version enciphered.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.core import signing

from sinmungo.apps.staff.models import User
from sinmungo.core.kernel.errors import NotFound
from sinmungo.journeys.picturing.values import Treatment
from sinmungo.web.console.handles import from_handle, to_handle

PASS_SECONDS = 5 * 60
#: As long as a session: a page may stay open.
OFFER_SECONDS = 12 * 3600
MAX_TOKEN = 400
_PASS, _OFFER = "sinmungo.console.media.pass", "sinmungo.console.media.offer"


class PassOver(NotFound):
    """The five minutes are over."""

    code = "media.pass_over"
    message = "This picture can be asked for no longer. Open the page again."


@dataclass(frozen=True, slots=True)
class Place:
    """One picture of the version that a case or an audit is about; places are counted from 0."""

    case: str
    version: uuid.UUID
    number: int


def make_offer(place: Place, *, user: User) -> str:
    """Return what a page holds to ask for more."""
    return _made(_OFFER, place, "", user)


def make_pass(place: Place, treatment: Treatment, *, user: User) -> str:
    """Return what a picture's address holds; any but a veiled one only after it was written down."""
    return _made(_PASS, place, treatment.value, user)


def read_offer(token: str, *, user: User) -> Place:
    """Return what an offer to ``user`` names; raises NotFound."""
    place, _treatment = _read(_OFFER, token, user, OFFER_SECONDS)
    return place


def read_pass(token: str, *, user: User) -> tuple[Place, Treatment]:
    """Return what a pass of ``user`` names; raises NotFound, PassOver once its time is over."""
    place, treatment = _read(_PASS, token, user, PASS_SECONDS)
    return place, Treatment(treatment)


def _made(purpose: str, place: Place, treatment: str, user: User) -> str:
    named = [place.case, to_handle(place.version), place.number, treatment]
    return signing.dumps(named, salt=f"{purpose}.{user.pk.hex}")


def _read(purpose: str, token: str, user: User, seconds: int) -> tuple[Place, str]:
    if len(token) > MAX_TOKEN:
        raise NotFound
    try:
        case, handle, number, treatment = signing.loads(
            token, salt=f"{purpose}.{user.pk.hex}", max_age=seconds
        )
    except signing.SignatureExpired as error:
        raise PassOver from error
    except signing.BadSignature as error:
        raise NotFound from error
    return Place(case, from_handle(handle), number), treatment
