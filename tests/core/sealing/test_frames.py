"""Frames: what was appended whole is read, what was torn is left, what was changed is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.sealing import CannotOpen
from sinmungo.core.sealing.frames import MAX_FRAME, Record, frame, open_frames
from sinmungo.core.sealing.vault import MAX_REF_BYTES, MAX_REFS

KEY = bytes(range(32))
GENERATION = bytes(16)
START = 56

records = st.builds(
    Record,
    ref=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
    created_ms=st.integers(0, (1 << 64) - 1),
    secret=st.binary(min_size=32, max_size=32),
)
batches = st.lists(st.lists(records, min_size=1, max_size=5), min_size=1, max_size=4)


def written(groups: list[list[Record]]) -> list[bytes]:
    """The frames of these batches, as appends to one file would leave them."""
    frames: list[bytes] = []
    for number, group in enumerate(groups):
        at = START + sum(map(len, frames))
        frames.append(frame(KEY, group, generation=GENERATION, at=at, nonce=bytes([number] * 12)))
    return frames


def read(data: bytes, at: int = START, generation: bytes = GENERATION) -> tuple[list[Record], int]:
    return open_frames(KEY, data, generation=generation, at=at)


@given(batches, st.data())
@settings(deadline=None)
def test_a_torn_append_costs_only_itself(groups: list[list[Record]], data: st.DataObject) -> None:
    """Cut anywhere in the last frame: all frames before it are read, and the end of the last whole one."""
    frames = written(groups)
    kept = data.draw(st.integers(0, len(frames[-1])))
    whole = len(frames) if kept == len(frames[-1]) else len(frames) - 1
    found, end = read(b"".join(frames[:-1]) + frames[-1][:kept])
    assert found == [record for group in groups[:whole] for record in group]
    assert end == START + sum(map(len, frames[:whole]))


@given(batches)
@settings(deadline=None)
def test_a_last_frame_that_never_reached_the_disk_is_torn(groups: list[list[Record]]) -> None:
    """A power cut may leave the length of the file and zeros in it."""
    frames = written(groups)
    found, end = read(b"".join(frames[:-1]) + bytes(len(frames[-1])))
    assert found == [record for group in groups[:-1] for record in group]
    assert end == START + sum(map(len, frames[:-1]))


def test_a_changed_frame_before_others_is_damage() -> None:
    """What others were appended behind was acknowledged; its loss is never silent."""
    first, second = written([[Record("a", 1, bytes(32))], [Record("b", 2, bytes(32))]])
    spoiled = first[:-1] + bytes([first[-1] ^ 1])
    with pytest.raises(CannotOpen) as caught:
        read(spoiled + second)
    assert caught.value.facts == {"offset": START}


def test_frames_cannot_be_moved_repeated_or_carried_over() -> None:
    """A frame is valid in one place of one generation."""
    first, second = written([[Record("a", 1, bytes(32))], [Record("b", 2, bytes(32))]])
    with pytest.raises(CannotOpen):
        read(second + first)
    with pytest.raises(CannotOpen):
        read(first + first + second)
    assert read(first, generation=bytes([1] * 16)) == ([], START)


def test_more_than_one_append_cannot_be_torn() -> None:
    """The longest possible append may be torn; one byte more of unreadable rest is damage."""
    longest = [Record(f"{n:0{MAX_REF_BYTES}}", 1, bytes(32)) for n in range(MAX_REFS)]
    assert len(written([longest])[0]) == MAX_FRAME
    assert read(bytes(MAX_FRAME)) == ([], START)
    with pytest.raises(CannotOpen):
        read(bytes(MAX_FRAME + 1))


def test_a_record_does_not_print_its_secret() -> None:
    """Neither repr nor str of a record shows the 32 bytes."""
    assert "secret" not in repr(Record("a", 1, b"s" * 32))
    assert "sss" not in str(Record("a", 1, b"s" * 32))
