"""``sinmungo``: finds the command asked for and loads only what it needs.

Screening files needs no database, so Django is loaded only for commands that do.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import django
from rich.console import Console
from rich.table import Table

from sinmungo import __version__
from sinmungo.core.kernel.errors import DomainError


@dataclass(frozen=True, slots=True)
class Command:
    """A command: the module that holds its typer ``app``, what it does, whether it needs the database."""

    module: str
    help: str
    database: bool = True


COMMANDS: dict[str, Command] = {
    "up": Command("sinmungo.cli.up", "Start web and worker on this machine, and stop them together."),
    "work": Command("sinmungo.cli.work", "Keep promises: screen, deliver, expire, sequence."),
    "screen": Command(
        "sinmungo.cli.screen", "Screen files by a policy pack; no server needed.", database=False
    ),
    "learn": Command(
        "sinmungo.cli.learn",
        "Learn a source from labelled texts or from decisions made here.",
        database=False,
    ),
    "model": Command("sinmungo.cli.model", "Take in a learned source, watch it, let it ask for people."),
    "policy": Command("sinmungo.cli.policy", "Check a policy pack, or put one in force.", database=False),
    "hash": Command(
        "sinmungo.cli.hash", "Hash pictures, clips and other files; no server needed.", database=False
    ),
    "match": Command(
        "sinmungo.cli.match", "Find what files share with a bank, or with a bank file.", database=False
    ),
    "bank": Command("sinmungo.cli.bank", "Keep banks of known pictures, clips and texts."),
    "hunt": Command("sinmungo.cli.hunt", "Look for what a bank holds in everything that was seen."),
    "platform": Command("sinmungo.cli.platform", "Connect a platform and make its keys."),
    "import": Command("sinmungo.cli.import_", "Load past decisions of another tool."),
    "staff": Command("sinmungo.cli.staff", "Make people who work here, and one-time sign-in links."),
    "autonomy": Command(
        "sinmungo.cli.autonomy",
        "See what may act alone and on what evidence; weigh it again.",
        database=False,
    ),
    "simulate": Command(
        "sinmungo.cli.simulate", "Try how soon an automation that goes wrong is stopped.", database=False
    ),
    "ledger": Command("sinmungo.cli.ledger", "Verify the ledger."),
    "manage": Command("sinmungo.cli.manage", "Pass a command on to Django."),
}
USAGE_ERROR = 2
#: What the name of a bank looks like; anything else after ``--bank`` is a file.
BANK_NAME = re.compile(r"[a-zA-Z0-9_-]{1,60}")
#: By name: the commands that need no database must not load its errors.
DATABASE_FAILURES = frozenset({"django.db.utils.OperationalError", "django.db.utils.ProgrammingError"})
#: Sub-commands that need the database although their command as a whole does not.
NEEDS_DATABASE = {("policy", "adopt")}
#: Options with which a command that does not need the database does.
NEEDS_DATABASE_WITH = {("learn", "--decisions")}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; exits 0 done, 1 findings or refusals, 2 usage."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("--help", "-h", "help"):
        _overview()
        raise SystemExit(0 if words else USAGE_ERROR)
    if words[0] == "--version":
        Console().print(f"sinmungo {__version__}")
        raise SystemExit(0)
    command = COMMANDS.get(words[0])
    if command is None:
        _complain(f"There is no command “{words[0]}”. `sinmungo --help` lists them.")
        raise SystemExit(USAGE_ERROR)
    if command.database or tuple(words[:2]) in NEEDS_DATABASE or _asks_for_database(words):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sinmungo.site.settings")
        django.setup()
    app = importlib.import_module(command.module).app
    try:
        app(args=words[1:], prog_name=f"sinmungo {words[0]}")
    except DomainError as error:
        _complain(f"{error.detail} ({error.code})")
        raise SystemExit(1) from error
    except Exception as error:
        if not is_database_failure(error):
            raise
        _complain(
            f"The database cannot be used ({type(error).__name__}). Is it prepared (`sinmungo up` or"
            " `sinmungo manage migrate`), does it answer at DATABASE_URL, and has the disk room?"
        )
        raise SystemExit(1) from None


def is_database_failure(error: Exception) -> bool:
    """Say whether the database could not be used."""
    return f"{type(error).__module__}.{type(error).__qualname__}" in DATABASE_FAILURES


def _asks_for_database(words: Sequence[str]) -> bool:
    if words[0] == "match":
        return _names_a_bank(words)
    if words[0] == "autonomy":
        return not any(word == "--log" or word.startswith("--log=") for word in words)
    return any(words[0] == command and option in words for command, option in NEEDS_DATABASE_WITH)


def _names_a_bank(words: Sequence[str]) -> bool:
    """Say whether a bank of this deployment is named; bank files need no database."""
    named = [value for option, value in pairwise(words) if option == "--bank"]
    named += [word.removeprefix("--bank=") for word in words if word.startswith("--bank=")]
    return any(BANK_NAME.fullmatch(name) and not Path(name).is_file() for name in named)


def _overview() -> None:
    table = Table(box=None, show_header=False, padding=(0, 2))
    for name, command in COMMANDS.items():
        table.add_row(f"[bold]{name}[/bold]", command.help)
    console = Console()
    console.print("[bold]sinmungo[/bold]: trust and safety with due process\n")
    console.print(table)
    console.print("\n`sinmungo COMMAND --help` tells more of each.")


def _complain(sentence: str) -> None:
    Console(stderr=True, highlight=False).print(sentence, markup=False)
