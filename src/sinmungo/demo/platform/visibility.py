"""From the wanted state to what one person sees: who, from which country, at which moment.

The public learns a neutral state only; a reason is nowhere in the data this module reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sinmungo.core.kernel.words import EVERYWHERE, ActionKind, ItemType, PublicState
from sinmungo.demo.platform.models import Account, Message, Post, Room, Standing
from sinmungo.demo.platform.pictures import Picture, of_post

#: Regulation (EU) 2022/2065 applies in these; a restriction for "EU" holds in each.
_EU = "AT,BE,BG,CY,CZ,DE,DK,EE,ES,FI,FR,GR,HR,HU,IE,IT,LT,LU,LV,MT,NL,PL,PT,RO,SE,SI,SK"
EU_COUNTRIES = frozenset(_EU.split(","))
WITHHOLDS = frozenset({ActionKind.REMOVE, ActionKind.HIDE})

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """How one item looks to one visitor; ``text`` is empty when it is withheld."""

    item: Post | Message | Room
    text: str
    state: PublicState
    age_gated: bool = False
    labelled: bool = False
    demoted: bool = False
    notice: Standing | None = None

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """What it carries, as long as its text is shown."""
        return of_post(self.item.external_id) if self.text else ()

    @property
    def withheld(self) -> bool:
        """Whether a neutral state stands in the item's place."""
        return self.state in (PublicState.UNAVAILABLE, PublicState.UNDER_REVIEW)


class Standings:
    """The wanted states of some items, read in one query a type."""

    def __init__(self, keys: Iterable[Key]) -> None:
        wanted: dict[str, set[str]] = {}
        for kind, external_id in keys:
            wanted.setdefault(kind, set()).add(external_id)
        self._held: dict[Key, Standing] = {}
        for kind, ids in wanted.items():
            for row in Standing.objects.filter(type=kind, external_id__in=ids):
                self._held[row.type, row.external_id] = row

    def get(self, kind: str, external_id: str) -> Standing | None:
        """Return what was told of an item, or None when nothing ever was."""
        return self._held.get((kind, external_id))


def holds_in(territory: str, country: str) -> bool:
    """Return whether a restriction for ``territory`` holds for somebody in ``country``."""
    if territory == "EU":
        return country in EU_COUNTRIES
    return territory in (EVERYWHERE, country)


def holds_at(restriction: dict[str, Any], now: datetime) -> bool:
    """Return whether ``now`` lies between its beginning and its end (the end not included)."""
    begins, ends = restriction.get("begins"), restriction.get("ends")
    if begins and now < datetime.fromisoformat(begins):
        return False
    return not (ends and now >= datetime.fromisoformat(ends))


def in_force(standing: Standing | None, *, country: str, now: datetime) -> set[ActionKind]:
    """Return the kinds of restriction that hold here and now."""
    if standing is None:
        return set()
    return {
        ActionKind(restriction["kind"])
        for restriction in standing.restrictions
        if holds_in(restriction["territory"], country) and holds_at(restriction, now)
    }


def account_limits(account: Account, *, now: datetime) -> tuple[set[ActionKind], Standing | None]:
    """Return what holds for an account where it lives, with the state it was told."""
    standing = Standing.objects.filter(type=ItemType.ACCOUNT, external_id=account.external_id).first()
    return in_force(standing, country=account.country, now=now), standing


def item_key(item: Post | Message | Room) -> Key:
    """Return the type and external id by which Sinmungo knows an item."""
    return type(item).__name__.lower(), item.external_id


def see(
    items: Iterable[Post | Message | Room],
    *,
    visitor: Account | None,
    country: str,
    now: datetime,
    grown_up: bool = False,
) -> list[Seen]:
    """Return how each item looks to ``visitor`` (None: not signed in), demoted ones last."""
    listed = list(items)
    keys = [item_key(item) for item in listed]
    keys += [(ItemType.ACCOUNT, item.author.external_id) for item in listed]
    standings = Standings(keys)
    seen = [
        _see_one(item, standings, visitor=visitor, country=country, now=now, grown_up=grown_up)
        for item in listed
    ]
    return sorted(seen, key=lambda one: one.demoted)


def _see_one(
    item: Post | Message | Room,
    standings: Standings,
    *,
    visitor: Account | None,
    country: str,
    now: datetime,
    grown_up: bool,
) -> Seen:
    own = visitor is not None and visitor.pk == item.author.pk
    standing = standings.get(*item_key(item))
    kinds = in_force(standing, country=country, now=now)
    of_author = standings.get(ItemType.ACCOUNT, item.author.external_id)
    suspended = ActionKind.SUSPEND in in_force(of_author, country=country, now=now)
    gated = ActionKind.AGE_GATE in kinds and not (own or grown_up)
    state = _neutral(standing, kinds)
    if suspended and state in (PublicState.VISIBLE, PublicState.RESTORED):
        state = PublicState.UNAVAILABLE
    hidden = gated or (not own and state in (PublicState.UNAVAILABLE, PublicState.UNDER_REVIEW))
    return Seen(
        item=item,
        text="" if hidden else item.text,
        state=state,
        age_gated=gated,
        labelled=ActionKind.LABEL in kinds,
        demoted=ActionKind.DEMOTE in kinds,
        notice=standing if own and standing is not None and standing.statement else None,
    )


def _neutral(standing: Standing | None, kinds: set[ActionKind]) -> PublicState:
    if standing is None:
        return PublicState.VISIBLE
    told = PublicState(standing.public_state)
    if kinds & WITHHOLDS:
        return PublicState.UNDER_REVIEW if told is PublicState.UNDER_REVIEW else PublicState.UNAVAILABLE
    return PublicState.RESTORED if told is PublicState.RESTORED else PublicState.VISIBLE
