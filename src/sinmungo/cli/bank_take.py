"""Files of exchanges into a bank, and files of our own: what ``sinmungo bank import`` and ``add`` do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.screening.banks import importing, services
from sinmungo.apps.screening.banks.services import Added, NewFingerprint
from sinmungo.apps.screening.models import Bank
from sinmungo.cli.media_files import REASONS, Looked, contents
from sinmungo.core.kernel.errors import DomainError
from sinmungo.core.matching.exchange import BadRow, Format, Page, pages

#: Refused rows of one file that are told one by one.
MAX_TOLD = 1_000
#: Labels of one file that are counted; those that come after them are not.
MAX_LABELS_TOLD = 1_000
#: Files whose fingerprints are added together, in one transaction and with one search in what was seen.
TOGETHER = 200
_TOO_PLAIN = "too_plain"
_NO_TEXTS = "no_texts"
_SENTENCES = REASONS | {
    _TOO_PLAIN: "there is too little in it to be found again: only exact copies are found",
    _NO_TEXTS: "a bank of protected media holds no texts",
}

Tell = Callable[[int], None]


@dataclass(slots=True)
class FileReport:
    """What became of the rows of a file. ``failed`` is the code of what stopped it, ``why`` its sentence."""

    file: str
    rows: int = 0
    added: int = 0
    known: int = 0
    withdrawn: int = 0
    refused: int = 0
    told: list[BadRow] = field(default_factory=list)
    labels: Counter[str] = field(default_factory=Counter)
    checkpoint: str = ""
    failed: str = ""
    why: str = ""

    def to_document(self) -> dict[str, Any]:
        """Return the report as a JSON-safe mapping."""
        return {
            "file": self.file,
            "rows": self.rows,
            "added": self.added,
            "known": self.known,
            "withdrawn": self.withdrawn,
            "refused": self.refused,
            "refusals": [{"place": bad.place, "code": bad.code, "reason": bad.reason} for bad in self.told],
            "labels": dict(self.labels.most_common()),
            "checkpoint": self.checkpoint,
            "failed": {"code": self.failed, "reason": self.why} if self.failed else None,
        }


@dataclass(frozen=True, slots=True)
class Kept:
    """What a bank takes of one file of ours; ``code`` says what is wrong with it, if anything is."""

    file: str
    new: tuple[NewFingerprint, ...]
    code: str = ""

    @property
    def reason(self) -> str:
        """The sentence of ``code``; empty when nothing is wrong."""
        return _SENTENCES.get(self.code, "")

    def to_document(self) -> dict[str, Any]:
        """Return it as a JSON-safe mapping, without any hash."""
        return {
            "file": self.file,
            "kinds": [each.kind for each in self.new],
            "refused": self.code or None,
            "reason": self.reason,
        }


def take_file(bank: Bank, path: Path, form: Format, *, source: str, tell: Tell) -> FileReport:
    """Take a file's pages into a bank, one transaction each; what was taken stays when a later one fails."""
    report = FileReport(str(path))
    for page in _pages(path, form, report):
        try:
            taken = importing.take_page(bank=bank, page=page, source=source, actor=SYSTEM, at=clock.now())
        except DomainError as error:
            report.failed, report.why = error.code, error.detail
            break
        report.added, report.known = report.added + taken.added, report.known + taken.known
        report.withdrawn += taken.withdrawn
        _count(report, page, taken.refused)
        tell(len(page.rows) + len(page.bad))
    return report


def look_through(path: Path, form: Format, *, tell: Tell) -> FileReport:
    """Read a file and say what it holds; nothing is written. ``added`` and ``withdrawn`` count its rows."""
    report = FileReport(str(path))
    for page in _pages(path, form, report):
        gone = sum(row.withdrawn for row in page.rows)
        report.added, report.withdrawn = report.added + len(page.rows) - gone, report.withdrawn + gone
        _count(report, page, page.bad)
        tell(len(page.rows) + len(page.bad))
    return report


def kept_of(looked: Iterable[Looked], external_id: str, *, is_sealed: bool, tell: Tell) -> Iterator[Kept]:
    """Yield what a bank keeps of each file that was looked at: digests and hashes, and nothing else of it."""
    for each in looked:
        tell(1)
        code = each.refused or (_NO_TEXTS if each.signature and is_sealed else "")
        yield Kept(each.file, (), code) if code else _kept(each, external_id)


def add_together(bank: Bank, kept: Iterator[Kept], shown: Callable[[Kept], None]) -> Added:
    """Add what is kept of files to a bank, many files at once; show each file as it was looked at."""
    added = known = 0
    waiting: list[Kept] = []
    for each in kept:
        shown(each)
        waiting.append(each)
        if len(waiting) == TOGETHER:
            done = _add(bank, waiting)
            added, known, waiting = added + done.added, known + done.known, []
    done = _add(bank, waiting)
    return Added(added + done.added, known + done.known, done.hunt)


def _kept(looked: Looked, external_id: str) -> Kept:
    new = tuple(NewFingerprint(kind, content, external_id) for kind, content in contents(looked))
    is_plain_picture = looked.quality is not None and not looked.hashes
    is_plain_text = Path(looked.file).suffix.lower() == ".txt" and not looked.signature
    is_plain = looked.is_plain or is_plain_picture or is_plain_text
    return Kept(looked.file, new, _TOO_PLAIN if is_plain else "")


def _add(bank: Bank, kept: Sequence[Kept]) -> Added:
    new = [each for file in kept for each in file.new]
    return services.add(bank=bank, new=new, actor=SYSTEM, at=clock.now()) if new else Added(0, 0)


def _pages(path: Path, form: Format, report: FileReport) -> Iterator[Page]:
    """Yield a file's pages; what stops the reading is written into ``report``."""
    try:
        with path.open("rb") as file:
            yield from pages(form, file)
    except DomainError as error:
        report.failed, report.why = error.code, error.detail
    except OSError as error:
        report.failed, report.why = "unreadable", f"The file cannot be read: {error.strerror}"


def _count(report: FileReport, page: Page, refused: Sequence[BadRow]) -> None:
    report.rows += len(page.rows) + len(page.bad)
    report.refused += len(refused)
    report.told += refused[: MAX_TOLD - len(report.told)]
    for label in (label for row in page.rows for label in row.labels):
        if label in report.labels or len(report.labels) < MAX_LABELS_TOLD:
            report.labels[label] += 1
    report.checkpoint = page.checkpoint
