"""Clips: how fast they are hashed, which re-posts are found, and whether different clips match.

``python -m bench.clips`` prints the table of the page on clips and texts in the docs. Clips are drawn by
code: a window that wanders over a field of soft noise, slowly or fast. Beside ours stands what vPDQ does as
it comes: whole frames, one a second.
"""

from __future__ import annotations

import io
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

import av
import numpy as np
from PIL import Image
from tests.core.matching import filmed

from bench.figures import figure
from sinmungo.core.matching.clips import Clip, hash_clip, pruned, readings_of, shares
from sinmungo.core.matching.shelf import LEAST_SHARE
from sinmungo.core.trust.intervals import share

COMMAND = "python -m bench clips"
CLIPS, SECONDS, LARGE = 40, 8.0, (1280, 720)
Frames = Sequence[Image.Image]
Rows = np.typing.NDArray[np.uint8]


def run() -> list[dict[str, Any]]:
    """Measure one clip of 1280 x 720 at 30 frames a second, on one core, decoding included."""
    scene = _scene(1, seconds=3.0, size=LARGE)
    content = filmed.film([frame for frame in scene for _ in range(3)], codec="libx264", rate=30)
    began = time.process_time()
    hash_clip(io.BytesIO(content))
    taken = time.process_time() - began
    with av.open(io.BytesIO(content), options={"threads": "1"}) as clip:
        began = time.process_time()
        count = sum(1 for _ in clip.decode(video=0))
        decoded = time.process_time() - began
    print(f"clips: {count} frames, decoded alone in {decoded:.2f} s")
    return [figure("clips_hash_720p", len(scene) / filmed.RATE / taken, "s of clip/s", command=COMMAND)]


def main() -> None:
    """Print what is found of each re-post, and of pairs of different clips."""
    known = [_read(_scene(number)) for number in range(CLIPS)]
    print(f"| re-post | found, of {CLIPS} | 95 % | whole frames, one a second |\n|---|---:|---:|---:|")
    for name, edit in _edits().items():
        copies = [_read(edit(number)) for number in range(CLIPS)]
        ours = sum(map(_is_match, map(_kept, copies), map(_kept, known)))
        theirs = sum(map(_is_match, map(_plain, copies), map(_plain, known)))
        told = share(ours, CLIPS)
        print(f"| {name} | {ours} | {told.low:.0%} to {told.high:.0%} | {theirs} |")
    kept = [_kept(each) for each in known]
    pairs = [(one, other) for place, one in enumerate(kept) for other in kept[:place]]
    wrong = sum(_is_match(one, other) for one, other in pairs)
    print(f"\n{wrong} of {len(pairs)} pairs of different clips match")


def _scene(
    number: int, *, start: float = 0.0, seconds: float = SECONDS, size: tuple[int, int] = filmed.SIZE
) -> list[Image.Image]:
    """Return one of many clips; each goes on at a speed of its own, 5 to 40 pixels a second."""
    speed = random.Random(number).uniform(5, 40)
    return filmed.wandering(seconds, seed=100 + number, size=size, start=start, speed=speed)


def _edits() -> dict[str, Callable[[int], bytes | Frames]]:
    def each(change: filmed.Edit) -> Callable[[int], Frames]:
        return lambda number: [change(frame) for frame in _scene(number)]

    return {
        "a tenth of the bits": lambda number: filmed.film(_scene(number), bits=60_000),
        "half the size": each(lambda frame: frame.resize((160, 120))),
        "bars at the sides": each(filmed.with_bars),
        "a caption and a sticker on the lower half": each(filmed.with_caption),
        "both": each(lambda frame: filmed.with_bars(filmed.with_caption(frame))),
        "mirrored": each(lambda frame: frame.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
        "begins 0.1 s later": lambda number: _scene(number, start=0.1),
        "begins 0.4 s later": lambda number: _scene(number, start=0.4),
        "2 seconds of it": lambda number: _scene(number, start=3.0, seconds=2.0),
        "2 seconds of it, 0.4 s off": lambda number: _scene(number, start=3.4, seconds=2.0),
        "within a clip three times as long": lambda number: [
            *_scene(number + 500),
            *_scene(number),
            *_scene(number + 900),
        ],
        "a quarter faster": lambda number: [
            frame for place, frame in enumerate(_scene(number)) if place % 5 != 4
        ],
        "cropped by 5 %": each(lambda frame: frame.crop((8, 6, 312, 234)).resize(filmed.SIZE)),
        "cropped by 10 %": each(lambda frame: frame.crop((16, 12, 304, 228)).resize(filmed.SIZE)),
        "turned by 3 degrees": each(lambda frame: frame.rotate(3, Image.Resampling.BICUBIC)),
        "blurred bars at the sides": each(_between_blurred),
    }


def _between_blurred(frame: Image.Image) -> Image.Image:
    ground = frame.resize((20, 15)).resize((frame.width + 120, frame.height), Image.Resampling.BICUBIC)
    ground.paste(frame, (60, 0))
    return ground


def _read(made: bytes | Frames) -> Clip:
    return hash_clip(io.BytesIO(made if isinstance(made, bytes) else filmed.film(made)))


def _kept(clip: Clip) -> Rows:
    return pruned(clip).hashes


def _plain(clip: Clip) -> Rows:
    """Return the first whole frame of every second, as vPDQ has them."""
    whole = readings_of(clip.hashes)[0]
    _, first = np.unique(np.floor(clip.seconds[whole]), return_index=True)
    return clip.hashes[whole][first]


def _is_match(one: Rows, other: Rows) -> bool:
    return max(shares(one, other)) >= LEAST_SHARE


if __name__ == "__main__":
    main()
