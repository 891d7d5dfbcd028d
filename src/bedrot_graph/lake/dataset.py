"""What a dataset is: its files, its columns, its key, and what it cannot tell."""

from dataclasses import dataclass
from enum import StrEnum

from bedrot_graph.lake.limitations import Limitation


class Kind(StrEnum):
    """What the cells of a column hold, and so how they are read."""

    TEXT = "text"
    NAME = "name"  # one identity, many spellings
    ARTIST = "artist"  # a name that is one identity across all datasets
    CODE = "code"  # upper case, letters and digits only: ISRC, country
    UPC = "upc"
    INTEGER = "integer"
    DECIMAL = "decimal"  # exact, 12 places
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


@dataclass(frozen=True)
class Dataset:
    """A table of the lake: declared once, read by everything."""

    name: str
    description: str
    grain: str
    """What one row is."""
    columns: tuple[Column, ...]
    files: tuple[tuple[str, ...], ...]
    """File name patterns in tiers: a file of an earlier tier wins, within a tier the newest stamp in the name."""
    key: tuple[str, ...] = ()
    """Columns that name a row; where two rows share them, the later row of the file wins. Empty: no key."""
    event_date: str | None = None
    """The column that says how new a row is, for `as_of` and for age."""
    period_date: str | None = None
    """The column that periods speak of; the event date unless said otherwise."""
    max_age_days: int | None = None
    """Older than this, its newest event date makes the dataset stale."""
    limitations: tuple[Limitation, ...] = ()

    @property
    def patterns(self) -> tuple[str, ...]:
        """All file name patterns, the preferred ones first."""
        return tuple(pattern for tier in self.files for pattern in tier)

    @property
    def covered_date(self) -> str | None:
        """The column that says which time the dataset covers."""
        return self.period_date or self.event_date
