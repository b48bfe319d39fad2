"""Events become rows: each once, in any order."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest
from django.db import transaction

from sinmungo.apps.base import clock
from sinmungo.apps.items import queries, store
from sinmungo.apps.items.errors import UnknownItem
from sinmungo.apps.items.events import read_event
from sinmungo.apps.items.models import Item, Platform, ReachSample, Version
from tests.apps.items import made

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 4, 1, tzinfo=UTC)


@pytest.fixture
def platform() -> Platform:
    return made.platform()


def _store(platform: Platform, *documents: dict[str, object]) -> store.Stored:
    events = [read_event(document, now=NOW) for document in documents]
    with transaction.atomic():
        return store.store_events(platform.pk, events, at=clock.now())


def _item(platform: Platform, external_id: str = "p1", item_type: str = "post") -> Item:
    return queries.item(platform_id=platform.pk, item_type=item_type, external_id=external_id)


def test_an_event_makes_its_item_its_author_and_its_room(platform: Platform):
    """An item is stored with the account it belongs to and the room it stands in."""
    _store(platform, made.event(type="message", external_id="m1", container="r1"))

    item = _item(platform, "m1", "message")
    assert item.author is not None
    assert (item.author.type, item.author.external_id) == ("account", "u1")
    assert item.container is not None
    assert (item.container.type, item.container.external_id) == ("room", "r1")


def test_an_account_is_its_own_and_has_no_author(platform: Platform):
    """An event about an account does not make the account its own author."""
    _store(platform, made.event(type="account", external_id="u1"))

    assert _item(platform, "u1", "account").author is None


def test_the_same_event_counts_once(platform: Platform):
    """The same id and body again is a duplicate, in one batch and in another."""
    first = _store(platform, made.event(), made.event())
    again = _store(platform, made.event())

    assert (first.events, first.duplicates) == ([0], [1])
    assert (again.versions, again.duplicates) == ([], [0])
    assert Version.objects.filter(platform=platform).count() == 1


def test_an_id_with_another_body_is_a_conflict(platform: Platform):
    """An id that came with another body is told by its index, and the first one stands."""
    stored = _store(platform, made.event(text="하나"), made.event(text="둘"), made.event("e2", text="셋"))
    later = _store(platform, made.event("e2", text="넷"))

    assert (stored.events, stored.conflicts) == ([0, 2], [1])
    assert later.conflicts == [0]
    assert set(Version.objects.filter(platform=platform).values_list("text", flat=True)) == {"하나", "셋"}


def test_event_ids_belong_to_their_platform(platform: Platform):
    """Two platforms may use one event id and one item id for different things."""
    other = made.platform()

    _store(platform, made.event(text="하나"))
    stored = _store(other, made.event(text="둘"))

    assert stored.events == [0]
    assert _item(platform).id != _item(other).id


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_late_events_never_overwrite_newer_facts(platform: Platform, order: tuple[int, ...]):
    """In whatever order events arrive, the newest one says whether the item is there."""
    events = [
        made.event("a", at="2024-03-01T09:00:00+09:00"),
        made.event("b", kind="deleted", at="2024-03-01T10:00:00+09:00"),
        made.event("c", kind="changed", at="2024-03-01T11:00:00+09:00", text="다시 올립니다."),
    ]
    for place in order:
        _store(platform, events[place])

    item = _item(platform)
    latest = queries.latest_version(item)
    assert item.deleted_at is None
    assert latest is not None
    assert latest.text == "다시 올립니다."


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_deletion_stands_whenever_its_creation_arrives(platform: Platform, order: tuple[int, ...]):
    """An item that was deleted stays deleted when older news of it comes late."""
    events = [
        made.event("a", at="2024-03-01T09:00:00+09:00"),
        made.event("b", kind="deleted", at="2024-03-01T10:00:00+09:00"),
    ]
    for place in order:
        _store(platform, events[place])

    assert _item(platform).deleted_at == datetime(2024, 3, 1, 1, tzinfo=UTC)


def test_what_was_deleted_is_shown_as_it_last_stood(platform: Platform):
    """The latest version of a deleted item is what it said; an item only known as deleted has that one."""
    _store(
        platform,
        made.event("a", text="지운 글입니다."),
        made.event("b", kind="deleted", at="2024-03-01T10:00:00+09:00", text=""),
        made.event("c", kind="deleted", external_id="p2", text=""),
    )

    shown, gone = (queries.latest_version(_item(platform, name)) for name in ("p1", "p2"))
    assert shown is not None
    assert gone is not None
    assert (shown.text, gone.kind) == ("지운 글입니다.", "deleted")


def test_an_item_that_was_only_named_learns_its_author(platform: Platform):
    """An item first named by a report gets its author when the platform tells of it."""
    store.ensure_item(platform.pk, "post", "p1", at=clock.now())
    assert _item(platform).author is None

    _store(platform, made.event())

    assert _item(platform).author is not None


def test_naming_a_known_item_changes_nothing(platform: Platform):
    """Naming an item twice, or after it is known, leaves it as it is."""
    _store(platform, made.event())
    before = Item.objects.filter(platform=platform).count()

    ids = store.ensure_items(
        platform.pk, [store.Name("post", "p1"), store.Name("post", "p1", "u1")], at=clock.now()
    )

    assert ids == [_item(platform).id] * 2
    assert Item.objects.filter(platform=platform).count() == before


def test_how_often_an_item_was_seen_is_kept_over_time(platform: Platform):
    """Each event that tells a reach leaves a sample of its moment."""
    _store(
        platform,
        made.event("a", reach=10, at="2024-03-01T09:00:00Z"),
        made.event("b", reach=30, at="2024-03-01T10:00:00Z"),
    )

    samples = ReachSample.objects.filter(item=_item(platform)).order_by("at")
    assert list(samples.values_list("views", flat=True)) == [10, 30]


def test_versions_are_given_for_judging_in_the_order_asked(platform: Platform):
    """Versions come back in the asker's order; unknown ids are left out."""
    stored = _store(platform, made.event("a"), made.event("b", external_id="p2"))
    asked = list(reversed(stored.versions))

    assert [seen.id for seen in queries.versions_seen(asked)] == asked


def test_an_unknown_item_is_told_so(platform: Platform):
    """Asking for an item nobody told of is an error with a stable code."""
    with pytest.raises(UnknownItem):
        _item(platform, "nothing")
