"""PDQ of arrays and of files, ours and the peers' one after the other, each on one thread.

Milliseconds are of the process's own work, so that a busy machine slows both by about the same.
"""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pdqhash
from numpy.typing import NDArray
from PIL import Image
from threatexchange.signal_type.pdq.pdq_hasher import pdq_from_bytes

from sinmungo.core.matching.decoding import hash_picture
from sinmungo.core.matching.pdq import SIDE, distance, pdq, pdq_many

SIZES = {"1600": (1600, 1004), "12mp": (4000, 3000)}
PICTURES = 6
BATCH = 64
ROUNDS = 9

Colours = NDArray[np.uint8]


def measure() -> dict[str, Any]:
    """Return milliseconds and distances."""
    return {"array": _arrays(), **{name: _files(*size) for name, size in SIZES.items()}}


def _arrays() -> dict[str, Any]:
    colours = [_drawn(seed, SIDE, SIDE, tones=1) for seed in range(BATCH)]
    greys = [np.ascontiguousarray(each[..., 0]) for each in colours]
    stack, blank = np.stack(greys), np.full((SIDE, SIDE), 255, np.uint8)
    ours, theirs = _in_turn(lambda at: pdq(greys[at]), lambda at: pdqhash.compute(colours[at]), BATCH)
    alike = [
        pdq(grey).bits == _bits(pdqhash.compute(each)[0]) for grey, each in zip(greys, colours, strict=True)
    ]
    return {
        "ours": ours,
        "theirs": theirs,
        "alike": 100 * sum(alike) / BATCH,
        "batch": _median(lambda: pdq_many(stack), ROUNDS) / BATCH,
        "blank": _median(lambda: pdq(blank), ROUNDS),
    }


def _files(width: int, height: int) -> dict[str, Any]:
    files = [_jpeg(_drawn(seed, width, height)) for seed in range(PICTURES)]
    ours, theirs = _in_turn(
        lambda at: hash_picture(files[at]), lambda at: pdq_from_bytes(files[at]), PICTURES
    )
    hashes = [hash_picture(each).bits for each in files]
    peers = [bytes.fromhex(pdq_from_bytes(each)[0]) for each in files]
    reference = [_reference(each) for each in files]
    return {
        "ours": ours,
        "theirs": theirs,
        "kilobytes": len(files[0]) // 1000,
        "from_reference": sorted(map(distance, hashes, reference)),
        "from_peer": sorted(map(distance, hashes, peers)),
        "peer_from_reference": sorted(map(distance, peers, reference)),
    }


def _reference(content: bytes) -> bytes:
    """Return what the published reference does: decode all, take the nearest of 512 x 512, hash."""
    with Image.open(io.BytesIO(content)) as opened:
        small = opened.convert("RGB").resize((SIDE, SIDE), Image.Resampling.NEAREST)
    return _bits(pdqhash.compute(np.asarray(small))[0])


def _in_turn(
    ours: Callable[[int], object], theirs: Callable[[int], object], count: int
) -> tuple[float, float]:
    """Return the median milliseconds of both over all pictures, measured in turn."""
    ours(0), theirs(0)
    pairs = [(_once(lambda at=at: ours(at)), _once(lambda at=at: theirs(at))) for at in range(count)]
    first, second = zip(*pairs, strict=True)
    return statistics.median(first), statistics.median(second)


def _median(run: Callable[[], object], times: int) -> float:
    return statistics.median(_once(run) for _ in range(times))


def _once(run: Callable[[], object]) -> float:
    began = time.process_time()
    run()
    return 1e3 * (time.process_time() - began)


def _bits(vector: Sequence[int]) -> bytes:
    return np.packbits(np.asarray(vector, np.uint8)).tobytes()


def _drawn(seed: int, width: int, height: int, *, tones: int = 3) -> Colours:
    """Return waves, rectangles and a little noise, in colours or in greys."""
    random = np.random.default_rng(seed)
    x = np.linspace(0, 20, width, dtype=np.float32)
    y = np.linspace(0, 20, height, dtype=np.float32)[:, None]
    drawn = np.full((height, width, tones), 128, np.float32)
    for tone in range(tones):
        for across, down, begins, strength in random.normal(size=(8, 4)).astype(np.float32):
            drawn[..., tone] += 30 * strength * np.cos(across * x + down * y + 3 * begins)
    for left, top, wide, high in (random.random((60, 4)) * (width, height, width, height)).astype(int):
        drawn[top : top + high // 2, left : left + wide // 2] += 30 * random.normal(size=tones)
    drawn += random.normal(scale=4, size=drawn.shape).astype(np.float32)
    return np.repeat(drawn.clip(0, 255).astype(np.uint8), 3 // tones, axis=2)


def _jpeg(colours: Colours) -> bytes:
    file = io.BytesIO()
    Image.fromarray(colours).save(file, "JPEG", quality=88)
    return file.getvalue()
