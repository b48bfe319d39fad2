"""Platforms, their keys and their secrets."""

from __future__ import annotations

import pytest

from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.items import queries, services
from sinmungo.apps.items.errors import BadSlug, PlatformExists, UnknownPlatform
from sinmungo.apps.items.models import ApiKey
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.vault import queries as vault
from sinmungo.core.kernel.words import PlatformMode
from tests.apps.items import made

pytestmark = pytest.mark.django_db


def test_a_key_opens_its_platform_and_is_kept_as_a_digest():
    """A key is shown once; the database holds only its digest."""
    platform = made.platform()
    key = services.make_api_key(platform=platform, name="worker", actor=SYSTEM)

    assert key.startswith("smk_")
    assert queries.platform_by_key(services.digest_of_key(key)) == platform
    assert key.encode() not in bytes(ApiKey.objects.get(platform=platform).digest)


def test_a_revoked_key_opens_nothing():
    """After its keys are revoked a platform must make another."""
    platform = made.platform()
    key = services.make_api_key(platform=platform, name="worker", actor=SYSTEM)

    assert services.revoke_api_keys(platform=platform, name="worker", actor=SYSTEM) == 1
    assert queries.platform_by_key(services.digest_of_key(key)) is None
    assert services.revoke_api_keys(platform=platform, name="worker", actor=SYSTEM) == 0


def test_a_slug_names_one_platform():
    """A second platform of one name is a conflict, and a bad name is refused."""
    platform = made.platform()

    with pytest.raises(PlatformExists):
        services.add_platform(slug=platform.slug, name="다른 곳", actor=SYSTEM)
    for slug in ("", "Bada", "바다", "a/b", "a" * 41, "-a"):
        with pytest.raises(BadSlug):
            services.add_platform(slug=slug, name="", actor=SYSTEM)
    with pytest.raises(UnknownPlatform):
        queries.platform_by_slug("nowhere")


def test_the_webhook_secret_is_sealed():
    """The secret stands in the database only sealed under the platform's own key."""
    platform = made.platform()
    services.set_webhook(
        platform=platform, url="https://bada.example/hook", secret="whsec_c2VjcmV0", actor=SYSTEM
    )
    stored = queries.platform_by_slug(platform.slug)

    assert b"whsec" not in bytes(stored.webhook_secret)
    opened = vault.unseal(services.key_ref(stored), services.SECRET_FIELD, stored.webhook_secret)
    assert opened.reveal() == "whsec_c2VjcmV0"


def test_what_is_done_to_a_platform_stands_in_the_ledger():
    """Connecting, keys and modes are entered, without any secret."""
    platform = made.platform(PlatformMode.OBSERVE)
    services.make_api_key(platform=platform, name="worker", actor=SYSTEM)
    services.set_mode(platform=platform, mode=PlatformMode.BESIDE, actor=SYSTEM)

    entries = Entry.objects.filter(subject=f"platform:{platform.slug}").order_by("id")
    assert [entry.kind for entry in entries] == [
        "items.platform.added",
        "items.key.made",
        "items.platform.mode",
    ]
    assert queries.platform_by_slug(platform.slug).mode == PlatformMode.BESIDE
