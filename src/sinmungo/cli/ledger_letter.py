"""``sinmungo ledger verify --letter``: check a clearance letter's file, of ours or of another operator."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import typer
from rich.console import Console

from sinmungo.apps.autonomy import letter_file
from sinmungo.apps.autonomy.letter_file import MAX_BYTES, Checked, Wrong
from sinmungo.apps.autonomy.queries import clearances

_KEY = re.compile(r"[0-9a-f]{64}")
_WRONG = {
    Wrong.TOO_LONG: "it is longer than any letter",
    Wrong.UNREADABLE: "it is not a whole JSON file",
    Wrong.NO_LETTER: "it is a file of another kind, or parts of it are missing",
    Wrong.OTHER_KEY: "it names another key than the one it should be signed with",
    Wrong.CHECKPOINT: "its signature is wrong",
    Wrong.PATH: "its entry does not lead to the signed root",
    Wrong.WORDS: "it does not say what the ledger holds of it",
}


def check_letter(path: Path, *, public_key: str, as_json: bool) -> int:
    """Print whether a letter's file is right; return 0 if it is, 1 if not.

    Without ``public_key`` it must be a letter of this deployment. The database is not read.
    """
    if public_key and not _KEY.fullmatch(public_key.lower()):
        raise typer.BadParameter("64 hex digits are needed", param_hint="--public-key")
    with path.open("rb") as file:
        text = file.read(MAX_BYTES + 1).decode(errors="replace")
    key = public_key.lower()
    found = letter_file.check(text, public_key=key) if key else clearances.check(text)
    if as_json:
        sys.stdout.write(json.dumps(_document(found), ensure_ascii=False) + "\n")
    else:
        Console().print(_plain(_sentence(found)), markup=False, highlight=False)
    return 1 if found.wrong is not None else 0


def _plain(text: str) -> str:
    """Return a text without what a terminal obeys: a handle is whatever somebody called themselves."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def _document(found: Checked) -> dict[str, object]:
    if found.wrong is not None or found.facts is None or found.written_at is None:
        return {"ok": False, "wrong": str(found.wrong)}
    return {
        "ok": True,
        "letter": found.facts.to_document(),
        "written_at": found.written_at.isoformat(),
        "position": found.position,
        "size": found.size,
        "origin": found.origin,
    }


def _sentence(found: Checked) -> str:
    if found.wrong is not None or found.facts is None:
        return f"This is no good letter: {_WRONG[found.wrong or Wrong.NO_LETTER]}."
    facts = found.facts
    whom = f"the account {facts.account}" if facts.account else "an account"
    return (
        f"This letter is real and unchanged: decision {facts.decision} about {whom} on {facts.platform}"
        f" was a mistake, and decision {facts.reversal} took it back on {facts.reversed_at[:10]} (UTC)."
        f" It is entry number {found.position} of {found.size} in the log {found.origin}."
    )
