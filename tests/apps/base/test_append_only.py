"""History cannot be edited."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, connection, transaction

from sinmungo.apps.base import append_only
from sinmungo.apps.enforcement.models import Decision
from tests.common import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def decision() -> Decision:
    platform = make.platform()
    policy = make.adopted(platform)
    return make.decision(make.post(platform), policy)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE enforcement_decision SET violation = NOT violation",
        "DELETE FROM enforcement_action",
        "UPDATE ledger_entry SET body = '{}'",
        "DELETE FROM ledger_entry",
    ],
)
def test_the_database_refuses_to_edit_history(decision: Decision, statement: str) -> None:
    """Neither an update nor a delete passes the triggers, whoever sends it."""
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert Decision.objects.get().violation


@pytest.mark.skipif(connection.vendor != "sqlite", reason="INSERT OR REPLACE is SQLite's")
def test_a_row_cannot_be_replaced(decision: Decision) -> None:
    """INSERT OR REPLACE removes a row silently in SQLite; here the triggers see it."""
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT OR REPLACE INTO ledger_entry SELECT id, at, actor, kind, subject, schema, '{}', leaf"
            " FROM ledger_entry LIMIT 1"
        )


def test_missing_triggers_are_told_and_installed_again() -> None:
    """A trigger that is gone is an error of the check at start; installing mends it, twice as well."""
    append_only.remove()
    assert {error.id for error in run_checks(databases=["default"])} == {"base.E001"}
    append_only.install()
    append_only.install()
    assert append_only.missing() == []
    assert run_checks(databases=["default"]) == []
