"""The way to check a proof without us, as the documentation gives it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sinmungo.apps.base.actors import PUBLIC
from sinmungo.apps.ledger import queries, services
from sinmungo.apps.ledger.services import NewEntry

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HOW_TO = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "verify-the-ledger.md"
pytestmark = pytest.mark.django_db


def run(folder: Path, document: dict[str, object]) -> subprocess.CompletedProcess[str]:
    """Run the documented program over a proof file, in a process that knows nothing of Sinmungo."""
    (program,) = re.findall(r"```python\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    path = folder / "proof.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-I", "-c", program, str(path)], capture_output=True, text=True, timeout=30
    )


def document(subject: str) -> dict[str, object]:
    """Return the proof as the portal's file has it."""
    proof = queries.proof(subject)
    assert proof is not None
    return {
        "entry_document": proof.entry_document,
        "position": proof.position,
        "size": proof.size,
        "root": proof.root_hex,
        "path": proof.path,
        "checkpoint": proof.checkpoint_note,
        "public_key": queries.public_key_hex(),
    }


def test_the_documented_program_accepts_a_proof_and_refuses_a_changed_one(tmp_path: Path) -> None:
    """It says which entry stands where; a changed entry, place, checkpoint or key does not pass."""
    services.record([NewEntry("review.case.opened", f"case:{n}", PUBLIC) for n in range(37)], at=AT)
    services.sequence(now=AT)
    sound = document("case:29")
    result = run(tmp_path, sound)
    assert result.returncode == 0, result.stderr
    assert "number 29 of 37" in result.stdout
    changes: list[dict[str, object]] = [
        {"entry_document": str(sound["entry_document"]).replace("case:29", "case:28")},
        {"position": 28},
        {"checkpoint": str(sound["checkpoint"]).replace("\n37\n", "\n38\n"), "size": 38},
        {"public_key": "00" * 32},
    ]
    assert [run(tmp_path, sound | change).returncode for change in changes] == [1, 1, 1, 1]
