"""A checkpoint is believed only with the right signature, origin and form."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.merkle import (
    BadCheckpoint,
    Checkpoint,
    checkpoint_body,
    sign_checkpoint,
    verify_checkpoint,
)

ORIGIN = "log.example.invalid/main"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
ROOT = bytes(range(100, 132))
NOTE = sign_checkpoint(KEY, ORIGIN, 1234, ROOT)


def test_body_is_three_lines() -> None:
    """Origin, decimal size, base64 root, each with a line break."""
    body = checkpoint_body(ORIGIN, 1234, ROOT)
    assert body == f"{ORIGIN}\n1234\n{base64.b64encode(ROOT).decode()}\n".encode()
    assert NOTE.startswith(body + b"\n\xe2\x80\x94 " + ORIGIN.encode() + b" ")


@given(
    st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=200),
    st.integers(0, (1 << 63) - 1),
    st.binary(min_size=32, max_size=32),
)
@settings(deadline=None)
def test_what_is_signed_is_verified(origin: str, size: int, root: bytes) -> None:
    """Any state of any origin comes back from its note."""
    note = sign_checkpoint(KEY, origin, size, root)
    assert verify_checkpoint(KEY.public_key(), origin, note) == Checkpoint(origin, size, root)


@given(st.data())
@settings(deadline=None, max_examples=300)
def test_any_changed_byte_is_noticed(data: st.DataObject) -> None:
    """A note with one byte changed, left out or added is refused with our own error."""
    place = data.draw(st.integers(0, len(NOTE) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != NOTE[place]))
    for wrong in (
        NOTE[:place] + bytes([byte]) + NOTE[place + 1 :],
        NOTE[:place],
        NOTE[:place] + NOTE[place + 1 :],
    ):
        with pytest.raises(BadCheckpoint):
            verify_checkpoint(KEY.public_key(), ORIGIN, wrong)


def test_another_key_or_origin_is_refused() -> None:
    """A good note of another log, or by another key, is not believed."""
    with pytest.raises(BadCheckpoint):
        verify_checkpoint(OTHER.public_key(), ORIGIN, NOTE)
    with pytest.raises(BadCheckpoint):
        verify_checkpoint(KEY.public_key(), "log.example.invalid/desk", NOTE)


def test_witnesses_may_add_their_signatures() -> None:
    """Lines of other names and keys are passed over, before ours or after it."""
    body, ours = NOTE.split(b"\n\n")
    witness = "— witness.example.invalid ".encode() + base64.b64encode(bytes(68)) + b"\n"
    namesake = sign_checkpoint(OTHER, ORIGIN, 1234, ROOT).split(b"\n\n")[1]
    note = body + b"\n\n" + witness + namesake + ours + witness
    assert verify_checkpoint(KEY.public_key(), ORIGIN, note).size == 1234


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([ORIGIN, "01", "A" * 43 + "="], "leading zero"),
        ([ORIGIN, "-1", "A" * 43 + "="], "sign"),
        ([ORIGIN, "１", "A" * 43 + "="], "full-width digit"),
        ([ORIGIN, "9" * 5000, "A" * 43 + "="], "endless size"),
        ([ORIGIN, str(1 << 63), "A" * 43 + "="], "size over 63 bits"),
        ([ORIGIN, "1", "A" * 42 + "B="], "stray bits in base64"),
        ([ORIGIN, "1", "AAAA"], "short root"),
        ([ORIGIN, "1", "A" * 43 + "=", "more"], "fourth line"),
        ([ORIGIN, "1"], "no root"),
    ],
)
def test_malformed_bodies_are_refused_even_when_signed(lines: list[str], why: str) -> None:
    """A state has one spelling only; a signature does not excuse another."""
    body = ("\n".join(lines) + "\n").encode()
    marked = base64.b64decode(NOTE.rsplit(b" ", 1)[1])[:4] + KEY.sign(body)
    note = body + b"\n" + f"— {ORIGIN} ".encode() + base64.b64encode(marked) + b"\n"
    with pytest.raises(BadCheckpoint):
        verify_checkpoint(KEY.public_key(), ORIGIN, note)


@pytest.mark.parametrize("note", [b"", b"\n\n", b"\xff\n\n\xff\n", NOTE + b"\n" * 20_000, NOTE[:-1]])
def test_what_is_no_note_is_refused(note: bytes) -> None:
    """Nothing, noise, other encodings, endless and cut notes give our own error."""
    with pytest.raises(BadCheckpoint):
        verify_checkpoint(KEY.public_key(), ORIGIN, note)


@pytest.mark.parametrize("origin", ["", "two words", "a+b", "a\nb", "x" * 201])
def test_origins_that_break_the_format_are_programming_errors(origin: str) -> None:
    """An origin is a key's name: no space, plus sign or line break, at most 200 characters."""
    with pytest.raises(ValueError, match="origin"):
        checkpoint_body(origin, 1, ROOT)


@pytest.mark.parametrize(("size", "root"), [(-1, ROOT), (1 << 63, ROOT), (1, ROOT[:31])])
def test_sizes_and_roots_that_do_not_fit_are_programming_errors(size: int, root: bytes) -> None:
    """A size is not negative and below 2^63; a root has 32 bytes."""
    with pytest.raises(ValueError, match="checkpoint"):
        checkpoint_body(ORIGIN, size, root)
