"""``sinmungo platform`` and ``sinmungo policy``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sinmungo.apps.base import clock
from sinmungo.apps.items import queries, services
from sinmungo.apps.items.errors import BadMediaHost, PlatformExists, UnknownPlatform
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.vault import queries as vault
from sinmungo.cli import platform, policy
from sinmungo.core.kernel.words import PlatformMode

pytestmark = pytest.mark.django_db


def _run(app, *words: str, ok: bool = True) -> str:
    result = CliRunner().invoke(app, list(words))
    if ok:
        assert result.exit_code == 0, result.output
    elif result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output.strip()


def test_a_platform_is_connected_and_gets_a_key():
    """The printed key signs the platform in."""
    _run(platform.app, "add", "bada", "--name", "바다광장", "--mode", "full")
    key = _run(platform.app, "key", "bada")
    found = queries.platform_by_key(services.digest_of_key(key))

    assert found is not None
    assert (found.slug, found.name, found.mode) == ("bada", "바다광장", PlatformMode.FULL)
    assert _run(platform.app, "key", "bada", "--revoke") == "1"
    assert queries.platform_by_key(services.digest_of_key(key)) is None


def test_a_webhook_address_gets_a_secret():
    """A made secret is printed once and kept sealed; one that is given is not printed."""
    secret = _run(platform.app, "add", "bada", "--webhook-url", "https://bada.example/hook")
    given = "whsec_" + "A" * 32
    said = _run(
        platform.app, "add", "san", "--webhook-url", "https://san.example/", "--webhook-secret", given
    )
    stored = queries.platform_by_slug("bada")

    assert secret.startswith("whsec_")
    assert vault.unseal("platform:bada", services.SECRET_FIELD, stored.webhook_secret).reveal() == secret
    assert said == ""


def test_what_cannot_be_done_is_told():
    """An unknown platform, one that exists, and a mode that is none."""
    _run(platform.app, "add", "bada")
    with pytest.raises(PlatformExists):
        _run(platform.app, "add", "bada", ok=False)
    with pytest.raises(UnknownPlatform):
        _run(platform.app, "key", "nowhere", ok=False)
    assert CliRunner().invoke(platform.app, ["add", "x", "--mode", "sometimes"]).exit_code == 2
    _run(platform.app, "mode", "bada", "beside")
    assert queries.platform_by_slug("bada").mode == PlatformMode.BESIDE


def test_the_shipped_pack_is_adopted_by_its_name():
    """`policy adopt kr-community` puts the pack in force."""
    _run(platform.app, "add", "bada")
    said = _run(policy.app, "adopt", "kr-community", "--platform", "bada")
    found = policies.in_force("bada", clock.now())

    assert said.startswith("kr-community")
    assert found is not None
    assert found.document.id == "kr-community"


def test_a_faulty_pack_is_not_adopted(tmp_path: Path):
    """Faults are told, the exit code is 1, and nothing is in force."""
    _run(platform.app, "add", "bada")
    (tmp_path / "pack.yaml").write_text("id: x\n", encoding="utf-8")
    result = CliRunner().invoke(policy.app, ["adopt", str(tmp_path), "--platform", "bada"])

    assert result.exit_code == 1
    assert "pack.yaml" in result.output
    assert policies.in_force("bada", clock.now()) is None


def test_a_pack_is_checked(tmp_path: Path):
    """`policy check` ends with 1 when there are faults and with 0 when there are none."""
    (tmp_path / "pack.yaml").write_text("id: x\n", encoding="utf-8")
    shipped = Path(policy.__file__).parent.parent / "packs" / "kr-community"
    result = CliRunner().invoke(policy.app, ["check", str(shipped), "--json"])

    assert json.loads(result.stdout)["ok"] is True
    assert CliRunner().invoke(policy.app, ["check", str(tmp_path)]).exit_code == 1


def test_the_hosts_of_pictures_are_listed():
    """They are set together, printed, kept when none is named, and taken off by --none."""
    _run(platform.app, "add", "bada")
    hosts = ["media.bada.example", "*.cdn.bada.example"]

    assert _run(platform.app, "media-hosts", "bada", *hosts).splitlines() == sorted(hosts)
    assert _run(platform.app, "media-hosts", "bada").splitlines() == sorted(hosts)
    with pytest.raises(BadMediaHost):
        _run(platform.app, "media-hosts", "bada", "127.0.0.1", ok=False)
    assert CliRunner().invoke(platform.app, ["media-hosts", "bada", "a.example.org", "--none"]).exit_code == 2
    assert _run(platform.app, "media-hosts", "bada", "--none") == ""
    assert queries.platform_by_slug("bada").media_hosts == []
