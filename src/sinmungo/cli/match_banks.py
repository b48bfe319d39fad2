"""The banks that ``sinmungo match`` looks in when they are files: read into memory, no database needed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from sinmungo.cli.media_files import REASONS, Purpose, contents, look
from sinmungo.core.kernel.errors import Refused
from sinmungo.core.matching import exchange
from sinmungo.core.matching.exchange import BadRow, Format
from sinmungo.core.matching.matcher import BankTraits, Known, Matcher

#: Rows of one bank file.
MAX_ROWS = 2_000_000
#: Refused rows that are told one by one; all of them are counted.
MAX_TOLD = 20
#: How the files of ``threatexchange`` begin; ours begin with a header or a hash.
_THEIRS = (b"pdq ", b"md5 ", b"video_md5 ", b"sha256 ", b"raw_text ", b"signal_type,")

#: Every picture and clip has this byte near its beginning, and no table does.
_NOT_IN_TEXT, _LOOKED_AT = b"\0", 1024


class CannotReadBank(Refused):
    """A bank file that cannot be used at all."""

    code = "match.cannot_read_bank"
    message = "The bank file {path} cannot be read: {reason}."


class NoSuchBank(Refused):
    """What is named with ``--bank`` is neither a file nor the name of a bank."""

    code = "match.no_such_bank"
    message = "There is no bank {name}: neither a file of that name nor a bank of this deployment."


class NoDatabase(Refused):
    """What is named with ``--bank`` is no file, and banks cannot be asked for."""

    code = "match.no_database"
    message = "There is no file {name}, and no bank can be looked for: the database cannot be used."


class SealedBank(Refused):
    """The command line never opens fingerprints of protected media."""

    code = "match.sealed_bank"
    message = "The bank {name} is sealed. Its fingerprints are opened by the worker alone, never here."


@dataclass(slots=True)
class Bank:
    """A bank in memory. ``ids`` name its fingerprints as their keeper does; others go by their key."""

    name: str
    matcher: Matcher
    ids: dict[int, str] = field(default_factory=dict)
    refused: int = 0
    told: list[BadRow] = field(default_factory=list)


def read_bank(path: Path) -> Bank:
    """Return a bank from a file of ours (CSV, or hashes one a line) or of ``threatexchange``.

    A picture or clip is a bank of itself. A row that is refused is counted and the others are used; what is
    withdrawn or has expired matches nothing. Raises CannotReadBank.
    """
    bank = Bank(path.stem, Matcher())
    bank.matcher.set_banks({bank.name: BankTraits(bank.name)})
    try:
        with path.open("rb") as file:
            if _NOT_IN_TEXT in file.peek(_LOOKED_AT)[:_LOOKED_AT]:
                _take_itself(bank, path)
                return bank
            form = Format.THREATEXCHANGE if file.peek(1).startswith(_THEIRS) else Format.CSV
            for page in exchange.pages(form, file):
                _take(bank, page)
    except OSError as error:
        raise CannotReadBank(path=path, reason=error.strerror or "it cannot be read") from error
    except exchange.BadPage as error:
        raise CannotReadBank(path=path, reason=error.facts["reason"]) from error
    if not len(bank.matcher):
        raise CannotReadBank(path=path, reason="it has no row that can be used")
    return bank


def _take_itself(bank: Bank, path: Path) -> None:
    looked = look(path, Purpose.KEEP)
    if looked.refused:
        raise CannotReadBank(path=path, reason=REASONS[looked.refused])
    known = [Known(key, bank.name, kind, content) for key, (kind, content) in enumerate(contents(looked), 1)]
    bank.matcher.add(known)
    bank.ids |= {each.key: path.name for each in known}


def _take(bank: Bank, page: exchange.Page) -> None:
    now = datetime.now(UTC)
    live = [row for row in page.rows if not row.withdrawn and (not row.expires_at or row.expires_at > now)]
    bank.matcher.add([Known(row.place, bank.name, row.kind, row.content) for row in live])
    bank.ids |= {row.place: row.external_id for row in live if row.external_id}
    bank.refused += len(page.bad)
    bank.told += islice(page.bad, MAX_TOLD - len(bank.told))
    if len(bank.matcher) > MAX_ROWS:
        raise exchange.BadPage(format="bank", reason=f"it has more than {MAX_ROWS} rows")
