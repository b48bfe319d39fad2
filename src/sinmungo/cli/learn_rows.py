"""Labelled rows to learn from: what a label says, and which rows are refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sinmungo.cli.screen_files import Found, RefusedRow, Row, rows
from sinmungo.core.kernel.errors import Refused
from sinmungo.core.text.identifiers import mask_identifiers

#: Rows that are read; more are refused as a whole, because they would not fit into memory.
MAX_ROWS = 500_000
_YES = frozenset({"1", "true", "yes", "y"})
_NO = frozenset({"0", "false", "no", "n"})
#: Refused rows that are told one by one; all of them are counted.
_MAX_TOLD = 20
_SHOWN_VALUES = 12


class WhichLabels(Refused):
    """The values of the label do not say by themselves which of them is to be learned."""

    code = "learn.which_labels"
    message = "Say with --positive or --negative which values are to be learned. The column has: {values}."


class NoSuchLabel(Refused):
    """A value was named that no row has."""

    code = "learn.no_such_label"
    message = "No row has the label {missing}. The column has: {values}."


class TooManyRows(Refused):
    """More rows than are learned from at once."""

    code = "learn.too_many_rows"
    message = "There are more than {most} rows. Learn from a part of them."


@dataclass(frozen=True, slots=True)
class Example:
    """A masked text, whether it has what is to be learned, and whose it is (empty when unknown)."""

    text: str
    positive: bool
    author: str = ""


@dataclass(slots=True)
class Examples:
    """What was read: the rows to learn from, and how many were refused, with the first of them."""

    rows: list[Example] = field(default_factory=list)
    refused: int = 0
    told: list[RefusedRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Meaning:
    """Which values of a label are learned; ``separator`` parts several in one cell, empty for one only."""

    positive: frozenset[str] = frozenset()
    negative: frozenset[str] = frozenset()
    separator: str = ""

    def values(self, label: str) -> list[str]:
        """Return the values in a cell."""
        parts = label.split(self.separator) if self.separator else [label]
        return [part.strip() for part in parts if part.strip()]

    def is_positive(self, label: str) -> bool:
        """Say whether a cell holds a positive value, or one that is not among the negative ones."""
        values = self.values(label)
        if self.negative:
            return any(value not in self.negative for value in values)
        return any(value in self.positive for value in values)


def read_examples(found: Found, *, text: str, label: str, meaning: Meaning) -> Examples:
    """Return every row of the files, masked. A row without a text or a label is refused by its line.

    Raises WhichLabels, NoSuchLabel, TooManyRows, NoSuchColumn and CannotRead.
    """
    examples = Examples()
    labelled: list[Row] = []
    for path in found.files:
        for row in rows(path, text=text, label=label):
            refused = _refusal(row)
            if refused is None and isinstance(row, Row):
                labelled.append(row)
            elif refused is not None:
                examples.refused += 1
                examples.told.extend([refused][: _MAX_TOLD - len(examples.told)])
            if len(labelled) > MAX_ROWS:
                raise TooManyRows(most=MAX_ROWS)
    told = _checked(meaning, [row.label for row in labelled])
    for row in labelled:
        examples.rows.append(Example(mask_identifiers(row.text).text, told.is_positive(row.label)))
    return examples


def _refusal(row: Row | RefusedRow) -> RefusedRow | None:
    if isinstance(row, RefusedRow):
        return row
    if not row.text.strip():
        return RefusedRow(row.file, row.line, "there is no text")
    if not row.label.strip():
        return RefusedRow(row.file, row.line, "there is no label")
    return None


def _checked(meaning: Meaning, labels: Sequence[str]) -> Meaning:
    """Return the meaning with what the values themselves say: 1 and 0, true and false, yes and no."""
    counted = Counter(value for label in labels for value in meaning.values(label))
    shown = ", ".join(value for value, _ in counted.most_common(_SHOWN_VALUES)) or "(nothing)"
    named = meaning.positive | meaning.negative
    missing = sorted(named - set(counted))
    if missing and counted:
        raise NoSuchLabel(missing=", ".join(missing), values=shown)
    if named:
        return meaning
    positive = frozenset(value for value in counted if value.lower() in _YES)
    if any(value.lower() not in _YES | _NO for value in counted):
        raise WhichLabels(values=shown)
    return Meaning(positive=positive, separator=meaning.separator)
