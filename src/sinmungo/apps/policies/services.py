from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.items.models import Platform
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.policies import models
from sinmungo.apps.policies.errors import AdoptionInThePast
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.policy import Pack, PolicyDocument, Shared
from sinmungo.core.policy import load_pack as read_pack
from sinmungo.core.policy.pack import executable_digest

#: Between reading the clock and calling here, time goes by.
_A_MOMENT = timedelta(minutes=1)


def load_pack(source: Path | str | Pack, *, actor: Actor) -> models.Pack:
    """Store a pack (a folder's path, or one that is read already) and return its row.

    A pack and each policy in it are known by the digest of their whole text: what is stored already
    is left as it is. Raises ``core.policy.PolicyFaults`` with every fault of the folder.
    """
    pack = source if isinstance(source, Pack) else read_pack(source)
    digest = pack.digest
    with transaction.atomic():
        known = models.Pack.objects.filter(pk=digest).first()
        return known or _stored(pack, digest, actor)


def _stored(pack: Pack, digest: str, actor: Actor) -> models.Pack:
    now = clock.now()
    row = models.Pack.objects.create(
        digest=digest,
        executable_digest=pack.executable_digest,
        slug=pack.id,
        document=_text(pack.to_document()),
        loaded_at=now,
    )
    versions = [_version(policy, pack.shared, now) for policy in pack.policies]
    models.PackPolicy.objects.bulk_create(
        models.PackPolicy(pack=row, version=version, order=order) for order, version in enumerate(versions)
    )
    _enter("policy.pack.loaded", f"pack:{digest[:32]}", actor, _facts(row), now)
    return row


def _version(policy: PolicyDocument, shared: Shared, now: datetime) -> models.PolicyVersion:
    models.Policy.objects.get_or_create(slug=policy.policy)
    version, _ = models.PolicyVersion.objects.get_or_create(
        digest=policy.digest,
        defaults={
            "executable_digest": executable_digest([policy], shared),
            "policy_id": policy.policy,
            "document": _text(policy.to_document()),
            "loaded_at": now,
        },
    )
    return version


@transaction.atomic
def adopt(*, platform: Platform, pack: models.Pack, begins: datetime, actor: Actor) -> models.Adoption:
    """Put a pack in force on a platform from ``begins`` on; the pack that is in force already stays.

    Raises AdoptionInThePast for a moment before now or before the latest adoption begins, and RoleLacks
    for a member of staff who may not adopt policies there.
    """
    staff.require_actor(actor, Permission.ADOPT_POLICIES, platform.slug)
    Platform.objects.select_for_update(no_key=True).get(pk=platform.pk)
    latest = models.Adoption.objects.filter(platform=platform).order_by("-begins", "-pk").first()
    if latest is not None and latest.pack_id == pack.pk:
        return latest
    now = clock.now()
    if begins < now - _A_MOMENT or (latest is not None and begins < latest.begins):
        raise AdoptionInThePast
    adoption = models.Adoption.objects.create(platform=platform, pack=pack, begins=begins)
    body = {**_facts(pack), "begins": begins.isoformat()}
    _enter("policy.pack.adopted", f"platform:{platform.slug}", actor, body, now)
    return adoption


def _facts(pack: models.Pack) -> dict[str, str]:
    return {"pack": pack.slug, "digest": pack.digest, "executable_digest": pack.executable_digest}


def _enter(kind: str, subject: str, actor: Actor, body: dict[str, Any], now: datetime) -> None:
    ledger.record([ledger.NewEntry(kind=kind, subject=subject, actor=actor, body=body)], at=now)


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
