"""``sinmungo ledger`` as somebody at a terminal or a script meets it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from typer.testing import CliRunner

from sinmungo.apps.base import append_only
from sinmungo.apps.base.actors import PUBLIC
from sinmungo.apps.ledger import services
from sinmungo.apps.ledger.services import NewEntry
from sinmungo.cli.ledger import app

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
runner = CliRunner()
pytestmark = pytest.mark.django_db


def write(count: int) -> None:
    """Record and sequence ``count`` entries."""
    services.record([NewEntry("review.case.opened", f"case:{n}", PUBLIC) for n in range(count)], at=AT)
    services.sequence(now=AT)


def tamper() -> None:
    """Change one entry as somebody with the database's password could."""
    append_only.remove()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_entry SET actor = 'system:x' WHERE subject = 'case:3'")


def test_a_sound_ledger_prints_one_object_and_exits_0() -> None:
    """With --json, stdout is exactly ok, size and faults."""
    write(5)
    result = runner.invoke(app, ["verify", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"ok": True, "size": 5, "faults": []}


def test_an_empty_ledger_is_sound() -> None:
    """A new deployment has nothing that could be wrong."""
    result = runner.invoke(app, ["verify", "--json"])
    assert json.loads(result.stdout) == {"ok": True, "size": 0, "faults": []}


def test_a_fault_is_named_and_exits_1() -> None:
    """Kind, position and a sentence say what is wrong, for programs and for people."""
    write(5)
    tamper()
    result = runner.invoke(app, ["verify", "--json"])
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert found["ok"] is False
    assert [(fault["kind"], fault["position"]) for fault in found["faults"]] == [("entry.changed", 3)]
    shown = runner.invoke(app, ["verify"])
    assert shown.exit_code == 1
    assert "entry.changed" in shown.stdout


def test_a_checkpoint_kept_elsewhere_is_printed_and_compared(tmp_path: Path) -> None:
    """What `checkpoint` prints, `verify --checkpoint` takes, also after the log has grown."""
    write(5)
    kept = tmp_path / "kept.txt"
    kept.write_text(runner.invoke(app, ["checkpoint"]).stdout, encoding="utf-8")
    write(3)
    result = runner.invoke(app, ["verify", "--checkpoint", str(kept)])
    assert result.exit_code == 0
    assert "continues the checkpoint" in result.stdout


def test_without_entries_there_is_no_checkpoint_to_keep() -> None:
    """The command says so and exits 1."""
    result = runner.invoke(app, ["checkpoint"])
    assert result.exit_code == 1
    assert result.stdout == ""


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"x" * 20_000])
def test_a_file_that_is_no_checkpoint_is_a_mistake_of_use(tmp_path: Path, content: bytes) -> None:
    """An empty, undecodable or endless file exits 2 before anything is verified."""
    wrong = tmp_path / "wrong.txt"
    wrong.write_bytes(content)
    assert runner.invoke(app, ["verify", "--checkpoint", str(wrong)]).exit_code == 2
    assert runner.invoke(app, ["verify", "--checkpoint", str(tmp_path / "absent")]).exit_code == 2


def test_text_that_is_not_ours_is_a_fault(tmp_path: Path) -> None:
    """A checkpoint of another log, or a forged one, does not pass."""
    write(2)
    other = tmp_path / "other.txt"
    other.write_text("another log\n5\n", encoding="utf-8")
    result = runner.invoke(app, ["verify", "--json", "--checkpoint", str(other)])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["faults"][0]["kind"] == "saved.invalid"
