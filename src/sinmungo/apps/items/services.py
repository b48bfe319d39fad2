from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence

from django.conf import settings
from django.db import IntegrityError, transaction

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.items.errors import BadMediaHost, BadSlug, PlatformExists
from sinmungo.apps.items.hosts import normal_listed
from sinmungo.apps.items.models import ApiKey, Platform
from sinmungo.apps.ledger import kinds
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.vault import services as vault
from sinmungo.core.kernel.words import PlatformMode

_SLUG = re.compile(r"[a-z][a-z0-9-]{0,39}")
KEY_PREFIX = "smk_"
MAX_MEDIA_HOSTS = 50
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


@transaction.atomic
def set_media_hosts(*, platform: Platform, hosts: Sequence[str], actor: Actor) -> None:
    """Say from which hosts a platform's pictures may be fetched, instead of those listed before.

    A host on this machine is taken only if the operator allows it for webhooks as well. Raises
    BadMediaHost for the first that is none, counted from 1, or for more than 50.
    """
    if len(hosts) > MAX_MEDIA_HOSTS:
        raise BadMediaHost(place=MAX_MEDIA_HOSTS + 1, limit=MAX_MEDIA_HOSTS)
    platform.media_hosts = sorted({_host(place, host) for place, host in enumerate(hosts, start=1)})
    platform.save(update_fields=["media_hosts"])
    _enter("items.platform.media_hosts", platform, actor, {"hosts": len(platform.media_hosts)})


def _host(place: int, host: str) -> str:
    try:
        return normal_listed(host, local=settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS)
    except ValueError as error:
        raise BadMediaHost(place=place, limit=MAX_MEDIA_HOSTS) from error


def _enter(kind: str, platform: Platform, actor: Actor, body: kinds.Body) -> None:
    entry = ledger.NewEntry(kind=kind, subject=f"platform:{platform.slug}", actor=actor, body=body)
    ledger.record([entry], at=clock.now())
