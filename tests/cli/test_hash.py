"""``sinmungo hash``, without a database."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from sinmungo.cli import hash as hash_command
from sinmungo.cli import media_files, media_told
from sinmungo.core.matching import decoding
from sinmungo.core.matching.fingerprints import MOST_HASHES
from tests.cli.running import run, told
from tests.common import drawn
from tests.core.matching import filmed

_run = partial(run, hash_command.app)
_json = partial(told, hash_command.app)


def _file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return _file(tmp_path / "shapes.jpg", drawn.written(drawn.shapes()))


def test_a_picture_has_its_hash_its_quality_and_its_digests(picture: Path):
    """The hash is that of the whole picture; the digests are those of the file."""
    (told,) = _json(picture)
    expected = decoding.hash_picture(picture.read_bytes())

    assert told == {
        "file": str(picture),
        "pdq": expected.bits.hex(),
        "quality": expected.quality,
        "matches": None,
        "refused": None,
        "sha256": hashlib.sha256(picture.read_bytes()).hexdigest(),
        "md5": hashlib.md5(picture.read_bytes(), usedforsecurity=False).hexdigest(),
    }


def test_the_kit_is_given_where_it_is_asked_for(picture: Path):
    """At most sixteen hashes with the names of their parts, the whole picture's first."""
    (told,) = _json(picture, "--kit")
    parts = [each["part"] for each in told["kit"]]

    assert told["kit"][0] == {"part": "whole", "pdq": told["pdq"]}
    assert 2 < len(parts) <= MOST_HASHES and len(set(parts)) == len(parts)
    assert told["kit"][0]["pdq"] in _run(picture, "--kit").stdout.splitlines()[2]


def test_a_clip_has_frames_and_no_hash_of_its_own(tmp_path: Path):
    """A clip's frames are counted, and with the kit each is given with its second."""
    clip = _file(tmp_path / "a.mp4", filmed.film(filmed.wandering(3)))
    (told,) = _json(clip, "--kit")

    assert (told["pdq"], told["quality"], told["frames"], told["refused"]) == (None, None, 12, None)
    assert [each["second"] for each in told["kit"][:3]] == [0, 0.3, 0.5]
    assert all(len(each["pdq"]) == 64 for each in told["kit"])


def test_any_other_file_has_digests(tmp_path: Path):
    """A text or a document is refused by nobody."""
    files = [_file(tmp_path / "a.txt", "바다".encode()), _file(tmp_path / "b.pdf", b"%PDF-1.7 ...")]
    told = _json(*files)

    assert [each["sha256"] for each in told] == [hashlib.sha256(f.read_bytes()).hexdigest() for f in files]
    assert [(each["pdq"], each["refused"]) for each in told] == [(None, None)] * 2


def test_what_is_too_plain_is_told(tmp_path: Path):
    """A blank picture has a hash and digests, and a sentence says that it will not be found by likeness."""
    blank = _file(tmp_path / "blank.png", drawn.written(Image.new("RGB", (200, 200), "white"), "PNG"))
    white = _file(tmp_path / "white.mp4", filmed.film([Image.new("RGB", filmed.SIZE, "white")] * 20))
    result = _run(blank, white)

    assert "blank.png: too plain to be found (quality 0)" in result.stderr
    assert "white.mp4: too plain to be found (no frame is worth comparing)" in result.stderr


def test_every_bad_file_is_refused_with_a_code_and_the_others_are_hashed(tmp_path: Path, picture: Path):
    """Missing, empty, damaged, misnamed: each row says which, and the exit code is 1."""
    whole = drawn.written(drawn.shapes(), "PNG")
    os.mkfifo(tmp_path / "waits")
    bad = {
        _file(tmp_path / "empty.jpg", b""): "empty",
        _file(tmp_path / "words.jpg", b"only words"): "not_a_picture",
        _file(tmp_path / "words.mp4", b"only words"): "not_a_clip",
        _file(tmp_path / "half.png", whole[: len(whole) // 2]): "damaged",
        _file(tmp_path / "half.mp4", drawn.clip()[:2000]): "damaged",
        _file(tmp_path / "huge.png", drawn.png_of_zeros(60_000, 60_000, rows=1)): "too_many_pixels",
        _file(tmp_path / "other.txt", b"\xff\xfe\xfa"): "not_text",
        tmp_path / "waits": "not_a_file",
        tmp_path / "absent.jpg": "missing",
    }
    told = _json(*bad, picture, code=1)
    result = _run(*bad, picture, code=1)

    assert [each["refused"] for each in told] == [*bad.values(), None]
    assert all(each["matches"] is None for each in told)
    for file, code in bad.items():
        assert f"{file}: {media_files.REASONS[code]} ({code})" in result.stderr.replace("\n", "")
    assert len(result.stdout.splitlines()) == 2


def test_a_file_that_may_not_be_read_is_refused(picture: Path, monkeypatch: pytest.MonkeyPatch):
    """What the system forbids is unreadable, and no other file suffers."""
    monkeypatch.setattr(Path, "open", _forbidden)

    assert media_files.look(picture, media_files.Purpose.HASH).refused == "unreadable"


def _forbidden(*_: object, **__: object) -> io.BytesIO:
    raise PermissionError(13, "Permission denied")


def test_a_folder_means_its_files_in_order(tmp_path: Path, picture: Path):
    """Files of a folder and of those in it are hashed by name; links in it are passed over."""
    (tmp_path / "deep").mkdir()
    _file(tmp_path / "deep" / "z.txt", b"a")
    _file(tmp_path / "a.txt", b"b")
    (tmp_path / "link.jpg").symlink_to(picture)
    (tmp_path / "deep" / "up").symlink_to(tmp_path)

    assert [Path(each["file"]).name for each in _json(tmp_path)] == ["a.txt", "shapes.jpg", "z.txt"]


def test_many_files_are_shared_out_and_keep_their_order(tmp_path: Path):
    """A dozen files, read by two processes, are told in the order of their names, as one by one."""
    for number in range(12):
        _file(tmp_path / f"{number:02}.jpg", drawn.written(drawn.shapes((300 + number, 200)), quality=80))
    told = _json(tmp_path)
    files = sorted(tmp_path.iterdir())

    assert [each["pdq"] for each in told] == [
        media_files.look(file, media_files.Purpose.HASH).pdq.hex() for file in files
    ]


def test_too_many_files_are_refused_before_the_first_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """As many files as allowed are hashed; one more is wrong use."""
    for number in range(3):
        _file(tmp_path / f"{number}.txt", b"a")
    monkeypatch.setattr(media_files, "MAX_FILES", 3)
    assert len(_json(tmp_path)) == 3
    monkeypatch.setattr(media_files, "MAX_FILES", 2)
    result = _run(tmp_path, code=2)

    assert "more than 2 files" in result.stderr and result.stdout == ""


def test_a_file_larger_than_any_picture_has_its_digests(tmp_path: Path):
    """What is no picture has no picture's limit; called a picture it is refused as none."""
    most = decoding.LIMITS.bytes
    archive, called = tmp_path / "old.zip", tmp_path / "old.png"
    for file in (archive, called):
        with file.open("wb") as opened:
            opened.truncate(most + 1)
    told = _json(archive, called, code=1)

    assert [each["refused"] for each in told] == [None, "not_a_picture"]
    assert told[0]["sha256"] == hashlib.sha256(bytes(most + 1)).hexdigest()


def test_no_file_at_all_is_wrong_use():
    """Without a path there is nothing to do."""
    assert _run(code=2).stdout == ""


def test_a_process_that_dies_costs_one_file(tmp_path: Path):
    """A file that ends the process that reads it is refused as such; those around it are hashed."""
    files = [_file(tmp_path / f"{number}.txt", b"a") for number in range(9)]
    script = (
        "import os, sys; from pathlib import Path; from sinmungo.cli import media_files as m\n"
        "real = m.look\n"
        "def look(file, purpose):\n"
        "    return os._exit(7) if file.name == '4.txt' else real(file, purpose)\n"
        "m.look = look\n"
        "if __name__ == '__main__':\n"
        "    files = [Path(each) for each in sys.argv[1:]]\n"
        "    print([each.refused for each in m.look_at(files, m.Purpose.HASH)])\n"
    )
    program = _file(tmp_path / "program.py", script.encode())
    done = subprocess.run([sys.executable, str(program), *map(str, files)], capture_output=True, text=True)

    assert done.stdout.strip() == str([""] * 4 + ["crashed"] + [""] * 4), done.stderr


def test_it_needs_no_database_and_no_settings(picture: Path):
    """Hashing works where Django cannot even be set up, and never loads its models."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("DJANGO", "SINMUNGO"))}
    script = (
        "import sys\nfrom sinmungo.cli.main import main\n"
        "try:\n    main(['hash', sys.argv[1], '--json'])\n"
        "finally:\n    assert 'sinmungo.apps' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(picture)],
        capture_output=True,
        text=True,
        env=env | {"DJANGO_SETTINGS_MODULE": "there.is.none"},
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["quality"] > 50


def test_names_with_odd_letters_stay_on_one_line(tmp_path: Path):
    """A line break in a file's name cannot forge a row."""
    odd = _file(tmp_path / "a\nb\tc.txt", b"a")

    assert len(_run(odd).stdout.splitlines()) == 2
    assert _json(odd)[0]["file"].endswith("a?b?c.txt")


def test_every_refusal_has_its_sentence():
    """Every code that decoding and clips can give is explained."""
    codes = {decoding.CannotDecode.TOO_LARGE, decoding.CannotDecode.TOO_MANY_PIXELS}
    codes |= {decoding.CannotDecode.NOT_A_PICTURE, decoding.CannotDecode.DAMAGED}
    codes |= {"too_long", "too_slow", "not_a_clip", "needs_video"}

    assert codes <= media_told.REASONS.keys()
