"""Pages of NCMEC's hash sharing (``/v2/entries``): XML, read without document types or entities.

An entry belongs to a member and holds several fingerprints of one file; a deleted one names the entry alone.
Entries do not come in the order of their moments: the position of a page is therefore the beginning of the
range that was asked for, and the latest moment of its entries on the last page of the range.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from sinmungo.core.matching.exchange import contents
from sinmungo.core.matching.exchange.values import (
    MAX_CHECKPOINT,
    BadPage,
    BadRow,
    Format,
    Page,
    Row,
    Unfit,
    checkpoint_of,
)
from sinmungo.core.matching.fingerprints import unpack

#: Bytes, elements and depth of the largest page; those of the exchange hold 1,000 entries.
MAX_BYTES = 16 * 1024 * 1024
MAX_ELEMENTS = 500_000
MAX_DEPTH = 16
KINDS = frozenset({"pdq", "md5"})
_NAMESPACE = "https://hashsharing.ncmec.org/hashsharing/v2"
_HEAD = f'<?xml version="1.0" encoding="UTF-8"?>\n<queryResult xmlns="{_NAMESPACE}">\n'
#: Whether an entry of this name was deleted.
_ENTRIES: Mapping[str, bool] = {"image": False, "video": False, "deletedImage": True, "deletedVideo": True}
_PARTS = ("images", "videos")
_OWN_ID = re.compile("([0-9]{1,10})-(.+)", re.DOTALL)


def read(content: bytes) -> Page:
    """Return the page. Raises BadPage for what is no list of entries, and for any document type."""
    root = _tree(content)
    if root.tag != "queryResult":
        raise _bad("it is no queryResult of version 2")
    entries = [entry for part in _PARTS for group in root.findall(part) for entry in group]
    good: list[Row] = []
    bad: list[BadRow] = []
    for place, entry in enumerate(entries, start=1):
        try:
            good += _rows(place, entry, bad)
        except Unfit as unfit:
            bad.append(unfit.at(place))
    following = (root.findtext("paging/next") or "").strip()[: MAX_CHECKPOINT + 1]
    position = _position(root, following)
    return Page(tuple(good), tuple(bad), checkpoint_of(following), position, is_whole=True)


def write(found: Iterable[Row], *, at: datetime) -> Iterator[bytes]:
    """Yield a page of entries changed ``at``: PDQ hashes as images, MD5 digests as videos.

    The page tells how many entries it has before the first, so that all are held until then. Raises
    ValueError for kinds that the exchange does not know.
    """
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    images: list[bytes] = []
    videos: list[bytes] = []
    for row in found:
        (videos if row.kind == "md5" else images).extend(_entries(row, moment))
    yield _HEAD.encode()
    for name, entries in (("images", images), ("videos", videos)):
        yield f'<{name} count="{len(entries)}" maxTimestamp="{moment}">\n'.encode()
        yield from entries
        yield f"</{name}>\n".encode()
    yield b"</queryResult>\n"


class _Limited(ET.TreeBuilder):
    """Builds a tree without namespaces, as long as it is flat, small and declares nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = self._count = 0

    def doctype(self, *_: object) -> None:
        """Refuse what could declare entities."""
        raise _bad("it declares a document type")

    def start(self, tag: str, attrs: dict[str, str]) -> ET.Element:
        self._depth, self._count = self._depth + 1, self._count + 1
        if self._depth > MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise _bad(f"it is deeper than {MAX_DEPTH} or has more than {MAX_ELEMENTS} elements")
        return super().start(tag.removeprefix(f"{{{_NAMESPACE}}}"), attrs)

    def end(self, tag: str) -> ET.Element:
        self._depth -= 1
        return super().end(tag.removeprefix(f"{{{_NAMESPACE}}}"))


def _tree(content: bytes) -> ET.Element:
    if len(content) > MAX_BYTES:
        raise _bad(f"it is larger than {MAX_BYTES} bytes")
    parser = ET.XMLParser(target=_Limited())  # noqa: S314 - its target refuses document types
    try:
        parser.feed(content)
        tree: ET.Element = parser.close()
    except (ET.ParseError, ValueError, LookupError):
        raise _bad("it is not well-formed XML") from None
    return tree


def _rows(place: int, entry: ET.Element, bad: list[BadRow]) -> Iterator[Row]:
    """Yield a row for each fingerprint of an entry that can be matched; add to ``bad`` what is spoilt."""
    deleted = _ENTRIES.get(entry.tag)
    if deleted is None:
        raise Unfit("unknown_status")
    external_id = _external_id(entry)
    if deleted:
        yield Row(place, "", b"", external_id, withdrawn=True)
        return
    labels = contents.labels_of([entry.findtext("classification") or ""])
    given = [(each.tag, (each.text or "").strip()) for each in entry.iterfind("fingerprints/*")]
    usable = [(kind, digits) for kind, digits in given if kind in KINDS]
    if not usable:
        raise Unfit("unsupported_kind" if given else "malformed")
    for kind, digits in usable:
        try:
            yield Row(place, kind, contents.content_of(kind, digits), external_id, labels=labels)
        except Unfit as unfit:
            bad.append(unfit.at(place))


def _external_id(entry: ET.Element) -> str:
    """Return the entry's id with its member's before it, for ids are the members' own."""
    member, own = entry.find("member"), (entry.findtext("id") or "").strip()
    number = (member.get("id") or "") if member is not None else ""
    if not own or _OWN_ID.fullmatch(f"{number}-{own}") is None:
        raise Unfit("bad_id")
    return contents.id_of(f"{number}-{own}")


def _position(root: ET.Element, following: str) -> int:
    if following:
        return _seconds(_beginning(following))
    latest = (group.get("maxTimestamp") for part in _PARTS for group in root.findall(part))
    return max((_seconds(moment) for moment in latest if moment), default=0)


def _beginning(following: str) -> str:
    """Return where the range begins that the address of the next page names."""
    try:
        return parse_qs(urlsplit(following).query)["from"][0]
    except (ValueError, KeyError):
        raise _bad("the address of its next page names no range") from None


def _seconds(moment: str) -> int:
    try:
        named = datetime.fromisoformat(moment)
        return max(0, int((named if named.tzinfo else named.replace(tzinfo=UTC)).timestamp()))
    except (ValueError, OverflowError):
        raise _bad("a moment of its range cannot be read") from None


def _entries(row: Row, moment: str) -> Iterator[bytes]:
    if row.kind not in KINDS and not row.withdrawn:
        raise ValueError("the exchange holds PDQ hashes and MD5 digests")
    own = _OWN_ID.fullmatch(row.external_id)
    member, name = own.groups() if own else ("0", row.external_id or f"row-{row.place}")
    if row.withdrawn:
        yield _entry("deletedImage", member, name, moment)
        return
    hashes = [each.bits for each in unpack(row.content)] if row.kind == "pdq" else [row.content]
    for place, content in enumerate(hashes, start=1):
        named = name if len(hashes) == 1 else f"{name}.{place}"
        print_ = f"<fingerprints><{row.kind}>{content.hex()}</{row.kind}></fingerprints>"
        yield _entry("image" if row.kind == "pdq" else "video", member, named, moment, print_)


def _entry(tag: str, member: str, name: str, moment: str, print_: str = "") -> bytes:
    whose = f'<member id="{member}">{member}</member>'
    return f"<{tag}>{whose}<timestamp>{moment}</timestamp><id>{escape(name)}</id>{print_}</{tag}>\n".encode()


def _bad(reason: str) -> BadPage:
    return BadPage(format=Format.NCMEC.value, reason=reason)
