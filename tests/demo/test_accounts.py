"""The door by which Sinmungo asks about accounts, and the limits that can be ordered for it."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from sinmungo.demo.process import DEFAULT_SECRET, DemoPlatform, Neighbour
from tests.demo.driving import restriction, send, signed_headers, wanted

Join = Callable[..., Neighbour]


def ask(platform: DemoPlatform, path: str, document: dict[str, Any], **more: Any) -> httpx.Response:
    """Ask a signed question."""
    body = json.dumps(document)
    settled = {"webhook_id": f"msg_{uuid.uuid4().hex}", "at": datetime.now(UTC), "secret": DEFAULT_SECRET}
    headers = signed_headers(body, **settled | more)
    return httpx.post(platform.url + path, content=body, headers=headers, trust_env=False)


def state(platform: DemoPlatform, name: str) -> dict[str, Any]:
    """Return what is told of one account."""
    (found,) = ask(platform, "/accounts/state", {"accounts": [name]}).json()["accounts"]
    return dict(found)


def change(platform: DemoPlatform, statement: str, *values: object) -> None:
    """Change the platform's own database, as its people do."""
    with closing(sqlite3.connect(platform.folder / "madang.sqlite3", timeout=10)) as database:
        database.execute(statement, values)
        database.commit()


def hold(platform: DemoPlatform, neighbour: Neighbour, kind: str, name: str, *, returns: bool) -> None:
    """Give an account a membership, a role or a linked service."""
    change(
        platform,
        "INSERT INTO platform_holding (account_id, kind, name, returns)"
        " SELECT id, ?, ?, ? FROM platform_account WHERE external_id = ?",
        kind,
        name,
        returns,
        neighbour.account,
    )


def test_what_an_account_had_is_told_while_it_is_suspended_and_what_returned_afterwards(
    platform: DemoPlatform, join: Join
) -> None:
    """A role that does not return and followers who left are missing after the suspension only."""
    neighbour = join()
    hold(platform, neighbour, "membership", "book club", returns=True)
    hold(platform, neighbour, "role", "host", returns=False)
    change(platform, "UPDATE platform_account SET followers_before = 9, followers_leave = 4")
    send(platform, wanted("account", neighbour.account, 1, restriction("suspend")))
    before = state(platform, neighbour.account)
    assert (before["state"], before["followers"], before["roles"]) == ("there", 9, ["host"])
    purged = datetime.fromisoformat(before["purge_at"]) - datetime.now(UTC)
    assert timedelta(days=179) < purged < timedelta(days=181)
    send(platform, wanted("account", neighbour.account, 2))
    after = state(platform, neighbour.account)
    assert (after["followers"], after["roles"], after["memberships"]) == (5, [], ["book club"])
    assert after["purge_at"] is None


def test_a_suspended_account_that_was_purged_is_gone_for_good(platform: DemoPlatform, join: Join) -> None:
    """Neither the account door nor the webhook brings it back."""
    neighbour, other = join(), join()
    send(platform, wanted("account", neighbour.account, 1, restriction("suspend")))
    platform.purge(days=0)
    assert state(platform, neighbour.account) == {"external_id": neighbour.account, "state": "gone"}
    assert state(platform, other.account)["state"] == "there"
    answer = send(platform, wanted("account", neighbour.account, 2)).json()
    assert answer["results"][0]["state"] == "gone"


def test_an_account_that_never_was_is_gone(platform: DemoPlatform) -> None:
    """What the platform does not know it calls gone."""
    assert state(platform, "nobody")["state"] == "gone"


def test_nobody_without_the_secret_learns_of_accounts(platform: DemoPlatform, join: Join) -> None:
    """Another secret and an old signature are answered 401."""
    other = "whsec_" + "b3RoZXItc2VjcmV0LW9mLTMyLWJ5dGVzLWluIGFsbCE="
    answer = ask(platform, "/accounts/state", {"accounts": [join().account]}, secret=other)
    assert answer.status_code == 401
    stale = datetime.now(UTC) - timedelta(minutes=6)
    assert ask(platform, "/accounts/state", {"accounts": ["a"]}, at=stale).status_code == 401


def test_a_question_about_too_many_or_none_is_refused(platform: DemoPlatform) -> None:
    """Five hundred accounts are answered, one more is not, and none is a fault."""
    assert ask(platform, "/accounts/state", {"accounts": ["a"] * 501}).status_code == 422
    assert ask(platform, "/accounts/state", {"accounts": []}).status_code == 422
    assert ask(platform, "/accounts/state", {"accounts": ["a"] * 500}).status_code == 200


def test_those_who_were_told_are_told_once_that_it_was_wrong(platform: DemoPlatform, join: Join) -> None:
    """A correction is done when it is known whom to tell, however often it comes."""
    neighbour = join()
    change(
        platform,
        "INSERT INTO platform_told (account_id, party, name, reference, told_at, case_code)"
        " SELECT id, 'police', 'Cyber desk', '2026-17', '2026-03-01 00:00:00', ''"
        " FROM platform_account WHERE external_id = ?",
        neighbour.account,
    )
    (told,) = state(platform, neighbour.account)["told"]
    assert (told["party"], told["name"], told["reference"]) == ("police", "Cyber desk", "2026-17")
    correction = {"number": 7, "external_id": neighbour.account, "case_code": "7KQ2M-X9D4F"}
    correction |= {"party": "police", "name": "Cyber desk", "reference": "2026-17", "told_at": told["at"]}
    other = correction | {"number": 8, "reference": "another"}
    for _ in range(2):
        answer = ask(platform, "/accounts/corrections", {"corrections": [correction, other]}).json()
        assert answer["results"] == [{"number": 7, "state": "done"}, {"number": 8, "state": "unknown"}]


def test_a_platform_takes_no_more_requests_in_a_second_than_was_ordered(
    platform: DemoPlatform, join: Join
) -> None:
    """The ones beyond are answered 429 and when to come again."""
    name = join().account
    platform.set_fault(per_second=3)
    answers = [ask(platform, "/accounts/state", {"accounts": [name]}) for _ in range(5)]
    busy = [answer for answer in answers if answer.status_code == 429]
    assert len(busy) >= 1 and all(answer.headers["retry-after"] == "1" for answer in busy)
    assert answers[0].status_code == 200


def test_a_fault_may_begin_with_the_second_request(platform: DemoPlatform, join: Join) -> None:
    """The first request passes, the second is refused, the third passes."""
    name = join().account
    platform.set_fault(status=403, after=1, count=1)
    statuses = [ask(platform, "/accounts/state", {"accounts": [name]}).status_code for _ in range(3)]
    assert statuses == [200, 403, 200]
