"""``sinmungo autonomy``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from sinmungo.apps.autonomy.errors import NoSuchAutomation, NotEarned
from sinmungo.apps.autonomy.models import Automation, DetectorState
from sinmungo.apps.autonomy.services import evidence, watching
from sinmungo.apps.base import clock
from sinmungo.cli import autonomy
from sinmungo.core.kernel.words import Level
from tests.apps.autonomy import made
from tests.cli.running import run, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def automation() -> Automation:
    """An automation in shadow with fifty labels, one of them wrong."""
    found = made.automation(made.world(), made.HIDES, level=Level.SHADOW)
    for number in range(50):
        evidence.enter(
            epoch=made.epoch(found),
            stream="audit",
            x=float(number == 7),
            terms={"weight": 1.0, "random": 1.0},
            source=str(number),
            at=clock.now() + timedelta(minutes=number),
        )
    return found


@pytest.fixture
def file(automation: Automation, tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    run(autonomy.app, "log", automation.pk.hex, "--out", path)
    return path


def test_all_are_listed_with_where_they_stand(automation: Automation) -> None:
    """As a table for people, as one object for programs."""
    (found,) = told(autonomy.app, "list", "--platform", automation.platform_id)
    mine = next(row for row in found["automations"] if row["automation"] == automation.pk.hex)
    assert (mine["level"], mine["labels"], mine["wrong"], mine["target"]) == ("shadow", 50, 1, 0.9)
    assert automation.pk.hex[:8] in run(autonomy.app, "list").stdout


@pytest.mark.parametrize("name", ["id", "letters", "path"])
def test_one_is_shown_by_its_id_or_its_name(automation: Automation, name: str) -> None:
    """With what keeps it from rising."""
    names = {
        "id": str(automation.pk),
        "letters": automation.pk.hex[:12],
        "path": f"{automation.platform_id}/{automation.rule}/{automation.action}",
    }
    (found,) = told(autonomy.app, "show", names[name])
    assert (found["next_level"], found["why"]) == ("shadow", "below_target")
    assert "below_target" in run(autonomy.app, "show", names[name]).stdout


@pytest.mark.parametrize("name", ["", "00000", "ffffffffffff", "here/no-such-rule/hide"])
def test_a_name_that_means_nothing_is_refused(automation: Automation, name: str) -> None:
    """Too few letters could mean any."""
    with pytest.raises(NoSuchAutomation):
        run(autonomy.app, "show", name)


def test_what_is_stored_is_recomputed(automation: Automation) -> None:
    """Equal is exit 0; a state that was changed by hand is exit 1."""
    (found,) = told(autonomy.app, "recompute", automation.pk.hex)
    assert found["equal"] is True
    assert found["epochs"][0]["recomputed"]["labels"] == 50
    assert "Equal to what was stored." in run(autonomy.app, "recompute").stdout
    DetectorState.objects.update(bound=0.999)
    (found,) = told(autonomy.app, "recompute", automation.pk.hex, code=1)
    assert found["equal"] is False
    assert "NOT equal" in run(autonomy.app, "recompute", code=1).stdout


def test_a_log_is_recomputed_from_its_file(file: Path) -> None:
    """And a label that was changed in it is found out."""
    assert "Equal" in run(autonomy.app, "recompute", "--log", file).stdout
    file.write_text(file.read_text("utf-8").replace('"x": 1.0', '"x": 0.0'), "utf-8")
    assert "NOT equal" in run(autonomy.app, "recompute", "--log", file, code=1).stdout


def test_a_third_party_needs_no_database_and_no_settings(file: Path, tmp_path: Path) -> None:
    """In another place, with nothing but the file and the program."""
    outside = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "DATABASE_URL": "postgres://nobody@nowhere/x",
    }
    words = [sys.executable, "-c", "from sinmungo.cli.main import main; main()"]
    words += ["autonomy", "recompute", "--log", str(file), "--json"]
    done = subprocess.run(words, env=outside, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["equal"] is True


@pytest.mark.parametrize("content", [b"", b"not a log", b'{"type": "sinmungo.clearance"}\n'])
def test_another_file_is_no_log(content: bytes, tmp_path: Path) -> None:
    """It is said in which line, and nothing is weighed."""
    path = tmp_path / "other.jsonl"
    path.write_bytes(content)
    assert "line 1" in run(autonomy.app, "recompute", "--log", path, code=2).stderr


def test_a_log_whose_order_cannot_be_is_not_equal(file: Path) -> None:
    """A correction of what is not there is told, not guessed."""
    text = file.read_text("utf-8").replace('"corrects": null', '"corrects": 4000', 1)
    file.write_text(text, "utf-8")
    assert "cannot be weighed" in run(autonomy.app, "recompute", "--log", file, code=1).stdout


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ('"terms": {', '"terms": [], "more": {'),
        ('"corrects": null', '"corrects": Infinity'),
        ('"epoch": 1', '"epoch": Infinity'),
        ('"past_share": ', '"past_share": [], "more": '),
    ],
)
def test_a_file_with_senseless_lines_is_no_log(file: Path, written: str, instead: str) -> None:
    """It exits 2 with a sentence, for 1 would say that the evidence is not what was stored."""
    text = file.read_text("utf-8")
    assert written in text
    file.write_text(text.replace(written, instead, 1), "utf-8")
    run(autonomy.app, "recompute", "--log", file, code=2)


def test_an_automation_and_a_file_are_not_both_named(file: Path, automation: Automation) -> None:
    """It would not be clear which is meant."""
    run(autonomy.app, "recompute", automation.pk.hex, "--log", file, code=2)


def test_levels_are_lowered_asked_for_and_begun_again(automation: Automation) -> None:
    """By hand only downwards; upwards by what the audits show; from a stop only from the beginning."""
    with pytest.raises(NotEarned):
        run(autonomy.app, "raise", automation.pk.hex)
    run(autonomy.app, "lower", automation.pk.hex, "--to", "suspended")
    automation.refresh_from_db()
    assert (automation.level, automation.reason) == ("suspended", "by_person")
    assert "shadow" in run(autonomy.app, "again", automation.pk.hex).stdout
    automation.refresh_from_db()
    assert watching.would_be(automation=automation, at=clock.now()).level == Level.SHADOW
    run(autonomy.app, "lower", automation.pk.hex, "--to", "auto", code=2)


def test_a_log_that_cannot_be_written_is_told(automation: Automation, tmp_path: Path) -> None:
    """A folder that is not there is a sentence."""
    said = run(autonomy.app, "log", automation.pk.hex, "--out", tmp_path / "no" / "log.jsonl", code=2)
    assert "cannot be written" in said.stderr


def test_where_nothing_is_known_a_sentence_says_so() -> None:
    """An empty list and nothing to weigh are no faults; programs get the empty list."""
    assert "No automation is known" in run(autonomy.app, "list", "--platform", "nowhere").stderr
    assert told(autonomy.app, "list", "--platform", "nowhere") == [{"automations": []}]
    assert "Nothing was stored yet." in run(autonomy.app, "recompute").stdout
