"""What is wrong with a policy pack: every fault at once, each at its place, with a hint."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sinmungo.core.kernel.errors import Refused

#: How alike a known word must be before it is suggested (0..1, difflib's ratio).
_LIKENESS = 0.6
#: A longer line is shown in part, around the fault.
_SHOWN = 200


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault; ``line`` and ``column`` count from 1, in code points, or are 0 for a whole file.

    ``file`` is named relative to the pack's folder.
    """

    file: str
    line: int
    column: int
    message: str
    hint: str = ""
    source_line: str = ""

    def to_document(self) -> dict[str, Any]:
        """Return the fault as a JSON-safe mapping."""
        return asdict(self)


class PolicyFaults(Refused):
    """A pack cannot be used as it stands; ``faults`` holds all of them, by file and place."""

    code = "policy.faults"
    message = "The policy pack has {count} faults; the first is {first}"

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        first = self.faults[0]
        super().__init__(count=len(self.faults), first=f"{_place(first)}: {first.message}")


def render_fault(fault: Fault) -> str:
    """Return the fault as a person reads it: place, line, caret and hint."""
    lines = [f"{_place(fault)}: {fault.message}"]
    if fault.line:
        number = str(fault.line)
        begin, shown = _window(fault)
        lines.append(f"  {number} | {shown}")
        lines.append(f"  {' ' * len(number)} | {_pad(shown[: fault.column - 1 - begin])}^")
    if fault.hint:
        lines.append(f"  hint: {fault.hint}")
    return "\n".join(lines)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint that names the nearest known word, or lists a short vocabulary."""
    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=1, cutoff=_LIKENESS)
    if near:
        return f"did you mean {near[0]!r}?"
    if words and len(words) <= 16:
        return "known: " + ", ".join(words)
    return ""


def _place(fault: Fault) -> str:
    return f"{fault.file}:{fault.line}:{fault.column}" if fault.line else fault.file


def _window(fault: Fault) -> tuple[int, str]:
    """Return the part of a long line that is shown, and where it begins."""
    if len(fault.source_line) <= _SHOWN:
        return 0, fault.source_line
    begin = max(0, fault.column - _SHOWN // 2)
    return begin, fault.source_line[begin : begin + _SHOWN]


def _pad(before: str) -> str:
    """Return as many columns of space as ``before`` fills on a terminal, tabs kept."""
    return "".join("\t" if char == "\t" else " " * _width(char) for char in before)


def _width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
