"""``make demo``: Sinmungo and the platform Madang side by side, with a story; Ctrl-C stops everything.

Sinmungo is driven from outside only, as processes with an environment of their own. The first run plays
the story; later runs go on where the last one stopped. Delete the folder to begin anew.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType, MappingProxyType, TracebackType
from typing import NoReturn, Self

import httpx
from rich.console import Console

from sinmungo.demo import crowd, script
from sinmungo.demo.greeting import greet
from sinmungo.demo.played import Played
from sinmungo.demo.serve import HOST, port_is_free

READY_WITHIN = 60.0
ENDS_WITHIN = 15.0
USAGE_ERROR = 2
_PR_SET_PDEATHSIG = 1
_NONE: Mapping[str, str] = MappingProxyType({})

out = Console(highlight=False, soft_wrap=True)


class PartFailed(RuntimeError):
    """A part of the demonstration ended, or did not answer; the message says which and where its log is."""


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m sinmungo.demo.up", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="where Sinmungo is served")
    parser.add_argument("--platform-port", type=int, default=8100, help="where the platform is served")
    parser.add_argument("--home", type=Path, default=Path("var/demo"), help="keys, vault and both databases")
    parser.add_argument("--wave", type=_wave, default=crowd.COUNT, help="newcomers whom a rule suspends")
    return parser.parse_args(argv)


def _wave(given: str) -> int:
    count = int(given)
    if not 0 <= count <= crowd.MOST:
        raise argparse.ArgumentTypeError(f"from 0 to {crowd.MOST}")
    return count


class House:
    """The processes of the demonstration, their environment and their log; ends them all when left."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self.home: Path = asked.home.resolve()
        self.port: int = asked.port
        self.platform_port: int = asked.platform_port
        self.wave: int = asked.wave
        self.url = f"http://localhost:{asked.port}"
        self.platform_url = f"http://localhost:{asked.platform_port}"
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def log(self) -> Path:
        """What the processes say."""
        return self.home / "demo.log"

    def environment(self) -> dict[str, str]:
        """Return the environment of Sinmungo's processes.

        ``DATABASE_URL`` is left out: an invented story must never land in a database that is used for
        anything else.
        """
        kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        return kept | {
            "SINMUNGO_HOME": str(self.home),
            "SINMUNGO_DEMO": "1",
            "SINMUNGO_URL": self.url,
            "SINMUNGO_WEBHOOK_LOCAL_HOSTS": "127.0.0.1,localhost",
            "SINMUNGO_UNDO_SECONDS": "30",  # whatever the shell says: the weeks before were lived with it
            # Whatever people decide is looked at twice: few visitors decide a hundred cases.
            "SINMUNGO_SECOND_REVIEW_SHARE": "1",
            "SINMUNGO_DEMO_PLATFORM_URL": self.platform_url,
            "MADANG_WAVE": str(self.wave),
        }

    def act(self, part: str) -> None:
        """Run a part that ends by itself; raises PartFailed."""
        process = self._start("sinmungo.demo.act", part, shows=True)
        self._running[part] = process
        code = process.wait()
        del self._running[part]
        if code:
            raise PartFailed(f"“{part}” failed. What went wrong stands above.")

    def serve(self, name: str, *command: str, ready_at: str, secrets: Mapping[str, str] = _NONE) -> None:
        """Start a part that stays and wait until ``ready_at`` answers; raises PartFailed.

        ``secrets`` go by the environment: a command line is seen by everybody on the machine.
        """
        process = self._running[name] = self._start(*command, secrets=secrets)
        give_up_at = time.monotonic() + READY_WITHIN
        while not _answers(ready_at):
            if process.poll() is not None or time.monotonic() > give_up_at:
                raise PartFailed(f"{name} did not start. Its log is {self.log}.")
            time.sleep(0.1)

    def keep(self, part: str) -> None:
        """Start a part inside Sinmungo that stays."""
        self._running[part] = self._start("sinmungo.demo.act", part)

    def watch(self) -> NoReturn:
        """Stay until a part ends by itself; raises PartFailed then."""
        while all(process.poll() is None for process in self._running.values()):
            time.sleep(0.3)
        ended = ", ".join(name for name, process in self._running.items() if process.poll() is not None)
        raise PartFailed(f"{ended} ended by itself, so everything was stopped. Its log is {self.log}.")

    def _start(
        self, *command: str, secrets: Mapping[str, str] = _NONE, shows: bool = False
    ) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C reaches this process alone, which then ends the others in order.
        with self.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603  our own interpreter, no shell
                [sys.executable, "-m", *command],
                env={**self.environment(), **secrets},
                stdout=None if shows else log,
                stderr=None if shows else log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509  no threads here
            )

    def __enter__(self) -> Self:
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.log.touch(mode=0o600)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # ending must not be broken off
        for process in reversed(self._running.values()):
            process.terminate()
        give_up_at = time.monotonic() + ENDS_WITHIN
        for process in self._running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, give_up_at - time.monotonic()))
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # its own session: what is left of this part only
            process.wait()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demonstration until it is told to stop; returns 2 when a port is taken."""
    asked = arguments(argv)
    for port, option in ((asked.port, "--port"), (asked.platform_port, "--platform-port")):
        if not port_is_free(port):
            out.print(f"Port {port} is already taken. Stop what listens there, or choose another: {option}")
            return USAGE_ERROR
    signal.signal(signal.SIGTERM, _told_to_stop)
    # a shell lets what it starts in the background ignore this; whoever sends it means it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with House(asked) as house:
            start(house)
            house.watch()
    except KeyboardInterrupt:
        out.print("Stopped. The next `make demo` goes on from here.")
        return 0
    except PartFailed as failure:
        out.print(str(failure), markup=False)
        return 1


def start(house: House) -> None:
    """Bring everything up in order, and play the story if it has not been played; raises PartFailed."""
    _step("Preparing tables, keys, people and the policy pack", lambda: house.act("prepare"))
    _step("Starting Sinmungo", lambda: _start_sinmungo(house))
    _step("Starting the platform 동네마당 (Madang)", lambda: _start_platform(house))
    out.print(f"Sinmungo is at [bold]{house.url}[/bold], the platform at [bold]{house.platform_url}[/bold].")
    if not Played.read(house.home).is_over:
        out.print("The first time a story is played, which takes a minute or two. You can look already.")
        _play(house)
    house.keep("colleagues")
    greet(out, url=house.url, platform_url=house.platform_url, played=Played.read(house.home))


def _play(house: House) -> None:
    """Play the story; when it gets stuck, what is there so far can still be looked at."""
    try:
        house.act("play")
    except PartFailed:
        out.print("The story was not played to its end; the next `make demo` goes on with it.")


def _step(title: str, act: Callable[[], None]) -> None:
    with out.status(title):
        act()
    out.print(f"[green]✓[/green] {title}")


def _start_sinmungo(house: House) -> None:
    house.serve(
        "Sinmungo", "sinmungo", "up", "--port", str(house.port), ready_at=f"http://{HOST}:{house.port}/"
    )


def _start_platform(house: House) -> None:
    seed, accounts, posts = script.STORY
    house.serve(
        "The platform",
        "sinmungo.demo.serve",
        *("--port", str(house.platform_port), "--db", str(house.home / "madang.sqlite3")),
        *("--sinmungo", f"http://{HOST}:{house.port}"),
        *("--story", str(seed), "--accounts", str(accounts), "--posts", str(posts), "--past"),
        *("--wave", str(house.wave)),
        ready_at=f"http://{HOST}:{house.platform_port}/healthz",
        secrets={
            "MADANG_API_KEY": (house.home / script.KEY_FILE).read_text(),
            "MADANG_WEBHOOK_SECRET": (house.home / script.SECRET_FILE).read_text(),
        },
    )


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _told_to_stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _end_with_parent() -> None:
    """In the child: be told to end when the parent is gone, however it went."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
