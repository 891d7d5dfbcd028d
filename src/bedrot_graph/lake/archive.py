"""A zip archive -> the bytes of the one file in it that is wanted."""

import io
import zipfile
import zlib
from pathlib import PurePosixPath

from bedrot_graph.lake.unreadable import UnreadableFileError

MAGIC = b"PK\x03\x04"
"""How a zip archive begins, whatever its name ends in."""
LARGEST_MEMBER_BYTES = 2**26
"""A thousand times what an export of a year has: an archive of a few bytes may claim to hold more than any memory."""


def member_of(data: bytes, name: str) -> bytes:
    """The file of that name in the archive, in whichever folder, whatever its case. Raises UnreadableFileError."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            named = (each for each in archive.infolist() if PurePosixPath(each.filename).name.lower() == name.lower())
            member = next(named, None)
            if member is None:
                raise UnreadableFileError.without_member(name, archive.namelist())
            with archive.open(member) as opened:
                unpacked = opened.read(LARGEST_MEMBER_BYTES + 1)
    # Encrypted members, unknown methods and torn archives each fail in a way of their own.
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError, OverflowError) as error:
        raise UnreadableFileError.broken_archive() from error
    if len(unpacked) > LARGEST_MEMBER_BYTES:
        raise UnreadableFileError.too_large(name, LARGEST_MEMBER_BYTES)
    return unpacked
