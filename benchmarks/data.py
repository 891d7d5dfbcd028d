"""Generated statement lines in the format of DistroKid's bank details export: any number, the same every time."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import polars as pl

ROOT = Path(__file__).parent.parent
KEPT = ROOT / ".cache" / "bench"
"""What is made once and used again; git ignores it."""

SMALL, LARGE, HUGE = 11_000, 1_000_000, 10_000_000

HEADERS = [
    *("Reporting Date", "Sale Month", "Store", "Artist", "Title", "ISRC", "UPC", "Quantity", "Team Percentage"),
    *("Song/Album", "Country of Sale", "Songwriter Royalties Withheld", "Earnings (USD)"),
]
STORES = (
    *("Spotify", "Apple Music", "YouTube (Red)", "YouTube (Ads)", "YouTube (ContentID)"),
    *("TikTok", "Deezer", "Tidal", "iTunes Songs", "Pandora"),
    *("Facebook", "Instagram", "Snapchat", "SoundCloud", "Amazon Prime (Streaming)"),
    *("Amazon Unlimited (Streaming)", "Napster", "Audiomack", "Qobuz", "iHeartRadio"),
    *("KKBox", "JioSaavn", "Gaana", "Anghami", "Boomplay"),
    *("NetEase", "Tencent", "Yandex Music", "Zvuk", "iTunes Match"),
)
COUNTRIES = ("US", "DE", "GB", "BR", "MX", "CA", "AU", "FR", "PL", "NL")
MONTHS, TRACKS, ARTISTS = 24, 500, 40
ARTIST = "ARTIST 7"
"""One of them; it has a fortieth of the lines."""

TYPES = pl.Schema(
    {
        "Reporting Date": pl.Date(),
        "Sale Month": pl.String(),
        "UPC": pl.String(),
        "Quantity": pl.Int64(),
        "Earnings (USD)": pl.Decimal(38, 12),
    }
)
"""The columns of the file that Polars would not guess."""


def lake(lines: int) -> Path:
    """A curated folder with one statement file of so many lines."""
    return _once(f"lake-{lines}", lambda folder: write_statements(folder / "dk_bank_details.csv", lines))


def statements(lines: int) -> Path:
    """The statement file of that folder."""
    return lake(lines) / "dk_bank_details.csv"


def parquet(lines: int, *, has_categories: bool) -> Path:
    """The same lines as Polars would keep them itself: typed, the month as a date; text as categories, or as it is."""
    form = "categories" if has_categories else "text"
    return _once(f"{form}-{lines}", lambda folder: _write_parquet(folder, lines, has_categories)) / "lines.parquet"


def typed(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The lines of a statement file, read with TYPES, under the names that the server gives their columns."""
    return rows.select(
        sale_month=pl.col("Sale Month").str.to_date("%Y-%m"),
        platform="Store",
        artist="Artist",
        title="Title",
        quantity="Quantity",
        revenue_usd="Earnings (USD)",
    )


def _once(name: str, make: Callable[[Path], None]) -> Path:
    made_by = hashlib.blake2b(Path(__file__).read_bytes(), digest_size=4).hexdigest()
    folder = KEPT / f"{name}-{made_by}"
    if not folder.is_dir():
        unfinished = folder.with_suffix(".unfinished")
        unfinished.mkdir(parents=True, exist_ok=True)
        make(unfinished)
        unfinished.rename(folder)
    return folder


def _write_parquet(folder: Path, lines: int, has_categories: bool) -> None:  # noqa: FBT001 - named by its only caller
    rows = typed(pl.scan_csv(statements(lines), schema_overrides=TYPES)).with_row_index("line", 2)
    if has_categories:
        rows = rows.with_columns(pl.col("platform", "artist", "title").cast(pl.Categorical))
    rows.sink_parquet(folder / "lines.parquet")


def write_statements(path: Path, lines: int) -> None:
    """Write a statement file of so many lines."""
    row = pl.int_range(lines).alias("row")
    month = pl.date(2023, 7, 1).dt.offset_by(pl.format("{}mo", pl.col("row") % MONTHS))
    track = (pl.col("row") // MONTHS * 7919 + pl.col("row") % MONTHS * 37) % TRACKS
    cells = (
        pl.select(row)
        .lazy()
        .select(
            month.dt.offset_by("2mo").dt.offset_by("20d").dt.to_string(),
            month.dt.to_string("%Y-%m").alias("b"),
            _one_of(STORES, 13).alias("c"),
            pl.format("ARTIST {}", track % ARTISTS).alias("d"),
            pl.format("TRACK {}", track).alias("e"),
            pl.format("QZAB2{}", (track + 1_000_000).cast(pl.String)).alias("f"),
            (track + 198_000_000_000).alias("g"),
            (pl.col("row") * 31 % 97 + 1).alias("h"),
            pl.lit(100).alias("i"),
            pl.lit("Song").alias("j"),
            _one_of(COUNTRIES, 17).alias("k"),
            pl.lit(0).alias("l"),
            pl.format("0.{}", (pl.col("row") * 104_729 % 90_000_000 + 10_000_000).cast(pl.String)).alias("m"),
        )
    )
    cells.rename(dict(zip(cells.collect_schema().names(), HEADERS, strict=True))).sink_csv(path)


def _one_of(names: tuple[str, ...], step: int) -> pl.Expr:
    place = (pl.col("row") * step // 7) % len(names)
    return place.replace_strict(list(range(len(names))), list(names), return_dtype=pl.String)
