"""The command's check tells faults to a person or to a program."""

import json
from pathlib import Path

from sinmungo.cli.policy_check import check
from tests.core.policy.small_pack import write

FAULTY = Path(__file__).parents[2] / "golden" / "policy" / "faulty"


def test_a_sound_pack_as_json(tmp_path, capsys):
    """A sound pack gives one object on stdout and the exit code 0."""
    assert check([write(tmp_path)], json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is True
    assert told["packs"][0]["rules"] == 1


def test_faults_as_json(tmp_path, capsys):
    """Faults come with file, line, column, message and hint, and the exit code 1."""
    assert check([FAULTY, write(tmp_path)], json=True) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert told["packs"][0]["faults"][0]["file"] == "pack.yaml"
    assert told["packs"][1]["faults"] == []


def test_faults_for_a_person(capsys):
    """Faults go to stderr with their carets, and stdout stays empty."""
    assert check([FAULTY], json=False) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "did you mean 'high'?" in captured.err
    assert "signals.terms.insulut" in captured.err
