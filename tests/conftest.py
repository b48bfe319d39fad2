"""What every test stands on: a home of its own, and history that only a test may empty."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# how long an example takes says how busy the machine is, and nothing of what holds
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Keep SQLite's test database in a file, as deployments do.

    In memory, where Django puts it, a request that runs beside another is told at once that a table is
    locked instead of waiting for its turn. What a power failure would lose is no matter here.
    """
    from django.conf import settings
    from django.db import connections

    database = connections["default"].settings_dict
    if database["ENGINE"] == "sinmungo.site.sqlite":
        database["TEST"]["NAME"] = str(settings.HOME / "tests.sqlite3")
        database["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"


@pytest.fixture(autouse=True)
def emptiable_history(request: pytest.FixtureRequest) -> Iterator[None]:
    """Take the triggers off before Django empties the tables after a transactional test.

    Emptying runs the migrations' last step again, which puts them back.
    """
    transactional = "transactional_db" in request.fixturenames or any(
        mark.kwargs.get("transaction") for mark in request.node.iter_markers("django_db")
    )
    if transactional:
        request.getfixturevalue("transactional_db")
    yield
    if transactional:
        from sinmungo.apps.base import append_only
        from tests.common.patience import when_free

        # a page that was just closed may still have a request under way
        when_free(append_only.remove)


@pytest.fixture(scope="session", autouse=True)
def patient_emptying() -> None:
    """Let the emptying of tables wait for such a request too."""
    from django.test import TransactionTestCase

    from tests.common.patience import when_free

    empty = TransactionTestCase._fixture_teardown

    def patiently(case: TransactionTestCase) -> None:
        when_free(lambda: empty(case))

    TransactionTestCase._fixture_teardown = patiently
