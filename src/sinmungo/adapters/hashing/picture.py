"""Runs in a process of its own: a hostile picture in, the hashes of its windows out, best first.

``python -m sinmungo.adapters.hashing.picture`` reads a picture from standard input and writes records of
33 bytes, none for a picture too plain to be told apart. See ``answers`` for its exit status.
"""

from __future__ import annotations

import sys

import numpy.ma  # noqa: F401 - numpy.median loads it when it is first used, and then no file can be opened
from PIL import Image

from sinmungo.adapters.hashing.answers import MOST_RECORDS, end
from sinmungo.adapters.pictures.developing import shut_the_doors
from sinmungo.core.matching.decoding import CannotDecode, decode
from sinmungo.core.matching.fingerprints import pack
from sinmungo.core.matching.kit import candidate


def hashed(content: bytes) -> bytes:
    """Return the records of a picture; ends the process with a status when there are none to make."""
    try:
        return pack(candidate(decode(content))[:MOST_RECORDS])
    except CannotDecode as error:
        end(error.code)
    except (MemoryError, Image.DecompressionBombError):
        end("too_large")
    # a decoder given hostile bytes raises whatever it likes: struct.error, KeyError, SyntaxError ...
    except Exception:  # noqa: BLE001 - every one of them means the same
        end("damaged")


if __name__ == "__main__":
    shut_the_doors()
    sys.stdout.buffer.write(hashed(sys.stdin.buffer.read()))
