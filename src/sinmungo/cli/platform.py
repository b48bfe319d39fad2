"""``sinmungo platform``: connect a platform, and make the key with which it speaks."""

from __future__ import annotations

import base64
import secrets
from typing import Annotated

import typer
from rich.console import Console

from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.items import queries, services
from sinmungo.core.kernel.words import PlatformMode

app = typer.Typer(add_completion=False, help="Platforms that are connected.")
out = Console(highlight=False, soft_wrap=True)

#: Standard Webhooks: 24 to 64 random bytes, written as base64 after this prefix.
SECRET_PREFIX = "whsec_"  # noqa: S105 - not a secret


@app.command()
def add(
    slug: str = typer.Argument(help="A short name for addresses: small letters, digits, hyphens."),
    name: str = typer.Option("", help="What people call it; the short name if left out."),
    mode: Annotated[
        PlatformMode, typer.Option(help="observe: judge, do nothing; beside: another tool decides; full.")
    ] = PlatformMode.OBSERVE,
    webhook_url: str = typer.Option("", help="Where it is told of restrictions."),
    webhook_secret: str = typer.Option("", help="The secret that signs them; made if left out."),
    locale: str = typer.Option("ko", help="The language of those who name none."),
    time_zone: str = typer.Option("Asia/Seoul", help="The zone that its people are shown."),
    jurisdiction: str = typer.Option("KR", help="The country whose legal clocks hold."),
) -> None:
    """Connect a platform; with a webhook address its signing secret is printed, this once."""
    platform = services.add_platform(
        slug=slug,
        name=name,
        mode=mode,
        locale=locale,
        time_zone=time_zone,
        jurisdiction=jurisdiction,
        actor=SYSTEM,
    )
    if webhook_url:
        secret = webhook_secret or SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
        services.set_webhook(platform=platform, url=webhook_url, secret=secret, actor=SYSTEM)
        if not webhook_secret:
            out.print(secret, markup=False)


@app.command()
def key(
    slug: str = typer.Argument(help="The platform."),
    name: str = typer.Option("default", help="What the key is for, to revoke it by."),
    revoke: bool = typer.Option(False, "--revoke", help="Revoke the keys of this name instead."),
) -> None:
    """Print a fresh API key, this once; only its digest is kept."""
    platform = queries.platform_by_slug(slug)
    if revoke:
        out.print(str(services.revoke_api_keys(platform=platform, name=name, actor=SYSTEM)))
    else:
        out.print(services.make_api_key(platform=platform, name=name, actor=SYSTEM), markup=False)


@app.command("media-hosts")
def media_hosts(
    slug: Annotated[str, typer.Argument(help="The platform.")],
    hosts: Annotated[
        list[str] | None, typer.Argument(help="Hosts such as media.example.org or *.media.example.org.")
    ] = None,
    none: bool = typer.Option(False, "--none", help="Take all hosts off the list."),
) -> None:
    """Say from which hosts a platform's pictures may be fetched; without any, print those listed."""
    platform = queries.platform_by_slug(slug)
    if hosts and none:
        raise typer.BadParameter("name hosts or --none, not both")
    if hosts or none:
        services.set_media_hosts(platform=platform, hosts=hosts or [], actor=SYSTEM)
    for host in platform.media_hosts:
        out.print(host, markup=False)


@app.command()
def mode(
    slug: Annotated[str, typer.Argument(help="The platform.")],
    mode: Annotated[PlatformMode, typer.Argument(help="observe, beside or full.")],
) -> None:
    """Say how far Sinmungo acts on a platform from now on."""
    services.set_mode(platform=queries.platform_by_slug(slug), mode=mode, actor=SYSTEM)
