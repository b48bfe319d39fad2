"""The frames of a clip, four a second; needs the extra ``video`` (PyAV, which brings FFmpeg's libraries).

Only the first picture stream of a known container is opened: no sound, no other file, no address.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

import av
import numpy as np
from numpy.typing import NDArray

from sinmungo.core.matching.clip_readings import Frame
from sinmungo.core.matching.clips import HEAD, CannotReadClip, Limits, container

CODECS = frozenset(
    [
        "h264",
        "hevc",
        "av1",
        "libdav1d",
        "vp8",
        "libvpx",
        "vp9",
        "libvpx-vp9",
        "mpeg4",
        "msmpeg4v2",
        "msmpeg4v3",
        "mpeg1video",
        "mpeg2video",
        "h263",
        "flv",
        "mjpeg",
        "vc1",
        "wmv3",
    ]
)
#: Layouts of which the first plane is the luma, eight bits a pixel.
_PLANAR = frozenset(
    ["yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "nv21", "gray"]
)
#: Moments in a second at which a frame is looked at. With one, a copy that was cut half a second later shares
#: no frame of anything that moves; see ``docs/explanation/clips-and-texts.md``.
PER_SECOND = 4
#: Damaged packets that are passed over.
_MOST_DAMAGED = 200
_QUARTER_TURN = 90
_OPTIONS = {"threads": "1", "protocol_whitelist": "", "codec_whitelist": ",".join(sorted(CODECS))}


def sampled(file: BinaryIO, limits: Limits, clock: Callable[[], float] | None) -> Iterator[Frame]:
    """Yield the first frame at or after every quarter of a second, counted from the first frame.

    Raises CannotReadClip, also after some frames.
    """
    ends_at = clock() + limits.work_seconds if clock else 0.0
    first: float | None = None
    due = 0
    for count, (second, frame) in enumerate(_decoded(file, limits)):
        if count >= limits.max_frames or (clock and clock() > ends_at):
            raise CannotReadClip("too_slow")
        first = second if first is None else first
        since = max(second - first, 0.0)
        if since > limits.max_seconds:
            raise CannotReadClip("too_long")
        if since * PER_SECOND >= due:
            due = int(since * PER_SECOND) + 1
            yield Frame(since, _upright(frame))
    if first is None:
        raise CannotReadClip("damaged")


def _decoded(file: BinaryIO, limits: Limits) -> Iterator[tuple[float, av.VideoFrame]]:
    """Yield all frames with their seconds, as far as the file can be read."""
    try:
        with _opened(file, limits) as clip:
            stream = _stream(clip, limits)
            for count, frame in enumerate(_frames(clip, stream)):
                yield _second(frame, count, stream), frame
    except (av.error.FFmpegError, ValueError, OSError) as error:
        if isinstance(error, CannotReadClip):
            raise
        # what came before counts


def _opened(file: BinaryIO, limits: Limits) -> av.container.InputContainer:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size > limits.max_bytes:
        raise CannotReadClip("too_large")
    reader = container(file.read(HEAD))
    if reader is None:
        raise CannotReadClip("not_a_clip")
    file.seek(0)
    return av.open(file, "r", format=reader, options=_OPTIONS, metadata_errors="ignore")


def _stream(clip: av.container.InputContainer, limits: Limits) -> av.VideoStream:
    if not clip.streams.video:
        raise CannotReadClip("not_a_clip")
    stream = clip.streams.video[0]
    context = stream.codec_context
    # of a codec that FFmpeg does not know there is no context
    if context is None or context.name not in CODECS:
        raise CannotReadClip("not_a_clip")
    if (context.width or 0) * (context.height or 0) > limits.max_pixels:
        raise CannotReadClip("too_many_pixels")
    if clip.duration and clip.duration / av.time_base > limits.max_seconds + 1:
        raise CannotReadClip("too_long")
    # a stream may grow on the way: then it ends there; FFmpeg counts what it pads a frame with
    context.options = {"threads": "1", "max_pixels": str(2 * limits.max_pixels)}
    stream.thread_type = "NONE"
    return stream


def _frames(clip: av.container.InputContainer, stream: av.VideoStream) -> Iterator[av.VideoFrame]:
    damaged = 0
    for packet in clip.demux(stream):
        try:
            yield from packet.decode()
        except av.error.InvalidDataError:
            damaged += 1
            if damaged > _MOST_DAMAGED:
                return


def _second(frame: av.VideoFrame, count: int, stream: av.VideoStream) -> float:
    if frame.time is not None:
        return float(frame.time)
    rate = stream.average_rate or stream.guessed_rate
    return count / float(rate) if rate else float(count)


def _upright(frame: av.VideoFrame) -> NDArray[np.uint8]:
    if frame.format.name in _PLANAR:
        plane = frame.planes[0]
        # a plane is a buffer, which PyAV's types do not say
        lines: NDArray[np.uint8] = np.frombuffer(plane, np.uint8)  # type: ignore[call-overload]
        luma = lines.reshape(-1, plane.line_size)[: frame.height, : frame.width]
    else:
        luma = np.asarray(frame.to_ndarray(format="gray"), np.uint8)
    turns = round(frame.rotation / _QUARTER_TURN) % 4
    # a copy: the decoder takes its room back
    return np.ascontiguousarray(np.rot90(luma, turns)) if turns else luma.copy()
