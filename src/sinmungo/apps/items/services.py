from __future__ import annotations

import hashlib
import re
import secrets

from django.db import IntegrityError, transaction

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.items.errors import BadSlug, PlatformExists
from sinmungo.apps.items.models import ApiKey, Platform
from sinmungo.apps.ledger import kinds
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.vault import services as vault
from sinmungo.core.kernel.words import PlatformMode

_SLUG = re.compile(r"[a-z][a-z0-9-]{0,39}")
KEY_PREFIX = "smk_"
SECRET_FIELD = "items_platform.webhook_secret"  # noqa: S105 - the name of a column


def key_ref(platform: Platform) -> str:
    """Return the name of the vault key under which a platform's secrets are sealed."""
    return f"platform:{platform.slug}"


def digest_of_key(key: str) -> bytes:
    """Return the SHA-256 by which an API key is known; the key itself is kept nowhere."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def add_platform(
    *,
    slug: str,
    name: str,
    actor: Actor,
    mode: PlatformMode = PlatformMode.OBSERVE,
    locale: str = "ko",
    time_zone: str = "Asia/Seoul",
    jurisdiction: str = "KR",
) -> Platform:
    """Connect a platform. Raises BadSlug or PlatformExists."""
    if not _SLUG.fullmatch(slug):
        raise BadSlug
    now = clock.now()
    platform = Platform(
        slug=slug,
        name=name or slug,
        mode=mode,
        locale=locale,
        time_zone=time_zone,
        jurisdiction=jurisdiction,
        created_at=now,
    )
    try:
        with transaction.atomic():
            platform.save(force_insert=True)
            _enter("items.platform.added", platform, actor, {"mode": str(mode)})
    except IntegrityError as error:
        raise PlatformExists(slug=slug) from error
    return platform


@transaction.atomic
def make_api_key(*, platform: Platform, name: str, actor: Actor) -> str:
    """Return a fresh API key, shown this once: only its digest is kept."""
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    ApiKey.objects.create(platform=platform, name=name, digest=digest_of_key(key), created_at=clock.now())
    _enter("items.key.made", platform, actor, {})
    return key


@transaction.atomic
def revoke_api_keys(*, platform: Platform, name: str, actor: Actor) -> int:
    """Revoke the platform's keys called ``name``; return how many there were."""
    now = clock.now()
    count = ApiKey.objects.filter(platform=platform, name=name, revoked_at__isnull=True).update(
        revoked_at=now
    )
    if count:
        _enter("items.key.revoked", platform, actor, {"keys": count})
    return count


@transaction.atomic
def set_mode(*, platform: Platform, mode: PlatformMode, actor: Actor) -> None:
    """Say how far Sinmungo acts on a platform from now on."""
    platform.mode = mode
    platform.save(update_fields=["mode"])
    _enter("items.platform.mode", platform, actor, {"mode": str(mode)})


def set_webhook(*, platform: Platform, url: str, secret: str, actor: Actor) -> None:
    """Say where the platform is told of restrictions; the secret is sealed under its own key."""
    ref = key_ref(platform)
    vault.ensure([ref])
    with transaction.atomic():
        vault.register([ref], at=clock.now())
        platform.webhook_url = url
        platform.webhook_secret = vault.seal(ref, SECRET_FIELD, secret)
        platform.save(update_fields=["webhook_url", "webhook_secret"])
        _enter("items.platform.webhook", platform, actor, {})


def _enter(kind: str, platform: Platform, actor: Actor, body: kinds.Body) -> None:
    entry = ledger.NewEntry(kind=kind, subject=f"platform:{platform.slug}", actor=actor, body=body)
    ledger.record([entry], at=clock.now())
