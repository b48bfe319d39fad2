"""The examples of the reference are taken as they stand, and a database that fails loses nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.items import services as items
from sinmungo.apps.items.models import Version
from tests.apps.items import made

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "api.md"


def _client() -> Client:
    key = items.make_api_key(platform=made.platform(), name="test", actor=SYSTEM)
    return Client(headers={"authorization": f"Bearer {key}"})


def _post(client: Client, path: str, body: Any) -> Any:
    return client.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json")


def _examples() -> list[dict[str, Any]]:
    blocks = re.findall(r"```json\n(.*?)```", REFERENCE.read_text(encoding="utf-8"), re.DOTALL)
    return [json.loads(block) for block in blocks]


@pytest.mark.django_db
def test_the_examples_of_the_reference_are_taken():
    """The event, the report and the decision that the reference shows are accepted by the API."""
    event, taken, report, decision = _examples()
    client = _client()

    assert _post(client, "events", event).json() == {"accepted": 1, "duplicates": 0, "refused": []}
    assert set(taken) == {"accepted", "duplicates", "refused"}
    assert _post(client, "reports", report).status_code == 201
    (told,) = _post(client, "decisions", decision).json()["results"]
    assert told["state"] == "recorded"


@pytest.mark.django_db(transaction=True)
def test_a_full_disk_is_told_and_loses_nothing():
    """When the database has no room the answer is 503, nothing is kept, and sending again works."""
    if connection.vendor != "sqlite":
        pytest.skip("the room of a database is bounded here with SQLite's own limit")
    client = _client()
    event = made.event(text="가" * 90_000)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        pages = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
    try:
        answer = _post(client, "events", [event])
        document = json.loads(answer.content)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")

    assert (answer.status_code, document["code"]) == (503, "unavailable")
    assert not Version.objects.exists()
    assert _post(client, "events", [event]).json()["accepted"] == 1
