"""Snapshots: what is written is read back, what is not whole is refused, and a kill leaves the old one."""

from __future__ import annotations

import hashlib
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sinmungo.core.matching.index import BadSnapshot, HashIndex, SlowIndex, snapshot
from tests.core.matching.index.nearby import clustered, named, noise

HEADER = 32
COUNT = 300


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Give the snapshot of 300 hashes at radius 20."""
    path = tmp_path / "bank.index"
    HashIndex(clustered(COUNT, 1), named(range(0, 2 * COUNT, 2)), radius=20).save(path)
    return path


def _sealed(body: bytes) -> bytes:
    """Return a body with the digest that fits it."""
    return body + hashlib.sha256(body).digest()


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_snapshot_holds_what_the_index_held(tmp_path: Path) -> None:
    """Hashes in parts, loose, removed and added again read back as they were, in either kind of index."""
    path, hashes = tmp_path / "bank.index", clustered(7_000, 2)
    index = HashIndex(hashes[:5_000], named(range(5_000)), radius=23)
    index.add(hashes[5_000:], named(range(-2_000, 0)))
    index.remove(named(range(0, 5_000, 3)))
    index.add(hashes[:1], named([3]))
    index.save(path)
    again, twin = HashIndex.load(path), SlowIndex.load(path)

    assert len(again) == len(twin) == len(index)
    assert again.radius == twin.radius == 23
    for found in (again.find_many(hashes[::500]), twin.find_many(hashes[::500])):
        assert found.keys.tolist() == index.find_many(hashes[::500]).keys.tolist()


def test_the_same_content_is_the_same_file(saved: Path) -> None:
    """The order in which hashes came leaves no trace; both kinds write the same bytes."""
    hashes, keys, other = clustered(COUNT, 1), named(range(0, 2 * COUNT, 2)), saved.with_name("other")
    index = HashIndex(radius=20)
    index.add(noise(1, 0.5, 9), named([1]))
    for place in range(COUNT - 1, -1, -1):
        index.add(hashes[place : place + 1], keys[place : place + 1])
    index.remove(named([1]))
    index.save(other)
    assert other.read_bytes() == saved.read_bytes()
    SlowIndex(hashes, keys, radius=20).save(other)
    assert other.read_bytes() == saved.read_bytes()


def test_an_empty_index_has_a_snapshot_too(tmp_path: Path) -> None:
    """It loads as an empty index."""
    HashIndex().save(tmp_path / "none")
    assert len(HashIndex.load(tmp_path / "none")) == 0


def test_a_snapshot_is_as_documented_and_for_its_owner_alone(saved: Path) -> None:
    """Header, keys, hashes, digest; 40 bytes a hash; nobody else may read it, and nothing lies beside it."""
    content = saved.read_bytes()

    assert content[:16] == b"sinmungo-index/1"
    assert [int.from_bytes(content[at : at + 8], "little") for at in (16, 24)] == [20, COUNT]
    assert content[HEADER : HEADER + 8 * COUNT] == named(range(0, 2 * COUNT, 2)).astype("<i8").tobytes()
    assert content[HEADER + 8 * COUNT : -32] == clustered(COUNT, 1).tobytes()
    assert content == _sealed(content[:-32])
    assert saved.stat().st_mode & 0o777 == 0o600
    assert _names(saved.parent) == [saved.name]


@pytest.mark.parametrize("keep", [0, 1, 15, 16, 31, 32, 33, 2_000, -33, -1])
def test_a_snapshot_cut_anywhere_is_refused(saved: Path, keep: int) -> None:
    """Half a file is one clear refusal, wherever it ends."""
    saved.write_bytes(saved.read_bytes()[:keep])
    with pytest.raises(BadSnapshot):
        HashIndex.load(saved)


@pytest.mark.parametrize("at", [0, 15, 16, 24, 31, 32, 2_431, 2_432, 9_000, -33, -32, -1])
def test_a_snapshot_with_one_bit_changed_is_refused(saved: Path, at: int) -> None:
    """Whichever byte it stands in."""
    content = bytearray(saved.read_bytes())
    content[at] ^= 4
    saved.write_bytes(content)
    with pytest.raises(BadSnapshot):
        HashIndex.load(saved)


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body + b"\0",
        lambda body: body[:16] + (256).to_bytes(8, "little") + body[24:],
        lambda body: body[:24] + (2**27 + 1).to_bytes(8, "little") + body[32:],
        lambda body: body[:24] + (2**64 - 1).to_bytes(8, "little") + body[32:],
        lambda body: body[:24] + (COUNT + 1).to_bytes(8, "little") + body[32:],
        lambda body: body[:32] + body[40:48] + body[32:40] + body[48:],
        lambda body: body[:32] + body[40:48] + body[40:],
        lambda body: b"sinmungo-index/2" + body[16:],
    ],
)
def test_a_forged_snapshot_is_refused_though_its_digest_fits(
    saved: Path, change: Callable[[bytes], bytes]
) -> None:
    """Radii and counts out of bounds, keys that do not rise or come twice, another version."""
    saved.write_bytes(_sealed(change(saved.read_bytes()[:-32])))
    with pytest.raises(BadSnapshot):
        HashIndex.load(saved)


def test_a_file_that_claims_to_be_large_takes_no_memory(saved: Path) -> None:
    """Five gigabytes are promised in a header of a small file: it is refused before room is made for them."""
    claimed = saved.read_bytes()[:24] + (2**27).to_bytes(8, "little")
    saved.write_bytes(_sealed(claimed))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadSnapshot, match="cut short"):
        HashIndex.load(saved)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_what_is_refused_quotes_no_byte_of_the_file(saved: Path) -> None:
    """A file may hold hashes of a victim; the error does not."""
    content = saved.read_bytes()
    saved.write_bytes(content[:-1] + b"!")
    with pytest.raises(BadSnapshot) as refused:
        HashIndex.load(saved)
    assert str(refused.value) == "the digest of the snapshot is not that of its content"


def test_a_file_that_is_not_there_is_the_systems_own_error(tmp_path: Path) -> None:
    """Absent is not damaged."""
    with pytest.raises(FileNotFoundError):
        HashIndex.load(tmp_path / "none")


def test_a_disk_that_is_full_leaves_the_old_snapshot(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is the system's, nothing is left beside the file, and the old one loads."""
    before = saved.read_bytes()

    def full(descriptor: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(snapshot.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        HashIndex(noise(9, 0.5, 3), named(range(9))).save(saved)
    assert saved.read_bytes() == before
    assert _names(saved.parent) == [saved.name]


def test_what_a_kill_left_beside_it_is_removed_and_never_followed(saved: Path, tmp_path: Path) -> None:
    """A link that stands where the new file will be written goes, and what it names is not touched."""
    other = tmp_path / "other"
    other.write_text("mine")
    saved.with_name(f"{saved.name}.new").symlink_to(other)
    HashIndex.load(saved).save(saved)

    assert other.read_text() == "mine"
    assert len(HashIndex.load(saved)) == COUNT
    assert _names(tmp_path) == ["bank.index", "other"]


CHILD = """
import os, signal, sys
from pathlib import Path
import numpy as np
from sinmungo.core.matching.index import HashIndex, snapshot

path, call, limit = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
calls = 0

def die_at(real):
    def counted(*args, **kwargs):
        global calls
        calls += 1
        if calls == limit:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)
    return counted

class Digest:
    def __init__(self, real):
        self.update, self.digest = die_at(real.update), real.digest

if call == "block":
    real = snapshot.hashlib.sha256
    snapshot.hashlib.sha256 = lambda *given: Digest(real(*given))
elif call == "fsync":
    snapshot.os.fsync = die_at(os.fsync)
else:
    Path.replace = die_at(Path.replace)
hashes = np.random.default_rng(5).integers(0, 256, (60_000, 32), dtype=np.uint8)
HashIndex(hashes, np.arange(60_000)).save(path)
print("written")
"""


@pytest.mark.kills
@pytest.mark.parametrize(
    ("call", "limit", "left"),
    [
        ("block", 1, COUNT),
        ("block", 4, COUNT),
        ("block", 8, COUNT),
        ("fsync", 1, COUNT),
        ("replace", 1, COUNT),
        ("fsync", 2, 60_000),
        ("none", 0, 60_000),
    ],
)
def test_a_writer_killed_at_any_point_leaves_the_old_snapshot_or_the_new(
    saved: Path, call: str, limit: int, left: int
) -> None:
    """A process that ends by SIGKILL in the middle of a save costs the new snapshot, never the old one."""
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(saved), call, str(limit)], capture_output=True, timeout=60
    )

    assert (child.returncode, child.stdout) == ((0, b"written\n") if call == "none" else (-9, b""))
    index = HashIndex.load(saved)
    assert len(index) == left
    # and the next save works, whatever was left beside it
    index.save(saved)
    assert len(HashIndex.load(saved)) == left
    assert _names(saved.parent) == [saved.name]
