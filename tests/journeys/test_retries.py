"""Retries in random order against the real demo platform never leave a wrong state."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.enforcement import queries
from sinmungo.apps.enforcement.models import Decision, Delivery, ItemState
from sinmungo.apps.items.models import Platform, Version
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.core.kernel.words import ActionKind
from sinmungo.demo.process import DEFAULT_SECRET, DemoPlatform
from sinmungo.journeys import deliver
from sinmungo.journeys.deliver import NotDelivered
from tests.common import factories as make
from tests.journeys.answering import CopyingSender

pytestmark = pytest.mark.django_db

SCHEDULES = 40
STEPS = 10
#: Restarting takes a second, so only some schedules kill the platform.
KILLED_IN = frozenset(range(0, SCHEDULES, 5))
POST_KINDS = (ActionKind.HIDE, ActionKind.REMOVE, ActionKind.LABEL, ActionKind.AGE_GATE)
ACCOUNT_KINDS = (ActionKind.LIMIT_INTERACTION, ActionKind.WARN)


@pytest.fixture(scope="module")
def madang(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoPlatform]:
    with DemoPlatform.start(tmp_path_factory.mktemp("retries")) as running:
        yield running


@pytest.fixture(scope="module")
def posts(madang: DemoPlatform) -> dict[str, str]:
    """Three posts of three neighbours: the account's external id by the post's."""
    neighbours = [madang.join(f"다시보내기_{number}") for number in range(3)]
    return {neighbour.write("나눔 장터가 열립니다."): neighbour.account for neighbour in neighbours}


class World:
    """One schedule: decides, delivers, disturbs and sends again, all drawn from one seed."""

    def __init__(self, seed: int, madang: DemoPlatform, versions: list[Version], policy: PolicyVersion):
        self.random = random.Random(seed)
        self.madang = madang
        self.versions = versions
        self.policy = policy
        self.now = clock.now()
        self.standing: list[Decision] = []
        self.kills = seed in KILLED_IN

    def step(self) -> None:
        """Let one thing happen."""
        acts = [
            self.decide,
            self.decide,
            self.overturn,
            self.deliver,
            self.deliver,
            self.disturb,
            self.repeat,
        ]
        self.random.choice(acts)()

    def decide(self) -> None:
        version = self.random.choice(self.versions)
        kinds = self.random.sample(POST_KINDS, 2) + self.random.sample(ACCOUNT_KINDS, 1)
        actions = [make.action(kind, days=self.random.choice((0, 3))) for kind in kinds]
        chosen = self.random.sample(actions, self.random.randint(1, 3))
        self.standing.append(make.decision(version, self.policy, *chosen))

    def overturn(self) -> None:
        if self.standing:
            gone = self.standing.pop(self.random.randrange(len(self.standing)))
            make.overturned(gone)

    def deliver(self) -> None:
        self.now += timedelta(seconds=self.random.choice((0, 5, 90, 4000)))
        deliver.keep(now=max(self.now, clock.now()), limit=self.random.randint(1, 6))

    def disturb(self) -> None:
        faults: list[dict[str, Any]] = [
            {"status": self.random.choice((429, 500))},
            {"drop": True},
            {"delay_ms": self.random.randint(1, 40)},
        ]
        if self.kills:
            faults.append({"kill": self.random.choice(("before_commit", "after_commit"))})
        self.madang.set_fault(**self.random.choice(faults), count=1)
        self.deliver()
        self.revive()

    def repeat(self) -> None:
        """Send something again that was sent before, signed anew, as a proxy or a second worker may."""
        for copy in self.random.sample(CopyingSender.copies, min(2, len(CopyingSender.copies))):
            wanted = {**copy, "at": clock.now()}
            if self.random.random() < 0.5:
                wanted["message_id"] = f"msg_again_{self.random.random()}"
            try:
                CopyingSender().send(**wanted)
            except NotDelivered:
                self.revive()

    def revive(self) -> None:
        try:
            self.madang.health()
        except httpx.HTTPError:
            self.madang.restart()

    def settle(self) -> None:
        """Let time go by until nothing is owed any more."""
        self.madang.clear_faults()
        for _ in range(60):
            self.now = max(self.now, clock.now()) + timedelta(hours=2)
            if deliver.keep(now=self.now, limit=200) == 0:
                return


def held(madang: DemoPlatform, kind: str, external_id: str) -> tuple[Any, ...]:
    """Return what the platform holds of an item: version, public state, restrictions."""
    state = madang.state(kind, external_id)
    rows = {(r["kind"], r["territory"], _moment(r["ends"])) for r in state["restrictions"]}
    return state["version"], state["public_state"], rows


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def test_any_order_ends_at_the_wanted_state(
    madang: DemoPlatform, posts: dict[str, str], settings: Any
) -> None:
    """Forty random schedules of decisions, failures, repeats and kills: the platform ends as it should."""
    settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS = ("127.0.0.1",)
    settings.SINMUNGO_WEBHOOK_SENDER = "tests.journeys.answering.CopyingSender"
    CopyingSender.copies.clear()
    platform, versions = _known(madang, posts)
    policy = make.adopted(platform)
    for seed in range(SCHEDULES):
        world = World(seed, madang, versions, policy)
        for _ in range(STEPS):
            world.step()
        world.settle()
        _same(madang, seed)
    assert ItemState.objects.filter(version__gt=10).exists()


def _known(madang: DemoPlatform, posts: dict[str, str]) -> tuple[Platform, list[Version]]:
    platform = make.platform(webhook=(f"{madang.url}/webhooks", DEFAULT_SECRET))
    authors = make.accounts(platform, list(posts.values()))
    return platform, make.posts(platform, authors, list(posts))


def _same(madang: DemoPlatform, seed: int) -> None:
    states = queries.wanted_state(ItemState.objects.filter(version__gt=0).values_list("item_id", flat=True))
    for state in states.values():
        rows = {(r.kind, r.territory, r.ends) for r in state.restrictions}
        wanted = state.version, state.public_state, rows
        assert held(madang, state.item.type, state.item.external_id) == wanted, f"seed {seed}"
    assert not Delivery.objects.exclude(state__in=("done", "already", "older")).exists(), f"seed {seed}"
    behind = [s.item_id for s in ItemState.objects.all() if s.confirmed != s.version]
    assert behind == [], f"seed {seed}"
