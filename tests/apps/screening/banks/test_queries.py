"""What may be known of banks, and by whom."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.screening.banks import queries
from sinmungo.apps.screening.errors import NoSuchBank
from tests.apps.screening.banks.made import add, bank, digest, file, picture, withdraw
from tests.common.factories import member

pytestmark = pytest.mark.django_db


def test_a_bank_is_shown_to_its_roles_and_a_protected_one_to_nobody() -> None:
    """A lead sees what is for leads, a reviewer does not; the command line sees everything."""
    bank("for-all")
    bank("for-leads", seen_by=["lead", "policy"])
    bank("protected", is_sealed=True)
    lead, reviewer = member("lead"), member("reviewer")

    assert [row.name for row in queries.banks(seen_by=lead)] == ["for-all", "for-leads"]
    assert [row.name for row in queries.banks(seen_by=reviewer)] == ["for-all"]
    assert len(queries.banks(seen_by=None)) == 3


def test_what_may_not_be_known_looks_like_what_is_not_there() -> None:
    """The same error with the same facts for a bank that is hidden and one that does not exist."""
    bank("for-leads", seen_by=["lead"])
    bank("protected", is_sealed=True)
    reviewer = member("reviewer")

    for name in ("for-leads", "protected", "nothing"):
        with pytest.raises(NoSuchBank) as caught:
            queries.bank(name, seen_by=reviewer)
        assert caught.value.facts == {"name": name}
    assert queries.bank("protected", seen_by=None).is_sealed


def test_names_of_signals_are_known_as_those_of_their_banks() -> None:
    """A page asks by the names that stand in signals, and gets back those it may show."""
    bank("for-all")
    bank("for-leads", seen_by=["lead"])
    bank("protected", is_sealed=True)
    names = ["for_all", "for-all", "for_leads", "protected", "degraded", "nothing"]

    assert queries.knowable(names, seen_by=member("reviewer")) == {"for_all", "for-all"}
    assert queries.knowable(names, seen_by=member("lead")) == {"for_all", "for-all", "for_leads"}
    assert queries.knowable([], seen_by=member("lead")) == frozenset()


def test_a_banks_figures_count_what_matches_now() -> None:
    """By kind, without what has ended or was withdrawn, which are counted beside."""
    made, now = bank(), clock.now()
    add(made, file("a"), file("b"), file("c", expires_at=now - timedelta(hours=1)), picture(bytes(32)))
    withdraw(made, contents=[("sha256", digest("a"))])

    found = queries.stats(made)

    assert found.by_kind == {"pdq": 1, "sha256": 1}
    assert (found.live, found.expired, found.withdrawn) == (2, 1, 1)
    assert found.last_added_at is not None
    assert queries.stats(bank("empty")).live == 0
