"""History that cannot be edited: triggers refuse UPDATE and DELETE on declared tables.

They are installed after every migration, because SQLite's table rebuilds drop them silently, and
their presence is checked at start.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error
from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

#: An arbitrary number that names the lock of installing triggers.
_PG_LOCK = 0x53494E4D
_PG_FUNCTION = """
CREATE OR REPLACE FUNCTION sinmungo_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'this table is append-only' USING ERRCODE = 'restrict_violation'; END $$
"""


class AppendOnly(models.Model):
    """Base of models whose rows are written once and never changed or removed."""

    class Meta:
        abstract = True


def protected_tables() -> list[str]:
    """Return the tables whose rows may only be added."""
    return sorted(m._meta.db_table for m in apps.get_models() if issubclass(m, AppendOnly))


def _trigger_names(table: str) -> tuple[str, str]:
    return f"{table}_no_update", f"{table}_no_delete"


def install(using: str = DEFAULT_DB_ALIAS) -> None:
    """Install the triggers that are missing on every protected table that exists."""
    connection = connections[using]
    present = set(connection.introspection.table_names())
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PG_LOCK])  # two hosts may migrate at once
            cursor.execute(_PG_FUNCTION)
        for table in protected_tables():
            if table in present:
                for statement in _statements(connection, table):
                    cursor.execute(statement)


def remove(using: str = DEFAULT_DB_ALIAS) -> None:
    """Remove the triggers; only a test that empties its own database does this."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for table in protected_tables():
            for name in _trigger_names(table):
                target = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{target}")


def _statements(connection: BaseDatabaseWrapper, table: str) -> Iterable[str]:
    for name, verb in zip(_trigger_names(table), ("UPDATE", "DELETE"), strict=True):
        if connection.vendor == "postgresql":
            yield f"DROP TRIGGER IF EXISTS {name} ON {table}"
            yield (
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION sinmungo_append_only()"
            )
        else:
            yield (
                f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {verb} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'this table is append-only'); END"
            )


def missing(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Return the names of triggers that should exist and do not."""
    connection = connections[using]
    query = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        present_tables = set(connection.introspection.table_names(cursor))
        cursor.execute(query)
        present = {row[0] for row in cursor.fetchall()}
    wanted = [n for t in protected_tables() if t in present_tables for n in _trigger_names(t)]
    return [name for name in wanted if name not in present]


def install_after_migrate(sender: AppConfig, using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Install once all apps have migrated (the last of them is the one that matters)."""
    if sender.name == _last_own_app():
        install(using)


def _last_own_app() -> str:
    return [c.name for c in apps.get_app_configs() if c.name.startswith("sinmungo.apps.")][-1]


def check_triggers(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001 - the signature is Django's
    databases: Sequence[str] | None = None,
    **_: Any,
) -> list[CheckMessage]:
    """Report tables of history that could be edited (check id ``base.E001``)."""
    return [
        Error(
            f"The trigger {name} is missing: history could be edited.",
            hint="Run `sinmungo manage migrate`; it installs the triggers again.",
            id="base.E001",
        )
        for using in databases or ()
        for name in missing(using)
    ]
