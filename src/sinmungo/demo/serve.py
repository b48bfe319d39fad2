"""Runs the demo platform: ``python -m sinmungo.demo.serve --port N --db PATH [--sinmungo URL ...]``.

It binds 127.0.0.1 only, prints one line when it answers, and ends with its worker.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connections
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from sinmungo.demo.platform.keys import make_keys

HOST = "127.0.0.1"
THREADS = 8


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m sinmungo.demo.serve", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--db", type=Path, required=True, help="the platform's own SQLite file")
    parser.add_argument("--sinmungo", default="", help="where Sinmungo answers; without it nothing is sent")
    # The two secrets may come by the environment: a command line is seen by everybody on the machine.
    key, signs = os.environ.get("MADANG_API_KEY", ""), os.environ.get("MADANG_WEBHOOK_SECRET")
    parser.add_argument("--api-key", default=key, help="the platform's key at Sinmungo")
    parser.add_argument(
        "--webhook-secret",
        type=secret,
        default=signs,
        required=signs is None,
        help="whsec_..., as Sinmungo has it",
    )
    parser.add_argument("--purge-days", type=int, default=180)
    parser.add_argument("--story", type=int, metavar="SEED", help="fill an empty database with a story")
    parser.add_argument("--accounts", type=int, default=60)
    parser.add_argument("--posts", type=int, default=300)
    parser.add_argument("--past", action="store_true", help="with posts of the weeks before, told already")
    parser.add_argument("--wave", type=int, default=0, help="so many newcomers who asked, told already")
    return parser.parse_args(argv)


def secret(given: str) -> str:
    """Return a webhook secret that can sign, or raise ArgumentTypeError."""
    try:
        Webhook(given)
    except (ValueError, RuntimeError, EmptyWebhookSecretError) as error:
        raise argparse.ArgumentTypeError("not a secret of the form whsec_ and base64") from error
    return given


def port_is_free(port: int) -> bool:
    """Return whether nobody listens; granian would silently share the port with another server."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def prepare(asked: argparse.Namespace) -> None:
    """Make keys and tables, and load the story when one is asked for and nobody lives there yet."""
    asked.db.parent.mkdir(parents=True, exist_ok=True)
    make_keys(asked.db.resolve())
    os.environ.update(
        DJANGO_SETTINGS_MODULE="sinmungo.demo.platform.settings",
        MADANG_DB=str(asked.db.resolve()),
        MADANG_PORT=str(asked.port),
        MADANG_SINMUNGO_URL=asked.sinmungo,
        MADANG_API_KEY=asked.api_key,
        MADANG_WEBHOOK_SECRET=asked.webhook_secret,
        MADANG_PURGE_DAYS=str(asked.purge_days),
        MADANG_STORY=f"{asked.story},{asked.accounts},{asked.posts}" if asked.story is not None else "",
    )
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    if asked.story is not None:
        sizes = {"accounts": asked.accounts, "posts": asked.posts, "wave": asked.wave}
        call_command("load_story", asked.story, past=asked.past, **sizes)
    connections.close_all()  # the worker is a fork and must not inherit an open SQLite file


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until ended; return 2 when the port is taken."""
    asked = arguments(argv)
    if not port_is_free(asked.port):
        sys.stderr.write(f"Port {asked.port} on {HOST} is taken. Choose another with --port.\n")
        return 2
    prepare(asked)
    Granian(
        "sinmungo.demo.platform.wsgi:application",
        address=HOST,
        port=asked.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        workers_kill_timeout=3,
        log_level=LogLevels.warning,
    ).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
