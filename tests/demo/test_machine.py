"""Export, hand-over and purge."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sinmungo.demo.process import DemoPlatform, Neighbour
from tests.demo.driving import restriction, results, send, wanted

Join = Callable[..., Neighbour]


def unpack(part: str) -> bytes:
    """Return the bytes of a part of a token."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def exported(neighbour: Neighbour) -> list[str]:
    """Return the external ids of a whole export, page by page (20 at most)."""
    path: str | None = f"/export/{neighbour.account}"
    found: list[str] = []
    for _ in range(20):
        if path is None:
            return found
        page = neighbour.client.get(path).json()
        found += [item["external_id"] for item in page["items"]]
        path = page["next"]
    raise AssertionError("the export does not end")


def test_an_export_holds_everything_of_ones_own_once(platform: DemoPlatform, join: Join) -> None:
    """Every page together gives each own post, room and message once, and nobody else's."""
    neighbour, other = join(), join()
    own = [neighbour.write(f"{number}번째 글") for number in range(101)]
    room = neighbour.open_room("내가 연 방")
    own += [room, neighbour.say(room, "내가 한 말")]
    other.say(room, "남이 한 말")
    assert exported(neighbour) == own


def test_a_suspended_account_still_takes_its_data_along(platform: DemoPlatform, join: Join) -> None:
    """Suspension does not close the export."""
    neighbour = join()
    post = neighbour.write("가져갈 글")
    send(platform, wanted("account", neighbour.account, 1, restriction("suspend")))
    assert exported(neighbour) == [post]


def test_nobody_exports_somebody_elses_content(platform: DemoPlatform, join: Join) -> None:
    """Another account and a visitor who is not signed in are refused."""
    path = f"/export/{join().account}"
    assert join().page(path).status_code == 403
    assert platform.browse().page(path).status_code == 403


@pytest.mark.parametrize("after", ["", "post", "post:-1", "post:x", "planet:0", "post:" + "9" * 30])
def test_an_export_page_that_is_not_one_is_refused(join: Join, after: str) -> None:
    """A made-up page key is 422."""
    neighbour = join()
    assert neighbour.page(f"/export/{neighbour.account}", after=after).status_code == 422


def test_a_handover_is_signed_short_and_for_this_account(platform: DemoPlatform, join: Join) -> None:
    """The token verifies with the published key, names account and purpose, and lasts five minutes."""
    neighbour = join()
    send(platform, wanted("account", neighbour.account, 1, restriction("suspend")))
    given = neighbour.send(f"/handover/{neighbour.account}", purpose="appeal")
    token, kid = given.json()["token"], given.json()["kid"]
    head, body, signature = token.split(".")
    key = next(key for key in platform.browse().page("/handover/keys").json()["keys"] if key["kid"] == kid)
    public = Ed25519PublicKey.from_public_bytes(unpack(key["x"]))
    public.verify(unpack(signature), f"{head}.{body}".encode())
    claims = json.loads(unpack(body))
    assert json.loads(unpack(head)) == {"alg": "EdDSA", "typ": "JWT", "kid": kid}
    assert (claims["sub"], claims["purpose"]) == (neighbour.account, "appeal")
    assert 0 < claims["exp"] - time.time() <= 300
    assert given.headers["cache-control"] == "no-store"
    with pytest.raises(InvalidSignature):
        public.verify(unpack(signature), f"{head}.{body}x".encode())


def test_each_handover_is_another_one(join: Join) -> None:
    """Two tokens have two ids, so that each is taken once."""
    neighbour = join()
    tokens = [neighbour.send(f"/handover/{neighbour.account}").json()["token"] for _ in range(2)]
    assert len({json.loads(unpack(token.split(".")[1]))["jti"] for token in tokens}) == 2


def test_a_handover_is_for_oneself_and_a_known_purpose(join: Join) -> None:
    """Somebody else's account is 403, an unknown purpose is 422."""
    neighbour = join()
    assert neighbour.send(f"/handover/{join().account}").status_code == 403
    assert neighbour.send(f"/handover/{neighbour.account}", purpose="fame").status_code == 422


def test_a_purge_deletes_what_was_withheld_and_nothing_else(platform: DemoPlatform, join: Join) -> None:
    """Past its days a withheld post is gone for good; others, and later ones, stay."""
    platform.purge(days=0)  # what other tests have left behind
    neighbour = join()
    withheld, stays = neighbour.write("가려진 글"), neighbour.write("남는 글")
    send(platform, wanted("post", withheld, 1, restriction("remove")))
    assert platform.purge(days=1) == 0
    assert platform.purge(days=0) == 1
    assert platform.purge(days=0) == 0
    assert results(send(platform, wanted("post", withheld, 2))) == ["gone"]
    assert "남는 글" in neighbour.page(f"/posts/{stays}").text
