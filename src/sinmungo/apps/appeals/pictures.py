"""Taking hidden data out of pictures: where, when and with what they were made, and small previews.

Only what a viewer needs to show the picture is copied; a picture that does not parse is refused.
Sources: ITU-T T.81 (JPEG) annex B; W3C PNG Specification (Third Edition) sections 5 and 11.
"""

from __future__ import annotations

import zlib

MAX_MEGAPIXELS = 100
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG_SIGNATURE = b"\xff\xd8\xff"

_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"sRGB", b"IDAT", b"IEND"})
_SOI, _EOI, _SOS, _COM, _APP0, _APP14 = 0xD8, 0xD9, 0xDA, 0xFE, 0xE0, 0xEE
_RESTARTS = range(0xD0, 0xD8)
_APPLICATIONS = range(0xE0, 0xF0)
#: Markers that start a frame and so give its size (DHT, JPG and DAC lie between them).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class Damaged(ValueError):
    """The bytes are not a whole picture."""


class TooLarge(ValueError):
    """The picture has more than ``MAX_MEGAPIXELS`` million pixels."""


def clean_png(data: bytes) -> bytes:
    """Return a PNG without text, times, EXIF, colour profiles, animation and anything after its end."""
    if not data.startswith(PNG_SIGNATURE):
        raise Damaged
    kept, at, names = [PNG_SIGNATURE], len(PNG_SIGNATURE), [b""]
    while names[-1] != b"IEND":
        length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        end = at + 12 + length
        _check_chunk(data, at, end, name, first=names == [b""])
        if name in _PNG_KEPT:
            kept.append(data[at:end])
        names.append(name)
        at = end
    if b"IDAT" not in names:
        raise Damaged
    return b"".join(kept)


def _check_chunk(data: bytes, at: int, end: int, name: bytes, *, first: bool) -> None:
    if end > len(data) or zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
        raise Damaged
    if first != (name == b"IHDR") or (not name[0] & 0x20 and name not in _PNG_KEPT):
        raise Damaged
    if first:
        if end - at != 25:
            raise Damaged
        _check_size(
            int.from_bytes(data[at + 8 : at + 12], "big"), int.from_bytes(data[at + 12 : at + 16], "big")
        )


def clean_jpeg(data: bytes) -> bytes:
    """Return a JPEG without application data (EXIF, XMP, profiles), comments and anything after its end.

    JFIF and Adobe headers are rewritten to their fixed part, without which colours would change.
    """
    if not data.startswith(JPEG_SIGNATURE):
        raise Damaged
    kept, at, sized, scanned = [data[:2]], 2, False, False
    while True:
        marker, at = _marker(data, at)
        if marker == _EOI:
            break
        segment = _segment(data, at)
        at += len(segment)
        sized = _read_frame(marker, segment) or sized
        kept.append(_kept_segment(marker, segment))
        if marker == _SOS:
            end = _scan_end(data, at)
            kept.append(data[at:end])
            at, scanned = end, True
    if not (sized and scanned):
        raise Damaged
    return b"".join([*kept, b"\xff\xd9"])


def _marker(data: bytes, at: int) -> tuple[int, int]:
    """Return the marker at ``at`` (fill bytes passed over) and where its segment begins."""
    if data[at : at + 1] != b"\xff":
        raise Damaged
    while data[at : at + 1] == b"\xff":
        at += 1
    if at >= len(data) or data[at] in (0x00, 0x01, _SOI) or data[at] in _RESTARTS:
        raise Damaged
    return data[at], at + 1


def _segment(data: bytes, at: int) -> bytes:
    length = int.from_bytes(data[at : at + 2], "big")
    if length < 2 or at + length > len(data):
        raise Damaged
    return data[at : at + length]


def _kept_segment(marker: int, segment: bytes) -> bytes:
    if marker == _COM:
        return b""
    if marker == _APP0 and segment[2:7] == b"JFIF\0" and len(segment) >= 16:
        segment = b"\x00\x10" + segment[2:14] + b"\0\0"  # without its preview
    elif marker == _APP14 and segment[2:7] == b"Adobe" and len(segment) >= 14:
        segment = b"\x00\x0e" + segment[2:14]
    elif marker in _APPLICATIONS:
        return b""
    return bytes((0xFF, marker)) + segment


def _read_frame(marker: int, segment: bytes) -> bool:
    if marker not in _FRAMES:
        return False
    if len(segment) < 8:
        raise Damaged
    _check_size(int.from_bytes(segment[5:7], "big"), int.from_bytes(segment[3:5], "big"))
    return True


def _scan_end(data: bytes, at: int) -> int:
    """Return where the entropy-coded data ends: at the next marker that is not part of it."""
    while (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        if data[at + 1] == 0xFF:
            at += 1
        elif data[at + 1] == 0x00 or data[at + 1] in _RESTARTS:
            at += 2
        else:
            return at
    raise Damaged


def _check_size(width: int, height: int) -> None:
    if width == 0 or height == 0:
        raise Damaged
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        raise TooLarge
