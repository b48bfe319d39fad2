"""Telling platforms: what is sent, what their answers do, and what waits for a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement import deliveries, queries
from sinmungo.apps.enforcement import services as enforcement
from sinmungo.apps.enforcement.models import Delivery, ItemState
from sinmungo.apps.items import services as items
from sinmungo.apps.items.models import Platform
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.apps.statements import links
from sinmungo.apps.statements.models import Statement
from sinmungo.apps.vault import services as vault
from sinmungo.core.kernel.words import ActionKind
from sinmungo.journeys import decide, deliver
from tests.common import factories as make
from tests.journeys.answering import SECRET, Answering, BusySender, done

pytestmark = pytest.mark.django_db


@pytest.fixture
def there(settings: Any) -> Iterator[Answering]:
    settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS = ("127.0.0.1",)
    with Answering() as running:
        yield running


@pytest.fixture
def platform(there: Answering) -> Platform:
    return make.platform(webhook=(there.url, SECRET))


@pytest.fixture
def policy(platform: Platform) -> PolicyVersion:
    return make.adopted(platform)


def keep(after: timedelta = timedelta(0)) -> int:
    """Let the worker deliver, as if it were so much later."""
    return deliver.keep(now=clock.now() + after, limit=200)


def wait_out(attempts: int) -> datetime:
    """Try so often, each time when the delivery is due again; returns the time it is then."""
    now = clock.now()
    for _ in range(attempts):
        deliver.keep(now=now, limit=200)
        now += timedelta(hours=1, seconds=1)
    return now


def test_the_whole_state_travels_with_its_statement(
    there: Answering, platform: Platform, policy: PolicyVersion
) -> None:
    """A webhook holds each item's version, restrictions, public state and link, and never the reason."""
    version = make.post(platform)
    made = make.decision(version, policy, make.action(ActionKind.HIDE, "KR", days=3))
    keep()
    (sent,) = there.items
    statement = Statement.objects.get()
    assert sent == {
        "platform": platform.slug,
        "type": "post",
        "external_id": version.item.external_id,
        "version": 1,
        "restrictions": [
            {
                "kind": "hide",
                "territory": "KR",
                "begins": made.made_at.isoformat(),
                "ends": (made.made_at + timedelta(days=3)).isoformat(),
            }
        ],
        "public_state": "under_review",
        "statement": {"url": links.link_url(statement), "case_code": made.case_code, "locale": "ko"},
    }
    assert make.FACTS not in str(there.requests)


def test_the_statement_is_the_newest_that_concerns_the_item(
    there: Answering, platform: Platform, policy: PolicyVersion
) -> None:
    """The lock screen shows what was done to the account, or put right on it, and no post's matter."""
    author = make.account(platform)
    limited = make.decision(make.post(platform, author), policy, make.action(ActionKind.LIMIT_INTERACTION))
    hidden = make.decision(make.post(platform, author), policy, make.action(ActionKind.HIDE))
    keep()
    codes = {item["external_id"]: item["statement"]["case_code"] for item in there.items}
    assert codes[author.external_id] == limited.case_code
    assert codes[hidden.item.external_id] == hidden.case_code
    put_right = make.overturned(limited)
    keep(timedelta(seconds=1))
    codes = {item["external_id"]: item["statement"]["case_code"] for item in there.items}
    assert codes[author.external_id] == codes[limited.item.external_id] == put_right.case_code


def test_what_still_stands_goes_on_being_told(
    there: Answering, platform: Platform, policy: PolicyVersion
) -> None:
    """When one of two grounds is overturned, the person still finds the statement of the other."""
    author = make.account(platform)
    limit = make.action(ActionKind.LIMIT_INTERACTION)
    standing = make.decision(make.post(platform, author), policy, limit)
    wrong = make.decision(make.post(platform, author), policy, limit)
    make.overturned(wrong)
    keep()
    codes = {item["external_id"]: item["statement"]["case_code"] for item in there.items}
    assert codes[author.external_id] == standing.case_code


def test_an_answer_settles_the_delivery_and_the_statement(
    there: Answering, platform: Platform, policy: PolicyVersion
) -> None:
    """Done: the state is confirmed, the statement told, both in the ledger, and nothing is sent again."""
    shown = clock.now() + timedelta(seconds=1)
    there.answer = lambda body: {"results": [done(i, shown_at=shown.isoformat()) for i in body["items"]]}
    make.decision(make.post(platform), policy)
    keep()
    assert Delivery.objects.get().state == Delivery.State.DONE
    state = ItemState.objects.get()
    assert (state.version, state.confirmed) == (1, 1)
    told_at = Statement.objects.get().told_at
    assert told_at is not None
    kinds = Entry.objects.values_list("kind", flat=True)
    assert list(kinds).count("enforcement.delivery.answered") == 1
    assert list(kinds).count("statements.statement.told") == 1
    assert keep(timedelta(days=1)) == 0
    assert len(there.requests) == 1


@pytest.mark.parametrize(
    ("told", "bound"),
    [
        ("2001-01-01T00:00:00Z", "made"),
        ("2900-01-01T00:00:00Z", "heard"),
        ("0001-01-01T00:00:00+14:00", "made"),
    ],
)
def test_a_platform_cannot_shorten_the_time_for_an_appeal(
    there: Answering, platform: Platform, policy: PolicyVersion, told: str, bound: str
) -> None:
    """Shown before it was written, or in the future, is taken as the nearest possible moment."""
    there.answer = lambda body: {"results": [done(item, shown_at=told) for item in body["items"]]}
    make.decision(make.post(platform), policy)
    keep()
    statement = Statement.objects.get()
    assert statement.told_at is not None
    nearest = statement.made_at if bound == "made" else clock.now()
    assert abs(statement.told_at - nearest) < timedelta(seconds=10)


@pytest.mark.parametrize("shown_at", [None, 7, "yesterday", "2026-13-45T00:00:00Z", ["2026-01-01"]])
def test_a_time_that_is_none_tells_nothing(
    there: Answering, platform: Platform, policy: PolicyVersion, shown_at: object
) -> None:
    """Without a real time the delivery is done and the statement is not called told."""
    there.answer = lambda body: {"results": [done(item, shown_at=shown_at) for item in body["items"]]}
    make.decision(make.post(platform), policy)
    keep()
    assert Delivery.objects.get().state == Delivery.State.DONE
    assert Statement.objects.get().told_at is None


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_passes_by_itself_is_tried_for_a_day(
    there: Answering, platform: Platform, policy: PolicyVersion, status: int
) -> None:
    """The same webhook comes again, later and later, and what comes through in the end is done."""
    there.status = status
    make.decision(make.post(platform), policy)
    wait_out(10)
    row = Delivery.objects.get()
    assert (row.state, row.attempts, row.last_error) == ("waiting", 10, f"webhook.status_{status}")
    assert len(set(there.ids)) == 1
    there.status = 200
    wait_out(12)
    assert Delivery.objects.get().state == Delivery.State.DONE


def test_the_wait_grows_to_an_hour(there: Answering, platform: Platform, policy: PolicyVersion) -> None:
    """Between tries it waits 4, 8, 16 seconds and so on, and never more than an hour."""
    there.status = 503
    make.decision(make.post(platform), policy)
    waits = []
    now = clock.now()
    for _ in range(14):
        deliver.keep(now=now, limit=10)
        due = Delivery.objects.get().due_at
        waits.append((due - now).total_seconds())
        now = due
    assert waits[:4] == [4, 8, 16, 32]
    assert waits[-1] == 3600


def test_after_a_day_a_person_looks(there: Answering, platform: Platform, policy: PolicyVersion) -> None:
    """What fails for about a day becomes a dead letter with its reason."""
    there.status = 500
    make.decision(make.post(platform), policy)
    wait_out(deliveries.MAX_ATTEMPTS)
    (dead,) = queries.dead_deliveries(seen_by=make.member("administrator")).rows
    assert (dead.state, dead.last_error) == ("dead", "webhook.status_500")


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 410, 413, 422, 204])
def test_what_does_not_pass_by_itself_waits_for_a_person_soon(
    there: Answering, platform: Platform, policy: PolicyVersion, status: int
) -> None:
    """A few tries in about two minutes, then a dead letter; a redirect is not followed."""
    there.status, there.headers = status, {"location": there.url}
    make.decision(make.post(platform), policy)
    wait_out(deliveries.FEW_ATTEMPTS + 3)
    assert len(there.requests) == deliveries.FEW_ATTEMPTS
    (dead,) = queries.dead_deliveries(seen_by=make.member("administrator")).rows
    assert (dead.state, dead.last_error) == ("dead", f"webhook.status_{status}")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "ok",
        {},
        {"results": "done"},
        {"results": [None, 7, []]},
        {"results": [{"external_id": "nobody", "state": "done"}]},
        {"results": [{"state": "done"}]},
        {"results": [{"external_id": ["post"], "state": ["done"]}]},
    ],
)
def test_an_answer_that_says_nothing_of_the_item_is_none(
    there: Answering, platform: Platform, policy: PolicyVersion, answer: object
) -> None:
    """An answer of another shape, or about others, confirms nothing and ends as a dead letter."""
    there.answer = lambda body: answer
    make.decision(make.post(platform), policy)
    wait_out(deliveries.FEW_ATTEMPTS)
    assert Delivery.objects.get().state == Delivery.State.DEAD
    assert ItemState.objects.get().confirmed == 0
    assert Statement.objects.get().told_at is None


@pytest.mark.parametrize("change", [{"type": "account"}, {"external_id": "p-0"}, {"state": "forgotten"}])
def test_an_answer_about_something_else_is_none(
    there: Answering, platform: Platform, policy: PolicyVersion, change: dict[str, Any]
) -> None:
    """A result of another type, id or unknown state is not taken for this item's."""
    there.answer = lambda body: {"results": [done(item) | change for item in body["items"]]}
    make.decision(make.post(platform), policy)
    keep()
    assert Delivery.objects.get().last_error == "webhook.item_not_answered"


def test_the_first_result_for_an_item_counts(
    there: Answering, platform: Platform, policy: PolicyVersion
) -> None:
    """A second result for the same item changes nothing and is not entered."""
    there.answer = lambda body: {
        "results": [result for i in body["items"] for result in (done(i), done(i, state="refused"))]
    }
    make.decision(make.post(platform), policy)
    keep()
    assert Delivery.objects.get().state == Delivery.State.DONE
    assert Entry.objects.filter(kind="enforcement.delivery.answered").count() == 1


@pytest.mark.parametrize("word", ["gone", "refused"])
def test_gone_and_refused_wait_for_a_person_at_once(
    there: Answering, platform: Platform, policy: PolicyVersion, word: str
) -> None:
    """They are not tried again, confirm nothing, and tell no statement whatever time they claim."""
    now = clock.now().isoformat()
    there.answer = lambda body: {"results": [done(i, state=word, shown_at=now) for i in body["items"]]}
    make.decision(make.post(platform), policy)
    keep()
    keep(timedelta(days=1))
    assert len(there.requests) == 1
    (dead,) = queries.dead_deliveries(seen_by=make.member("administrator")).rows
    assert dead.state == word
    assert ItemState.objects.get().confirmed == 0
    assert Statement.objects.get().told_at is None


def test_a_platform_that_claims_a_newer_state_is_not_believed(
    there: Answering, platform: Platform, policy: PolicyVersion
) -> None:
    """ "Older", when nothing newer is wanted here, is a dead letter and no confirmation."""
    there.answer = lambda body: {"results": [done(item, state="older") for item in body["items"]]}
    make.decision(make.post(platform), policy)
    keep()
    row = Delivery.objects.get()
    assert (row.state, row.last_error) == ("dead", deliveries.AHEAD)
    assert ItemState.objects.get().confirmed == 0


def test_a_newer_decision_during_the_sending_is_delivered_too(
    there: Answering, platform: Platform, policy: PolicyVersion, settings: Any
) -> None:
    """An answer settles only what was sent: what was decided meanwhile is told next."""
    version = make.post(platform)
    make.decision(version, policy)
    settings.SINMUNGO_WEBHOOK_SENDER = "tests.journeys.answering.BusySender"
    BusySender.meanwhile = [lambda: make.decision(version, policy, make.action(ActionKind.HIDE))]
    keep()
    assert dict(Delivery.objects.values_list("version", "state")) == {1: "done", 2: "waiting"}
    assert ItemState.objects.get().confirmed == 1
    keep(timedelta(seconds=1))
    assert [item["version"] for item in there.items] == [1, 2]
    assert ItemState.objects.get().confirmed == 2


def test_a_late_older_answer_is_no_alarm(
    there: Answering, platform: Platform, policy: PolicyVersion, settings: Any
) -> None:
    """When another worker was faster with a newer state, "older" is the right answer."""
    version = make.post(platform)
    make.decision(version, policy)
    settings.SINMUNGO_WEBHOOK_SENDER = "tests.journeys.answering.BusySender"
    there.answer = lambda body: {"results": [done(item, state="older") for item in body["items"]]}
    BusySender.meanwhile = [lambda: make.decision(version, policy, make.action(ActionKind.HIDE))]
    keep()
    assert dict(Delivery.objects.values_list("version", "state")) == {1: "older", 2: "waiting"}


def test_many_versions_of_an_item_are_told_once(
    there: Answering, platform: Platform, policy: PolicyVersion
) -> None:
    """Three decisions before the worker comes are one state in one webhook."""
    version = make.post(platform)
    for kind in (ActionKind.LABEL, ActionKind.HIDE, ActionKind.REMOVE):
        make.decision(version, policy, make.action(kind))
    keep()
    (sent,) = there.items
    assert sent["version"] == 3
    assert {row["kind"] for row in sent["restrictions"]} == {"label", "hide", "remove"}
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}


def test_an_administrator_sends_again(there: Answering, platform: Platform, policy: PolicyVersion) -> None:
    """A retry is a newer version of the same state; the letter leaves the list and the item is told."""
    there.status = 403
    make.decision(make.post(platform), policy)
    wait_out(deliveries.FEW_ATTEMPTS)
    there.status = 200
    administrator = make.member("administrator")
    (dead,) = queries.dead_deliveries(seen_by=administrator).rows
    wanted = {"ids": [dead.pk], "actor": SYSTEM, "at": clock.now()}
    assert enforcement.retry_deliveries(**wanted) == 1
    assert enforcement.retry_deliveries(**wanted) == 0
    assert queries.dead_deliveries(seen_by=administrator).rows == []
    keep(timedelta(seconds=1))
    assert there.items[-1]["version"] == 2
    assert ItemState.objects.get().confirmed == 2


def test_what_came_through_later_needs_nobody(
    there: Answering, platform: Platform, policy: PolicyVersion
) -> None:
    """A newer state that the platform takes clears the item's older dead letters."""
    version = make.post(platform)
    there.answer = lambda body: {"results": [done(item, state="refused") for item in body["items"]]}
    make.decision(version, policy)
    keep()
    there.answer = lambda body: {"results": [done(item) for item in body["items"]]}
    make.decision(version, policy, make.action(ActionKind.HIDE))
    keep()
    assert queries.dead_deliveries(seen_by=make.member("administrator")).rows == []


def test_only_administrators_see_dead_letters() -> None:
    """A reviewer may not list deliveries."""
    with pytest.raises(RoleLacks):
        queries.dead_deliveries(seen_by=make.member("reviewer"))


def test_a_platform_without_an_address_waits_for_a_person() -> None:
    """Without an address nothing can be sent, which is said soon."""
    platform = make.platform()
    make.decision(make.post(platform), make.adopted(platform))
    wait_out(deliveries.FEW_ATTEMPTS)
    row = Delivery.objects.get()
    assert (row.state, row.last_error) == ("dead", "webhook.no_address")


def test_a_secret_that_is_gone_or_wrong_is_said_by_code(
    there: Answering, platform: Platform, policy: PolicyVersion
) -> None:
    """A secret that is no base64, or whose key was destroyed, sends nothing and names no value."""
    make.decision(make.post(platform), policy)
    items.set_webhook(platform=platform, url=there.url, secret="whsec_not base64", actor=SYSTEM)
    keep()
    assert Delivery.objects.get().last_error == "webhook.bad_secret"
    vault.destroy([f"platform:{platform.slug}"], actor=SYSTEM)
    keep(timedelta(hours=2))
    assert Delivery.objects.get().last_error == "vault.destroyed"
    assert there.requests == []


def test_one_platform_in_trouble_holds_up_no_other(
    there: Answering, platform: Platform, policy: PolicyVersion
) -> None:
    """What one platform does not take leaves another's deliveries as they are."""
    silent = make.platform()
    make.decision(make.post(silent), make.adopted(silent))
    make.decision(make.post(platform), policy)
    assert keep() == 2
    states = dict(Delivery.objects.values_list("platform_id", "state"))
    assert states == {silent.slug: "waiting", platform.slug: "done"}


def test_at_most_two_hundred_items_a_webhook(
    there: Answering, platform: Platform, policy: PolicyVersion
) -> None:
    """However many a worker claims, a webhook carries 200 items."""
    names = [f"n{number}" for number in range(201)]
    versions = make.posts(platform, make.accounts(platform, names), names)
    proposals = [make.proposal(version, policy, make.action()) for version in versions]
    decide.many(proposals[:150], actor=make.RULE)
    decide.many(proposals[150:], actor=make.RULE)
    assert deliver.keep(now=clock.now(), limit=1000) == 201
    assert [len(body["items"]) for _, body in there.requests] == [200, 1]
    assert Delivery.objects.filter(state="done").count() == 201


def test_what_was_claimed_by_another_is_left_alone(
    there: Answering, platform: Platform, policy: PolicyVersion
) -> None:
    """A claim lasts two minutes; when its holder was killed another takes the row after that."""
    make.decision(make.post(platform), policy)
    now = clock.now()
    Delivery.objects.update(claimed_until=now + timedelta(minutes=2))
    assert keep(timedelta(minutes=1)) == 0
    assert keep(timedelta(minutes=3)) == 1
    assert Delivery.objects.get().state == Delivery.State.DONE
