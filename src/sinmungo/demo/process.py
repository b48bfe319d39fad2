"""Starts and ends a demo platform of one's own: what tests and ``make demo`` drive."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

READY_WITHIN = 30.0
ENDS_WITHIN = 8.0
DEFAULT_SECRET = "whsec_bWFkYW5nLWRlbW8tc2VjcmV0LW9mLTMyLWJ5dGVzISE="  # noqa: S105  of invented platforms only
_READY = re.compile(r"^demo platform ready at (\S+)$", re.MULTILINE)


class DidNotStart(RuntimeError):
    """The platform ended, or did not answer, before it was ready; the message holds its log's end."""


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class DemoPlatform:
    """One platform process with its database in one folder; a context manager that ends it.

    Everything that goes wrong over HTTP raises httpx.HTTPError.
    """

    def __init__(self, folder: Path, command: list[str], port: int) -> None:
        self.folder = folder
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(
        cls,
        folder: Path,
        sinmungo_url: str | None = None,
        api_key: str | None = None,
        webhook_secret: str = DEFAULT_SECRET,
        *,
        port: int | None = None,
        story: tuple[int, int, int] | None = None,
        past: bool = False,
        wave: int = 0,
        purge_days: int = 180,
    ) -> Self:
        """Start a platform whose database lies in ``folder`` and wait until it is ready (30 s at most).

        ``story`` is (seed, accounts, posts); with ``past`` the posts of the weeks before are there too,
        with ``wave`` so many newcomers.
        Raises DidNotStart.
        """
        port = port or free_port()
        command = [sys.executable, "-m", "sinmungo.demo.serve", "--port", str(port)]
        command += ["--db", str(folder / "madang.sqlite3"), "--webhook-secret", webhook_secret]
        command += ["--sinmungo", sinmungo_url or "", "--api-key", api_key or ""]
        command += ["--purge-days", str(purge_days)]
        if story is not None:
            seed, accounts, posts = story
            command += ["--story", str(seed), "--accounts", str(accounts), "--posts", str(posts)]
            command += ["--past"] if past else []
            command += ["--wave", str(wave)]
        platform = cls(folder, command, port)
        platform.restart()
        return platform

    def restart(self) -> None:
        """Start again with the same port and database; ends a process that still runs."""
        self.stop()
        self.folder.mkdir(parents=True, exist_ok=True)
        out, log = self.folder / "madang.out", self.folder / "madang.log"
        with out.open("wb") as stdout, log.open("ab") as stderr:
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter, no shell
                self._command, stdout=stdout, stderr=stderr, start_new_session=True
            )
        self._wait_until_ready(out, log)

    def _wait_until_ready(self, out: Path, log: Path) -> None:
        give_up_at = time.monotonic() + READY_WITHIN
        while not _READY.search(out.read_text()):
            if not self.running or time.monotonic() > give_up_at:
                self.kill()
                raise DidNotStart(log.read_text(errors="replace")[-2000:] or "no answer within the bound")
            time.sleep(0.05)

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Ask the process to end and wait; kill it when it does not within 8 seconds."""
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(ENDS_WITHIN)
        self.kill()

    def kill(self) -> None:
        """End the platform at once (SIGKILL), its worker included."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # its own session: the group holds nothing else
        self._process.wait(ENDS_WITHIN)
        self._process = None

    def wait_until_ended(self, seconds: float = ENDS_WITHIN) -> None:
        """Wait for a process that ends by itself, as an ordered kill makes it, then clear its worker."""
        if self._process is not None:
            self._process.wait(seconds)
        self.kill()

    def state(self, type: str, external_id: str) -> dict[str, Any]:  # noqa: A002  the field's own name
        """Return what the platform holds of an item: version, restrictions, public state, statement."""
        answer = self._get("/state", {"type": type, "external_id": external_id})
        held: dict[str, Any] = answer.json()
        return held

    def health(self) -> dict[str, Any]:
        """Return how many events and reports are still owed to Sinmungo."""
        owed: dict[str, Any] = self._get("/healthz", {}).json()
        return owed

    def set_fault(self, **order: Any) -> None:
        """Order a fault for the next webhooks (``delay_ms``, ``status``, ``kill``, ``drop``, ``count``)."""
        self._post("/faults", order)

    def clear_faults(self) -> None:
        """Make everything well again."""
        self._post("/faults", {})

    def purge(self, days: int) -> int:
        """Delete for good what has been withheld for ``days``; return how many items."""
        return int(self._post("/purge", {"days": days}).json()["purged"])

    def _get(self, path: str, params: dict[str, str]) -> httpx.Response:
        answer = httpx.get(self.url + path, params=params, timeout=10, trust_env=False)
        return answer.raise_for_status()

    def _post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        answer = httpx.post(self.url + path, json=body, timeout=10, trust_env=False)
        return answer.raise_for_status()

    def browse(self, account: str | None = None, *, locale: str = "ko") -> Neighbour:
        """Return a visitor of the pages, signed in as the account with this external id, if any."""
        neighbour = Neighbour(self.url, locale=locale)
        if account is not None:
            neighbour.send("/session", account=account)
            neighbour.account = account
        return neighbour

    def join(self, handle: str, *, locale: str = "ko", country: str = "KR") -> Neighbour:
        """Make an account and return its visitor, signed in; ``.account`` is its external id."""
        neighbour = Neighbour(self.url, locale=locale)
        neighbour.send("/join", handle=handle, display_name=handle, locale=locale, country=country)
        found = re.search(r'data-account="([^"]+)"', neighbour.page("/me").text)
        if found is None:
            raise RuntimeError(f"{handle} could not join")
        neighbour.account = found[1]
        return neighbour

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Neighbour:
    """Somebody at a browser without scripts: keeps cookies and sends forms as the pages do."""

    def __init__(self, url: str, *, locale: str) -> None:
        self.account = ""
        self.client = httpx.Client(
            base_url=url, headers={"Accept-Language": locale}, timeout=10, trust_env=False
        )

    def page(self, path: str, **params: str) -> httpx.Response:
        """Open a page as it is, whatever its status."""
        return self.client.get(path, params=params)

    def send(self, path: str, **form: str) -> httpx.Response:
        """Send a form; the answer is usually a redirect, which is not followed."""
        if "madang_csrf" not in self.client.cookies:
            self.client.get("/session")
        headers = {"X-CSRFToken": self.client.cookies.get("madang_csrf") or ""}
        return self.client.post(path, data=form, headers=headers)

    def write(self, text: str) -> str:
        """Write a post and return its external id."""
        return self._made("/posts", text)

    def open_room(self, title: str) -> str:
        """Open a room and return its external id."""
        return self._made("/rooms", title)

    def say(self, room: str, text: str) -> str:
        """Say something in a room and return the message's external id."""
        answer = self.send(f"/rooms/{room}", text=text)
        return answer.headers["location"].partition("#")[2]

    def report(self, type: str, external_id: str, reason: str, words: str = "") -> str:  # noqa: A002
        """Report an item and return the address of the page with the receipt."""
        answer = self.send(f"/report/{type}/{external_id}", reason=reason, words=words)
        return str(answer.headers["location"])

    def _made(self, path: str, text: str) -> str:
        answer = self.send(path, text=text)
        return str(answer.headers["location"]).rsplit("/", 1)[1]
