"""``sinmungo model``."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sinmungo.apps.screening import learned
from sinmungo.cli import model
from sinmungo.cli.model import UnreadableModel
from sinmungo.core.learning import BadModel
from tests.common.models import one_word_model

pytestmark = pytest.mark.django_db


def _run(*words: str) -> str:
    result = CliRunner().invoke(model.app, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output.strip()


def test_a_model_is_taken_in_let_and_retired(tmp_path: Path):
    """Each step prints the model's name and its state."""
    file = tmp_path / "fruit.model"
    file.write_bytes(one_word_model())

    assert _run("add", str(file)).endswith("observing")
    assert _run("use", "fruit").endswith("active")
    assert "fruit" in _run("list") and "0.900" in _run("list")
    assert _run("observe", "fruit").endswith("observing")
    assert _run("retire", "fruit").endswith("retired")
    assert learned.live_models() == []


def test_files_that_are_no_models_are_refused(tmp_path: Path):
    """One that is not there, one that is too large, and one that holds something else."""
    large, other = tmp_path / "large", tmp_path / "other"
    large.write_bytes(bytes(3 * 1024 * 1024))
    other.write_bytes(b"fruit")

    for path in (tmp_path / "none", large):
        with pytest.raises(UnreadableModel):
            _run("add", str(path))
    with pytest.raises(BadModel):
        _run("add", str(other))
