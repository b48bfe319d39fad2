"""``make demo`` as a whole: it plays its story, goes on where it was broken off, and ends together."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from sinmungo.demo import script
from sinmungo.demo.played import Played
from sinmungo.demo.process import free_port

pytestmark = pytest.mark.kills

STARTS_WITHIN = 420.0
ENDS_WITHIN = 30.0
IN_THE_PLAY = "made_at > datetime('now', '-1 hours')"
READY = "Ctrl-C stops everything."
#: Newcomers of the wave: of two thousand nothing more would be seen here.
WAVE = 100


class Demo:
    """The demonstration in a folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port, self.platform_port = free_port(), free_port()
        self.out = home.parent / "out.txt"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Start and wait until it greets; return what it printed."""
        self.launch()
        self.wait_until(lambda: READY in self.out.read_text())
        return self.out.read_text()

    def launch(self) -> None:
        """Start and do not wait."""
        command = [sys.executable, "-m", "sinmungo.demo.up", "--home", str(self.home)]
        command += ["--port", str(self.port), "--platform-port", str(self.platform_port)]
        command += ["--wave", str(WAVE)]
        # as in somebody's shell who has another database: it must not be touched
        environment = os.environ | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
        with self.out.open("wb") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, env=environment)

    def wait_until(self, reached: Callable[[], bool]) -> None:
        """Wait for something while the process runs."""
        give_up_at = time.monotonic() + STARTS_WITHIN
        while not reached():
            assert self.process is not None
            assert self.process.poll() is None, self.out.read_text()
            assert time.monotonic() < give_up_at, self.out.read_text()
            time.sleep(0.1)

    def end(self, number: int) -> int:
        """Send a signal and return the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(ENDS_WITHIN)
        self.process = None
        return code

    def count(self, table: str, where: str = "1") -> int:
        """Return how many rows of Sinmungo's database meet a condition."""
        with sqlite3.connect(f"file:{self.home}/sinmungo.sqlite3?mode=ro", uri=True) as database:
            found: int = database.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0]  # noqa: S608
            return found

    def page(self, path: str) -> httpx.Response:
        """Open a page of Sinmungo in English."""
        url = f"http://127.0.0.1:{self.port}{path}"
        return httpx.get(url, headers={"Accept-Language": "en"}, timeout=10, trust_env=False)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demonstration whose story was broken off once by Ctrl-C and then played to its end."""
    started = Demo(tmp_path_factory.mktemp("demo") / "home")
    started.launch()
    started.wait_until(lambda: Played.read(started.home).parts > 0)
    assert started.end(signal.SIGINT) == 0
    assert started.count("enforcement_decision", f"source = 'appeal' AND {IN_THE_PLAY}") == 0
    started.start()
    yield started
    if started.process is not None:
        started.end(signal.SIGTERM)


def is_free(port: int) -> bool:
    """Return whether nobody listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_the_story_leaves_something_on_every_page(demo: Demo) -> None:
    """After the first start there are open and ended cases, approvals and appeals, and all was delivered."""
    assert demo.count("review_case", "state = 'open'") >= 8
    assert demo.count("enforcement_decision", "violation") >= 10
    assert demo.count("enforcement_decision", "NOT violation AND supersedes_id IS NULL") >= 2
    assert demo.count("enforcement_action", "kind = 'suspend'") >= 2
    assert demo.count("enforcement_action", "territory = 'KR'") >= 1
    assert demo.count("review_approval", "state = 'waiting'") == 2
    assert demo.count("appeals_appeal", "state = 'waiting'") >= 3
    assert demo.count("appeals_appeal", "outcome = 'overturned' AND NOT fast") >= 2
    assert demo.count("appeals_appeal", "outcome = 'upheld' AND NOT fast") >= 2
    assert demo.count("appeals_appeal", "fast") == 0
    assert demo.count("enforcement_delivery", "state <> 'done'") == 0


def test_the_weeks_before_leave_something_to_learn_from(demo: Demo) -> None:
    """Some dozens of cases were decided over two weeks by several people, and looked at twice."""
    past = f"source = 'review' AND NOT {IN_THE_PLAY}"
    assert demo.count("enforcement_decision", past) >= 40
    assert demo.count("enforcement_decision", past + " AND made_at < datetime('now', '-14 days')") >= 2
    decided = "EXISTS (SELECT 1 FROM enforcement_decision d WHERE d.made_by = 'staff:' || u.id)"
    assert demo.count("staff_user u", decided) >= 4
    assert demo.count("review_viewing", "seconds > 0") >= 40
    assert demo.count("review_secondreview", "decision_id IS NOT NULL AND answered_at IS NOT NULL") >= 5
    assert demo.count("review_secondreview", "gold_id IS NOT NULL AND answered_at IS NOT NULL") >= 3
    assert demo.count("review_pendingdecision", "withdrawn_at IS NOT NULL") >= 3


def test_the_desk_has_something_of_everything(demo: Demo) -> None:
    """Work was put off, escalated and given to the visitor; there are notes, reasons, pictures, a host."""
    assert demo.count("review_assignment", "snoozed_until > datetime('now')") == 1
    assert demo.count("review_assignment", "queue_id = 'senior' AND done_at IS NULL") >= 1
    given = "assignee_id = (SELECT id FROM staff_user WHERE username = 'demo-reviewer')"
    assert demo.count("review_assignment", given) == 1
    assert demo.count("review_note", "kind = 'note'") >= 3
    assert demo.count("review_savedreason", "body_ko LIKE '%{{%' AND body_en LIKE '%{{%'") >= 3
    assert demo.count("items_version", "attributes LIKE '%/media/%'") >= 10
    assert demo.count("items_platform", "media_hosts = '[\"127.0.0.1\"]'") == 1
    assert demo.count("staff_membership", "role = 'vendor' AND queues LIKE '%spam%'") == 1


def test_known_scam_pictures_are_found_as_they_come_and_in_what_was_posted(demo: Demo) -> None:
    """A bank of two kits; cases that its matches opened; a search that has ended with a few finds."""
    assert demo.count("screening_fingerprint", "bank_id = 'known-scam-pictures' AND kind = 'pdq'") == 2
    matched = "source = 'match' AND name = 'known_scam_pictures'"
    assert demo.count("screening_signal", matched) >= 8
    is_open = "version_id IN (SELECT version_id FROM review_case WHERE state = 'open')"
    assert demo.count("screening_signal", f"{matched} AND {is_open}") >= 3
    assert demo.count("screening_hunt", "stage = 'done' AND looked = total AND found >= 2") == 1


def test_a_wave_waits_to_be_found(demo: Demo) -> None:
    """A rule that acts alone suspended all newcomers, audits wait, and the greeting names one of them."""
    assert demo.count("enforcement_decision", "source = 'automation'") == WAVE
    assert demo.count("autonomy_automation", "level = 'auto'") == 1
    assert demo.count("autonomy_audit", "answered_at IS NULL") >= 1
    assert demo.count("autonomy_incident") == 0
    you = Played.read(demo.home).you
    greeting = demo.out.read_text()
    assert f"/session?q={you}" in greeting and "/staff/demo" in greeting


def test_its_doors_are_open(demo: Demo) -> None:
    """The first page, the door of the roles and the platform answer, marked as a demonstration."""
    assert "Demonstration" in demo.page("/").text
    roles = demo.page("/staff/demo").text
    assert all(
        f'value="{role}"' in roles for role in ("reviewer", "lead", "hearer", "vendor", "administrator")
    )
    platform = httpx.get(f"http://127.0.0.1:{demo.platform_port}/", trust_env=False)
    assert platform.status_code == 200


def test_its_keys_are_for_the_owner_only(demo: Demo) -> None:
    """Key and secret of the platform have mode 0600."""
    for name in (script.KEY_FILE, script.SECRET_FILE):
        assert stat.S_IMODE((demo.home / name).stat().st_mode) == 0o600


def test_a_taken_port_is_said_at_once(demo: Demo, tmp_path: Path) -> None:
    """A port that somebody listens on is named with the option that changes it, and the exit code is 2."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "sinmungo.demo.up",
            "--port",
            str(demo.port),
            "--home",
            str(tmp_path / "other"),
        ],
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (done.returncode, done.stderr) == (2, "")
    assert f"Port {demo.port} is already taken" in done.stdout
    assert not (tmp_path / "other").exists()


def test_it_goes_on_where_it_was_and_ends_however_it_is_ended(demo: Demo) -> None:
    """Ctrl-C ends all of it; the next start plays nothing again; killed hard, it leaves nobody behind."""
    tables = ("enforcement_decision", "appeals_appeal", "staff_user", "items_apikey", "policies_adoption")
    before = {table: demo.count(table) for table in tables}
    assert demo.end(signal.SIGINT) == 0
    assert is_free(demo.port)
    assert is_free(demo.platform_port)
    assert "a story is played" not in demo.start()
    assert {table: demo.count(table) for table in tables} == before
    demo.end(signal.SIGKILL)
    give_up_at = time.monotonic() + ENDS_WITHIN
    while not (is_free(demo.port) and is_free(demo.platform_port)):
        assert time.monotonic() < give_up_at
        time.sleep(0.2)
