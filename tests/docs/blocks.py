"""Finds the commands in the documentation, and what they are said to print."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^([ \t]*)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_PROGRAMS = ("sinmungo ", ".venv/bin/sinmungo ")
_ANYTHING = re.compile("…+")


@dataclass(frozen=True, slots=True)
class Block:
    """Commands of one fence, in the order of the page, and the output that stands after them."""

    page: str
    script: str
    expected: str = ""

    @property
    def first(self) -> str:
        """The first line, by which a block is known."""
        return self.script.splitlines()[0].split("  #")[0].strip()


def pages() -> list[str]:
    """Return every page of the documentation, named from the root of the project."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [path.relative_to(ROOT).as_posix() for path in found]


def blocks_of(page: str) -> list[Block]:
    """Return the commands of a page: fences marked ``sh``, and unmarked ones that begin with our command."""
    fences = [
        (match[2], textwrap.dedent(match[3])) for match in _FENCE.finditer((ROOT / page).read_text("utf-8"))
    ]
    found = []
    for place, (language, text) in enumerate(fences):
        after = fences[place + 1] if place + 1 < len(fences) else ("", "")
        if language == "sh":
            found.append(Block(page, text, after[1] if after[0] == "text" else ""))
        elif not language and text.startswith(_PROGRAMS):
            commands = [line for line in text.splitlines() if line.startswith(_PROGRAMS)]
            found.append(Block(page, "\n".join(commands)))
    return found


def says(output: str, expected: str) -> bool:
    """Return whether ``output`` holds what is expected, spaces apart; ``…`` stands for anything."""
    parts = [re.escape("".join(part.split())) for part in _ANYTHING.split(expected)]
    return re.search(".*?".join(parts), "".join(output.split()), re.DOTALL) is not None


def python_file(page: str, name: str) -> str:
    """Return the first Python fence after the page tells to save it as ``name``."""
    text = (ROOT / page).read_text("utf-8")
    after = text[text.index(f"`{name}`") :]
    return next(match[3] for match in _FENCE.finditer(after) if match[2] == "python")
