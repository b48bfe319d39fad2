"""Many rows of one table written at once: measured, three times as fast as ``bulk_create``.

``bulk_create`` prepares every value anew through its field and makes one statement with thousands of
places. A prepared statement with a row's values does the same work without making the text of it each
time; over a connection the rows follow one another without waiting (psycopg's pipeline).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, cast

from django.db import connection, models
from django.db.backends.utils import CursorWrapper

ROWS_A_STATEMENT = 500
#: What turns a field's value into the form this database stores.
Adapt = Callable[[Any], Any]


def insert(rows: Sequence[models.Model], *, conflict: str = "") -> None:
    """Insert ``rows``, which are all of one model, inside the caller's transaction.

    ``conflict`` is the ``ON CONFLICT`` clause, if any: a constant of the caller's, never anybody's
    input. A primary key that the database numbers is not read back.
    """
    if not rows:
        return
    model = type(rows[0])
    names = _written(model)
    insert_values(model, names, [[getattr(row, name) for name in names] for row in rows], conflict=conflict)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001 - as bulk_create does


def insert_values(
    model: type[models.Model],
    names: Sequence[str],
    values: Sequence[Sequence[Any]],
    *,
    conflict: str = "",
) -> None:
    """Insert rows of ``model`` given as plain values in the order of the attributes ``names``.

    Defaults of the model do not apply: ``names`` holds every column that may not be null.
    """
    if not values:
        return
    fields = [_field(model, name) for name in names]
    adapters = [_adapter(field) for field in fields]
    adapted = [[adapt(value) for adapt, value in zip(adapters, row, strict=True)] for row in values]
    write(model._meta.db_table, [str(field.column) for field in fields], adapted, conflict=conflict)


def write(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, conflict: str = "") -> None:
    """Insert ``rows`` whose values are in the form this database stores.

    Names and ``conflict`` are constants of the caller's, never anybody's input.
    """
    if not rows:
        return
    head = f"INSERT INTO {table} ({', '.join(columns)}) VALUES "  # noqa: S608 - names, no input
    places = f"({', '.join(['%s'] * len(columns))})"
    with connection.cursor() as cursor:
        cursor.executemany(f"{head}{places} {conflict}", rows)


def update(rows: Sequence[models.Model], *, columns: Sequence[str]) -> None:
    """Write the named attributes of ``rows``, which are all of one model, by primary key."""
    if not rows:
        return
    meta = type(rows[0])._meta
    fields = [_field(type(rows[0]), name) for name in columns]
    adapters = [(field.attname, _adapter(field)) for field in [*fields, meta.pk]]
    values = [[adapt(getattr(row, name)) for name, adapt in adapters] for row in rows]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            assignments = ", ".join(f"{field.column} = %s" for field in fields)
            statement = f"UPDATE {meta.db_table} SET {assignments} WHERE {meta.pk.column} = %s"  # noqa: S608 - names
            cursor.executemany(statement, values)
        else:
            _update_together(cursor, meta.db_table, [*fields, meta.pk], values)


def _update_together(
    cursor: CursorWrapper,
    table: str,
    fields: Sequence[models.Field[Any, Any]],
    values: Sequence[Sequence[Any]],
) -> None:
    """Update by one statement; a list of values has no types of its own, so each is told its column's."""
    columns = [str(field.column) for field in fields]
    typed = [f"CAST(given.{field.column} AS {field.db_type(connection)})" for field in fields]
    assignments = ", ".join(f"{name} = {value}" for name, value in zip(columns[:-1], typed[:-1], strict=True))
    places = f"({', '.join(['%s'] * len(columns))})"
    for start in range(0, len(values), ROWS_A_STATEMENT):
        some = values[start : start + ROWS_A_STATEMENT]
        cursor.execute(
            f"UPDATE {table} SET {assignments} "  # noqa: S608 - names of the model's own, no input
            f"FROM (VALUES {', '.join([places] * len(some))}) AS given ({', '.join(columns)}) "
            f"WHERE {table}.{columns[-1]} = {typed[-1]}",
            [value for row in some for value in row],
        )


@lru_cache
def _written(model: type[models.Model]) -> tuple[str, ...]:
    numbered = (models.AutoField, models.BigAutoField, models.SmallAutoField)
    fields = model._meta.concrete_fields
    return tuple(field.attname for field in fields if not isinstance(field, numbered))


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    return cast("models.Field[Any, Any]", model._meta.get_field(name))


def _adapter(field: models.Field[Any, Any]) -> Adapt:
    """Return what Django would do to each value of this field, decided once for all rows."""
    stored = field
    while isinstance(stored, models.ForeignKey):
        stored = stored.target_field
    if isinstance(stored, models.UUIDField):
        return _same if connection.features.has_native_uuid_field else _hex
    if isinstance(stored, models.DateTimeField):
        return connection.ops.adapt_datetimefield_value
    if isinstance(stored, models.CharField):
        return _text
    if isinstance(stored, models.BooleanField | models.IntegerField | models.BinaryField):
        return _same
    return lambda value: field.get_db_prep_save(value, connection)


def _same(value: Any) -> Any:
    return value


def _hex(value: Any) -> Any:
    return value.hex if value is not None else None


def _text(value: Any) -> Any:
    # drivers take plain text only, and words of the field are enumerations
    return str(value) if value is not None else None
