"""PDQ of a 512 x 512 array and of JPEG files, against pdqhash and threatexchange in the same run."""

from __future__ import annotations

from typing import Any

from bench.figures import figure
from bench.homes import home, inside

COMMAND = "python -m bench hashing"
#: The design's: so many times faster than the peer.
ARRAY_TIMES, FILE_TIMES = 6, {"1600": 4, "12mp": 20}
FARTHEST = 10
OURS = 0


def run() -> list[dict[str, Any]]:
    """Measure in one process held to one core, with one thread for matrices."""
    with home(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1") as environment:
        found = inside("hashing", environment=environment, core=OURS)
    results = _arrays(found["array"])
    for name, times in FILE_TIMES.items():
        results += _files(f"hashing_jpeg_{name}", found[name], times)
    return results


def _arrays(found: dict[str, float]) -> list[dict[str, Any]]:
    peer: dict[str, Any] = {"peer": "pdqhash, same run", "peer_value": round(found["theirs"], 3)}
    target = round(found["theirs"] / ARRAY_TIMES, 3)
    return [
        figure("hashing_array", found["ours"], "ms", target=target, command=COMMAND, **peer),
        figure("hashing_array_batch_64", found["batch"], "ms", target=target, command=COMMAND, **peer),
        figure("hashing_array_blank", found["blank"], "ms", command=COMMAND, **peer),
        figure("hashing_array_same_bits", found["alike"], "% of arrays", target=100, command=COMMAND),
    ]


def _files(name: str, found: dict[str, Any], times: int) -> list[dict[str, Any]]:
    apart = found["from_reference"]
    near = 100 * sum(each <= FARTHEST for each in apart) / len(apart)
    print(f"{name}, {found['kilobytes']} kB a file: ours lie {apart} bits from the reference's way,")
    print(
        f"  threatexchange's {found['peer_from_reference']}; ours {found['from_peer']} from threatexchange's"
    )
    return [
        figure(
            name,
            found["ours"],
            "ms",
            target=round(found["theirs"] / times, 2),
            peer="threatexchange, same run",
            peer_value=round(found["theirs"], 2),
            command=COMMAND,
        ),
        figure(f"{name}_within_10_bits", near, "% of files", target=100, command=COMMAND),
    ]
