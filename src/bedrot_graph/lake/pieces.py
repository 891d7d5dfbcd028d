"""A large text file, piece by piece: so it is held neither as bytes nor as cells at once."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from bedrot_graph.lake.text import wide_encoding

WINDOW_BYTES = 2**16
"""A piece ends in the last so many bytes that it may have; a longer line is in no table."""


class UncutError(Exception):
    """A file that can only be understood as a whole."""


def cut(file: BinaryIO, piece_bytes: int) -> Iterator[bytes]:
    """The file from its beginning, cut behind lines without quotes, as all others may belong together.

    Raises UncutError where it cannot be cut, also when some of it has been given.
    """
    start, size = 0, file.seek(0, 2)
    if size <= 2 * piece_bytes:
        raise UncutError
    while start < size:
        end = _end_of_lines(file, start, start + piece_bytes) if start + piece_bytes < size else size
        file.seek(start)
        piece = file.read(end - start)
        begins_oddly = wide_encoding(piece) or (start and piece.startswith(codecs.BOM_UTF8))
        if begins_oddly or b"\x00" in piece:
            raise UncutError
        yield piece
        start = end


def _end_of_lines(file: BinaryIO, start: int, stop: int) -> int:
    """Where the last line ends that does so between the two. Raises UncutError."""
    window_start = file.seek(max(start, stop - WINDOW_BYTES))
    window = file.read(stop - window_start)
    end = window.rfind(b"\n") + 1
    begin = window.rfind(b"\n", 0, end - 1) + 1
    if not 0 < begin < end or b'"' in window[begin:end]:
        raise UncutError
    return window_start + end
