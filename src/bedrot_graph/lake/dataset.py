"""What a dataset is: its files, its columns, its key, and what it cannot tell."""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from bedrot_graph.lake.limitations import Limitation


class Kind(StrEnum):
    """What the cells of a column hold, and so how they are read."""

    TEXT = "text"
    NAME = "name"  # one identity, many spellings
    ARTIST = "artist"  # a name that is one identity across all datasets
    CODE = "code"  # upper case, letters and digits only: ISRC, country
    UPC = "upc"
    ID = "id"  # digits that are no number: a float would change the last ones
    INTEGER = "integer"
    DECIMAL = "decimal"  # exact, 12 places
    COUNTS = "counts"  # whole numbers by name, as a JSON object
    DATE = "date"
    MONTH = "month"  # held as its first day


@dataclass(frozen=True)
class Column:
    """One column of a dataset, as we call it and as files may call it."""

    name: str
    kind: Kind
    meaning: str
    aliases: tuple[str, ...] = ()
    """Headers that files use for it; compared without case, blanks and punctuation."""
    unit: str | None = None
    required: bool = True
    """A file without it is malformed."""
    filled: bool = False
    """A row with an empty cell here is rejected."""
    minimum: int | None = None
    maximum: int | None = None
    same_as: str | None = None
    """A column that says it better, where it has a value."""


Key = tuple[str | tuple[str, ...], ...]
"""Columns; of several in one place the first that a row fills."""


@dataclass(frozen=True)
class Form:
    """One of the ways in which files hold a dataset."""

    files: tuple[str, ...]
    """File name patterns; those with a folder are looked for in that folder of the zone."""
    needs: tuple[str, ...] = ()
    """Columns that tell this form from others: a file of it has them, and fills them in every row."""
    key: Key | None = None
    """As the dataset's, which it replaces."""
    from_name: str | None = None
    """A regular expression for the file's name. Its groups are columns whose value is the same in all rows, `stamp`
    (when the file was made) and `since` (the first day that it may speak of, for dates without a year)."""
    member: str | None = None
    """The file that is read, where the files are archives."""
    are_parts: bool = False
    """Each file holds a part: all of them are read, the newest last. Else the newest stamp in the name wins."""
    beside: tuple["Form", ...] = ()
    """Forms that tell something else: the newest file of each is read as well."""
    blank: str | None = None
    """A regular expression for cells in which something stands instead of nothing."""
    replaces: Key = ()
    """Where its files are parts: what a newer file tells anew, of which no row of an older one counts."""

    def said_by(self, name: str) -> dict[str, str]:
        """What a file's name says, by the groups of `from_name`."""
        found = re.search(self.from_name, PurePosixPath(name).name, re.IGNORECASE) if self.from_name else None
        return found.groupdict() if found else {}


@dataclass(frozen=True)
class Dataset:
    """A table of the lake: declared once, read by everything."""

    name: str
    description: str
    grain: str
    """What one row is."""
    columns: tuple[Column, ...]
    forms: tuple[Form, ...]
    """What its files look like: a file of an earlier form wins. All tell of the same, and are never added up."""
    key: Key = ()
    """Columns that name a row; of rows that share them the later one of the file counts. Empty: no key."""
    newer_by: str | None = None
    """A column that says which of the rows with one key is newer; the place in the file decides between equals."""
    ids: tuple[tuple[str, str], ...] = ()
    """Columns of ids, and of the names that go with them: where a row has no id, it has its name's only one."""
    named_by: tuple[str, ...] = ()
    """Columns of which every row fills at least one; a row of totals fills none, and is rejected."""
    event_date: str | None = None
    """The column that says how new a row is, for `as_of` and for age."""
    period_date: str | None = None
    """The column that periods speak of; the event date unless said otherwise."""
    start_date: str | None = None
    """The column that says where a row's time begins, where that may be earlier than its event date."""
    max_age_days: int | None = None
    """Older than this, its newest event date makes the dataset stale."""
    limitations: tuple[Limitation, ...] = ()

    @property
    def patterns(self) -> tuple[str, ...]:
        """All file name patterns, the preferred ones first."""
        return tuple(dict.fromkeys(pattern for form in self.forms for pattern in form.files))

    @property
    def file_names(self) -> tuple[str, ...]:
        """The patterns as people say them: a table may be a CSV, TSV or Parquet file."""
        return tuple(dict.fromkeys(re.sub(r"\.(csv|tsv|parquet)$", "", pattern) for pattern in self.patterns))

    @property
    def covered_date(self) -> str | None:
        """The column that says which time the dataset covers."""
        return self.period_date or self.event_date

    def key_in(self, form: Form) -> Key:
        """The columns that name a row in a file of the form."""
        return self.key if form.key is None else form.key
