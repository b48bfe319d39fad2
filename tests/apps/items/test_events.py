"""Events are checked and masked in memory."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.apps.items.errors import BadEvent, BadUnicode, FromTheFuture, TooDeep, TooLarge
from sinmungo.apps.items.events import MAX_DEPTH, MAX_GIVEN, MAX_TEXT, read_event
from sinmungo.core.matching.fingerprints import UNKNOWN, KitHash, unpack
from tests.apps.items import made

NOW = datetime(2024, 3, 2, tzinfo=UTC)
NUMBER = "900101-1234567"
PICTURE = {"sha256": "ab" * 32, "kind": "image", "url": "https://bada.example/1"}
#: The digest of an event with that picture before events could bring hashes: ids sent again stay duplicates.
BEFORE = "ec56c79f130d5147b3e118972219a73f53f36b106ce0d88ada53434c7da830d9"


def _read(document: object):
    return read_event(document, now=NOW)


def test_a_resident_number_is_hidden_in_text_and_attributes():
    """No resident number survives reading, wherever a person may have typed it."""
    read = _read(made.event(text=f"제 번호는 {NUMBER} 입니다", attributes={"bio": {NUMBER: [NUMBER]}}))

    assert NUMBER not in read.text + read.attributes
    assert "●" in read.text


def test_what_was_hidden_in_the_text_is_kept_as_kind_and_place():
    """Screening is told what was there; nothing is added where nothing was hidden."""
    read = json.loads(_read(made.event(text=f"번호 {NUMBER} 입니다")).attributes)
    feigned = json.loads(_read(made.event(attributes={"masked": [["passport", 0, 1]]})).attributes)

    assert read["masked"] == [["resident_number", 3, 17]]
    assert "masked" not in json.loads(_read(made.event(text="오늘 날씨")).attributes)
    assert "masked" not in feigned


def test_the_digest_is_of_the_masked_event():
    """Two events that differ only in what is hidden have one digest."""
    other = "900101-2345678"

    assert _read(made.event(text=NUMBER)).digest == _read(made.event(text=other)).digest
    assert _read(made.event(text="하나")).digest != _read(made.event(text="둘")).digest


def test_the_order_of_keys_does_not_matter_to_the_digest():
    """The same facts in another order are the same event."""
    one = made.event(attributes={"a": 1, "b": 2})
    two = made.event(attributes={"b": 2, "a": 1})

    assert _read(one).digest == _read(two).digest


def test_the_end_of_a_text_is_replaced_not_cut():
    """U+0000 becomes the replacement character, so that nothing hides behind it."""
    assert _read(made.event(text="앞\0뒤")).text == "앞\ufffd뒤"


@pytest.mark.parametrize(
    "document",
    [
        made.event(text="\ud800"),
        made.event(attributes={"a": "\udfff"}),
        made.event(attributes={"\ud800": 1}),
        made.event(external_id="\ud800"),
    ],
)
def test_half_of_a_surrogate_pair_is_refused(document: object):
    """What is not Unicode is refused, wherever it stands."""
    with pytest.raises(BadUnicode):
        _read(document)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "event",
        {},
        made.event() | {"more": 1},
        made.event(at="2024-03-01T09:30:00"),
        made.event(at="yesterday"),
        made.event(at="0001-01-01T00:00:00+23:59"),
        made.event(at=1),
        made.event(kind="moved"),
        made.event(type="story"),
        made.event(external_id=""),
        made.event(external_id="a" * 201),
        made.event(external_id="a\0b"),
        made.event(text=1),
        made.event(text="가" * (MAX_TEXT + 1)),
        made.event(reach=-1),
        made.event(reach=1.5),
        made.event(reach=2**63),
        made.event(media=[{"sha256": "abc"}]),
        made.event(media=[{**PICTURE, "md5": "ab" * 15}]),
        made.event(media=[{**PICTURE, "md5": "가" * 32}]),
        made.event(media=[{**PICTURE, "pdq": "ab" * 32}]),
        made.event(media=[{**PICTURE, "pdq": ["ab" * 31]}]),
        made.event(media=[{**PICTURE, "pdq": ["gg" * 32]}]),
        made.event(media=[{**PICTURE, "pdq": [None]}]),
        made.event(media=[{**PICTURE, "pdq": ["ab" * 32], "kind": "Video/mp4"}]),
        made.event(author={"external_id": "u1", "country": "Korea"}),
        made.event(attributes=[]),
    ],
)
def test_what_does_not_fit_is_refused_with_its_path(document: object):
    """A wrong event is refused, and the reason never repeats more than field names."""
    with pytest.raises(BadEvent) as caught:
        _read(document)

    assert caught.value.detail
    assert "가가" not in caught.value.detail


def test_limits_hold_at_their_edge():
    """The longest text and the deepest attributes are taken, one more is not."""
    deep: object = "끝"
    for _ in range(MAX_DEPTH - 1):
        deep = [deep]
    _read(made.event(text="가" * MAX_TEXT, attributes={"a": deep[0]}))  # type: ignore[index]

    with pytest.raises(TooDeep):
        _read(made.event(attributes={"a": [deep]}))
    with pytest.raises(TooLarge):
        _read(made.event(attributes={"a": ["가" * 20_001]}))
    with pytest.raises(TooLarge):
        _read(made.event(attributes={"a": list(range(1_001))}))


def test_a_clock_a_day_ahead_is_refused():
    """An event of the day after tomorrow is refused; one a few hours ahead is taken."""
    _read(made.event(at="2024-03-02T23:00:00Z"))

    with pytest.raises(FromTheFuture):
        _read(made.event(at="2024-03-04T00:00:00Z"))


def test_what_was_told_stands_in_the_attributes():
    """Author's facts, language and media are kept as they were seen, and what is empty is not."""
    media = [{"sha256": "AB" * 32, "kind": "image", "url": "https://bada.example/1"}]
    seen = json.loads(_read(made.event(media=media, reach=7)).attributes)

    assert seen["author"] == {"external_id": "u1", "locale": "ko", "country": "KR", "followers": 3}
    assert seen["media"][0]["sha256"] == "ab" * 32
    assert seen["reach"] == 7
    assert "attributes" not in seen


def test_hashes_of_a_picture_are_kept_apart_from_what_people_read():
    """Sixteen at most, each once and in order; no version's attributes hold one."""
    hashes = [f"{number:064X}" for number in range(MAX_GIVEN)]
    read = _read(made.event(media=[PICTURE, {**PICTURE, "pdq": hashes}]))
    twice = _read(made.event(media=[{**PICTURE, "pdq": [hashes[5], hashes[5].lower()]}]))

    ((place, records),) = read.given
    assert place == 1
    assert unpack(records) == [KitHash(UNKNOWN, bytes.fromhex(each)) for each in hashes]
    assert not any(each.lower() in read.attributes for each in hashes)
    assert unpack(twice.given[0][1]) == [KitHash(UNKNOWN, bytes.fromhex(hashes[5]))]
    with pytest.raises(BadEvent):
        _read(made.event(media=[{**PICTURE, "pdq": [*hashes, "ab" * 32]}]))


def test_a_wrong_hash_is_refused_without_being_repeated():
    """The reason names where it stood."""
    with pytest.raises(BadEvent) as caught:
        _read(made.event(media=[{**PICTURE, "pdq": ["ab" * 31 + "zz"]}]))

    assert "pdq.0" in caught.value.detail
    assert "abab" not in caught.value.detail


def test_an_events_digest_covers_its_hashes_and_else_is_what_it_was():
    """Other hashes are another body; without any the digest is what it was before there were any."""
    plain, first, second = (
        _read(made.event(media=[{**PICTURE, **more}]))
        for more in ({}, {"pdq": ["ab" * 32]}, {"pdq": ["cd" * 32]})
    )
    empty = _read(made.event(media=[{**PICTURE, "pdq": [], "md5": ""}]))

    assert len({plain.digest, first.digest, second.digest}) == 3
    assert (empty.digest, empty.attributes) == (plain.digest, plain.attributes)
    assert plain.digest.hex() == BEFORE


def test_an_md5_is_kept_beside_the_sha256():
    """In small letters, and only where it was told."""
    seen = json.loads(_read(made.event(media=[PICTURE, {**PICTURE, "md5": "AB" * 16}])).attributes)

    assert [each.get("md5") for each in seen["media"]] == [None, "ab" * 16]


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None, max_examples=150)
@given(_json)
def test_any_json_is_read_or_refused(document: object):
    """Nothing that JSON can say makes reading fail in another way than a refusal."""
    with pytest.raises(BadEvent):
        _read(document)


@settings(deadline=None, max_examples=150)
@given(text=st.text(st.characters(exclude_categories=())), attributes=st.dictionaries(st.text(), _json))
def test_any_text_and_attributes_can_be_stored_or_are_refused(text: str, attributes: dict[str, object]):
    """What is read can always be written as UTF-8, and never holds U+0000."""
    try:
        read = _read(made.event(text=text, attributes=attributes))
    except BadEvent:
        return

    assert b"\0" not in (read.text + read.attributes).encode()
