"""Runs in a process of its own: a clip in, up to six of its frames beside one another in one JPEG out.

``python -m sinmungo.adapters.frames veiled|grey|colour`` reads a clip from standard input. Only its first
picture stream is opened: no sound is ever decoded. Needs the extra ``video``.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

import av
from PIL import Image

from sinmungo.adapters.pictures.developing import MAX_PIXELS, TOO_LARGE, shut_the_doors, treated

MOST_FRAMES = 6
COLUMNS = 3
#: A frame's place in the strip, in pixels; three side by side fill the longest side of a picture.
CELL = (424, 424)
#: So many packets are looked at for one frame, however a clip is made.
MOST_PACKETS = 400
CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"


def strip(content: bytes) -> Image.Image:
    """Return frames from all over the clip, the first at the top left; raises what PyAV raises."""
    # one thread: each would take address space of its own, which is bounded
    with av.open(io.BytesIO(content), "r", options={"threads": "1"}, metadata_errors="ignore") as clip:
        if clip.format.name not in CONTAINERS:
            raise ValueError("no container that is taken")
        frames = [_small(frame) for frame in _frames(clip)]
    if not frames:
        raise ValueError("no frame could be read")
    columns = min(COLUMNS, len(frames))
    rows = -(-len(frames) // columns)
    width, height = max(f.width for f in frames), max(f.height for f in frames)
    sheet = Image.new("RGB", (columns * width, rows * height), "white")
    for place, frame in enumerate(frames):
        sheet.paste(frame, (place % columns * width, place // columns * height))
    return sheet


def _frames(clip: av.container.InputContainer) -> Iterator[av.VideoFrame]:
    stream = clip.streams.video[0]
    stream.thread_type = "NONE"
    context = stream.codec_context
    if (context.width or 0) * (context.height or 0) > MAX_PIXELS:
        sys.exit(TOO_LARGE)
    length = clip.duration or 0
    for place in range(MOST_FRAMES if length else 1):
        if place:
            clip.seek(length * place // MOST_FRAMES)
        frame = _next_frame(clip, stream)
        if frame is not None:
            yield frame


def _next_frame(clip: av.container.InputContainer, stream: av.VideoStream) -> av.VideoFrame | None:
    for count, packet in enumerate(clip.demux(stream)):
        if count > MOST_PACKETS:
            return None
        for frame in packet.decode():
            return frame
    return None


def _small(frame: av.VideoFrame) -> Image.Image:
    if frame.width * frame.height > MAX_PIXELS:  # a stream may change its size on the way
        sys.exit(TOO_LARGE)
    image: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]  # PyAV's is without types
    image.thumbnail(CELL)
    return image


def _rehearse() -> None:
    """Write and read a tiny clip: PyAV loads some of its parts late."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as clip:
        stream = clip.add_stream("mpeg4", rate=1)
        stream.width = stream.height = 16
        blank = av.VideoFrame(16, 16, "yuv420p")
        for frame in (blank, None):
            clip.mux(stream.encode(frame))
    strip(file.getvalue())


if __name__ == "__main__":
    _rehearse()
    shut_the_doors()
    sys.stdout.buffer.write(treated(sys.stdin.buffer.read(), sys.argv[1], develop=strip))
