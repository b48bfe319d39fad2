"""Every command in the documentation is run as it stands, or is listed here with the reason why not."""

from __future__ import annotations

import base64
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from standardwebhooks import Webhook

from sinmungo.demo.process import free_port
from tests.common import drawn
from tests.docs.blocks import ROOT, Block, blocks_of, pages, python_file, says

#: Not run here, by the first line of the block.
ELSEWHERE = {
    "make up": "starts a server for good; tests/cli/test_up.py and the flows start the same command",
    "make test": "is this very run",
    "make demo": "tests/demo/test_up.py starts the same module",
}
#: What a page takes for granted.
BEFOREHAND = {
    "docs/how-to/import-history.md": "sinmungo platform add bada",
    "docs/how-to/verify-the-ledger.md": "sinmungo platform add bada && sinmungo work --once",
    "docs/how-to/watch-automation.md": (
        "sinmungo platform add bada && sinmungo policy adopt kr-community --platform bada"
    ),
    "docs/tutorial/a-wave.md": "mkdir demo && cp -r var/. demo && mv demo var",
    "docs/tutorial/one-post.md": "mkdir demo && cp -r var/. demo && mv demo var",
}
SHARED = ROOT.parent / "shared" / "data"
WRITTEN_FOR = "http://localhost:8000"
CONNECT = "docs/how-to/connect-a-platform.md"
BINARIES = Path(sys.executable).parent


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with keys and empty tables, to be copied."""
    home = tmp_path_factory.mktemp("prepared")
    _run("sinmungo manage migrate -v 0 && sinmungo manage createcachetable", home, home)
    return home


@pytest.fixture
def place(prepared: Path, tmp_path: Path) -> Path:
    """A folder to type commands in, with the files that pages speak of, and a home in ``var``."""
    shutil.copytree(prepared, tmp_path / "var")
    (tmp_path / ".venv").symlink_to(BINARIES.parent)
    _table(tmp_path / "comments.csv", ["text"], [["오늘 장터가 열립니다."], ["새 글입니다."]])
    (tmp_path / "exports").mkdir()
    _table(tmp_path / "exports" / "one.csv", ["text"], [["안녕하세요."]])
    shutil.copytree(ROOT / "src" / "sinmungo" / "packs" / "kr-community", tmp_path / "my-pack")
    drawn.shapes((900, 700)).save(tmp_path / "banner.png")
    (tmp_path / "posts").mkdir()
    drawn.shapes((900, 700)).resize((450, 350)).save(tmp_path / "posts" / "copy.jpg")
    (tmp_path / "posts" / "words.txt").write_text("오늘 장터가 열립니다.", encoding="utf-8")
    for path in SHARED.glob("*/*_dev.csv"):
        (tmp_path / f"{path.parent.name}_dev.csv").symlink_to(path)
    return tmp_path


@pytest.mark.parametrize("page", [page for page in pages() if blocks_of(page)])
def test_the_commands_of_a_page_work_in_their_order(page: str, place: Path) -> None:
    """Typed one after the other, the commands of a page succeed and print what the page says they print."""
    blocks = [block for block in blocks_of(page) if block.first not in ELSEWHERE]
    with _served(blocks, place) as url:
        if page in BEFOREHAND:
            _run(BEFOREHAND[page], place, place / "var")
        for block in blocks:
            if "_dev.csv" in block.script and not SHARED.exists():
                continue  # the public data sets are not part of the project
            _history(place)
            printed = _run(block.script.replace(WRITTEN_FOR, url), place, place / "var")
            assert says(printed, block.expected), f"{block.first}\n{printed}"


def test_every_block_left_out_is_still_in_the_pages() -> None:
    """A reason for not running something stands only as long as the page tells it."""
    told = {
        line.split("  #")[0].strip()
        for page in pages()
        for b in blocks_of(page)
        for line in b.script.splitlines()
    }
    assert set(ELSEWHERE) <= told


def test_the_receiver_of_the_page_keeps_what_is_signed_and_new(tmp_path: Path) -> None:
    """The page's own receiver refuses forged webhooks, holds the newest state, ignores a late older one."""
    secret = "whsec_" + base64.b64encode(b"of an invented platform, 32 byte").decode()
    (tmp_path / "bada.secret").write_text(secret + "\n")
    (tmp_path / "receiver.py").write_text(python_file(CONNECT, "receiver.py"))
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "receiver.py", str(port)], cwd=tmp_path, stderr=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url, process)
        assert [_told(url, secret, version) for version in (3, 2, 3, 4)] == [
            "done",
            "older",
            "already",
            "done",
        ]
        assert _posted(url, "whsec_" + base64.b64encode(b"x" * 32).decode(), 5).status_code == 401
    finally:
        process.kill()
        process.wait()


class _Served:
    """A server of its own for pages that speak to one; nothing for the others."""

    def __init__(self, home: Path, port: int) -> None:
        self.url = f"http://localhost:{port}"
        command = [sys.executable, "-m", "sinmungo", "up", "--port", str(port)]
        self._process = subprocess.Popen(
            command, env=_environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _wait_for(f"http://127.0.0.1:{port}/", self._process)

    def __enter__(self) -> str:
        return self.url

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(20)


def _served(blocks: list[Block], place: Path) -> _Served | _Nobody:
    asks = any(WRITTEN_FOR in block.script for block in blocks)
    if asks and shutil.which("curl") is None:
        pytest.skip("the page's commands use curl, which is not installed")
    return _Served(place / "var", free_port()) if asks else _Nobody()


class _Nobody:
    def __enter__(self) -> str:
        return WRITTEN_FOR

    def __exit__(self, *_: object) -> None:
        return None


def _environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return kept | {"SINMUNGO_HOME": str(home), "PATH": f"{BINARIES}{os.pathsep}{kept['PATH']}"}


def _run(script: str, folder: Path, home: Path) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=_environment(home),
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    give_up_at = time.monotonic() + 30
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            httpx.get(url, timeout=2, trust_env=False)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"{url} did not answer")


def _table(path: Path, columns: list[str], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])


def _history(place: Path) -> None:
    """Write the past of another tool in the words of the map that the page prints, once there is one."""
    if not (place / "map.yaml").exists() or (place / "past.csv").exists():
        return
    columns = ["case_no", "target_kind", "target_id", "user_id", "decided_at", "reason", "rule", "memo"]
    columns += [
        "sanction",
        "sanction_days",
        "decided_by",
        "objection",
        "objection_answered_at",
        "objection_memo",
    ]
    row = ["1", "게시글", "p-1", "u-1", "2025-03-01 10:00", "광고", "약관 6.1", "광고를 되풀이한 글입니다."]
    _table(place / "past.csv", columns, [[*row, "삭제", "", "운영자", "", "", ""]])


def _posted(url: str, secret: str, version: int) -> httpx.Response:
    item = {
        "type": "post",
        "external_id": "p-1",
        "version": version,
        "restrictions": [],
        "public_state": "visible",
    }
    body = json.dumps({"type": "restriction.changed", "items": [item | {"statement": None}]})
    at = datetime.now(UTC)
    headers = {
        "webhook-id": f"msg_{version}",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(f"msg_{version}", at, body),
    }
    return httpx.post(url, content=body, headers=headers, timeout=5, trust_env=False)


def _told(url: str, secret: str, version: int) -> str:
    state: str = _posted(url, secret, version).raise_for_status().json()["results"][0]["state"]
    return state
