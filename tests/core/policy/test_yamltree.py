"""YAML is read as text with places, and its clever parts are refused."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.policy.faults import Fault
from sinmungo.core.policy.yamltree import MAX_BYTES, Mapping, Sequence, Text, decode, parse, place_inside


def read(data: bytes | str):
    """Return the tree and the faults of a file."""
    faults: list[Fault] = []
    source = decode("file.yaml", data.encode() if isinstance(data, str) else data, faults)
    return (parse(source, faults) if source else None), faults


@pytest.mark.parametrize("written", ["NO", "010", "12:30", "1_000", "2026-11-22", "0x10", "~", "yes"])
def test_scalars_stay_text(written):
    """What YAML would read as a truth, a number or a time stays as it was written."""
    tree, faults = read(f"key: {written}\n")
    assert isinstance(tree, Mapping)
    assert tree.items["key"][1].value == written
    assert not faults


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("a: &x [1]\nb: *x\n", "anchors and aliases"),
        ("a: 1\na: 2\n", "stands twice"),
        ("a: !!python/object:os.system 1\n", "tags"),
        ("a: 1\n---\nb: 2\n", "second document"),
        ("a: [1\n", "not YAML"),
        ("[a, b]: 1\n", "a key must be a text"),
        ("a: x\0y\n", "U+0000"),
    ],
)
def test_refused(written, message):
    """Anchors, tags, duplicate keys, more documents, and what is no YAML are each told."""
    _, faults = read(written)
    assert any(message in fault.message for fault in faults)


def test_depth_at_its_edge():
    """Twenty levels are read, twenty-one refused, and a thousand do not exhaust anything."""
    assert not read("[" * 20 + "]" * 20)[1]
    assert "deeper" in read("[" * 21 + "]" * 21)[1][0].message
    assert "deeper" in read("[" * 1000 + "]" * 1000)[1][0].message


def test_size_at_its_edge():
    """A file of exactly a megabyte is read and one byte more is refused."""
    assert not read(b"a: " + b"x" * (MAX_BYTES - 3))[1]
    assert "larger" in read(b"a: " + b"x" * (MAX_BYTES - 2))[1][0].message


def test_aliases_cost_nothing():
    """A few aliases that would stand for millions of leaves are refused at once."""
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    before = time.process_time()
    _, faults = read("\n".join(lines))
    assert faults
    assert time.process_time() - before < 1


def test_bad_utf8_has_a_place():
    """A byte that is not UTF-8 is told by line and column."""
    _, (fault,) = read(b"a: 1\nb: \xff\n")
    assert (fault.line, fault.column) == (2, 4)


def test_byte_order_mark():
    """A byte order mark is no part of the first key."""
    tree, _ = read(b"\xef\xbb\xbfa: 1\n")
    assert list(tree.items) == ["a"]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("key: ab cd\n", (1, 10)),
        ('key: "ab cd"\n', (1, 11)),
        ("key: >-\n  ab\n  cd\n", (3, 4)),
        ("key: |\n  ab\n  cd\n", (3, 4)),
    ],
)
def test_places_inside_a_scalar(written, found):
    """A place inside a plain, quoted, folded or literal text is found in the file."""
    node = read(written)[0].items["key"][1]
    assert place_inside(node, node.value.index("d")) == found


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode()))
@settings(deadline=None)
def test_anything_is_read_or_told(data):
    """Whatever a file holds, reading gives a tree or a fault and never an error."""
    tree, faults = read(data)
    assert isinstance(tree, Text | Sequence | Mapping) or faults or not data.strip() or tree is None
