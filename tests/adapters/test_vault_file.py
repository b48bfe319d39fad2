"""The file vault keeps what it acknowledged and nothing that it destroyed, whatever is killed."""

import os
import random
import subprocess
import sys
import threading
from itertools import count
from pathlib import Path

import pytest

from sinmungo.adapters.vault_file import FileVault, systemd_credential
from sinmungo.core.kernel.errors import Refused, Unavailable
from sinmungo.core.sealing.vault import (
    MAX_REF_BYTES,
    MAX_REFS,
    BadRef,
    CannotRead,
    CannotWrite,
    Damaged,
    KeyVault,
    LoosePermissions,
    PartMissing,
    VaultUnavailable,
    WrongKey,
)

FILES = {"vault.bin", "root.key", "vault.lock"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vault"


@pytest.fixture
def vault(folder: Path) -> FileVault:
    return FileVault(folder, now_ms=count(1000).__next__)


def child(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a real second process with the vault's folder and more as its arguments."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )


def names(vault: KeyVault) -> set[str]:
    return {ref for ref, _ in vault.refs()}


# -- what it promises


def test_creating_gives_each_ref_its_own_secret(vault: KeyVault) -> None:
    """Every ref has 32 bytes of its own, and a ref never created is absent."""
    vault.create(["a", "b", "사건-1"])
    secrets = vault.secrets(["a", "b", "사건-1", "never"])
    assert set(secrets) == {"a", "b", "사건-1"}
    assert {len(secret) for secret in secrets.values()} == {32}
    assert len(set(secrets.values())) == 3


def test_a_ref_that_has_a_secret_keeps_it(vault: KeyVault) -> None:
    """Creating again, alone or twice in a batch, never replaces what something may be sealed under."""
    vault.create(["a"])
    before = vault.secrets(["a"])
    vault.create(["a", "b", "b", "a"])
    assert vault.secrets(["a"]) == before
    assert list(vault.refs()) == [("a", 1000), ("b", 1001)]


def test_another_opening_reads_the_same(folder: Path, vault: KeyVault) -> None:
    """What one process wrote another reads, with the times of creation."""
    vault.create(["a"])
    vault.create(["b", "c"])
    other = FileVault(folder)
    assert other.secrets(["a", "b", "c"]) == vault.secrets(["a", "b", "c"])
    assert list(other.refs()) == list(vault.refs()) == [("a", 1000), ("b", 1001), ("c", 1001)]


def test_readers_follow_writers(folder: Path, vault: KeyVault) -> None:
    """An open reader sees each later creation and destruction at its next look."""
    reader = FileVault(folder)
    assert reader.secrets(["a"]) == {}
    vault.create(["a", "b"])
    assert set(reader.secrets(["a", "b"])) == {"a", "b"}
    vault.destroy(["a"])
    assert set(reader.secrets(["a", "b"])) == {"b"}
    vault.create(["c"])
    assert set(reader.secrets(["a", "b", "c"])) == {"b", "c"}


def test_destroying_is_repeatable_and_leaves_the_rest(vault: KeyVault) -> None:
    """Others keep their secrets; destroying twice, or what never was, changes nothing."""
    vault.create(["a", "b", "c"])
    kept = vault.secrets(["b"])
    for _ in range(2):
        vault.destroy(["a", "c", "never"])
        assert vault.secrets(["a", "b", "c"]) == kept
    assert list(vault.refs()) == [("b", 1000)]


def test_a_destroyed_ref_made_again_has_another_secret(vault: KeyVault) -> None:
    """Nothing sealed under the first secret opens under the second."""
    vault.create(["a"])
    first = vault.secrets(["a"])
    vault.destroy(["a"])
    vault.create(["a"])
    assert vault.secrets(["a"]) != first


def test_old_file_does_not_open_after_a_destruction(folder: Path, vault: KeyVault, tmp_path: Path) -> None:
    """Whoever kept the old file, but not the old root key, has nothing; the old key is nowhere."""
    vault.create(["a", "b"])
    old_file, old_key = (folder / "vault.bin").read_bytes(), (folder / "root.key").read_bytes()
    vault.destroy(["a"])
    assert {path.name for path in folder.iterdir()} == FILES
    root = old_key[8 + 16 : 8 + 48]
    assert all(root not in path.read_bytes() for path in folder.iterdir())
    (folder / "vault.bin").write_bytes(old_file)
    with pytest.raises(WrongKey):
        FileVault(folder).secrets(["a"])


def test_secrets_never_stand_open_in_the_folder(folder: Path, vault: KeyVault) -> None:
    """Neither a secret nor a ref can be found in the bytes on the disk."""
    vault.create(["case-of-nobody"])
    written = b"".join(path.read_bytes() for path in folder.iterdir())
    assert vault.secrets(["case-of-nobody"])["case-of-nobody"] not in written
    assert b"case-of-nobody" not in written


def test_appending_does_not_rewrite(folder: Path, vault: KeyVault) -> None:
    """A creation leaves every earlier byte as it was."""
    vault.create(["a"])
    before = (folder / "vault.bin").read_bytes()
    vault.create(["b"])
    assert (folder / "vault.bin").read_bytes().startswith(before)


def test_a_large_vault_survives_a_destruction(folder: Path, vault: KeyVault) -> None:
    """More secrets than one frame holds are rewritten whole."""
    refs = [f"ref-{number}" for number in range(2 * MAX_REFS + 1)]
    for start in range(0, len(refs), MAX_REFS):
        vault.create(refs[start : start + MAX_REFS])
    before = vault.secrets(refs[1:])
    vault.destroy(refs[:1])
    assert FileVault(folder).secrets(refs) == before


@pytest.mark.parametrize("bad", [[""], ["x" * (MAX_REF_BYTES + 1)], ["\ud800"], ["ok"] * (MAX_REFS + 1)])
def test_bad_refs_are_refused_before_anything_is_written(vault: KeyVault, bad: list[str]) -> None:
    """One bad ref, or one ref too many, refuses the batch."""
    with pytest.raises(BadRef) as caught:
        vault.create(["good", *bad][: MAX_REFS + 1])
    assert isinstance(caught.value, Refused)
    assert names(vault) == set()


def test_limits_at_their_edge_are_taken(vault: KeyVault) -> None:
    """The longest ref and the largest batch are accepted."""
    refs = [f"{number:0{MAX_REF_BYTES}}" for number in range(MAX_REFS)]
    vault.create(refs)
    assert len(vault.secrets(refs)) == MAX_REFS


def test_threads_share_one_vault(folder: Path, vault: KeyVault) -> None:
    """Web threads that create, read and destroy at once end with exactly what was acknowledged."""
    vault.create([f"old-{n}" for n in range(4)])

    def work(number: int) -> None:
        for turn in range(10):
            vault.create([f"{number}-{turn}"])
            assert f"{number}-{turn}" in vault.secrets([f"{number}-{turn}"])
        vault.destroy([f"old-{number}"])

    threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    expected = {f"{number}-{turn}" for number in range(4) for turn in range(10)}
    assert names(vault) == names(FileVault(folder)) == expected


# -- copies


def test_a_snapshot_opens_as_a_vault(vault: KeyVault, tmp_path: Path) -> None:
    """A copy holds what stood when it was made, privately, and does not change afterwards."""
    vault.create(["a", "b"])
    before = vault.secrets(["a", "b"])
    vault.snapshot(tmp_path / "copy")
    vault.destroy(["a"])
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "copy").iterdir()} == {0o600}
    assert FileVault(tmp_path / "copy").secrets(["a", "b"]) == before


def test_a_snapshot_never_overwrites(vault: KeyVault, tmp_path: Path) -> None:
    """An existing path is refused."""
    vault.snapshot(tmp_path / "copy")
    with pytest.raises(CannotWrite):
        vault.snapshot(tmp_path / "copy")


# -- who may open it


def test_folder_and_files_are_private(folder: Path, vault: KeyVault) -> None:
    """The folder has mode 0700 and each file 0600."""
    vault.create(["a"])
    vault.destroy(["a"])
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("name", "mode", "wanted"),
    [("", 0o755, "0700"), ("root.key", 0o640, "0600"), ("vault.bin", 0o604, "0600")],
)
@pytest.mark.usefixtures("vault")
def test_loose_permissions_are_refused(folder: Path, name: str, mode: int, wanted: str) -> None:
    """A folder or file that others may read is not used, and the error says what it must be."""
    (folder / name).chmod(mode)
    with pytest.raises(LoosePermissions) as caught:
        FileVault(folder)
    assert caught.value.code == "vault.permissions"
    assert f"{mode:04o}" in caught.value.detail
    assert wanted in caught.value.detail
    assert str(folder.parent) not in caught.value.detail


def test_a_credential_is_needed_for_ever(folder: Path) -> None:
    """A vault made with the system's credential opens with it, and with no other or none."""
    FileVault(folder, credential=b"c" * 32).create(["a"])
    assert names(FileVault(folder, credential=b"c" * 32)) == {"a"}
    for other in (None, b"d" * 32):
        with pytest.raises(WrongKey):
            FileVault(folder, credential=other).secrets(["a"])


def test_the_credential_comes_from_systemd(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that systemd gave the credential uses it without being told."""
    (tmp_path / "sinmungo-vault").write_bytes(b"c" * 32)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    FileVault(folder).create(["a"])
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    assert names(FileVault(folder, credential=b"c" * 32)) == {"a"}


def test_a_credential_has_at_least_32_bytes(tmp_path: Path) -> None:
    """None is no credential, 31 bytes are refused, 32 are taken."""
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert systemd_credential({}) is None
    assert systemd_credential(environ) is None
    (tmp_path / "sinmungo-vault").write_bytes(bytes(31))
    with pytest.raises(CannotRead):
        systemd_credential(environ)
    (tmp_path / "sinmungo-vault").write_bytes(bytes(32))
    assert systemd_credential(environ) == bytes(32)


# -- loss and damage


@pytest.mark.parametrize("name", ["vault.bin", "root.key"])
def test_a_lost_file_is_an_alarm_not_a_fresh_start(folder: Path, vault: KeyVault, name: str) -> None:
    """One file without the other is never taken for a new vault."""
    vault.create(["a"])
    (folder / name).unlink()
    with pytest.raises(PartMissing) as caught:
        FileVault(folder)
    assert name in caught.value.detail
    assert not (folder / name).exists()


def test_an_open_vault_notices_that_its_file_went(folder: Path, vault: KeyVault) -> None:
    """A vault whose file is taken away says so and does not serve from memory."""
    vault.create(["a"])
    (folder / "vault.bin").unlink()
    with pytest.raises(PartMissing):
        vault.secrets(["a"])


def test_a_beginning_cut_short_begins_again(folder: Path) -> None:
    """A kill after the empty file and before its key leaves nothing that could be lost."""
    FileVault(folder)
    (folder / "root.key").unlink()
    again = FileVault(folder)
    again.create(["a"])
    assert names(FileVault(folder)) == {"a"}


@pytest.mark.parametrize("lost", [1, 20, 60])
def test_a_torn_append_is_cut_by_the_next_writer(folder: Path, vault: KeyVault, lost: int) -> None:
    """Readers pass over an append that a crash cut short; the next one takes its place."""
    vault.create(["a"])
    vault.create(["never-acknowledged"])
    file = folder / "vault.bin"
    os.truncate(file, file.stat().st_size - lost)
    reader = FileVault(folder)
    assert names(reader) == {"a"}
    FileVault(folder).create(["never-acknowledged2"])  # one letter longer: never the torn length
    FileVault(folder).create(["b"])
    assert names(reader) == names(FileVault(folder)) == {"a", "never-acknowledged2", "b"}


def test_a_torn_tail_replaced_by_one_of_equal_length_is_seen(folder: Path, vault: KeyVault) -> None:
    """A reader is not deceived when the new end of the file lies where the torn one did."""
    vault.create(["a"])
    size = (folder / "vault.bin").stat().st_size
    vault.create(["b"])
    length = (folder / "vault.bin").stat().st_size - size
    os.truncate(folder / "vault.bin", size)
    with (folder / "vault.bin").open("ab") as file:
        file.write(bytes(length))
    reader = FileVault(folder)
    assert names(reader) == {"a"}
    FileVault(folder).create(["c"])
    assert (folder / "vault.bin").stat().st_size == size + length
    assert names(reader) == {"a", "c"}


def test_damage_is_an_error_and_stays(folder: Path, vault: KeyVault) -> None:
    """A changed byte in what was acknowledged is reported on every use; nothing is written over it."""
    vault.create(["a"])
    vault.create(["b"])
    data = bytearray((folder / "vault.bin").read_bytes())
    data[100] ^= 1
    (folder / "vault.bin").write_bytes(data)
    for _ in range(2):
        with pytest.raises(Damaged):
            FileVault(folder).secrets(["a"])
        with pytest.raises(Damaged):
            FileVault(folder).create(["c"])
    assert (folder / "vault.bin").read_bytes() == data


@pytest.mark.parametrize("name", ["vault.bin", "root.key"])
@pytest.mark.parametrize("content", [b"", b"not a vault", bytes(5000)])
def test_foreign_files_are_refused(folder: Path, vault: KeyVault, name: str, content: bytes) -> None:
    """Files that are not of this format give a clear error and stay as they are."""
    vault.create(["a"])
    (folder / name).write_bytes(content)
    with pytest.raises(VaultUnavailable):
        FileVault(folder).secrets(["a"])
    assert (folder / name).read_bytes() == content


# -- several processes, kills and a full disk

CREATING = """
import sys
from sinmungo.adapters.vault_file import FileVault
vault = FileVault(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for turn in range(40):
    vault.create([f"{sys.argv[2]}-{turn}-{n}" for n in range(5)])
"""

DESTROYING = """
import sys
from sinmungo.adapters.vault_file import FileVault
vault = FileVault(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for n in range(40):
    vault.destroy([f"old-{n}"])
"""


def test_processes_create_and_destroy_at_once(folder: Path, vault: KeyVault) -> None:
    """Two processes that create and one that destroys lose nothing of one another."""
    vault.create([f"old-{n}" for n in range(41)])
    kept = vault.secrets(["old-40"])
    both = [child(CREATING, folder, name) for name in ("first", "second")]
    workers = [*both, child(DESTROYING, folder)]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        assert worker.wait(120) == 0
    made = {f"{name}-{turn}-{n}" for name in ("first", "second") for turn in range(40) for n in range(5)}
    assert names(vault) == names(FileVault(folder)) == made | {"old-40"}
    assert vault.secrets(["old-40"]) == kept


# The fuse counts the entries and exits of system calls, so that a kill falls between any two of them.
KILLED = """
import os, random, signal, sys
from sinmungo.adapters.vault_file import FileVault
folder, name, seed, fuse = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
chance = random.Random(seed)
steps = 0
def burn(_, event, called):
    global steps
    if event in ("c_call", "c_return") and called.__module__ == "posix":
        steps += 1
        if steps == fuse:
            os.kill(os.getpid(), signal.SIGKILL)
def say(*words):
    print(*words, flush=True)
sys.setprofile(burn)
vault = FileVault(folder)
mine = []
for turn in range(8):
    if mine and chance.random() < 0.5:
        gone = [mine.pop(chance.randrange(len(mine)))]
        say("destroying", *gone)
        vault.destroy(gone)
        say("destroyed", *gone)
    else:
        made = [f"{name}-{turn}-{n}" for n in range(3)]
        vault.create(made)
        say("created", *made)
        mine += made
sys.setprofile(None)
say("steps", steps)
"""


class Acknowledged:
    """What killed processes said before they died."""

    def __init__(self) -> None:
        self.present: set[str] = set()
        self.absent: set[str] = set()
        self.steps = 0

    def hear(self, text: str) -> None:
        for line in text.splitlines():
            word, *refs = line.split()
            if word == "created":
                self.present |= set(refs)
            elif word == "destroying":  # begun and not acknowledged: either state is right
                self.present -= set(refs)
            elif word == "destroyed":
                self.absent |= set(refs)
            else:
                self.steps = int(refs[0])


@pytest.mark.kills
def test_a_kill_at_any_point_loses_nothing_acknowledged(folder: Path) -> None:
    """After each of 20 kills all acknowledged creations are there, all destructions hold, all can go on."""
    chance = random.Random(20)
    told = Acknowledged()
    known: dict[str, bytes] = {}
    for number in range(21):
        seed = chance.randrange(1000)
        fuse = chance.randrange(1, told.steps) if number else 0
        worker = child(KILLED, folder, f"run{number}", seed, fuse)
        told.hear(worker.communicate(timeout=60)[0])
        assert worker.returncode in ((0,) if number == 0 else (0, -9))
        vault = FileVault(folder)
        found = names(vault)
        assert told.present <= found
        assert not told.absent & found
        secrets = vault.secrets(sorted(found))
        assert all(secrets[ref] == secret for ref, secret in known.items() if ref in secrets)
        known = secrets
    vault.create(["after"])
    assert {path.name for path in folder.iterdir()} == FILES
    assert (folder / "root.key").read_bytes().count(bytes(48)) == 1


@pytest.mark.kills
@pytest.mark.parametrize("fuse", [4, 20, 30, 40, 46, 50, 58, 64])
def test_a_kill_while_a_vault_begins_leaves_one_that_works(folder: Path, fuse: int) -> None:
    """However far the making of the folder came, the next process makes or finds a working vault."""
    worker = child(KILLED, folder, "first", 1, fuse)
    assert "created" not in worker.communicate(timeout=60)[0]
    assert worker.returncode == -9
    FileVault(folder).create(["a"])
    assert names(FileVault(folder)) >= {"a"}
    assert {path.name for path in folder.iterdir()} == FILES


FULL_DISK = """
import resource, sys
from sinmungo.adapters.vault_file import FileVault
from sinmungo.core.kernel.errors import Unavailable
vault = FileVault(sys.argv[1])
vault.secrets([])
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    if sys.argv[3] == "create":
        vault.create([f"new-{n}" for n in range(100)])
    else:
        vault.destroy(["old-0"])
except Unavailable as error:
    print(error.code, len(vault.secrets([f"old-{n}" for n in range(100)])))
"""


@pytest.mark.parametrize(
    ("act", "room"), [("create", 0), ("create", 100), ("destroy", -3000), ("destroy", -9000)]
)
def test_a_full_disk_is_an_error_and_loses_nothing(
    folder: Path, vault: KeyVault, act: str, room: int
) -> None:
    """With no room left writing fails clearly, reading goes on, and later the same call succeeds."""
    refs = [f"old-{n}" for n in range(100)]
    vault.create(refs)
    before = vault.secrets(refs)
    limit = max(0, (folder / "vault.bin").stat().st_size + room)
    worker = child(FULL_DISK, folder, limit, act)
    assert worker.communicate(timeout=60)[0] == "vault.cannot_write 100\n"
    assert vault.secrets(refs) == before
    assert names(vault) == set(refs)
    vault.create(["new"])
    vault.destroy(["old-0"])
    assert names(FileVault(folder)) == {*refs[1:], "new"}


def test_an_unwritable_place_is_an_error(tmp_path: Path) -> None:
    """A vault below something that is not a folder cannot be made, and says so as an error of ours."""
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable) as caught:
        FileVault(tmp_path / "file" / "vault")
    assert caught.value.code == "vault.cannot_write"


def test_a_vault_held_to_the_very_end_says_nothing(folder: Path) -> None:
    """A process that ends while something still holds a vault writes no word of it to standard error."""
    code = (
        "import sys\n"
        "from sinmungo.adapters.vault_file import store\n"
        "kept = store.FileVault(sys.argv[1])\n"
        "kept.create(['a'])\n"
        "vars(store).update(dict.fromkeys(vars(store)))  # what the interpreter does on its way out\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    ended = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        env=environment,
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert ended.stderr == b""
