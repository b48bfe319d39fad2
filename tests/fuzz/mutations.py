"""Ways in which a file is spoiled: bits, numbers, cuts, and pieces in the wrong place."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from random import Random

_PNG = b"\x89PNG\r\n\x1a\n"
#: Numbers at the edges of what heads hold.
_EDGES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
#: Where the numbers that matter most stand.
_HEAD = 64


def mutated(files: Sequence[bytes], random: Random) -> bytes:
    """Return one of the files, spoiled one to four times; a PNG is mostly given checksums that fit."""
    content = bytearray(random.choice(files))
    for _ in range(random.randint(1, 4)):
        random.choice(_WAYS)(content, files, random)
    return _with_checksums(bytes(content)) if random.random() < 0.8 else bytes(content)


def _flip(content: bytearray, _files: Sequence[bytes], random: Random) -> None:
    for _ in range(random.randint(1, 12)):
        if content:
            content[random.randrange(len(content))] ^= 1 << random.randrange(8)


def _number(content: bytearray, _files: Sequence[bytes], random: Random) -> None:
    width = random.choice((1, 2, 4))
    reach = min(len(content), _HEAD) if random.random() < 0.7 else len(content)
    if reach > width:
        place = random.randrange(reach - width)
        value = random.choice(_EDGES) & ((1 << 8 * width) - 1)
        content[place : place + width] = value.to_bytes(width, "big" if random.random() < 0.5 else "little")


def _cut(content: bytearray, _files: Sequence[bytes], random: Random) -> None:
    del content[random.randint(0, len(content)) :]


def _lose(content: bytearray, _files: Sequence[bytes], random: Random) -> None:
    start, end = _span(content, random)
    del content[start:end]


def _repeat(content: bytearray, _files: Sequence[bytes], random: Random) -> None:
    start, end = _span(content, random)
    content[start:start] = content[start:end] * random.choice((1, 2, 50))


def _move(content: bytearray, _files: Sequence[bytes], random: Random) -> None:
    start, end = _span(content, random)
    piece = content[start:end]
    del content[start:end]
    place = random.randint(0, len(content))
    content[place:place] = piece


def _splice(content: bytearray, files: Sequence[bytes], random: Random) -> None:
    other = bytearray(random.choice(files))
    start, end = _span(other, random)
    place, until = _span(content, random)
    content[place:until] = other[start:end]


def _span(content: bytearray, random: Random) -> tuple[int, int]:
    start = random.randint(0, len(content))
    return start, min(len(content), start + random.choice((1, 4, 16, 64, 400)))


_WAYS: tuple[Callable[[bytearray, Sequence[bytes], Random], None], ...] = (
    _flip,
    _number,
    _number,
    _cut,
    _lose,
    _repeat,
    _move,
    _splice,
)


def _with_checksums(content: bytes) -> bytes:
    """Return a PNG whose chunks, as far as they can be walked, hold the right checksum; others unchanged."""
    if not content.startswith(_PNG):
        return content
    made, place = bytearray(content), len(_PNG)
    while place + 12 <= len(made):
        end = place + 8 + int.from_bytes(made[place : place + 4], "big")
        if end + 4 > len(made):
            break
        made[end : end + 4] = zlib.crc32(made[place + 4 : end]).to_bytes(4, "big")
        place = end + 4
    return bytes(made)
