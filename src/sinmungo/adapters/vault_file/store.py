"""The default key vault: a private folder with one file of sealed secrets and one root key.

``root.key`` has two slots of (generation, root key); ``vault.bin`` names its generation and holds
frames sealed under that root key. Creating appends one frame. Destroying writes what remains under a
new generation, in this order, each step on the disk before the next:

1. the new root key into the free slot;
2. the new file beside the old one, then renamed over it: from here on the new state counts;
3. zeros over the old root key, then over the old file.

A kill at any point leaves a file whose generation stands in a slot. The next writer ends what was
begun: it cuts a torn append, removes an unfinished file and blanks a slot that is not in use.

Processes of one machine share the folder: writers lock it alone and readers together (``flock`` on
``vault.lock``); each keeps a map in memory and reads the tail, or the new file, when it has changed.
The folder must be on a local file system.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sinmungo.adapters.vault_file.disk import (
    beside,
    blank,
    check_private,
    cut,
    identity,
    reading,
    replace,
    sync_folder,
    write_all,
    write_new,
    writing,
)
from sinmungo.adapters.vault_file.rootkeys import (
    GENERATION_BYTES,
    KEY_FILE,
    RootKeys,
    derive,
    key_bytes,
    systemd_credential,
)
from sinmungo.core.sealing.envelope import KEY_BYTES, NONCE_BYTES, CannotOpen
from sinmungo.core.sealing.frames import Record, frame, open_frames
from sinmungo.core.sealing.vault import MAX_REF_BYTES, MAX_REFS, BadRef, Damaged, PartMissing, WrongKey

VAULT_FILE = "vault.bin"
LOCK_FILE = "vault.lock"

_VAULT_MAGIC = b"SMVAULT1"
_HEADER = len(_VAULT_MAGIC) + GENERATION_BYTES + KEY_BYTES


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class FileVault:
    """A ``KeyVault`` in ``folder``, which is made (mode 0700) if it is not there.

    ``random(n)`` gives n unpredictable bytes, ``now_ms()`` the time in milliseconds since 1970 UTC.
    ``credential`` stands for the one of systemd; without it that one is used where there is one.
    Raises ``LoosePermissions`` if another user could read the folder or its files, ``PartMissing``
    if one of the two files is gone, and ``VaultUnavailable``'s other kinds as they say.
    """

    _file = -1
    # At the interpreter's exit a module may be emptied before the last vault is gone, a class is not.
    _close = staticmethod(os.close)

    def __init__(
        self,
        folder: Path | str,
        random: Callable[[int], bytes] = os.urandom,
        now_ms: Callable[[], int] = _now_ms,
        credential: bytes | None = None,
    ) -> None:
        self._folder = Path(folder)
        self._vault = self._folder / VAULT_FILE
        self._keys = RootKeys(self._folder / KEY_FILE)
        self._random = random
        self._now_ms = now_ms
        self._credential = systemd_credential(os.environ) if credential is None else credential
        self._mutex = threading.Lock()
        self._forget()
        self._prepare()

    def __del__(self) -> None:
        if self._file >= 0:
            self._close(self._file)

    def create(self, refs: Sequence[str]) -> None:
        """See ``KeyVault.create``: one frame and one fsync for the whole batch."""
        _check_refs(refs)
        with self._alone():
            now = self._now_ms()
            fresh = [ref for ref in dict.fromkeys(refs) if ref not in self._known]
            self._append([Record(ref, now, self._random(KEY_BYTES)) for ref in fresh])

    def secrets(self, refs: Sequence[str]) -> dict[str, bytes]:
        """See ``KeyVault.secrets``: from memory, after one look at whether the file has changed."""
        with self._mutex:
            known = self._current()
            return {ref: known[ref].secret for ref in refs if ref in known}

    def destroy(self, refs: Sequence[str]) -> None:
        """See ``KeyVault.destroy``: rewrites everything that remains under a new root key."""
        gone = set(refs)
        with self._alone():
            if not gone.isdisjoint(self._known):
                self._rewrite([record for ref, record in self._known.items() if ref not in gone])
            # Also when they were gone before: whoever removed them may have been killed half-way.
            self._erase_old_key()

    def refs(self) -> Iterator[tuple[str, int]]:
        """See ``KeyVault.refs``: as they stood when this was called."""
        with self._mutex:
            return iter([(record.ref, record.created_ms) for record in self._current().values()])

    def snapshot(self, path: Path) -> None:
        """See ``KeyVault.snapshot``: a folder that ``FileVault`` opens, root key included."""
        with self._mutex, self._locked(fcntl.LOCK_SH):
            self._refresh()
            with writing():
                path.mkdir(mode=0o700)
                write_new(path / VAULT_FILE, os.pread(self._file, self._end, 0))
                # The key comes last: a copy cut short has none, and is refused as incomplete.
                write_new(path / KEY_FILE, key_bytes(self._generation, self._keys.read()[self._generation]))
                sync_folder(path)
                sync_folder(path.parent)

    # -- what is held in memory

    def _forget(self) -> None:
        self._known: dict[str, Record] = {}
        self._file = -1
        self._identity = (0, 0)
        self._generation = b""
        self._key = b""
        self._end = 0
        self._torn = False

    def _current(self) -> dict[str, Record]:
        """Return the map of now; the mutex is held, and as long as the map is read."""
        if not self._unchanged():
            with self._locked(fcntl.LOCK_SH):
                self._refresh()
        return self._known

    def _unchanged(self) -> bool:
        """Tell whether the file is the one in memory, to its last byte.

        Our open descriptor keeps its inode number from being given to another file. A torn tail ends
        behind ``_end``, so it is read again each time: an append of the same length may replace it.
        """
        state = self._stat()
        return self._identity == identity(state) and self._end == state.st_size

    def _stat(self) -> os.stat_result:
        with reading():
            try:
                return self._vault.stat()
            except FileNotFoundError:
                raise PartMissing(name=VAULT_FILE) from None

    def _refresh(self) -> None:
        """Bring the map up to the file; a lock is held."""
        if self._identity != identity(self._stat()):
            self._turn_to_file()
        with reading():
            size = os.fstat(self._file).st_size
            data = os.pread(self._file, size - self._end, self._end)
        try:
            records, self._end = open_frames(self._key, data, generation=self._generation, at=self._end)
        except CannotOpen as error:
            raise Damaged(name=VAULT_FILE, offset=error.facts["offset"]) from None
        self._torn = self._end < size
        self._known.update((record.ref, record) for record in records)

    def _turn_to_file(self) -> None:
        """Turn to the file that now stands at the path, and find its key."""
        if self._file >= 0:
            os.close(self._file)
        self._forget()
        check_private(self._vault, 0o600)
        with reading():
            self._file = os.open(self._vault, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            header = os.pread(self._file, _HEADER, 0)
            state = os.fstat(self._file)
        if len(header) < _HEADER or not header.startswith(_VAULT_MAGIC):
            raise Damaged(name=VAULT_FILE, offset=0)
        generation = header[len(_VAULT_MAGIC) :][:GENERATION_BYTES]
        root = self._keys.read().get(generation)
        if root is None:
            raise WrongKey(name=KEY_FILE)
        key, check = derive(root, generation, self._credential)
        if not header.endswith(check):
            raise WrongKey(name=KEY_FILE)
        self._identity, self._end = identity(state), _HEADER
        self._generation, self._key = generation, key

    # -- writing

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """Hold the folder's lock; the kernel gives it back if this process dies."""
        with reading():
            lock = os.open(self._folder / LOCK_FILE, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, how)
            yield
        finally:
            os.close(lock)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Be the only one; start from an up-to-date map and a folder without leftovers."""
        with self._mutex, self._locked(fcntl.LOCK_EX):
            self._refresh()
            with writing():
                self._settle()
                yield

    def _prepare(self) -> None:
        """Make the folder and its two files, or check those that stand there."""
        with writing():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_private(self._folder, 0o700)
        with self._mutex, self._locked(fcntl.LOCK_EX):
            if self._is_new():
                with writing():
                    self._begin()
            check_private(self._vault, 0o600)
            check_private(self._keys.path, 0o600)

    def _is_new(self) -> bool:
        """Tell whether nothing was ever kept here; one file without the other is a loss."""
        vault, key = self._vault.exists(), self._keys.path.exists()
        if vault and not key and self._vault.stat().st_size > _HEADER:
            raise PartMissing(name=KEY_FILE)
        if key and not vault:
            raise PartMissing(name=VAULT_FILE)
        return not key

    def _begin(self) -> None:
        """Write an empty vault, then its key: a kill in between leaves a file that holds nothing."""
        generation, root = self._random(GENERATION_BYTES), self._random(KEY_BYTES)
        self._put_vault(generation, root, [])
        replace(self._keys.path, key_bytes(generation, root))
        sync_folder(self._folder)

    def _settle(self) -> None:
        """End what a killed writer left, before anything new is written."""
        beside(self._vault).unlink(missing_ok=True)
        if self._torn:
            # On the disk before the next append: else old and new bytes could mix in a crash.
            cut(self._vault, self._end)
            self._torn = False
        if len(self._keys.read()) > 1:
            self._erase_old_key()

    def _erase_old_key(self) -> None:
        # A rename may be in memory only; while it is, the old file could come back and need its key.
        sync_folder(self._folder)
        self._keys.keep_only(self._generation)

    def _append(self, records: list[Record]) -> None:
        data = b""
        if records:
            nonce = self._random(NONCE_BYTES)
            data = frame(self._key, records, generation=self._generation, at=self._end, nonce=nonce)
        file = os.open(self._vault, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            write_all(file, data, self._end)
            # Even with nothing new: another's append of these refs may not have reached the disk.
            os.fsync(file)
        except OSError:
            with suppress(OSError):
                os.ftruncate(file, self._end)
            raise
        finally:
            os.close(file)
        self._end += len(data)
        self._known.update((record.ref, record) for record in records)

    def _rewrite(self, kept: Sequence[Record]) -> None:
        """Steps 1 to 3 of the module's description."""
        generation, root = self._random(GENERATION_BYTES), self._random(KEY_BYTES)
        self._keys.add(generation, root)
        old = os.open(self._vault, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            self._put_vault(generation, root, kept)
            self._refresh()
            self._erase_old_key()
            blank(old)
        finally:
            os.close(old)

    def _put_vault(self, generation: bytes, root: bytes, records: Sequence[Record]) -> None:
        key, check = derive(root, generation, self._credential)
        parts = [_VAULT_MAGIC + generation + check]
        at = _HEADER
        for start in range(0, len(records), MAX_REFS):
            nonce = self._random(NONCE_BYTES)
            some = records[start : start + MAX_REFS]
            parts.append(frame(key, some, generation=generation, at=at, nonce=nonce))
            at += len(parts[-1])
        replace(self._vault, b"".join(parts))


def _check_refs(refs: Sequence[str]) -> None:
    if len(refs) > MAX_REFS or not all(_is_ref(ref) for ref in refs):
        raise BadRef(most=MAX_REFS, longest=MAX_REF_BYTES)


def _is_ref(ref: str) -> bool:
    try:
        return 1 <= len(ref.encode()) <= MAX_REF_BYTES
    except UnicodeEncodeError:
        return False
