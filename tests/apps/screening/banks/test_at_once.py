"""Several who change one bank at the same moment, and another process that follows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from sinmungo.apps.base import clock
from sinmungo.apps.screening.banks.holding import Holder
from sinmungo.apps.screening.errors import BankKnown
from sinmungo.apps.screening.models import Bank, Fingerprint
from tests.apps.screening.banks.made import add, bank, digest, file, withdraw
from tests.common.patience import when_free

WITHDRAWN_WITHIN_SECONDS = 5
#: Another process: it holds the banks, tells what it finds, and goes on asking until it finds nothing.
FOLLOWER = """
import json, sys, time, django
django.setup()
from sinmungo.apps.screening.banks import queries
digest = bytes.fromhex(sys.argv[1])
find = lambda: [match.bank for match in queries.held().match_digests([digest])[0]]
print(json.dumps(find()), flush=True)
sys.stdin.readline()
began = time.monotonic()
while find() and time.monotonic() - began < 20:
    time.sleep(0.05)
print(json.dumps({"seconds": time.monotonic() - began, "found": find()}), flush=True)
"""
#: It fills a bank, waits for a word, and withdraws what it filled it with.
OPERATOR = """
import sys, django
django.setup()
from django.core.management import call_command
from tests.apps.screening.banks import made
call_command("migrate", verbosity=0)
bank = made.bank()
made.add(bank, made.file("a"))
print("filled", flush=True)
sys.stdin.readline()
made.withdraw(bank, contents=[("sha256", made.digest("a"))])
print("withdrawn", flush=True)
"""


def _at_once(*acts: Callable[[], object]) -> list[object]:
    """Let every act begin at the same moment on a connection of its own; return what each gave."""
    start, given = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait(10)
            given.append(act())
        except BankKnown as error:
            given.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(given) == len(acts)
    return given


postgres = pytest.mark.skipif(
    "postgresql" not in connection.vendor, reason="two writers at once need PostgreSQL (make test-postgres)"
)


@pytest.mark.postgres
@postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_add_at_once_get_numbers_one_after_another() -> None:
    """No act is lost to whoever follows by numbers, and what both bring is kept once."""
    made, holder = bank(), Holder()
    for turn in range(6):
        _at_once(
            lambda turn=turn: add(made, file(f"{turn} one"), file(f"{turn} both")),
            lambda turn=turn: add(made, file(f"{turn} two"), file(f"{turn} both")),
        )
        holder.matcher(clock.now())

    assert Bank.objects.get().change == 12
    assert sorted(set(Fingerprint.objects.values_list("change", flat=True))) == list(range(1, 13))
    assert len(holder.matcher(clock.now())) == Fingerprint.objects.count() == 18


@pytest.mark.postgres
@postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_withdraw_one_at_once_withdraw_it_once() -> None:
    """The second finds nothing, and the fingerprint is gone."""
    made = bank()
    for turn in range(6):
        add(made, file(str(turn)))
        contents = [("sha256", digest(str(turn)))]
        given = _at_once(*[lambda contents=contents: withdraw(made, contents=contents)] * 2)
        assert sorted(given) == [0, 1]


@pytest.mark.postgres
@postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_make_one_bank_at_once() -> None:
    """One makes it, the other is told that it is there."""
    for turn in range(6):
        given = _at_once(*[lambda turn=turn: bank(f"bank-{turn}", is_sealed=True)] * 2)
        assert sorted(type(each).__name__ for each in given) == ["Bank", "BankKnown"]


@pytest.mark.django_db(transaction=True)
def test_threads_of_one_process_share_what_is_held() -> None:
    """Requests that ask at the same moment read the rows once and get the same answer."""
    made, holder = bank(), Holder()
    add(made, *(file(str(number)) for number in range(50)))

    given = _at_once(*[lambda: when_free(lambda: len(holder.matcher(clock.now())))] * 4)

    assert given == [50] * 4


def test_what_is_withdrawn_stops_matching_in_another_process(tmp_path: Path) -> None:
    """Within five seconds a process that holds it finds it no more."""
    with _process(tmp_path, OPERATOR) as operator:
        assert _said(operator) == "filled"
        with _process(tmp_path, FOLLOWER, digest("a").hex()) as follower:
            assert json.loads(_said(follower)) == ["known-files"]
            _go_on(operator)
            assert _said(operator) == "withdrawn"
            _go_on(follower)
            told = json.loads(_said(follower))

    assert told["found"] == []
    assert told["seconds"] < WITHDRAWN_WITHIN_SECONDS


@contextmanager
def _process(home: Path, code: str, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Run code in a process whose home is that folder; it is ended afterwards."""
    around = dict(os.environ, SINMUNGO_HOME=str(home), DJANGO_SETTINGS_MODULE="sinmungo.site.settings")
    around.pop("DATABASE_URL", None)
    process = subprocess.Popen(
        [sys.executable, "-c", code, *words],
        env=around,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _go_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
