"""Forgetting across the vault and the ledger, whatever interrupts it."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import override_settings

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.ledger import queries as ledger
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.vault import queries as keys
from sinmungo.apps.vault import services as vault
from sinmungo.apps.vault.errors import Destroyed
from sinmungo.journeys import forget

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
FIELD = "intake_report.words"
CLERK = Actor("staff", "han-gaon")


@pytest.fixture
def _vault(tmp_path: Path) -> Iterator[None]:
    with override_settings(SINMUNGO_VAULT_FOLDER=tmp_path / "vault"):
        yield


def kinds_about(ref: str) -> list[str]:
    """Return what the ledger says of a key, in order."""
    return [entry.kind for entry in ledger.entries(forget.subject(ref))]


@pytest.mark.django_db
@pytest.mark.usefixtures("_vault")
def test_forgetting_destroys_the_key_and_the_ledger_says_who_ordered_it() -> None:
    """Nothing opens any more, and both the order and its end are on record."""
    vault.ensure(["person:1"])
    vault.register(["person:1"], at=AT)
    blob = vault.seal("person:1", FIELD, "words")
    assert forget.forget(["person:1"], actor=CLERK) == ["person:1"]
    with pytest.raises(Destroyed):
        keys.unseal("person:1", FIELD, blob)
    assert kinds_about("person:1") == [forget.ORDERED, forget.DONE]


@pytest.mark.django_db
@pytest.mark.usefixtures("_vault")
def test_the_ledger_names_neither_the_person_nor_the_clerk() -> None:
    """A key stands under a salted digest, as does whoever ordered its end."""
    forget.forget(["person:0a1b2c"], actor=CLERK)
    text = " ".join(ledger.document(entry) for entry in Entry.objects.all())
    assert "0a1b2c" not in text
    assert "han-gaon" not in text


@pytest.mark.django_db
@pytest.mark.usefixtures("_vault")
def test_forgetting_twice_writes_nothing_more() -> None:
    """The second time there is nothing left to do or to say."""
    forget.forget(["person:1"], actor=CLERK)
    assert forget.forget(["person:1"], actor=CLERK) == []
    assert kinds_about("person:1") == [forget.ORDERED, forget.DONE]


@pytest.mark.django_db
@pytest.mark.usefixtures("_vault")
def test_what_was_only_ordered_is_finished_by_the_worker() -> None:
    """The row is the promise: the worker keeps it once, and the ledger says that it is done."""
    vault.ensure(["person:1"])
    vault.register(["person:1"], at=AT)
    vault.order(["person:1"], at=AT)
    assert forget.keep(AT, 10) == 1
    assert forget.keep(AT, 10) == 0
    assert kinds_about("person:1") == [forget.DONE]
    assert keys.destroyed(["person:1"]) == {"person:1"}


_CHILD = """
import sys, django
django.setup()
from django.core.management import call_command
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.vault import services as vault
from sinmungo.journeys import forget
if sys.argv[1] == "prepare":
    call_command("migrate", verbosity=0)
    refs = [f"person:{n}" for n in range(60)]
    vault.ensure(refs)
    vault.register(refs, at=clock.now())
    sys.exit()
print("ready", flush=True)
for n in range(int(sys.argv[1]), 60):
    forget.forget([f"person:{n}"], actor=SYSTEM)
    print(n, flush=True)
"""
_CHECK = """
import json, django
django.setup()
from sinmungo.apps.base import clock
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.vault.models import SealedKey, Tombstone
from sinmungo.apps.vault.store import key_vault
from sinmungo.apps.vault import tombstones
from sinmungo.journeys import forget
while forget.keep(clock.now(), 10):
    pass
print(json.dumps({
    "held": sorted(ref for ref, _ in key_vault().refs()),
    "active": sorted(SealedKey.objects.filter(state="active").values_list("ref", flat=True)),
    "unfinished": SealedKey.objects.filter(state="destroying").count(),
    "stones": sorted(Tombstone.objects.values_list("ref", flat=True)),
    "listed": sorted({row.ref for row in tombstones.read()}),
    "ordered": Entry.objects.filter(kind=forget.ORDERED).count(),
    "done": Entry.objects.filter(kind=forget.DONE).count(),
}))
"""


@pytest.mark.kills
def test_a_killed_process_leaves_nothing_half_forgotten(tmp_path: Path) -> None:
    """After SIGKILL at random moments every ordered destruction ends exactly once, and no other begins."""
    home = dict(os.environ, SINMUNGO_HOME=str(tmp_path), DJANGO_SETTINGS_MODULE="sinmungo.site.settings")
    home.pop("DATABASE_URL", None)
    subprocess.run([sys.executable, "-c", _CHILD, "prepare"], env=home, check=True, timeout=120)
    chance = random.Random(20261122)
    acknowledged = -1
    for _ in range(5):
        acknowledged = _kill_while_forgetting(acknowledged + 1, home, chance)
        check = subprocess.run(
            [sys.executable, "-c", _CHECK], env=home, check=True, timeout=60, capture_output=True
        )
        found = json.loads(check.stdout)
        everyone = {f"person:{n}" for n in range(60)}
        assert found["unfinished"] == 0
        assert set(found["held"]) == set(found["active"]) == everyone - set(found["stones"])
        assert found["stones"] == found["listed"]
        assert {f"person:{n}" for n in range(acknowledged + 1)} <= set(found["stones"])
        assert len(found["stones"]) <= acknowledged + 2
        assert found["ordered"] == found["done"] == len(found["stones"])


def _kill_while_forgetting(first: int, home: dict[str, str], chance: random.Random) -> int:
    """Run a process that forgets one after another; kill it; return the last that it acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(first)], env=home, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(chance.randrange(1, 6))]
        time.sleep(chance.random() * 0.02)
        child.kill()
        lines += child.stdout.readlines()
        child.wait(timeout=10)
    done = [int(line) for line in lines if line.endswith("\n") and line.strip().isdigit()]
    return done[-1] if done else first - 1
