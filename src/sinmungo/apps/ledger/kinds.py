"""What kinds of act the ledger knows, which facts each may carry, and what people call them.

The ledger is kept for ever and parts of it are shown to others, so a body holds plain facts only: no
words a person wrote, no name, no address. A kind listed here carries exactly the keys it declares. A
kind not listed is held to the same sorts of values and may not use a key that names personal data.
A breach is a mistake in the program and raises ``AssertionError``, which never repeats the value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MAX_TEXT = 200
MAX_LIST = 1000

Plain = str | int | bool
Body = Mapping[str, Plain | Sequence[Plain]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of act: what it is called, and the keys its body may have."""

    label_ko: str
    label_en: str
    keys: frozenset[str]


KINDS: Mapping[str, Kind] = {
    "ledger.checkpoint": Kind(
        "기록의 그때까지 상태에 서명함",
        "The ledger's state up to then was signed",
        frozenset({"size", "root", "at", "note_digest"}),
    ),
    "vault.destruction.ordered": Kind("열쇠를 없애기로 함", "A key was to be destroyed", frozenset()),
    "vault.destruction.done": Kind("열쇠를 없앰", "A key was destroyed", frozenset()),
}

#: What an act of a kind that is not listed is called, by the first part of its name.
PREFIXES: Mapping[str, tuple[str, str]] = {
    "staff": ("담당자와 권한에 관한 일", "Something about staff and their rights"),
    "items": ("게시물에 관한 일", "Something about an item"),
    "policy": ("정책에 관한 일", "Something about a policy"),
    "intake": ("접수에 관한 일", "Something about what came in"),
    "screening": ("자동 점검에 관한 일", "Something about screening"),
    "enforcement": ("결정과 조치에 관한 일", "Something about a decision or an action"),
    "statements": ("이유 고지서에 관한 일", "Something about a statement of reasons"),
    "review": ("심사에 관한 일", "Something about review"),
    "appeal": ("지난 이의신청에 관한 일", "Something about an earlier appeal"),
    "appeals": ("이의신청에 관한 일", "Something about an appeal"),
}
_OTHER = ("그 밖의 일", "Something else")

#: Keys that would hold what belongs in sealed text, whatever the kind.
PERSONAL_KEYS = frozenset(
    {
        "name",
        "email",
        "phone",
        "contact",
        "address",
        "ip",
        "birthday",
        "password",
        "words",
        "text",
        "body",
        "message",
        "display_name",
        "real_name",
        "username",
        "reporter",
    }
)


def label(kind: str, language: str) -> str:
    """Return what people call this kind, in Korean for ``ko`` and in English for anything else."""
    known = KINDS.get(kind)
    pair = (known.label_ko, known.label_en) if known else PREFIXES.get(kind.split(".", 1)[0], _OTHER)
    return pair[0] if language == "ko" else pair[1]


def check(kind: str, body: Body) -> None:
    """Raise ``AssertionError`` unless ``body`` holds only what an entry of ``kind`` may hold."""
    known = KINDS.get(kind)
    for key, value in body.items():
        if key in PERSONAL_KEYS or (known and key not in known.keys):
            raise AssertionError(f"an entry of kind {kind} has no key {key}")
        if not _is_plain(value) and not _is_plain_list(value):
            raise AssertionError(f"{key} of an entry of kind {kind} is no short text, whole number or bool")


def _is_plain(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and len(value) <= MAX_TEXT)


def _is_plain_list(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) <= MAX_LIST and all(map(_is_plain, value))
