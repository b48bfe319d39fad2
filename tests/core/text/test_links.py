"""Where a link ends is told beside what it shows, and an end under another name is a signal."""

from __future__ import annotations

import pytest

from sinmungo.core.kernel.values import PlainItem, PlainSignal
from sinmungo.core.text.contacts import ContactScreener
from sinmungo.core.text.links import MAX_ADDRESS, MAX_LINKS, domain, links_told, registered


def screen(*links: tuple[str, str], text: str = "여기 보세요") -> dict[str, PlainSignal]:
    item = PlainItem(text=text, links=links)
    return {signal.name: signal for signal in ContactScreener().screen([item])[0]}


def test_a_link_is_told_with_its_end() -> None:
    """The evidence shows both domains, and the link counts as a contact point."""
    found = screen(("https://go.example.kr/a", "https://www.example.kr/b"))
    assert found["link"].evidence == "go.example.kr -> example.kr"
    assert (found["link"].score, found["any"].score) == (1.0, 1.0)
    assert "hidden_link" not in found


@pytest.mark.parametrize(
    ("shown", "final", "is_hidden"),
    [
        ("https://bank.example.co.kr", "https://bank.example.co.kr.evil.test/login", True),
        ("https://short.test/x", "https://example.kr/", True),
        ("one.co.kr", "https://two.co.kr", True),
        ("https://one.example.co.kr", "https://two.example.co.kr", False),
        ("https://user@example.kr:8080/a", "http://EXAMPLE.kr./b", False),
        ("눌러 보세요", "https://example.kr/", False),
    ],
)
def test_an_end_under_another_name_is_hidden(shown: str, final: str, is_hidden: bool) -> None:
    """Names are compared by the part that somebody registered."""
    found = screen((shown, final))
    assert ("hidden_link" in found) is is_hidden
    assert not is_hidden or found["hidden_link"].score == 0.9


def test_other_contact_points_are_still_found() -> None:
    """Links that are told take the place of those in the text, and nothing else's."""
    found = screen(("https://a.test", "https://a.test"), text="010-0000-0000 https://b.test")
    assert found["phone"].score == 1.0
    assert found["link"].evidence == "a.test -> a.test"


@pytest.mark.parametrize(
    "told", [None, "x", {}, [1], [["a", "b"]], [{"url": "a"}], [{"url": 1, "final": "b"}]]
)
def test_what_has_another_shape_is_left_out(told: object) -> None:
    """Attributes are the platform's own: a wrong shape refuses nothing."""
    assert links_told(told) == ()


def test_links_are_bounded() -> None:
    """At most twenty, and none longer than 2,000 characters."""
    longest = "a" * MAX_ADDRESS
    assert len(links_told([{"url": "a.test", "final": "b.test"}] * (MAX_LINKS + 1))) == MAX_LINKS
    assert links_told([{"url": longest, "final": longest}]) == ((longest, longest),)
    assert links_told([{"url": longest + "a", "final": "b.test"}]) == ()


def test_the_registered_part_has_two_labels_or_three() -> None:
    """Three under such as co.kr."""
    assert [registered(each) for each in ("a.b.example.com", "a.example.co.kr", "co.kr", "example.kr")] == [
        "example.com",
        "example.co.kr",
        "co.kr",
        "example.kr",
    ]
    assert domain("https://") == domain("그냥 글") == ""
