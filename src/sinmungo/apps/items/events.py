"""What a platform tells of its items: events, checked and masked in memory before anything is written.

Numbers that identify a person are hidden here in everything a person may have typed: the text and the
texts in ``attributes``. What was hidden in the text is kept beside it, as kind and place. Ids, digests
and addresses are the platform's own and are kept as they are. Hashes of pictures stand apart from what a
version keeps: whoever may read a version must not be able to read them.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from sinmungo.apps.items.errors import BadEvent, BadUnicode, FromTheFuture, TooDeep, TooLarge
from sinmungo.apps.items.models import MAX_EXTERNAL_ID
from sinmungo.core.matching.fingerprints import UNKNOWN, KitHash, pack
from sinmungo.core.text.identifiers import BadText, Masked, mask_identifiers

MAX_TEXT = 100_000
MAX_MEDIA = 50
#: Hashes that a platform may give of one picture.
MAX_GIVEN = 16
MAX_DEPTH = 8
#: Values and, apart from them, letters that the attributes of one event may hold.
MAX_ATTRIBUTES = 1_000
MAX_ATTRIBUTE_LETTERS = 20_000
MAX_WHOLE_NUMBER = 2**63 - 1
CLOCK_SKEW = timedelta(hours=24)
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"
_CLIPS = ("video", "clip", "movie")


def _moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("a time is a text such as 2026-03-01T09:30:00+09:00")  # noqa: TRY004 - for pydantic
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("a time is a text such as 2026-03-01T09:30:00+09:00") from None
    if read.tzinfo is None:
        raise ValueError("a time names its zone, such as +09:00 or Z")
    try:
        moment = read.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time lies in or after 1990") from None
    if moment < _EARLIEST:
        raise ValueError("a time lies in or after 1990")
    return moment


Moment = Annotated[
    datetime, BeforeValidator(_moment, json_schema_input_type=Annotated[str, Field(max_length=40)])
]
ExternalId = Annotated[str, Field(min_length=1, max_length=MAX_EXTERNAL_ID, pattern=_NO_CONTROLS)]
Country = Annotated[str, Field(pattern=r"^([A-Z]{2})?$")]
LanguageTag = Annotated[str, Field(max_length=35, pattern=_NO_CONTROLS)]
Count = Annotated[int, Field(ge=0, le=MAX_WHOLE_NUMBER)]
ItemTypeName = Literal["account", "post", "message", "room", "media"]
#: 256 bits in the order that PDQ publishes them.
PdqHex = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Author(_Strict):
    """The account that an item belongs to, as the platform knows it at that moment."""

    external_id: ExternalId
    locale: LanguageTag = ""
    country: Country = ""
    created_at: Moment | None = None
    followers: Count = 0


class Media(_Strict):
    """One picture or clip: its digests and address; its bytes never come here.

    ``pdq`` are PDQ hashes of a picture, of the whole of it first; give those of quality 50 or more.
    """

    sha256: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]
    kind: Annotated[str, Field(max_length=40, pattern=_NO_CONTROLS)] = ""
    url: Annotated[str, Field(max_length=2_000, pattern=_NO_CONTROLS)] = ""
    md5: Annotated[str, Field(pattern=r"^([0-9a-fA-F]{32})?$")] = ""
    pdq: Annotated[list[PdqHex], Field(max_length=MAX_GIVEN)] = []

    @model_validator(mode="after")
    def _pictures_only(self) -> Media:
        if self.pdq and tells_of_clip(self.kind):
            raise ValueError("pdq holds hashes of a picture, and kind says that this is a clip")
        return self


class EventItem(_Strict):
    """The item of an event as it now stands on the platform; ``container`` is the room it stands in."""

    type: ItemTypeName
    external_id: ExternalId
    author: Author | None = None
    container: Annotated[str, Field(max_length=MAX_EXTERNAL_ID, pattern=_NO_CONTROLS)] = ""
    text: Annotated[str, Field(max_length=MAX_TEXT)] = ""
    lang: LanguageTag = ""
    reach: Count = 0
    attributes: dict[str, Any] = {}
    media: Annotated[list[Media], Field(max_length=MAX_MEDIA)] = []


class EventDocument(_Strict):
    """One event as it comes in; times are ISO 8601 with their zone."""

    event_id: ExternalId
    kind: Literal["created", "changed", "deleted"]
    occurred_at: Moment
    item: EventItem


class Event(NamedTuple):
    """An event that may be stored: masked, with the digest of what was masked.

    ``author`` and ``container`` are external ids, empty when there is none; ``attributes`` is JSON.
    ``given`` holds the place of each of its media that came with hashes, and these as records of 33 bytes.
    """

    event_id: str
    kind: str
    occurred_at: datetime
    type: str
    external_id: str
    author: str
    container: str
    text: str
    attributes: str
    reach: int
    digest: bytes
    given: tuple[tuple[int, bytes], ...] = ()


_EVENT = TypeAdapter(EventDocument)


def read_event(raw: object, *, now: datetime) -> Event:
    """Return the event that ``raw`` (from JSON) describes; raises BadEvent with the first reasons."""
    try:
        document = _EVENT.validate_python(raw)
    except ValidationError as error:
        if any(fault["type"] == "string_unicode" for fault in error.errors(include_input=False)):
            raise BadUnicode from None
        raise BadEvent(reason=reasons(error)) from None
    if document.occurred_at > now + CLOCK_SKEW:
        raise FromTheFuture(hours=int(CLOCK_SKEW.total_seconds() // 3600))
    try:
        return _masked(document)
    except (BadText, UnicodeEncodeError):
        raise BadUnicode from None


def tells_of_clip(kind: str) -> bool:
    """Whether a platform calls a piece of media a clip."""
    return kind.lower().startswith(_CLIPS)


def reasons(error: ValidationError, *, most: int = 5) -> str:
    """Return up to ``most`` faults as ``path: reason``; what was sent is never repeated."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    shown = [f"{'.'.join(map(str, fault['loc'])) or 'event'}: {fault['msg']}" for fault in found[:most]]
    return "; ".join(_known_words(line) for line in shown)[:500]


def _known_words(line: str) -> str:
    """A key nobody declared is the sender's own text: it may hold anything, so it is shortened."""
    return line.encode("ascii", "replace").decode()[:160]


def _masked(document: EventDocument) -> Event:
    item = document.item
    masked = mask_identifiers(item.text)
    attributes = _dump(_as_seen(item, masked))
    author = item.author.external_id if item.author and item.type != "account" else ""
    occurred_at = document.occurred_at
    given = _given(item.media)
    body = (
        document.kind,
        occurred_at.isoformat(),
        item.type,
        item.external_id,
        author,
        item.container,
        masked.text,
        attributes,
        *([each[0], each[1].hex()] for each in given),
    )
    return Event(
        event_id=document.event_id,
        kind=document.kind,
        occurred_at=occurred_at,
        type=item.type,
        external_id=item.external_id,
        author=author,
        container=item.container,
        text=masked.text,
        attributes=attributes,
        reach=item.reach,
        digest=hashlib.sha256(_dump(body).encode()).digest(),
        given=given,
    )


def _given(media: Sequence[Media]) -> tuple[tuple[int, bytes], ...]:
    """Return what came with hashes; which part of a picture each was made of is not known."""
    return tuple((place, _records(each.pdq)) for place, each in enumerate(media) if each.pdq)


def _records(hashes: Sequence[str]) -> bytes:
    lowered = dict.fromkeys(each.lower() for each in hashes)
    return pack([KitHash(UNKNOWN, bytes.fromhex(each)) for each in lowered])


def _as_seen(item: EventItem, masked: Masked) -> dict[str, Any]:
    """Return what a version keeps beside its text, without what is empty."""
    seen: dict[str, Any] = {}
    if item.author:
        seen["author"] = _author_facts(item.author)
    if item.lang:
        seen["lang"] = item.lang
    if item.reach:
        seen["reach"] = item.reach
    if item.media:
        seen["media"] = [_told(media) for media in item.media]
    if item.attributes:
        seen["attributes"] = _Walk().clean(item.attributes, 1)
    if masked.found:
        seen["masked"] = [[each.kind, each.span.start, each.span.end] for each in masked.found]
    return seen


def _told(media: Media) -> dict[str, str]:
    told = {"sha256": media.sha256.lower(), "kind": media.kind, "url": media.url}
    return {**told, "md5": media.md5.lower()} if media.md5 else told


def _author_facts(author: Author) -> dict[str, Any]:
    facts: dict[str, Any] = {"external_id": author.external_id}
    if author.locale:
        facts["locale"] = author.locale
    if author.country:
        facts["country"] = author.country
    if author.created_at:
        facts["created_at"] = author.created_at.isoformat()
    if author.followers:
        facts["followers"] = author.followers
    return facts


class _Walk:
    """Masks every text of a tree, counting what it meets."""

    def __init__(self) -> None:
        self._values = 0
        self._letters = 0

    def clean(self, value: Any, depth: int) -> Any:
        self._values += 1
        if depth > MAX_DEPTH:
            raise TooDeep(limit=MAX_DEPTH)
        if self._values > MAX_ATTRIBUTES:
            raise TooLarge(limit=MAX_ATTRIBUTES)
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            return {self._text(str(key)): self.clean(inner, depth + 1) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.clean(inner, depth + 1) for inner in value]
        if isinstance(value, float) and not math.isfinite(value):
            raise BadEvent(reason="item.attributes: a number is too large")
        return value

    def _text(self, value: str) -> str:
        self._letters += len(value)
        if self._letters > MAX_ATTRIBUTE_LETTERS:
            raise TooLarge(limit=MAX_ATTRIBUTE_LETTERS)
        return mask_identifiers(value).text


_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def _dump(value: object) -> str:
    """Return compact JSON with sorted keys: the same for the same facts."""
    return _encode(value)
