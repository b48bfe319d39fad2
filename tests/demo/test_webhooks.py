"""What the platform does with signed webhooks."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from sinmungo.demo.process import DEFAULT_SECRET, DemoPlatform, Neighbour
from tests.demo.driving import STATEMENT, restriction, results, send, send_raw, signed_headers, wanted

Join = Callable[..., Neighbour]


def test_a_removal_is_applied_and_answered(platform: DemoPlatform, join: Join) -> None:
    """A first wanted state is done, told with the time it was shown, and held whole."""
    post = join().write("달빛천 다리에서 우산을 찾습니다.")
    answer = send(platform, wanted("post", post, 1, restriction("remove"))).json()
    result = answer["results"][0]
    assert (result["external_id"], result["type"], result["state"]) == (post, "post", "done")
    assert datetime.now(UTC) - datetime.fromisoformat(result["shown_at"]) < timedelta(minutes=1)
    held = platform.state("post", post)
    assert (held["version"], held["public_state"], held["applied_count"]) == (1, "unavailable", 1)
    assert held["statement"] == STATEMENT
    assert held["restrictions"][0]["kind"] == "remove"


def test_an_older_version_changes_nothing(platform: DemoPlatform, join: Join) -> None:
    """A late older state is answered ``older`` and the newer one stays."""
    post = join().write("나눔 장터가 열립니다.")
    send(platform, wanted("post", post, 5))
    assert results(send(platform, wanted("post", post, 4, restriction("remove")))) == ["older"]
    assert platform.state("post", post)["version"] == 5
    assert platform.state("post", post)["restrictions"] == []


def test_the_same_version_again_is_already_there(platform: DemoPlatform, join: Join) -> None:
    """Another webhook with the held version is answered ``already`` and is not applied again."""
    post = join().write("달리기 모임 두 분 더 모십니다.")
    first = send(platform, wanted("post", post, 2, restriction("hide"))).json()["results"][0]
    again = send(platform, wanted("post", post, 2, restriction("hide"))).json()["results"][0]
    assert again == first | {"state": "already"}
    assert platform.state("post", post)["applied_count"] == 1


def test_states_in_any_order_end_at_the_newest(platform: DemoPlatform, join: Join) -> None:
    """Whatever order retries arrive in, the newest state is the one held."""
    post = join().write("텃밭 상추 나눕니다.")
    states = [wanted("post", post, version, restriction("remove")) for version in range(1, 8)]
    states.append(wanted("post", post, 8))
    for state in random.Random(7).sample(states * 2, 16):
        send(platform, state)
    assert (platform.state("post", post)["version"], platform.state("post", post)["restrictions"]) == (8, [])


def test_a_replayed_id_is_answered_as_before(platform: DemoPlatform, join: Join) -> None:
    """The same webhook id changes nothing, even with another body, and gets the first answer."""
    post = join().write("은행나무가 예쁩니다.")
    first = send(platform, wanted("post", post, 1, restriction("remove")), webhook_id="replay-1")
    again = send(platform, wanted("post", post, 2), webhook_id="replay-1")
    assert again.json() == first.json()
    assert platform.state("post", post)["version"] == 1


def test_an_unknown_or_deleted_item_is_gone(platform: DemoPlatform, join: Join) -> None:
    """An item that never was, or that its author deleted, is answered ``gone`` and holds nothing."""
    neighbour = join()
    post = neighbour.write("곧 지울 글입니다.")
    neighbour.send(f"/posts/{post}/delete")
    answer = send(platform, wanted("post", "p_never", 1), wanted("post", post, 1), wanted("media", "x", 1))
    assert results(answer) == ["gone", "gone", "gone"]
    assert platform.state("post", post)["version"] == 0


def test_a_batch_is_answered_item_by_item(platform: DemoPlatform, join: Join) -> None:
    """Good, gone and refused items stand beside one another in the order they were sent."""
    neighbour = join()
    post, other = neighbour.write("첫째 글"), neighbour.write("둘째 글")
    answer = send(
        platform,
        wanted("post", post, 1, restriction("remove")),
        wanted("post", "p_never", 1),
        wanted("post", other, 1, restriction("suspend")),
        wanted("post", post, 1, restriction("remove")),
        wanted("account", neighbour.account, 1, restriction("limit_interaction")),
    )
    assert results(answer) == ["done", "gone", "refused", "already", "done"]


def test_the_largest_batch_is_taken_and_one_more_refused(platform: DemoPlatform, join: Join) -> None:
    """500 items are applied in one request; 501 are refused with a reason and nothing changes."""
    post = join().write("경계에 있는 글")
    many = [wanted("post", post, version) for version in range(1, 502)]
    assert send(platform, *many).status_code == 422
    assert platform.state("post", post)["version"] == 0
    assert results(send(platform, *many[:500])) == ["done"] * 500


@pytest.mark.parametrize(
    "signature", ["", "nonsense", "v1,,", "v1,@@@", "v2,AAAA", "v1,AAAA", "v1,\u00ff"], ids=ascii
)
def test_a_bad_signature_is_refused(platform: DemoPlatform, join: Join, signature: str) -> None:
    """No signature, nonsense in its place, or one that does not fit is 401 and changes nothing."""
    post = join().write("서명이 틀린 웹훅")
    body = json.dumps({"items": [wanted("post", post, 1, restriction("remove"))]})
    headers = signed_headers(body, webhook_id="forged", at=datetime.now(UTC), secret=DEFAULT_SECRET)
    headers["webhook-signature"] = signature
    sent = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = httpx.post(platform.url + "/webhooks", content=body, headers=sent, trust_env=False)
    assert answer.status_code == 401
    assert "reason" in answer.json()
    assert platform.state("post", post)["version"] == 0


def test_another_secret_or_a_changed_body_is_refused(platform: DemoPlatform, join: Join) -> None:
    """What somebody else signed, or somebody changed on the way, is 401 and changes nothing."""
    post = join().write("비밀이 다른 웹훅")
    body = json.dumps({"items": [wanted("post", post, 1, restriction("remove"))]})
    assert send_raw(platform, body, secret="whsec_c29tZWJvZHktZWxzZXMtc2VjcmV0").status_code == 401
    headers = signed_headers(body, webhook_id="changed", at=datetime.now(UTC), secret=DEFAULT_SECRET)
    changed = body.replace("remove", "demote")
    answer = httpx.post(platform.url + "/webhooks", content=changed, headers=headers, trust_env=False)
    assert answer.status_code == 401
    assert platform.state("post", post)["version"] == 0


def test_a_body_that_is_not_text_is_refused(platform: DemoPlatform) -> None:
    """Bytes that are not UTF-8 cannot carry a signature and are 401, not an error."""
    headers = signed_headers("x", webhook_id="bytes", at=datetime.now(UTC), secret=DEFAULT_SECRET)
    url = platform.url + "/webhooks"
    assert httpx.post(url, content=b"\xff\xfe", headers=headers, trust_env=False).status_code == 401


@pytest.mark.parametrize(("minutes", "status"), [(-6, 401), (6, 401), (-4, 200), (4, 200)])
def test_a_clock_may_be_five_minutes_away(
    platform: DemoPlatform, join: Join, minutes: int, status: int
) -> None:
    """A timestamp within five minutes is taken, one further away is refused, early or late."""
    post = join().write("시계가 다른 웹훅")
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    assert send(platform, wanted("post", post, 1), at=at).status_code == status


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        "[]",
        "null",
        '{"items": []}',
        '{"items": [{}]}',
        '{"type": "something.else", "items": []}',
        "[" * 100_000,
        '{"items": ' + "9" * 5000 + "}",
    ],
)
def test_a_malformed_body_is_refused_with_a_reason(platform: DemoPlatform, body: str) -> None:
    """A signed body that is not a wanted state is 422 and says why."""
    answer = send_raw(platform, body)
    assert answer.status_code == 422
    assert answer.json()["reason"]


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("version", "1", "items.0.version"),
        ("version", 0, "items.0.version"),
        ("version", 2**63, "items.0.version"),
        ("type", "comment", "items.0.type"),
        ("public_state", "guilty", "items.0.public_state"),
        ("statement", {"url": "javascript:alert(1)", "case_code": "A", "locale": "ko"}, "statement.url"),
        ("restrictions", [{"kind": "banish", "territory": "KR"}], "restrictions.0.kind"),
        ("restrictions", [{"kind": "hide", "territory": "Korea"}], "restrictions.0.territory"),
        ("restrictions", [{"kind": "hide", "territory": "KR", "ends": "2026-01-01T00:00:00"}], "0.ends"),
        ("external_id", "", "items.0.external_id"),
    ],
)
def test_a_wrong_field_is_named(
    platform: DemoPlatform, join: Join, field: str, value: object, named: str
) -> None:
    """A field of the wrong type or value is refused by its path, and nothing is stored."""
    post = join().write("잘못된 칸")
    answer = send(platform, wanted("post", post, 1) | {field: value})
    assert answer.status_code == 422
    assert named in answer.json()["reason"]
    assert platform.state("post", post)["version"] == 0


def test_a_body_over_four_megabytes_is_refused(platform: DemoPlatform) -> None:
    """A body past the limit is 413 before it is read."""
    assert send_raw(platform, " " * (4 * 1024 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize("status", [403, 404, 410, 429, 500])
def test_an_ordered_status_is_answered_so_often_and_no_more(
    platform: DemoPlatform, join: Join, status: int
) -> None:
    """The next two webhooks fail as ordered and change nothing; the third one works."""
    post = join().write("잠시 고장")
    platform.set_fault(status=status, count=2)
    change = wanted("post", post, 1, restriction("remove"))
    assert [send(platform, change).status_code for _ in range(2)] == [status, status]
    assert platform.state("post", post)["version"] == 0
    assert results(send(platform, change)) == ["done"]


def test_a_fault_without_a_count_lasts_until_cleared(platform: DemoPlatform, join: Join) -> None:
    """Without a count every webhook fails until the order is cleared."""
    post = join().write("오래가는 고장")
    platform.set_fault(status=429)
    answers = [send(platform, wanted("post", post, 1)) for _ in range(3)]
    assert [(one.status_code, one.headers["retry-after"]) for one in answers] == [(429, "1")] * 3
    platform.clear_faults()
    assert results(send(platform, wanted("post", post, 1))) == ["done"]


def test_a_delay_outlasts_an_impatient_sender(platform: DemoPlatform, join: Join) -> None:
    """A sender that does not wait times out; its retry with the same id finds the work done once."""
    post = join().write("느린 웹훅")
    change = wanted("post", post, 1, restriction("remove"))
    platform.set_fault(delay_ms=600, count=1)
    with pytest.raises(httpx.ReadTimeout):
        send(platform, change, webhook_id="slow-1", timeout=0.2)
    assert results(send(platform, change, webhook_id="slow-2")) in (["done"], ["already"])
    assert platform.state("post", post)["applied_count"] == 1


def test_a_dropped_answer_leaves_the_state_kept(platform: DemoPlatform, join: Join) -> None:
    """When the answer is lost, the change is kept, and the retry gets the answer that was lost."""
    post = join().write("끊긴 대답")
    change = wanted("post", post, 1, restriction("remove"))
    platform.set_fault(drop=True, count=1)
    with pytest.raises(httpx.TransportError):
        send(platform, change, webhook_id="drop-1")
    assert platform.state("post", post)["version"] == 1
    assert results(send(platform, change, webhook_id="drop-1")) == ["done"]
    assert platform.state("post", post)["applied_count"] == 1


@pytest.mark.parametrize("body", [{"status": 418}, {"kill": "now"}, {"delay_ms": -1}, {"surprise": 1}])
def test_an_unknown_fault_is_refused(platform: DemoPlatform, body: dict[str, object]) -> None:
    """A fault that cannot be ordered is 422."""
    answer = httpx.post(platform.url + "/faults", json=body, trust_env=False)
    assert answer.status_code == 422


def test_another_site_cannot_order_faults(platform: DemoPlatform) -> None:
    """A form of another site cannot set the JSON type, and a form's type is refused."""
    answer = httpx.post(platform.url + "/faults", data={"status": "500"}, trust_env=False)
    assert answer.status_code == 415
