"""A whole Sinmungo of a test's own: real processes on loopback, with the demo platform beside it."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg

from sinmungo.demo.process import DEFAULT_SECRET, DemoPlatform, free_port

T = TypeVar("T")
PLATFORM = "madang"
WITHIN = 60.0
_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def eventually(look: Callable[[], T | None], *, within: float = WITHIN, what: str = "it") -> T:
    """Return the first truthy answer of ``look``; fails after ``within`` seconds."""
    give_up = time.monotonic() + within
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < give_up, f"{what} did not happen within {within:.0f} s"
        time.sleep(0.05)


class Person:
    """Somebody with a browser: keeps cookies, follows redirects, sends forms as a browser would."""

    def __init__(self, base: str, language: str = "ko") -> None:
        self.http = httpx.Client(
            base_url=base,
            follow_redirects=True,
            timeout=20,
            trust_env=False,
            headers={"accept-language": language},
        )
        self.page: httpx.Response | None = None

    def open(self, path: str) -> str:
        """Open a page and return its HTML; any status below 500 is an answer."""
        self.page = self.http.get(path)
        assert self.page.status_code < 500, self.page.text[:500]
        return self.page.text

    def send(self, path: str, *, files: Any = None, **fields: Any) -> str:
        """Send the form of the page last opened to ``path``, with its CSRF token."""
        assert self.page is not None
        token = _CSRF.search(self.page.text)
        assert token is not None, "the page has no form"
        fields["csrfmiddlewaretoken"] = token[1]
        headers = {"referer": str(self.page.url), "origin": str(self.http.base_url).rstrip("/")}
        self.page = self.http.post(path, data=fields, files=files, headers=headers)
        assert self.page.status_code < 500, self.page.text[:500]
        return self.page.text


@dataclass
class System:
    """The running web and worker, the demo platform, and how to speak to them."""

    folder: Path
    port: int
    platform_port: int
    environment: dict[str, str]
    api_key: str = ""
    platform: DemoPlatform | None = None
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @classmethod
    def prepare(cls, folder: Path, *, mode: str) -> Self:
        """Make a database with the demo platform connected and the pack adopted; starts nothing."""
        port, platform_port = free_port(), free_port()
        environment = {
            **os.environ,
            "SINMUNGO_HOME": str(folder / "home"),
            "SINMUNGO_URL": f"http://127.0.0.1:{port}",
            "SINMUNGO_WEBHOOK_LOCAL_HOSTS": "127.0.0.1,localhost",
        }
        if os.environ.get("DATABASE_URL"):
            environment["DATABASE_URL"] = fresh_database(os.environ["DATABASE_URL"])
        system = cls(folder, port, platform_port, environment)
        system.command("manage", "migrate", "--verbosity", "0")
        system.command("manage", "createcachetable", "--verbosity", "0")
        system.connect(mode=mode, webhook=f"http://127.0.0.1:{platform_port}/webhooks")
        return system

    def copy(self, folder: Path) -> Self:
        """Return a system of its own with everything that was prepared here."""
        shutil.copytree(self.folder / "home", folder / "home")
        environment = {**self.environment, "SINMUNGO_HOME": str(folder / "home")}
        if "DATABASE_URL" in environment:
            environment["DATABASE_URL"] = fresh_database(environment["DATABASE_URL"], copy=True)
        return type(self)(folder, self.port, self.platform_port, environment, self.api_key)

    def start(self, *, worker: bool = True) -> Self:
        """Start the demo platform, the web and a worker."""
        self.platform = DemoPlatform.start(
            self.folder / "platform", self.url, self.api_key, DEFAULT_SECRET, port=self.platform_port
        )
        self.start_web()
        if worker:
            self.start_worker()
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self.processes):
            self.stop(name)
        if self.platform is not None:
            self.platform.stop()

    @property
    def url(self) -> str:
        """Where Sinmungo is."""
        return f"http://127.0.0.1:{self.port}"

    def command(self, *words: str, check: bool = True) -> str:
        """Run ``sinmungo`` and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "sinmungo", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert not check or done.returncode == 0, f"{words}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def connect(self, *, mode: str, webhook: str) -> None:
        """Connect the demo platform, make its key and adopt the pack."""
        self.command(
            "platform", "add", PLATFORM, "--name", "동네마당", "--mode", mode,
            "--webhook-url", webhook, "--webhook-secret", DEFAULT_SECRET,
        )  # fmt: skip
        self.api_key = self.command("platform", "key", PLATFORM).strip().splitlines()[-1].split()[-1]
        self.command("policy", "adopt", "kr-community", "--platform", PLATFORM)

    def start_web(self, *, wait: bool = True) -> None:
        """Start the web and, unless told otherwise, wait until a page is answered."""
        self._start(
            "web", "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port),
            "--workers", "1", "--blocking-threads", "4", "--no-access-log", "--log-level", "warning",
            "sinmungo.site.wsgi:application",
        )  # fmt: skip
        if wait:
            eventually(self._answers, what="the first page")

    def start_worker(self, name: str = "worker") -> None:
        """Start a worker."""
        self._start(name, "-m", "sinmungo", "work")

    def _start(self, name: str, *arguments: str) -> None:
        log = (self.folder / f"{name}.log").open("ab")
        self.processes[name] = subprocess.Popen(
            [sys.executable, *arguments],
            env=self.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def _answers(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(self.url + "/", trust_env=False, timeout=5).status_code == 200
        return False

    def stop(self, name: str) -> None:
        """Ask a process to end; after ten seconds end its group."""
        process = self.processes.pop(name)
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def kill(self, name: str) -> None:
        """End a process and its children with SIGKILL."""
        process = self.processes.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what the database itself says, past every door; places for values are ``%s``."""
        if "DATABASE_URL" not in self.environment:
            query = query.replace("%s", "?")
        with self._database() as database:
            return [tuple(row) for row in database.execute(query, values).fetchall()]

    def change(self, statement: str) -> None:
        """Change the database past every door: what a test may do and nobody else."""
        with self._database() as database:
            database.execute(statement)
            database.commit()

    def _database(self) -> Any:
        url = self.environment.get("DATABASE_URL")
        if url:
            return psycopg.connect(urlunsplit(urlsplit(url)._replace(scheme="postgresql")))
        return closing(sqlite3.connect(self.folder / "home" / "sinmungo.sqlite3", timeout=30))

    def person(self, language: str = "ko") -> Person:
        """Return somebody with an empty browser."""
        return Person(self.url, language)

    def staff(self, username: str, role: str) -> Person:
        """Return somebody who works here in ``role``, signed in by a one-time link."""
        printed = self.command("staff", "add", username, "--role", role)
        link = next(word for word in printed.split() if "/staff/link/" in word)
        member = self.person()
        path = urlsplit(link).path
        member.open(path)
        member.send(path)
        return member

    def api(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Speak to the API with the platform's key."""
        headers = {"authorization": f"Bearer {self.api_key}", **arguments.pop("headers", {})}
        return httpx.request(
            method, self.url + path, headers=headers, trust_env=False, timeout=30, **arguments
        )


def fresh_database(url: str, *, copy: bool = False) -> str:
    """Make a new database in the same PostgreSQL server, empty or as a copy, and return its address."""
    parts = urlsplit(url)
    name = f"flow_{secrets.token_hex(6)}"
    template = f" TEMPLATE {parts.path[1:]}" if copy else ""
    administration = urlunsplit(parts._replace(scheme="postgresql", path="/postgres"))
    with psycopg.connect(administration, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}{template}")
    return urlunsplit(parts._replace(path=f"/{name}"))
