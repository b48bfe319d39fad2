"""What goes into the ledger, and what does not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from sinmungo.apps.base import ids
from sinmungo.apps.base.actors import PUBLIC, SYSTEM, Actor
from sinmungo.apps.ledger import kinds, queries, services, written
from sinmungo.apps.ledger.models import Entry, Unsequenced
from sinmungo.apps.ledger.services import NewEntry
from sinmungo.core.merkle import canonical, leaf_hash

AT = datetime(2026, 11, 22, 9, 0, 0, 120, tzinfo=UTC)


@pytest.mark.django_db
def test_an_entry_is_stored_with_the_leaf_hash_of_its_canonical_document() -> None:
    """The document that a proof shows is canonical JSON of every field, and the leaf hashes it."""
    services.record([NewEntry("review.case.claimed", "case:1", SYSTEM, {"seconds": 3, "ko": "가"})], at=AT)
    (entry,) = queries.entries("case:1")
    document = queries.document(entry)
    assert document.encode() == canonical(json.loads(document))
    assert json.loads(document) == {
        "actor": "system:sinmungo",
        "at": "2026-11-22T09:00:00.000120Z",
        "body": {"ko": "가", "seconds": 3},
        "id": str(entry.id),
        "kind": "review.case.claimed",
        "schema": 1,
        "subject": "case:1",
    }
    assert bytes(entry.leaf) == leaf_hash(document.encode())
    assert Unsequenced.objects.filter(entry=entry).exists()


@pytest.mark.django_db
def test_entries_keep_the_order_in_which_they_were_given() -> None:
    """A batch of one millisecond is sequenced in the order of its acts."""
    services.record([NewEntry("review.case.opened", f"case:{n}", PUBLIC) for n in range(50)], at=AT)
    subjects = Entry.objects.order_by("id").values_list("subject", flat=True)
    assert list(subjects) == [f"case:{n}" for n in range(50)]


@pytest.mark.django_db
def test_acts_of_one_millisecond_keep_their_order() -> None:
    """An act never changes places with its consequence, however fast one follows the other."""
    for n in range(60):
        services.record([NewEntry("review.case.opened", f"case:{n}", PUBLIC)], at=AT)
    subjects = Entry.objects.order_by("id").values_list("subject", flat=True)
    assert list(subjects) == [f"case:{n}" for n in range(60)]


@pytest.mark.django_db
def test_an_act_that_is_rolled_back_leaves_no_entry() -> None:
    """Entries belong to the transaction of the act."""

    class Undone(Exception):
        pass

    def act() -> None:
        with transaction.atomic():
            services.record([NewEntry("review.case.opened", "case:1", PUBLIC)], at=AT)
            raise Undone

    with pytest.raises(Undone):
        act()
    assert not Entry.objects.exists()
    assert not Unsequenced.objects.exists()


@pytest.mark.django_db
def test_nothing_to_write_asks_nothing_of_the_database(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    """An empty list of entries costs no statement, and many cost two."""
    with django_assert_num_queries(0):
        services.record([], at=AT)
    with django_assert_num_queries(2):
        services.record([NewEntry("review.case.opened", f"case:{n}", PUBLIC) for n in range(200)], at=AT)


@pytest.mark.parametrize(
    "body",
    [
        {"email": "x"},
        {"words": "x"},
        {"score": 0.5},
        {"facts": {"a": 1}},
        {"when": AT},
        {"long": "가" * 201},
        {"list": [["x"]]},
        {"nothing": None},
    ],
)
def test_what_does_not_belong_in_a_ledger_is_a_mistake_in_the_program(body: dict[str, object]) -> None:
    """Personal keys, long texts and values that are not plain are refused, without repeating them."""
    with pytest.raises(AssertionError) as raised:
        services.record([NewEntry("review.case.opened", "case:1", PUBLIC, body)], at=AT)  # type: ignore[arg-type]
    assert "가가" not in str(raised.value)


def test_a_declared_kind_carries_only_its_declared_keys() -> None:
    """A kind that the table knows refuses a key that the table does not."""
    with pytest.raises(AssertionError, match="no key reason"):
        services.record([NewEntry("vault.destruction.done", "key:1", SYSTEM, {"reason": "x"})], at=AT)


@pytest.mark.parametrize(
    ("kind", "subject"), [("", "case:1"), ("k" * 61, "case:1"), ("review.x", ""), ("review.x", "s" * 81)]
)
def test_names_that_do_not_fit_are_refused_on_every_database(kind: str, subject: str) -> None:
    """SQLite would store a longer text than PostgreSQL; neither gets one."""
    with pytest.raises(AssertionError):
        services.record([NewEntry(kind, subject, PUBLIC)], at=AT)


def test_staff_stand_under_a_digest_that_tells_two_people_apart() -> None:
    """The same member of staff always has the same name in the ledger, and it is not theirs."""
    first = Actor("staff", "han-gaon")
    other = Actor("staff", "seo-darim")
    assert written.written_actor(first) == written.written_actor(Actor("staff", "han-gaon"))
    assert written.written_actor(first) != written.written_actor(other)
    assert "gaon" not in written.written_actor(first)
    assert written.written_actor(Actor("automation", "spam.links")) == "automation:spam.links"


def test_a_salted_digest_depends_on_the_deployment() -> None:
    """Equal texts give equal digests within one deployment and others in another."""
    ours = services.salted("report:1")
    assert ours == services.salted("report:1")
    assert ours != services.salted("report:2")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.SINMUNGO_LEDGER_KEY", bytes(32))
        assert services.salted("report:1") != ours


@pytest.mark.parametrize("kind", [*kinds.KINDS, *(f"{p}.x.y" for p in kinds.PREFIXES), "unknown.kind"])
def test_every_kind_is_called_something_in_both_languages(kind: str) -> None:
    """No kind is shown to people by its code."""
    assert kinds.label(kind, "ko") != kinds.label(kind, "en")
    assert not kinds.label(kind, "ko").isascii()
    assert kinds.label(kind, "en").isascii()


_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
_bodies = st.dictionaries(
    _texts.map(lambda key: f"k{key}"),
    st.one_of(_texts, st.integers(-(2**53) + 1, 2**53 - 1), st.booleans(), st.lists(_texts, max_size=3)),
    max_size=5,
)


@settings(deadline=None)
@given(actor=_texts, kind=_texts, subject=_texts, body=_bodies, minutes=st.integers(-720, 720))
def test_putting_the_parts_together_gives_the_canonical_form_of_the_whole(
    actor: str, kind: str, subject: str, body: dict[str, object], minutes: int
) -> None:
    """The written form equals RFC 8785 of the whole document, whatever the fields hold."""
    entry_id = ids.new_id()
    at = AT.astimezone(timezone(timedelta(minutes=minutes)))
    whole = written.entry_bytes(
        entry_id=entry_id, at=at, actor=actor, kind=kind, subject=subject, schema=1, body=canonical(body)
    )
    assert whole == canonical(
        {
            "id": str(entry_id),
            "at": "2026-11-22T09:00:00.000120Z",
            "actor": actor,
            "kind": kind,
            "subject": subject,
            "schema": 1,
            "body": body,
        }
    )
