"""Everything is killed, again and again, while people write, report and decide."""

from __future__ import annotations

import json
import random
import re
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

import httpx
import pytest

from tests.flows.system import Person, System, eventually

KILLS = 50
WORKERS = ("worker", "worker-2")
SEED = 20
THREAT = "너 다시 나타나면 학교 앞에서 기다렸다가 죽여 버린다"
QUIET = "오늘 저녁에 놀이터 옆에서 벼룩시장이 열립니다"
FACTS = "특정한 사람에게 장소를 들어 해치겠다고 말했습니다."
ANSWERS = {"threat": "concrete", "target": "private", "repeated": "no", "expression": "no"}
POLICY = "harassment-and-threats"
#: Promises whose lease or next try lies minutes away when a worker was killed or a platform was down.
PROMISES = ("intake_eventbatch", "enforcement_delivery")

OWED = """SELECT (SELECT count(*) FROM intake_eventbatch WHERE done_at IS NULL)
    + (SELECT count(*) FROM enforcement_delivery WHERE done_at IS NULL)
    + (SELECT count(*) FROM ledger_unsequenced)"""


class Traffic:
    """People and machines that go on, whatever breaks; what is acknowledged is remembered."""

    def __init__(self, system: System, reviewer: Person) -> None:
        self.system = system
        self.reviewer = reviewer
        self.events: set[str] = set()
        self.reported: set[str] = set()
        self.wrong: list[str] = []
        self._over = threading.Event()
        acts = (self.send_events, self.send_report, self.write_on_the_platform, self.review)
        self._threads = [threading.Thread(target=self._again_and_again, args=(act,)) for act in acts]

    def __enter__(self) -> Traffic:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def _again_and_again(self, act: Callable[[random.Random, int], None]) -> None:
        luck = random.Random(f"{SEED} {act.__name__}")
        turn = 0
        while not self._over.is_set() and not self.wrong:
            try:
                act(luck, turn)
            except httpx.TransportError:
                pass  # whoever answers has just been killed
            except Exception as error:  # noqa: BLE001 - the test's own thread fails with it
                self.wrong.append(f"{act.__name__}: {error!r}")
            turn += 1
            self._over.wait(luck.uniform(0.05, 0.25))

    def send_events(self, luck: random.Random, turn: int) -> None:
        """A platform sends a batch, and sends it again until it is acknowledged; its first post is quiet."""
        names = [f"e{turn}-{number}" for number in range(luck.randint(1, 4))]
        texts = [QUIET, *(luck.choice((THREAT, QUIET, QUIET)) for _ in names[1:])]
        self._until_acknowledged("/api/v1/events", [_event(*each) for each in zip(names, texts, strict=True)])
        self.events.update(names)

    def send_report(self, luck: random.Random, turn: int) -> None:
        """A person reports a quiet post; the platform passes it on until it is acknowledged."""
        if f"e{turn}-0" not in self.events:
            return
        report = {"item": {"type": "post", "external_id": f"post-e{turn}-0"}, "reason": "harassment"}
        self._until_acknowledged(
            "/api/v1/reports", report | {"words": "무섭습니다", "reporter": {"external_id": f"r{turn}"}}
        )
        self.reported.add(f"post-e{turn}-0")

    def write_on_the_platform(self, luck: random.Random, turn: int) -> None:
        """Somebody joins the platform and writes there; the platform owes the events."""
        assert self.system.platform is not None
        self.system.platform.join(f"푸른고래_{turn}").write(THREAT)

    def review(self, luck: random.Random, turn: int) -> None:
        """A reviewer decides what stands first; an answer that is lost is not missed."""
        code = re.search(r"/console/case/([0-9A-Z-]+)/", self.reviewer.open("/console/"))
        if code is None:
            return
        page = self.reviewer.open(f"/console/case/{code[1]}/?policy={POLICY}")
        version = re.search(r'name="version" value="(\d+)"', page)
        if version is not None and 'action="claim"' in page:
            page = self.reviewer.send(f"/console/case/{code[1]}/claim", version=version[1], policy=POLICY)
        hidden = dict(
            re.findall(r'type="hidden" name="(state_version|digest|version)" value="([^"]*)"', page)
        )
        choices = {"finding": "violation", "ground": "terms", "action": "hide", "facts": FACTS}
        choices |= {f"factor-{factor}": answer for factor, answer in ANSWERS.items()}
        choices |= {"territory-hide": "everywhere", "days-hide": "0", "policy": POLICY}
        self.reviewer.send(f"/console/case/{code[1]}/decide", **hidden, **choices)

    def _until_acknowledged(self, path: str, body: Any) -> None:
        while True:
            with suppress(httpx.TransportError):
                answer = self.system.api("POST", path, json=body)
                if answer.status_code != 503:
                    assert answer.status_code in (200, 201, 202), answer.text
                    assert not answer.json().get("refused"), answer.text
                    return
            time.sleep(0.1)


def _event(name: str, text: str) -> dict[str, Any]:
    item = {"type": "post", "external_id": f"post-{name}", "author": {"external_id": "a1"}, "text": text}
    return {"event_id": name, "kind": "created", "occurred_at": "2026-03-01T09:30:00+09:00", "item": item}


def _kill_one(system: System, name: str) -> None:
    if name == "platform":
        assert system.platform is not None
        system.platform.kill()
        system.platform.restart()
        return
    system.kill(name)
    if name == "web":
        system.start_web(wait=False)
    else:
        system.start_worker(name)


def _let_leases_run_out(system: System) -> None:
    for name in WORKERS:
        system.kill(name)
    for table in PROMISES:
        system.change(
            f"UPDATE {table} SET claimed_until = NULL, due_at = '2020-01-01 00:00:00+00:00'"  # noqa: S608
            " WHERE done_at IS NULL"
        )
    system.start_worker()


def _settle(system: System) -> None:
    """Wait until the platform has sent everything and nothing is owed any more."""
    platform = system.platform
    assert platform is not None
    eventually(
        lambda: not any(platform.health()[owed] for owed in ("owed_events", "owed_reports")), what="sending"
    )
    _let_leases_run_out(system)
    eventually(lambda: system.rows(OWED) == [(0,)], what="every promise")


def _platforms(system: System, query: str) -> list[Any]:
    assert system.platform is not None
    path = system.platform.folder / "madang.sqlite3"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as database:
        return database.execute(query).fetchall()


@pytest.mark.kills
def test_whatever_is_killed_nothing_accepted_is_lost_and_nothing_is_done_twice(system: System):
    """Web, two workers and the platform are killed at fifty moments; afterwards every count is exact."""
    reviewer = system.staff("reviewer-1", "reviewer")
    system.start_worker(WORKERS[1])
    luck = random.Random(SEED)
    with Traffic(system, reviewer) as traffic:
        for _ in range(KILLS):
            time.sleep(luck.uniform(0.2, 1.8))
            _kill_one(system, luck.choices(("web", *WORKERS, "platform"), (4, 3, 3, 2))[0])
            assert not traffic.wrong
        eventually(lambda: traffic.wrong or _enough_happened(system, traffic), within=180, what="enough")
    assert not traffic.wrong
    _settle(system)

    _events_are_there_once(system, traffic)
    _reports_and_cases_are_there_once(system, traffic)
    _decisions_reached_the_platform_once(system)
    verified = json.loads(system.command("ledger", "verify", "--json"))
    assert verified["ok"], verified


def _enough_happened(system: System, traffic: Traffic) -> bool:
    """Whether there is something to count: a slow machine does less between two kills."""
    sent = _platforms(system, "SELECT count(*) FROM platform_outboxevent WHERE done_at IS NOT NULL")
    decided = system.rows("SELECT count(*) FROM review_case WHERE state = 'decided'")
    return len(traffic.events) > 50 and sent > [(20,)] and decided > [(10,)]


def _events_are_there_once(system: System, traffic: Traffic) -> None:
    sent = [each for (each,) in _platforms(system, "SELECT event_id FROM platform_outboxevent")]
    given_up = "SELECT count(*) FROM platform_outboxevent WHERE done_at IS NULL"
    assert _platforms(system, given_up) == [(0,)]
    stored = [each for (each,) in system.rows("SELECT event_id FROM items_version")]
    assert sorted(stored) == sorted([*traffic.events, *sent])
    unjudged = "SELECT event_id FROM items_version WHERE id NOT IN (SELECT version_id FROM screening_verdict)"
    assert system.rows(unjudged) == []


def _reports_and_cases_are_there_once(system: System, traffic: Traffic) -> None:
    reported = "SELECT i.external_id FROM intake_report r JOIN items_item i ON i.id = r.item_id"
    assert sorted(each for (each,) in system.rows(reported)) == sorted(traffic.reported)
    cases = system.rows(
        "SELECT i.external_id, count(*) FROM review_case c JOIN items_item i ON i.id = c.item_id"
        " GROUP BY i.external_id"
    )
    asking = {
        each
        for (each,) in system.rows(
            "SELECT i.external_id FROM items_version v JOIN items_item i ON i.id = v.item_id"
            " WHERE v.text = %s",
            THREAT,
        )
    }
    assert [each for each in cases if each[1] != 1] == []
    assert {name for name, _ in cases} == asking | traffic.reported


def _decisions_reached_the_platform_once(system: System) -> None:
    decided = system.rows(
        "SELECT i.external_id, s.version, s.confirmed FROM enforcement_decision d"
        " JOIN items_item i ON i.id = d.item_id JOIN enforcement_itemstate s ON s.item_id = i.id"
    )
    ((cases,),) = system.rows("SELECT count(*) FROM review_case WHERE state = 'decided'")
    assert len(decided) == len(set(decided)) == cases
    held = {
        name: (version, applied)
        for name, version, applied in _platforms(
            system, "SELECT external_id, version, applied_count FROM platform_standing"
        )
    }
    there = {name for (name,) in _platforms(system, "SELECT external_id FROM platform_post")}
    expected = {name: version for name, version, _ in decided if name in there}
    assert held == {name: (version, 1) for name, version in expected.items()}
    assert [each for each in decided if each[0] in there and each[1] != each[2]] == []
    told = system.rows("SELECT subject FROM ledger_entry WHERE kind = 'statements.statement.told'")
    assert len(told) == len(set(told))
    statements = (
        "SELECT i.external_id, s.told_at FROM statements_statement s JOIN items_item i ON i.id = s.item_id"
        " WHERE s.audience = 'affected'"
    )
    told_at = system.rows(statements)
    assert len(told_at) == len({name for name, _ in told_at}) == len(decided)
    assert [name for name, at in told_at if name in there and at is None] == []
