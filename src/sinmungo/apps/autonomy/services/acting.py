"""Acts: what automations would do, promised in the judging's transaction, and what became of them."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sinmungo.apps.autonomy.errors import ActsHeld, MayNotAct, NotItsAction, OverCap, Sheltered
from sinmungo.apps.autonomy.executing import Key, Wanted, wanted_of
from sinmungo.apps.autonomy.models import Act, Automation, Burst, Epoch, HourCount
from sinmungo.apps.autonomy.queries import acting as queries
from sinmungo.apps.autonomy.services import automations
from sinmungo.apps.base import rows as base_rows
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement.proposals import Proposal
from sinmungo.apps.items import bulk
from sinmungo.apps.items.models import Item, Platform
from sinmungo.apps.policies.queries import PackVersion
from sinmungo.core.kernel.errors import DomainError
from sinmungo.core.kernel.ids import derived_id
from sinmungo.core.kernel.words import DecisionSource, ItemType, Level
from sinmungo.core.policy import ACTING

_COLUMNS = (
    "id",
    "automation_id",
    "epoch_id",
    "version_id",
    "item_id",
    "account_id",
    "verdict_id",
    "cluster",
    "stratum",
    "state",
    "why",
    "level",
    "propensity",
    "drawn",
    "asked_at",
    "due_at",
    "attempts",
    "last_error",
)
_SETTLED = (
    "state",
    "why",
    "level",
    "propensity",
    "drawn",
    "weight",
    "decision",
    "settled_at",
    "done_at",
    "claimed_until",
    "last_error",
)
_ADD_WANTED = (
    "ON CONFLICT (automation_id, hour) DO UPDATE SET wanted = autonomy_hourcount.wanted + excluded.wanted"
)
_ADD_ACTED = (
    "ON CONFLICT (automation_id, hour) DO UPDATE SET acted = autonomy_hourcount.acted + excluded.acted"
)


class Standing(NamedTuple):
    """Where an automation stands as acts are asked: itself, its epoch and its level."""

    automation: uuid.UUID
    epoch: uuid.UUID
    level: Level

    @property
    def is_acting(self) -> bool:
        """Whether it may act by itself now."""
        return self.level in ACTING


@dataclass(frozen=True, slots=True)
class Asked:
    """What an automation would do to a version: the verdict says so. See ``models.Act``."""

    standing: Standing
    verdict_id: uuid.UUID
    version_id: uuid.UUID
    item_id: uuid.UUID
    account_id: uuid.UUID | None
    cluster: str = ""
    stratum: str = ""

    @property
    def act_id(self) -> uuid.UUID:
        """The id that verdict and automation give the act."""
        return derived_id("act", self.verdict_id.hex, self.standing.automation.hex)


def standings(*, platform: Platform, pack: PackVersion, at: datetime) -> dict[Key, Standing]:
    """Return where each automation of a pack stands on a platform, by rule and action.

    What executes may have changed since the pack was adopted (a model came, the program is newer, the
    pack's day has come): then epochs are brought in line first.
    """
    wanted = wanted_of(pack)
    if not wanted:
        return {}
    found = _standings(platform, wanted)
    if len(found) < len(wanted):
        automations.sync(platform=platform, pack=pack, at=at, actor=SYSTEM)
        found = _standings(platform, wanted)
    return found


def ask(asked: Sequence[Asked], *, at: datetime) -> int:
    """Promise acts in the caller's transaction and count them; return how many are new.

    A version that an automation spoke of before, under whatever verdict, is not asked about again.
    """
    new = _unknown(asked)
    if not new:
        return 0
    rows = [_row(each, at) for each in new]
    base_rows.insert_values(Act, _COLUMNS, rows)
    counted = Counter(each.standing.automation for each in new)
    count(counted, column="wanted", at=at)
    return len(new)


def count(by_automation: Mapping[uuid.UUID, int], *, column: str, at: datetime) -> None:
    """Add to how much an automation ``wanted`` or ``acted`` in the hour of ``at``."""
    uid, hour = bulk.uuid_writer(), bulk.moment(queries.hour_of(at))
    rows = [
        (uid(key), hour, *((number, 0) if column == "wanted" else (0, number)))
        for key, number in sorted(by_automation.items())
        if number
    ]
    conflict = _ADD_WANTED if column == "wanted" else _ADD_ACTED
    base_rows.write(
        HourCount._meta.db_table, ("automation_id", "hour", "wanted", "acted"), rows, conflict=conflict
    )


def objections(proposals: Mapping[int, Proposal], *, at: datetime) -> dict[int, DomainError]:
    """Return why an automation may not decide, by index, for proposals of the source *automation*.

    Call it inside the transaction that decides, before anything is written: the automations' rows are
    locked until it ends, so that no decision is recorded by itself after a lower level was committed.
    """
    asking = {index: each for index, each in proposals.items() if _asks(each)}
    if not asking:
        return {}
    known = _locked(each.automation for each in asking.values())
    held = _held(known)
    sheltered = queries.sheltered([_account(each) for each in asking.values()], at=at)
    room = {row.pk: queries.room(row, at=at) for row in known.values()}
    errors: dict[int, DomainError] = {}
    for index, each in asking.items():
        row = known.get(each.automation)
        error = _objection(each, row, held, sheltered) or _over_cap(row, room)
        if error is not None:
            errors[index] = error
    return errors


def settle(acts: Sequence[Act], *, at: datetime) -> None:
    """Write what became of acts, in the transaction that made it so: state, why, level, draw, decision."""
    for act in acts:
        act.settled_at = act.done_at = at
        act.claimed_until, act.last_error = None, ""
    base_rows.update(acts, columns=_SETTLED)
    done = Counter(act.automation_id for act in acts if act.state == Act.State.ACTED)
    count(done, column="acted", at=at)


def hold(acts: Sequence[Act], *, why: str, until: datetime) -> None:
    """Put acts off: they are asked again at ``until``, and nothing is lost meanwhile."""
    Act.objects.filter(pk__in=[act.pk for act in acts], done_at__isnull=True).update(
        state=Act.State.HELD, why=why, due_at=until, claimed_until=None
    )


def _standings(platform: Platform, wanted: Mapping[Key, Wanted]) -> dict[Key, Standing]:
    by_id = {each.id_on(platform.pk): (key, each.digest) for key, each in wanted.items()}
    rows = Epoch.objects.filter(automation__in=list(by_id), ended_at__isnull=True)
    found: dict[Key, Standing] = {}
    for automation, epoch, digest, level in rows.values_list(
        "automation_id", "pk", "digest", "automation__level"
    ):
        key, current = by_id[automation]
        if digest == current:
            found[key] = Standing(automation, epoch, Level(level))
    return found


def _unknown(asked: Sequence[Asked]) -> list[Asked]:
    if not asked:
        return []
    rows = Act.objects.filter(version__in={each.version_id for each in asked})
    known = set(rows.values_list("version_id", "automation_id"))
    new: list[Asked] = []
    for each in asked:
        key = (each.version_id, each.standing.automation)
        if key not in known:
            known.add(key)
            new.append(each)
    return new


def _row(asked: Asked, at: datetime) -> tuple[object, ...]:
    return (
        asked.act_id,
        asked.standing.automation,
        asked.standing.epoch,
        asked.version_id,
        asked.item_id,
        asked.account_id,
        asked.verdict_id,
        asked.cluster,
        asked.stratum,
        Act.State.WAITING,
        "",
        "",
        0.0,
        False,
        at,
        at,
        0,
        "",
    )


def _asks(proposal: Proposal) -> bool:
    """What puts a decision right asks nobody; everything else that a machine decides does."""
    return proposal.source is DecisionSource.AUTOMATION and proposal.supersedes is None


def _locked(wanted: Iterable[str]) -> dict[str, Automation]:
    keys = {found for text in wanted if (found := _uuid(text)) is not None}
    rows = Automation.objects.select_for_update(no_key=True).filter(pk__in=keys)
    return {str(row.pk): row for row in rows.order_by("pk")}


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _held(known: Mapping[str, Automation]) -> frozenset[uuid.UUID]:
    rows = Burst.objects.filter(automation__in=[row.pk for row in known.values()], done_at__isnull=True)
    return frozenset(rows.values_list("automation_id", flat=True))


def _account(proposal: Proposal) -> uuid.UUID | None:
    item: Item = proposal.item
    return item.pk if item.type == ItemType.ACCOUNT else item.author_id


def _objection(
    proposal: Proposal,
    row: Automation | None,
    held: frozenset[uuid.UUID],
    sheltered: frozenset[uuid.UUID],
) -> DomainError | None:
    if row is None or row.level not in ACTING:
        return MayNotAct()
    is_its_own = row.platform_id == proposal.item.platform_id and all(
        action.kind == row.action for action in proposal.actions
    )
    if not is_its_own:
        return NotItsAction()
    if row.pk in held:
        return ActsHeld()
    return Sheltered() if _account(proposal) in sheltered else None


def _over_cap(row: Automation | None, room: dict[uuid.UUID, int]) -> DomainError | None:
    """Take one place of the hour, if there is one left."""
    if row is None:
        return None
    if room[row.pk] <= 0:
        return OverCap()
    room[row.pk] -= 1
    return None
