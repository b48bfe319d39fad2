"""A match in one line that a signal keeps and a page reads back. It never holds a hash."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sinmungo.core.matching.fingerprints import part_name
from sinmungo.core.matching.matches import Match

_FIELD = re.compile(r"([a-z]+)=([a-z0-9./-]{1,40})")
_KINDS = frozenset({"sha256", "md5", "pdq", "clip", "text"})
MAX_EVIDENCE = 200


@dataclass(frozen=True, slots=True)
class Evidence:
    """What matched: the ``place``-th of ``of`` media (0 of 0: the text), what kind, how near, which parts.

    ``distance`` is None where no bits were counted; the parts are names, empty where none is known;
    ``seen_share`` and ``known_share`` are set for clips alone. ``id`` is the fingerprint's key.
    """

    place: int
    of: int
    kind: str
    id: int
    distance: int | None = None
    kit: str = ""
    seen: str = ""
    seen_share: float | None = None
    known_share: float | None = None


def evidence(match: Match, place: int, of: int) -> str:
    """Return the line of a match of the ``place``-th of ``of`` media, counted from 1; 0 of 0 is the text."""
    told = [f"place={place}/{of}", f"kind={match.kind}"]
    if match.kind == "pdq":
        told.append(f"distance={match.distance}")
        told.append(f"kit={part_name(match.kit_part)} seen={part_name(match.seen_part)}")
    if match.kind == "clip":
        told.append(f"shares={match.shares[0]:.2f}/{match.shares[1]:.2f}")
    return " ".join([*told, f"id={match.key}"])


def read_evidence(line: str) -> Evidence | None:
    """Return what a line says; None for a line that is none of ours."""
    if len(line) > MAX_EVIDENCE or not all(_FIELD.fullmatch(part) for part in line.split(" ")):
        return None
    fields = dict(part.split("=", 1) for part in line.split(" "))
    try:
        return _read(fields)
    except (KeyError, ValueError):
        return None


def _read(fields: Mapping[str, str]) -> Evidence:
    place, of = map(int, fields["place"].split("/"))
    if fields["kind"] not in _KINDS:
        raise ValueError("no kind of fingerprint")
    seen_share, known_share = map(float, fields["shares"].split("/")) if "shares" in fields else (None, None)
    return Evidence(
        place=place,
        of=of,
        kind=fields["kind"],
        id=int(fields["id"]),
        distance=int(fields["distance"]) if "distance" in fields else None,
        kit=fields.get("kit", ""),
        seen=fields.get("seen", ""),
        seen_share=seen_share,
        known_share=known_share,
    )
