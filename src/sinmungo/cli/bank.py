"""``sinmungo bank``: the banks of this deployment, and what goes into them and out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.screening.banks import queries, services
from sinmungo.apps.screening.models import Bank
from sinmungo.apps.staff.models import Role
from sinmungo.cli import bank_give, bank_shown, bank_take, media_files
from sinmungo.cli.bank_shown import err, out
from sinmungo.cli.bank_take import Kept
from sinmungo.core.matching.exchange import Format, contents
from sinmungo.core.matching.exchange.values import Unfit

app = typer.Typer(add_completion=False, help="Sets of fingerprints of known pictures, clips and texts.")

USAGE_ERROR = 2

Name = Annotated[str, typer.Argument(help="The bank's name.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_(json: Json = False) -> None:
    """Show the banks: whose they are, what they hold, whether they match."""
    found = [bank_shown.described(bank) for bank in queries.banks(seen_by=None)]
    if json:
        bank_shown.print_json({"banks": found})
    else:
        bank_shown.print_banks(found)


@app.command()
def make(
    name: Name,
    title_ko: Annotated[str, typer.Option(help="What people call it in Korean.")],
    title_en: Annotated[str, typer.Option(help="What people call it in English.")],
    source: Annotated[str, typer.Option(help="Who keeps it.")] = "own",
    severity: Annotated[Bank.Severity, typer.Option(help="How grave a match is.")] = Bank.Severity.MEDIUM,
    negative: Annotated[bool, typer.Option("--negative", help="What it holds is never a match.")] = False,
    sealed: Annotated[bool, typer.Option("--sealed", help="It holds protected media.")] = False,
    seen_by: Annotated[list[Role] | None, typer.Option(help="A role that may know of it; else all.")] = None,
    expires: Annotated[str, typer.Option(help="From when it matches nothing: 2027-03-01.")] = "",
) -> None:
    """Make a bank."""
    bank = services.make(
        name=name,
        title_ko=title_ko,
        title_en=title_en,
        source=source,
        severity=severity.value,
        seen_by=[role.value for role in seen_by or []],
        is_sealed=sealed,
        is_negative=negative,
        expires_at=_moment(expires),
        actor=SYSTEM,
        at=clock.now(),
    )
    out.print(bank.name, markup=False)


@app.command("import")
def import_(
    name: Name,
    files: Annotated[list[Path], typer.Argument(help="Files, in the order in which they came.")],
    form: Annotated[Format, typer.Option("--format", help="What the files are.")],
    source: Annotated[str, typer.Option(help="Whose they are; the bank's source if left out.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what the files hold.")] = False,
    json: Json = False,
) -> None:
    """Take in files of fingerprints; what they withdraw stops matching.

    Rows that are wrong are refused one by one. A file that cannot be read, or that lies before what was read
    already, stops the command: later files would hide that it is missing. Exit code 1: something was refused.
    """
    bank = queries.bank(name, seen_by=None)
    if missing := [str(path) for path in files if not path.is_file()]:
        _stop(f"There is no file {missing[0]}.")
    reports = []
    for path in files:
        with bank_shown.progress("rows") as tell:
            if dry_run:
                report = bank_take.look_through(path, form, tell=tell)
            else:
                report = bank_take.take_file(bank, path, form, source=source or bank.source, tell=tell)
        reports.append(report)
        if json:
            bank_shown.print_json(report.to_document())
        else:
            bank_shown.print_report(report, dry_run=dry_run)
        if report.failed:
            break
    if len(reports) < len(files):
        err.print(f"{len(files) - len(reports)} more files were not read.")
    raise typer.Exit(1 if any(report.failed or report.refused for report in reports) else 0)


@app.command()
def export(
    name: Name,
    form: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.CSV,
    to: Annotated[Path | None, typer.Option("--out", help="Write there, not to the standard output.")] = None,
    json: Json = False,
) -> None:
    """Write out what an open bank matches by now. Of a sealed bank nothing is ever given out.

    What the format has no kind for is left out and counted; then the exit code is 1.
    """
    if json and to is None:
        _stop("--json needs --out: the standard output is the bank's.")
    bank = queries.bank(name, seen_by=None)
    try:
        with bank_shown.progress("fingerprints") as tell:
            given = bank_give.give(bank, form, to, tell=tell)
    except BrokenPipeError:
        raise  # whoever reads has had enough
    except OSError as error:
        _stop(f"{to or 'The output'} cannot be written: {error.strerror}.")
    if json:
        left_out = dict(sorted(given.left_out.items()))
        bank_shown.print_json({"bank": bank.name, "written": given.written, "left_out": left_out})
    for kind, count in sorted(given.left_out.items()):
        err.print(f"{count} of kind {kind} left out: {form.value} has no such kind")
    raise typer.Exit(1 if given.left_out else 0)


@app.command()
def add(
    name: Name,
    paths: Annotated[list[Path], typer.Argument(help="Pictures, clips, texts (.txt), or folders of them.")],
    external_id: Annotated[str, typer.Option("--id", help="An id to withdraw them by.")] = "",
    json: Json = False,
) -> None:
    """Add the fingerprints of files. The files themselves are looked at and kept nowhere.

    Of a picture at most 16 hashes are kept, as of a protected one. Exit code 1: a file was refused, or only
    its exact copies can be found.
    """
    bank = queries.bank(name, seen_by=None)
    files = media_files.find(paths)
    wrong: list[Kept] = []

    def shown(kept: Kept) -> None:
        if kept.code:
            wrong.append(kept)
        if json:
            bank_shown.print_json(kept.to_document())

    with bank_shown.progress("files", len(files)) as tell:
        looked = media_files.look_at(files, media_files.Purpose.KEEP)
        kept = bank_take.kept_of(looked, _id(external_id), is_sealed=bank.is_sealed, tell=tell)
        added = bank_take.add_together(bank, kept, shown)
    if not json:
        for each in wrong[: bank_shown.MAX_SHOWN]:
            err.print(f"{each.file}: {each.reason} ({each.code})", markup=False)
        out.print(f"{len(files)} files: {added.added} fingerprints added, {added.known} known")
    raise typer.Exit(1 if wrong else 0)


@app.command()
def withdraw(
    name: Name,
    ids: Annotated[list[str] | None, typer.Option("--id", help="The id it came under.")] = None,
    keys: Annotated[list[int] | None, typer.Option("--key", min=1, help="Its number in a match.")] = None,
) -> None:
    """Take fingerprints out; within 5 s they match nothing. Exit code 1: there was none."""
    if not keys and not any(ids or []):
        _stop("Say what to withdraw: --id or --key.")
    bank = queries.bank(name, seen_by=None)
    named = [each for each in ids or [] if each]
    count = services.withdraw(bank=bank, actor=SYSTEM, at=clock.now(), keys=keys or [], external_ids=named)
    out.print(f"{count} withdrawn")
    raise typer.Exit(0 if count else 1)


@app.command()
def enable(name: Name) -> None:
    """Let a bank match again."""
    _switch(name, is_enabled=True)


@app.command()
def disable(name: Name) -> None:
    """Let a bank match nothing until it is enabled again."""
    _switch(name, is_enabled=False)


@app.command()
def stats(
    name: Annotated[str, typer.Argument(help="The bank's name; all of them if left out.")] = "",
    json: Json = False,
) -> None:
    """Say what a bank holds, by kind, and what of it expired or was withdrawn."""
    banks = [queries.bank(name, seen_by=None)] if name else queries.banks(seen_by=None)
    for bank in banks:
        (bank_shown.print_json if json else bank_shown.print_stats)(bank_shown.described(bank))


def _switch(name: str, *, is_enabled: bool) -> None:
    bank = queries.bank(name, seen_by=None)
    changed = services.change(bank=bank, actor=SYSTEM, at=clock.now(), is_enabled=is_enabled)
    out.print(f"{changed.name} {'enabled' if changed.is_enabled else 'disabled'}", markup=False)


def _moment(text: str) -> datetime | None:
    try:
        return contents.moment_of(text)
    except Unfit:
        _stop("--expires is a day such as 2027-03-01, or a time with its zone")


def _id(text: str) -> str:
    try:
        return contents.id_of(text)
    except Unfit:
        _stop("--id has at most 200 letters, and no control characters")


def _stop(sentence: str) -> NoReturn:
    err.print(sentence, markup=False)
    raise typer.Exit(USAGE_ERROR)
