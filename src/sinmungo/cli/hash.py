"""``sinmungo hash``: the hashes of pictures, clips and any other files. No database, no key, no server."""

from __future__ import annotations

import json as json_format
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from sinmungo.cli.media_files import Looked, Purpose, find, look_at
from sinmungo.cli.media_told import document, fail, followed, tell, tell_troubles
from sinmungo.core.kernel.errors import DomainError
from sinmungo.core.matching.fingerprints import part_name

app = typer.Typer(add_completion=False)

_COLUMNS = ("file", "pdq", "quality", "frames", "md5", "sha256")


@app.command("hash")
def hash_files(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of them.")],
    kit: bool = typer.Option(False, "--kit", help="Give the hashes that a bank would keep, too."),
    json: bool = typer.Option(False, "--json", help="Print one JSON object a line instead of a table."),
) -> None:
    """Tell each file's hashes: PDQ and quality of a picture, frames of a clip, MD5 and SHA-256 of all.

    Exit code 0: done; 1: done, some files were refused; 2: wrong use.
    """
    try:
        files = find(paths)
    except DomainError as error:
        fail(f"{error.detail} ({error.code})")
    refused = 0
    if not json:
        tell("\t".join(_COLUMNS))
    for looked in followed(look_at(files, Purpose.KEEP if kit else Purpose.HASH), len(files)):
        refused += bool(looked.refused)
        if json:
            sys.stdout.write(json_format.dumps(_document(looked, kit=kit), ensure_ascii=False) + "\n")
        else:
            _print(looked, kit=kit)
        tell_troubles(looked)
    raise typer.Exit(1 if refused else 0)


def _document(looked: Looked, *, kit: bool) -> dict[str, Any]:
    told = document(looked)
    if kit and not looked.refused:
        told["kit"] = _kit(looked)
    return told


def _kit(looked: Looked) -> list[dict[str, Any]]:
    """Return what a bank would keep, a row a hash; of a clip with the second that a frame stands at."""
    if looked.clip is None:
        return [{"part": part_name(each.part), "pdq": each.bits.hex()} for each in looked.hashes]
    return [
        {"part": "frame", "second": round(float(second), 3), "pdq": bits.tobytes().hex()}
        for bits, second in zip(looked.clip.hashes, looked.clip.seconds, strict=True)
        if bits.any()
    ]


def _print(looked: Looked, *, kit: bool) -> None:
    if looked.refused:
        return
    cells = (
        looked.file,
        looked.pdq.hex(),
        "" if looked.quality is None else str(looked.quality),
        "" if looked.frames is None else str(looked.frames),
        looked.md5.hex(),
        looked.sha256.hex(),
    )
    tell("\t".join(cell or "-" for cell in cells))
    for each in _kit(looked) if kit else ():
        part = f"{each['part']} {each['second']}" if "second" in each else each["part"]
        tell(f"\t{each['pdq']}\t{part}")
