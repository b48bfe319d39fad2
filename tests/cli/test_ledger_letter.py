"""``sinmungo ledger verify --letter``, and the documented program that needs nothing of ours."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sinmungo.apps.autonomy.models import Clearance
from sinmungo.apps.autonomy.queries import clearances
from sinmungo.apps.base import clock
from sinmungo.apps.ledger import queries as ledger_queries
from sinmungo.apps.ledger import services as ledger
from sinmungo.cli.ledger import app
from tests.apps.autonomy import wronged
from tests.cli.running import run, told

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "verify-a-letter.md"
pytestmark = pytest.mark.django_db


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    """Write the file of a letter."""
    return written(tmp_path, "@haneul")


def written(tmp_path: Path, handle: str) -> Path:
    affected = wronged.wave(1).affected[0]
    wronged.recorded(affected, handle=handle)
    wronged.put_right(affected)
    ledger.sequence(now=clock.now())
    address = clearances.address(Clearance.objects.get(pk=affected.pk))
    path = tmp_path / "letter.json"
    path.write_text(json.dumps(clearances.document(clearances.letter(address)), ensure_ascii=False))
    return path


def changed(path: Path, **parts: Any) -> Path:
    document = json.loads(path.read_text())
    document["letter"] |= parts
    path.write_text(json.dumps(document, ensure_ascii=False))
    return path


def test_a_good_letter_of_ours_exits_0_and_says_of_whom_it_is(letter: Path) -> None:
    """Without a key it is held against this deployment's."""
    assert "@haneul" in run(app, "verify", "--letter", letter).stdout
    (found,) = told(app, "verify", "--letter", letter)
    assert found["ok"] is True and found["letter"]["account"] == "@haneul"


def test_a_changed_letter_exits_1_and_says_why(letter: Path) -> None:
    """The reason is a sentence for people and a code for programs."""
    changed(letter, account="@gureum")
    said = run(app, "verify", "--letter", letter, code=1).stdout
    assert "does not say what the ledger holds" in " ".join(said.split())
    assert told(app, "verify", "--letter", letter, code=1) == [{"ok": False, "wrong": "words"}]


def test_another_operators_letter_is_checked_with_their_key(letter: Path) -> None:
    """With the right key it passes wherever it is checked; with another it does not."""
    key = ledger_queries.public_key_hex()
    run(app, "verify", "--letter", letter, "--public-key", key.upper())
    (found,) = told(app, "verify", "--letter", letter, "--public-key", "ab" * 32, code=1)
    assert found["wrong"] == "other_key"


@pytest.mark.parametrize("words", [("--public-key", "ab" * 32), ("--letter", "none.json")])
def test_a_call_that_makes_no_sense_exits_2(words: tuple[str, ...]) -> None:
    """A key without a letter, and a file that is not there, are mistakes in the call."""
    run(app, "verify", *words, code=2)


def test_a_key_of_another_length_exits_2(letter: Path) -> None:
    """A key has 64 hex digits."""
    run(app, "verify", "--letter", letter, "--public-key", "abc", code=2)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"{" * 40_000])
def test_any_file_gets_an_answer(tmp_path: Path, content: bytes) -> None:
    """Empty, binary and endless files are no letters."""
    path = tmp_path / "odd.json"
    path.write_bytes(content)
    run(app, "verify", "--letter", path, code=1)


def test_a_file_without_end_is_read_no_further_than_a_letter_goes() -> None:
    """A device that never stops giving is longer than any letter."""
    (found,) = told(app, "verify", "--letter", "/dev/zero", code=1)
    assert found["wrong"] == "too_long"


def test_a_handle_that_a_terminal_would_obey_is_printed_as_text(tmp_path: Path) -> None:
    """Whoever calls themselves by a command clears nobody's screen and turns no sentence round."""
    path = written(tmp_path, "@a\x1b[2J\u202eb")
    said = run(app, "verify", "--letter", path).stdout
    assert "real and unchanged" in " ".join(said.split())
    assert "\x1b" not in said and "\u202e" not in said


def test_the_documented_program_accepts_a_letter_and_refuses_a_changed_one(letter: Path) -> None:
    """It runs in a process that knows nothing of Sinmungo, with the operator's key."""
    (program,) = re.findall(r"```python\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)

    def code(key: str) -> int:
        words = [sys.executable, "-I", "-c", program, str(letter), key]
        return subprocess.run(words, capture_output=True, timeout=30).returncode

    key = ledger_queries.public_key_hex()
    assert (code(key), code("00" * 32)) == (0, 1)
    changed(letter, account="@gureum")
    assert code(key) == 1
