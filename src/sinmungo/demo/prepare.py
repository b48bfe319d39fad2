"""Makes Sinmungo ready for the demonstration: tables, the platform Madang, its keys, a pack, a bank, a past.

Everything is made once; run again, it goes on with what is there.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

import sinmungo
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.items import queries as items
from sinmungo.apps.items import services as item_services
from sinmungo.apps.items.errors import UnknownPlatform
from sinmungo.apps.items.models import Platform
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff import services as staff_services
from sinmungo.apps.staff.errors import NoSuchMember
from sinmungo.apps.staff.models import Role
from sinmungo.core.kernel.words import PlatformMode
from sinmungo.demo import drawings, known, moved_clock, script
from sinmungo.demo.past import IN_FORCE_DAYS
from sinmungo.demo.remember import remember
from sinmungo.demo.stage import by_number
from sinmungo.journeys import adopt

PACK = Path(sinmungo.__file__).parent / "packs" / "kr-community"
KEY_NAME = "demo"
MEDIA_HOSTS = ("127.0.0.1",)
#: Standard Webhooks: 24 to 64 random bytes, written as base64 after this prefix.
SECRET_PREFIX = "whsec_"  # noqa: S105 - not a secret


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works here in the demonstration."""

    username: str
    pseudonym: str
    role: Role
    queues: tuple[str, ...] = ()


#: First those whom a visitor steps into, then the colleagues who act in the story: whoever acted may
#: neither approve nor hear the same again, and a visitor shall be able to.
MEMBERS = (
    Member("demo-admin", "보라", Role.ADMINISTRATOR),
    Member(script.VISITOR, "하늬", Role.REVIEWER),
    Member(script.LEAD, "마루", Role.LEAD),
    Member("demo-hearer", "가람", Role.HEARER),
    Member(script.POLICY, "다온", Role.POLICY),
    Member("demo-observer", "누리", Role.OBSERVER),
    Member("demo-vendor", "아라", Role.VENDOR, script.VENDOR_QUEUES),
    Member(script.REVIEWER, "이든", Role.REVIEWER),
    Member(script.APPROVER, "미르", Role.REVIEWER),
    Member(script.HEARER, "여울", Role.HEARER),
    Member(script.MORE_REVIEWERS[0], "새론", Role.REVIEWER),
    Member(script.MORE_REVIEWERS[1], "나래", Role.REVIEWER),
)


def main() -> int:
    """Prepare everything for the platform at ``SINMUNGO_DEMO_PLATFORM_URL``; returns 0."""
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    now = clock.now()
    with moved_clock.at(now - timedelta(days=IN_FORCE_DAYS)):
        platform = ensure_platform()
        for member in MEMBERS:
            ensure_member(member)
        if policies.in_force(platform.pk, now) is None:
            adopt.adopt(platform=platform, source=PACK, actor=SYSTEM)
        known.learn(drawings.KNOWN_SCAMS[0], hunt=False)
    ensure_webhook(platform, settings.HOME / script.SECRET_FILE)
    ensure_media_hosts(platform)
    ensure_key(platform, settings.HOME / script.KEY_FILE)
    remember(platform, settings.SINMUNGO_DEMO_PLATFORM_URL)
    return 0


def ensure_platform() -> Platform:
    """Return the platform of the demonstration, connected now if it is not yet."""
    try:
        return items.platform_by_slug(script.PLATFORM)
    except UnknownPlatform:
        return item_services.add_platform(
            slug=script.PLATFORM, name=script.PLATFORM_NAME, mode=PlatformMode.FULL, actor=SYSTEM
        )


def ensure_webhook(platform: Platform, file: Path) -> None:
    """Tell where the platform listens, with the secret in ``file``, made if there is none."""
    url = by_number(settings.SINMUNGO_DEMO_PLATFORM_URL) + "/webhooks"
    if file.exists() and platform.webhook_url == url:
        return
    if not file.exists():
        _keep(file, SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode())
    item_services.set_webhook(platform=platform, url=url, secret=file.read_text(), actor=SYSTEM)


def ensure_media_hosts(platform: Platform) -> None:
    """List the platform's own host, where its pictures are."""
    if platform.media_hosts != list(MEDIA_HOSTS):
        item_services.set_media_hosts(platform=platform, hosts=MEDIA_HOSTS, actor=SYSTEM)


def ensure_key(platform: Platform, file: Path) -> None:
    """Leave a working API key of the platform in ``file``; a lost one is revoked and made anew."""
    known = items.platform_by_key(item_services.digest_of_key(file.read_text())) if file.exists() else None
    if known is None:
        item_services.revoke_api_keys(platform=platform, name=KEY_NAME, actor=SYSTEM)
        _keep(file, item_services.make_api_key(platform=platform, name=KEY_NAME, actor=SYSTEM))


def ensure_member(member: Member) -> None:
    """Make a person of the demonstration who is not there yet."""
    try:
        staff.by_username(member.username)
    except NoSuchMember:
        staff_services.add_member(
            username=member.username,
            pseudonym=member.pseudonym,
            role=member.role,
            queues=member.queues,
            at=clock.now(),
            actor=SYSTEM,
        )


def _keep(file: Path, secret: str) -> None:
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(secret)
