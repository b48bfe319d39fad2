"""Files of a form, bounded while they arrive and never written to a disk.

Django's own memory handler drops the files of a body over its limit in silence; this one keeps what
fits and says what did not, so that the words beside the files are never lost.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from sinmungo.apps.appeals.files import MAX_BYTES, MAX_FILES

#: One file and one byte more than is taken, so that the refusal is about the count or the size.
MOST_FILES = MAX_FILES + 1
MOST_BYTES = MAX_BYTES + 1


class BoundedUploadHandler(FileUploadHandler):
    """Keep up to four files of at most 5 MB and a byte each; cut what is beyond."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._files = 0
        self._body = BytesIO()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file; one beyond the fourth is passed over."""
        super().new_file(*args, **kwargs)
        self._files += 1
        self._body = BytesIO()
        if self._files > MOST_FILES:
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002
        """Keep a chunk as far as there is room."""
        room = MOST_BYTES - self._body.tell()
        if room > 0:
            self._body.write(raw_data[:room])

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:  # noqa: ARG002
        """Return the file as far as it was kept."""
        size = self._body.tell()
        self._body.seek(0)
        return InMemoryUploadedFile(
            file=self._body,
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type,
            size=size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )
