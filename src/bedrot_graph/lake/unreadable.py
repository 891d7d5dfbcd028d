"""A file that holds no table we know, and why: half a sentence about "it", the file."""

from collections.abc import Iterable
from itertools import islice

MOST_HEADERS_SHOWN = 30
LONGEST_SHOWN_HEADER = 40


class UnreadableFileError(Exception):
    """The file is passed over; where no other file is there, its dataset is malformed."""

    @classmethod
    def empty(cls) -> "UnreadableFileError":
        """Nothing but blanks."""
        return cls("it is empty")

    @classmethod
    def headless(cls) -> "UnreadableFileError":
        """No header: binary data, another table, or a web page."""
        return cls("no line in its first rows names the columns")

    @classmethod
    def without_rows(cls) -> "UnreadableFileError":
        """The header alone."""
        return cls("it has a header but no rows")

    @classmethod
    def lacking(cls, columns: Iterable[str], headers: Iterable[str]) -> "UnreadableFileError":
        """Without these, nothing can be said."""
        wanted = ", ".join(f"'{name}'" for name in columns)
        shown = islice((header for header in headers if header), MOST_HEADERS_SHOWN)
        found = ", ".join(f"'{header[:LONGEST_SHOWN_HEADER]}'" for header in shown)
        return cls(f"it lacks the required {wanted}; its columns are {found}")

    @classmethod
    def all_rejected(cls, count: int, line: int, reason: str) -> "UnreadableFileError":
        """There are rows, and not one is good."""
        return cls(f"none of its {count} rows can be read; the first is line {line}: {reason}")

    @classmethod
    def broken_parquet(cls) -> "UnreadableFileError":
        """It begins like Parquet."""
        return cls("it is not a whole Parquet file")

    @classmethod
    def broken_archive(cls) -> "UnreadableFileError":
        """Torn, encrypted, or no archive."""
        return cls("it is not a whole zip archive without a password")

    @classmethod
    def without_member(cls, name: str, members: Iterable[str]) -> "UnreadableFileError":
        """An archive of something else."""
        found = ", ".join(f"'{member[:LONGEST_SHOWN_HEADER]}'" for member in islice(members, MOST_HEADERS_SHOWN))
        return cls(f"it is an archive without '{name}'; it holds {found or 'nothing'}")

    @classmethod
    def too_large(cls, name: str, most_bytes: int) -> "UnreadableFileError":
        """More than a file of this kind can be."""
        return cls(f"'{name}' in it has more than {most_bytes // 2**20} MB")

    @classmethod
    def of_odd_types(cls) -> "UnreadableFileError":
        """Parquet columns may hold lists, images and more."""
        return cls("one of its columns holds something that is no text, number or date")
