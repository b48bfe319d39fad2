"""``sinmungo match``: with bank files and no database, and with banks of a deployment."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.screening.banks import queries, services
from sinmungo.apps.screening.banks.services import NewFingerprint
from sinmungo.cli import match as match_command
from sinmungo.cli import match_banks, media_files
from sinmungo.cli.main import main
from sinmungo.core.matching.exchange import Row, write
from sinmungo.core.matching.fingerprints import pack
from tests.cli.running import run, told
from tests.common import drawn
from tests.core.matching import filmed

WORDS = "오늘 장터에서 사과와 배를 싸게 팝니다 많이 오세요"


_run = partial(run, match_command.app)
_json = partial(told, match_command.app)


def _file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _kept(file: Path) -> media_files.Looked:
    return media_files.look(file, media_files.Purpose.KEEP)


@pytest.fixture
def known(tmp_path: Path) -> dict[str, Path]:
    """A picture, a clip, a text and a document, as somebody keeps them."""
    folder = tmp_path / "known"
    folder.mkdir()
    return {
        "pdq": _file(folder / "a.jpg", drawn.written(_field())),
        "clip": _file(folder / "a.mp4", filmed.film(filmed.wandering(4))),
        "text": _file(folder / "a.txt", WORDS.encode()),
        "sha256": _file(folder / "a.pdf", b"%PDF of an invented paper"),
    }


def _field() -> Image.Image:
    return filmed.wandering(0.1, seed=9, size=(900, 700))[0]


@pytest.fixture
def bank(tmp_path: Path, known: dict[str, Path]) -> Path:
    """A bank file of all four."""
    looked = {kind: _kept(file) for kind, file in known.items()}
    assert looked["clip"].clip is not None
    rows = [
        Row(1, "pdq", pack(looked["pdq"].hashes), "picture-1"),
        Row(2, "clip", looked["clip"].clip.hashes.tobytes(), "clip-1"),
        Row(3, "text", looked["text"].signature),
        Row(4, "sha256", looked["sha256"].sha256, "paper-1"),
    ]
    return _file(tmp_path / "harbour.csv", b"".join(write("csv", rows)))


def test_a_picture_is_found_with_its_bank_its_distance_and_its_parts(tmp_path: Path, bank: Path):
    """A small mirrored copy is found by a mirrored hash of the kit."""
    copy = _field().resize((450, 350)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    (told,) = _json(_file(tmp_path / "copy.png", drawn.written(copy, "PNG")), "--bank", bank, code=1)
    (found,) = told["matches"]

    assert (found["bank"], found["id"], found["kind"]) == ("harbour", "picture-1", "pdq")
    assert 0 <= found["distance"] <= 31 and found["score"] == pytest.approx(1 - found["distance"] / 256)
    assert found["kit"].endswith("-mirrored") and found["seen"] != "unknown"


def test_a_clip_a_text_and_an_exact_copy_are_found(tmp_path: Path, bank: Path, known: dict[str, Path]):
    """A barred copy of a clip, a text with another ending, the very same document."""
    clip = filmed.film([filmed.with_bars(frame) for frame in filmed.wandering(4)])
    files = [
        _file(tmp_path / "b.mp4", clip),
        _file(tmp_path / "b.txt", (WORDS.replace(" ", "") + "!!").encode()),
        _file(tmp_path / "b.bin", known["sha256"].read_bytes()),
    ]
    told = [each["matches"] for each in _json(*files, "--bank", bank, code=1)]

    assert [(one["id"], one["kind"], one["score"]) for (one,) in told] == [
        ("clip-1", "clip", 1.0),
        ("4", "text", 1.0),
        ("paper-1", "sha256", 1.0),
    ]
    assert (told[0][0]["seen_share"], told[0][0]["known_share"]) == (1.0, 1.0)
    assert all(one["distance"] is None and one["kit"] is None for (one,) in told)


def test_what_matches_nothing_says_so_and_exits_with_0(tmp_path: Path, bank: Path):
    """An empty list, not null, for what was looked up and not found."""
    other = _file(tmp_path / "other.txt", "전혀 다른 이야기를 하는 글이 여기에 있습니다".encode())
    (told,) = _json(other, "--bank", bank)

    assert told["matches"] == [] and told["refused"] is None
    assert len(_run(other, "--bank", bank).stdout.splitlines()) == 1


def test_a_refused_file_matches_null(tmp_path: Path, bank: Path, known: dict[str, Path]):
    """What could not be read was not looked up; the others were."""
    told = _json(tmp_path / "absent.png", known["sha256"], "--bank", bank, code=1)

    assert [(each["matches"] is None, each["refused"]) for each in told] == [(True, "missing"), (False, None)]


def test_several_banks_are_looked_in(tmp_path: Path, bank: Path, known: dict[str, Path]):
    """Each bank that knows a file is named; the table has a line for each."""
    bits = _kept(known["pdq"]).pdq.hex()
    other = _file(tmp_path / "island.txt", f"pdq {bits}\n".encode())
    table = _run(known["pdq"], "--bank", bank, "--bank", other, code=1).stdout.splitlines()

    assert [line.split("\t")[1] for line in table] == ["bank", "harbour", "island"]


def test_hashes_one_a_line_are_a_bank(tmp_path: Path, known: dict[str, Path]):
    """A bare list of PDQ hashes is enough, and its numbers are those of its lines."""
    bits = _kept(known["pdq"]).pdq.hex()
    bare = _file(tmp_path / "bare.csv", f"{'0f' * 32}\n{bits}\n".encode())
    (told,) = _json(known["pdq"], "--bank", bare, code=1)

    assert [(one["id"], one["distance"], one["kit"]) for one in told["matches"]] == [("2", 0, "unknown")]


@pytest.mark.parametrize("kind", ["pdq", "clip"])
def test_a_known_picture_or_clip_is_a_bank_of_itself(tmp_path: Path, known: dict[str, Path], kind: str):
    """It is named by its file, and found by its look or, unchanged, by its digest."""
    copy = ImageOps.mirror(_field()).crop((36, 28, 864, 672))
    again = drawn.written(copy) if kind == "pdq" else known["clip"].read_bytes()
    file = _file(tmp_path / f"again{known[kind].suffix}", again)
    [told] = _json(file, "--bank", known[kind], code=1)

    best = told["matches"][0]
    assert (best["bank"], best["id"]) == ("a", known[kind].name)
    assert best["kind"] == ("pdq" if kind == "pdq" else "sha256")


def test_a_damaged_picture_is_no_bank(tmp_path: Path, known: dict[str, Path]):
    """It is told what is wrong with it, and nothing is looked at."""
    broken = _file(tmp_path / "broken.png", drawn.written(_field(), "PNG")[:3000])
    result = _run(known["text"], "--bank", broken, code=2)
    assert "match.cannot_read_bank" in result.stderr and "damaged" in result.stderr


def test_withdrawn_and_expired_rows_match_nothing(tmp_path: Path, known: dict[str, Path]):
    """Only what stands and has not run out is looked in."""
    now = datetime.now(UTC)
    paper = _kept(known["sha256"]).sha256
    kept = {"a": now - timedelta(days=1), "b": now + timedelta(days=1)}
    rows = [
        Row(place, "sha256", paper[::-1] if name == "b" else paper, name, expires_at=at)
        for place, (name, at) in enumerate(kept.items(), 1)
    ]
    rows.append(Row(3, "sha256", paper, "c", withdrawn=True))
    bank = _file(tmp_path / "old.csv", b"".join(write("csv", rows)))

    assert _json(known["sha256"], "--bank", bank)[0]["matches"] == []


def test_rows_of_a_bank_file_are_refused_one_by_one(tmp_path: Path, known: dict[str, Path]):
    """The good rows are used, the others are told by their place and never by what they hold."""
    good = _kept(known["sha256"]).sha256.hex()
    bad = "secret-thing"
    bank = _file(tmp_path / "mixed.csv", f"kind,content\nsha256,{good}\nsha256,{bad}\nshape,aa\n".encode())
    result = _run(known["sha256"], "--bank", bank, "--json", code=1)

    assert json.loads(result.stdout)["matches"][0]["kind"] == "sha256"
    assert "mixed:3:" in result.stderr and "mixed:4:" in result.stderr
    assert bad not in result.output


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n\0\0", b"name,place\na,b\n", b"kind,content\n", b"pdq xyz\n"]
)
def test_a_bank_file_that_is_none_is_wrong_use(tmp_path: Path, content: bytes, known: dict[str, Path]):
    """Nothing is looked up in a file that holds no row of a bank."""
    result = _run(known["text"], "--bank", _file(tmp_path / "none.csv", content), code=2)

    assert "match.cannot_read_bank" in result.stderr and result.stdout == ""


def test_a_bank_must_be_named(known: dict[str, Path]):
    """Without a bank there is nothing to look in."""
    assert _run(known["text"], code=2).stdout == ""


def test_a_file_that_is_not_there_is_no_bank(known: dict[str, Path]):
    """A path that leads nowhere is told at once, and no database is asked."""
    result = _run(known["text"], "--bank", "banks/none.csv", code=2)

    assert "There is no bank banks/none.csv" in result.stderr.replace("\n", " ")


def test_bank_files_need_no_database(bank: Path, known: dict[str, Path]):
    """With files alone no setting is read and no table asked."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("DJANGO", "SINMUNGO"))}
    done = subprocess.run(
        [sys.executable, "-m", "sinmungo", "match", str(known["sha256"]), f"--bank={bank}", "--json"],
        capture_output=True,
        text=True,
        env=env | {"DJANGO_SETTINGS_MODULE": "there.is.none"},
    )

    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["matches"][0]["id"] == "paper-1"


def test_a_bank_that_cannot_be_asked_for_is_wrong_use(tmp_path: Path, known: dict[str, Path]):
    """Where no database was prepared a name that is no file ends with 2: nothing was looked at."""
    done = subprocess.run(
        [sys.executable, "-m", "sinmungo", "match", str(known["sha256"]), "--bank", "harbour"],
        capture_output=True,
        text=True,
        env=os.environ | {"SINMUNGO_HOME": str(tmp_path / "home"), "DATABASE_URL": ""},
    )

    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "There is no file harbour" in done.stderr and "match.no_database" in done.stderr


def _make(name: str, known: dict[str, Path], **more: Any) -> None:
    made = services.make(name=name, title_ko="항구", title_en="Harbour", actor=SYSTEM, at=clock.now(), **more)
    looked = _kept(known["pdq"])
    kit, digest = NewFingerprint("pdq", pack(looked.hashes)), NewFingerprint("sha256", looked.sha256)
    services.add(bank=made, new=[kit, digest], actor=SYSTEM, at=clock.now(), hunt=False)


@pytest.mark.django_db
def test_a_bank_of_the_deployment_is_looked_in(known: dict[str, Path], capsys: pytest.CaptureFixture[str]):
    """A bank's name is enough; its fingerprints go by their numbers."""
    _make("harbour", known)
    with pytest.raises(SystemExit) as ended:
        main(["match", str(known["pdq"]), "--bank", "harbour", "--json"])
    (found,) = json.loads(capsys.readouterr().out)["matches"]

    assert ended.value.code == 1
    assert (found["bank"], found["kind"], found["score"]) == ("harbour", "sha256", 1.0)
    assert int(found["id"]) > 0


@pytest.mark.django_db
def test_a_sealed_bank_is_never_opened_here(known: dict[str, Path], tmp_path: Path):
    """Protected fingerprints are opened by the worker alone; the refusal names no hash."""
    _make("protected", known, is_sealed=True)
    result = _run(known["pdq"], "--bank", "protected", code=2)

    assert "match.sealed_bank" in result.stderr and result.stdout == ""
    assert hashlib.sha256(known["pdq"].read_bytes()).hexdigest() not in result.output


@pytest.mark.django_db
@pytest.mark.parametrize(
    "rests",
    [{"is_enabled": False}, {"expires_at": datetime(2026, 1, 1, tzinfo=UTC)}],
    ids=["off", "over"],
)
def test_a_bank_that_rests_is_told_so_and_matches_nothing(known: dict[str, Path], rests: dict[str, Any]):
    """Disabled or past its end it matches nothing here either; an empty answer would mislead."""
    _make("harbour", known)
    services.change(bank=queries.bank("harbour", seen_by=None), actor=SYSTEM, at=clock.now(), **rests)
    result = _run(known["pdq"], "--bank", "harbour", code=2)

    assert "screening.bank_at_rest" in result.stderr and result.stdout == ""


@pytest.mark.django_db
def test_a_bank_that_is_not_there_is_wrong_use(known: dict[str, Path]):
    """An unknown name is told as such."""
    assert "match.no_such_bank" in _run(known["pdq"], "--bank", "harbour", code=2).stderr


def test_a_bank_file_has_a_limit(
    tmp_path: Path, bank: Path, known: dict[str, Path], monkeypatch: pytest.MonkeyPatch
):
    """A file of as many rows as allowed is read; of one more it is refused."""
    monkeypatch.setattr(match_banks, "MAX_ROWS", 4)
    _run(known["sha256"], "--bank", bank, code=1)
    monkeypatch.setattr(match_banks, "MAX_ROWS", 3)

    assert "more than 3 rows" in _run(known["sha256"], "--bank", bank, code=2).stderr.replace("\n", " ")
