"""The hosts from which a platform's pictures may be fetched."""

from __future__ import annotations

from typing import Any

import pytest

from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.items import services
from sinmungo.apps.items.errors import BadMediaHost
from sinmungo.apps.items.hosts import is_listed, normal_host
from sinmungo.apps.items.models import Platform
from sinmungo.apps.ledger.models import Entry
from tests.apps.items import made

NO_HOSTS = [
    "", "*", "*.", "*.org", "*.*.example.org", "a.*.example.org", "**.example.org", "localhost", "localhost.",
    "example", "127.0.0.1", "0x7f.1", "2130706433", "0177.0.0.1", "[::1]", "::1", "1.2.3", "example.1",
    "https://media.example.org", "media.example.org/a", "media.example.org:443", "a@media.example.org",
    "media.example.org.", ".media.example.org", "media..example.org", "-a.example.org", "a-.example.org",
    "media example.org", "media.example.org\n", "media.example.org\\", "media.example.org#",
    "a%2e.example.org", "a_b.example.org", "a" * 64 + ".example.org",
    ".".join(["a" * 60] * 5), "\ufe0f.example.org",
]  # fmt: skip


@pytest.fixture
def platform(db: None) -> Platform:
    return made.platform()


def test_hosts_are_kept_in_one_spelling(platform: Platform) -> None:
    """Capitals, Korean names and doubles become one name each; the ledger tells how many, not which."""
    hosts = ["Media.Example.ORG", "media.example.org", "*.CDN.example.org", "사진.example.org"]
    services.set_media_hosts(platform=platform, hosts=hosts, actor=SYSTEM)
    platform.refresh_from_db()
    korean = "사진".encode("punycode").decode()
    assert platform.media_hosts == ["*.cdn.example.org", "media.example.org", f"xn--{korean}.example.org"]
    entry = Entry.objects.get(kind="items.platform.media_hosts")
    assert "example.org" not in bytes(entry.leaf).decode("latin-1")


@pytest.mark.parametrize("host", NO_HOSTS)
def test_what_is_no_hosts_name_is_refused_by_its_place(platform: Platform, host: str) -> None:
    """Numbers in any spelling, single words, pages and wider wildcards are refused, and nothing is kept."""
    with pytest.raises(BadMediaHost) as caught:
        services.set_media_hosts(platform=platform, hosts=["media.example.org", host], actor=SYSTEM)
    assert caught.value.facts["place"] == 2
    platform.refresh_from_db()
    assert platform.media_hosts == []


def test_fifty_hosts_are_listed_and_no_more(platform: Platform) -> None:
    """At its edge the list is kept; one more is refused."""
    hosts = [f"h{number}.example.org" for number in range(services.MAX_MEDIA_HOSTS + 1)]
    services.set_media_hosts(platform=platform, hosts=hosts[:-1], actor=SYSTEM)
    assert len(platform.media_hosts) == services.MAX_MEDIA_HOSTS
    with pytest.raises(BadMediaHost):
        services.set_media_hosts(platform=platform, hosts=hosts, actor=SYSTEM)


def test_this_machine_is_listed_only_with_the_operators_word(platform: Platform, settings: Any) -> None:
    """What webhooks may reach on this machine may be listed, and nothing else on it."""
    settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS = ("127.0.0.1",)
    services.set_media_hosts(platform=platform, hosts=["127.0.0.1"], actor=SYSTEM)
    assert platform.media_hosts == ["127.0.0.1"]
    with pytest.raises(BadMediaHost):
        services.set_media_hosts(platform=platform, hosts=["localhost"], actor=SYSTEM)


def test_a_wildcard_stands_for_one_label() -> None:
    """It allows names right below its domain: not the domain, nothing deeper, nothing beside it."""
    listed = ("*.cdn.example.org",)
    assert is_listed("a.cdn.example.org", listed)
    assert is_listed(normal_host("한글.cdn.example.org"), listed)
    for host in (
        "cdn.example.org",
        "a.b.cdn.example.org",
        "acdn.example.org",
        "*.cdn.example.org",
        ".cdn.example.org",
    ):
        assert not is_listed(host, listed)
