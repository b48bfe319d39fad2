"""Rules of the house about tables."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

from sinmungo.apps.base import append_only
from sinmungo.apps.base.promise import Promise

ORDER = [
    "base",
    "vault",
    "ledger",
    "staff",
    "items",
    "policies",
    "intake",
    "screening",
    "enforcement",
    "statements",
    "review",
    "appeals",
    "autonomy",
]


def _own_models() -> list[type[models.Model]]:
    return [m for m in apps.get_models() if m.__module__.startswith("sinmungo.apps.")]


def _foreign_keys() -> list[tuple[type[models.Model], models.ForeignKey]]:
    return [
        (model, field)
        for model in _own_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
    ]


def test_foreign_keys_point_down():
    """A row points only to rows of its own app or of an app earlier in the list."""
    up = [
        f"{model.__name__}.{field.name}"
        for model, field in _foreign_keys()
        if field.related_model._meta.app_label in ORDER
        and ORDER.index(field.related_model._meta.app_label) > ORDER.index(model._meta.app_label)
    ]

    assert up == []


def test_foreign_keys_across_apps_are_silent_and_protect():
    """A key into another app leaves no name there, and the row it points to cannot vanish."""
    loud = [
        f"{model.__name__}.{field.name}"
        for model, field in _foreign_keys()
        if field.related_model._meta.app_label != model._meta.app_label
        and (field.remote_field.related_name != "+" or field.remote_field.on_delete is not models.PROTECT)
    ]

    assert loud == []


def test_no_generic_keys():
    """No table refers to rows of any table at all."""
    names = {field.name for model in _own_models() for field in model._meta.get_fields()}

    assert not {"content_type", "object_id"} & names


def test_no_table_can_hold_an_identity_document_or_a_picture():
    """No column is an image or a file, and none is named for an identity document."""
    fields = [(model, field) for model in _own_models() for field in model._meta.get_fields()]
    files = [f"{m.__name__}.{f.name}" for m, f in fields if isinstance(f, models.FileField)]
    words = ("passport", "resident", "selfie", "licence", "id_card", "birth")
    named = [f"{m.__name__}.{f.name}" for m, f in fields if any(word in f.name for word in words)]

    assert files + named == []


@pytest.mark.django_db
def test_history_is_protected_by_triggers():
    """Every table of history has its triggers once the database is migrated."""
    assert append_only.protected_tables()
    assert append_only.missing() == []


def test_every_promise_has_an_index_of_what_is_owed():
    """Each promise finds its due rows by a partial index."""
    promises = [model for model in _own_models() if issubclass(model, Promise)]
    without = [m.__name__ for m in promises if not any(i.name.endswith("_owed") for i in m._meta.indexes)]

    assert promises
    assert without == []
