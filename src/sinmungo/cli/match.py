"""``sinmungo match``: which files are re-posts of what a bank knows. Bank files need no database."""

from __future__ import annotations

import importlib
import json as json_format
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from sinmungo.cli.main import BANK_NAME, is_database_failure
from sinmungo.cli.match_banks import Bank, NoDatabase, NoSuchBank, read_bank
from sinmungo.cli.media_files import Looked, Purpose, find, look_at
from sinmungo.cli.media_told import complain, document, fail, followed, tell, tell_troubles
from sinmungo.core.kernel.errors import DomainError
from sinmungo.core.matching.fingerprints import part_name
from sinmungo.core.matching.matcher import Match, Seen
from sinmungo.core.matching.near import VALUES

app = typer.Typer(add_completion=False)

#: Files that are looked up together.
BATCH = 64
_COLUMNS = ("file", "bank", "id", "kind", "score", "distance", "kit", "seen")


@app.command()
def match(
    paths: Annotated[
        list[Path], typer.Argument(help="Pictures, clips, texts (.txt) and other files, or folders.")
    ],
    bank: Annotated[
        list[str],
        typer.Option(
            help="A bank of this deployment, a bank file, or a known picture or clip; may be given again."
        ),
    ],
    json: bool = typer.Option(False, "--json", help="Print one JSON object a line instead of a table."),
) -> None:
    """Tell which files match what banks know: in which bank, how near, and which hash of the kit.

    Exit code 0: done, nothing matched; 1: something matched or was refused; 2: wrong use.
    """
    try:
        banks = [_bank(name) for name in bank]
        files = find(paths)
    except DomainError as error:
        fail(f"{error.detail} ({error.code})")
    tell_banks(banks)
    is_found = any(each.refused for each in banks)
    if not json:
        tell("\t".join(_COLUMNS))
    looked = followed(look_at(files, Purpose.MATCH), len(files))
    while batch := list(islice(looked, BATCH)):
        for each, matches in zip(batch, _matches(batch, banks), strict=True):
            is_found = is_found or bool(each.refused or matches)
            _print(each, matches, json=json)
    raise typer.Exit(1 if is_found else 0)


def tell_banks(banks: Sequence[Bank]) -> None:
    """Say which rows of bank files were refused."""
    for bank in banks:
        for row in bank.told:
            complain(f"{bank.name}:{row.place}: {row.reason} ({row.code})")
        if bank.refused > len(bank.told):
            complain(f"… and {bank.refused - len(bank.told)} more rows of {bank.name}")


def _bank(name: str) -> Bank:
    if Path(name).is_file():
        return read_bank(Path(name))
    if BANK_NAME.fullmatch(name) is None:
        raise NoSuchBank(name=name)
    try:
        # loaded only here: bank files need no database
        here: Bank = importlib.import_module("sinmungo.cli.match_here").read_bank(name)
    except Exception as error:
        if is_database_failure(error):
            raise NoDatabase(name=name) from None
        raise
    return here


def _matches(batch: Sequence[Looked], banks: Sequence[Bank]) -> Iterator[list[dict[str, Any]]]:
    """Yield for each file its matches in all banks, the nearest first."""
    seen = [Seen(each.sha256, each.md5, each.hashes, _frames(each)) for each in batch]
    written = [each.signature or b"\xff" * VALUES * 4 for each in batch]
    signatures = np.frombuffer(b"".join(written), "<u4").reshape(-1, VALUES).astype(np.uint32)
    found = [(bank, bank.matcher.match_media(seen), bank.matcher.match_texts(signatures)) for bank in banks]
    for place, each in enumerate(batch):
        told = [
            _told(bank, one)
            for bank, media, texts in found
            for one in (() if each.refused else [*media[place], *texts[place]])
        ]
        yield sorted(told, key=lambda one: (-one["score"], one["bank"]))


def _frames(looked: Looked) -> Any:
    return None if looked.clip is None else looked.clip.hashes


def _told(bank: Bank, found: Match) -> dict[str, Any]:
    is_picture = found.kind == "pdq"
    told: dict[str, Any] = {
        "bank": bank.name,
        "id": bank.ids.get(found.key, str(found.key)),
        "kind": found.kind,
        "score": found.score,
        "distance": found.distance if is_picture else None,
        "kit": part_name(found.kit_part) if is_picture else None,
        "seen": part_name(found.seen_part) if is_picture else None,
    }
    if found.kind == "clip":
        told |= {"seen_share": found.shares[0], "known_share": found.shares[1]}
    return told


def _print(looked: Looked, matches: list[dict[str, Any]], *, json: bool) -> None:
    tell_troubles(looked)
    if json:
        told = document(looked) | {"matches": None if looked.refused else matches}
        sys.stdout.write(json_format.dumps(told, ensure_ascii=False) + "\n")
        return
    for one in matches:
        cells = [looked.file, *(one[name] for name in _COLUMNS[1:])]
        tell("\t".join("-" if cell is None else str(cell) for cell in cells))
