"""Runs in a process of its own: a clip in, the hashes of its frames out.

``python -m sinmungo.adapters.hashing.clip`` reads a clip from standard input and writes 32 bytes for each
frame that is worth comparing. No sound is ever decoded. Needs the extra ``video``; see ``answers`` for its
exit status.
"""

from __future__ import annotations

import io
import sys
import time

import av

from sinmungo.adapters.hashing.answers import MOST_FRAMES, end
from sinmungo.adapters.pictures.developing import shut_the_doors
from sinmungo.core.matching.clips import CannotReadClip, hash_clip, pruned


def hashed(content: bytes) -> bytes:
    """Return the rows of a clip; ends the process with a status when there are none to make."""
    try:
        clip = pruned(hash_clip(io.BytesIO(content), clock=time.monotonic))
        return clip.hashes[:MOST_FRAMES].tobytes()
    except CannotReadClip as error:
        end(error.code)
    except MemoryError:
        end("too_large")
    # a decoder given hostile bytes raises whatever it likes
    except Exception:  # noqa: BLE001 - every one of them means the same
        end("damaged")


def _rehearse() -> None:
    """Write and read a tiny clip: PyAV loads some of its parts late."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as clip:
        stream = clip.add_stream("mpeg4", rate=1)
        stream.width = stream.height = 16
        for frame in (av.VideoFrame(16, 16, "yuv420p"), None):
            clip.mux(stream.encode(frame))
    hash_clip(io.BytesIO(file.getvalue()))


if __name__ == "__main__":
    _rehearse()
    shut_the_doors()
    sys.stdout.buffer.write(hashed(sys.stdin.buffer.read()))
