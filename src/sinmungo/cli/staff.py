"""``sinmungo staff``: people who work here, and one-time sign-in links."""

from __future__ import annotations

from typing import Annotated

import typer
from django.conf import settings
from rich.console import Console

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.review import queries as review
from sinmungo.apps.review.errors import UnknownQueue
from sinmungo.apps.staff import queries, services
from sinmungo.apps.staff.models import Role

app = typer.Typer(add_completion=False, help="People who work here.")
out = Console(highlight=False, soft_wrap=True)


@app.command()
def add(
    username: Annotated[str, typer.Argument(help="The name to sign in with.")],
    role: Annotated[Role, typer.Option(help="What the person does here.")],
    pseudonym: str = typer.Option("", help="What colleagues see; the name if left out."),
    platform: str = typer.Option("", help="On this platform only; on all if left out."),
    queues: str = typer.Option("", help="In these queues only, with commas; a vendor reviewer needs some."),
) -> None:
    """Make a person who works here, and print a one-time sign-in link."""
    at = clock.now()
    named = [slug.strip() for slug in queues.split(",") if slug.strip()]
    for slug in named:
        if review.queue(slug=slug) is None:
            raise UnknownQueue(queue=slug)
    user = services.add_member(
        username=username,
        pseudonym=pseudonym or username,
        role=role,
        platform=platform,
        queues=named,
        at=at,
        actor=SYSTEM,
    )
    _print_link(services.make_sign_in_link(user=user, at=at, actor=SYSTEM))


@app.command()
def link(username: str = typer.Argument(help="Whom the link signs in.")) -> None:
    """Print a link that signs a person in once, within a day."""
    user = queries.by_username(username)
    _print_link(services.make_sign_in_link(user=user, at=clock.now(), actor=SYSTEM))


@app.command()
def revoke(
    username: Annotated[str, typer.Argument(help="Who loses the role.")],
    role: Annotated[Role, typer.Option(help="The role to take away.")],
    platform: Annotated[str, typer.Option(help="On this platform only; the role on all if left out.")] = "",
) -> None:
    """Take a role away; whoever has none left can sign in and do nothing."""
    user = queries.by_username(username)
    services.revoke(user=user, role=role, platform=platform, at=clock.now(), actor=SYSTEM)


def _print_link(token: str) -> None:
    out.print(f"{settings.SINMUNGO_URL}/staff/link/{token}")
