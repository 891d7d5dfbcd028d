"""Generated statement files of any length, in the format of DistroKid's bank details export."""

from pathlib import Path

import polars as pl

HEADERS = [
    *("Reporting Date", "Sale Month", "Store", "Artist", "Title", "ISRC", "UPC", "Quantity", "Team Percentage"),
    *("Song/Album", "Country of Sale", "Songwriter Royalties Withheld", "Earnings (USD)"),
]
STORES = ("Spotify", "Apple Music", "YouTube (Red)", "YouTube (Ads)", "TikTok", "Deezer", "Tidal", "iTunes Songs")
COUNTRIES = ("US", "DE", "GB", "BR", "MX", "CA", "AU", "FR", "PL", "NL")
MONTHS = 24
TRACKS = 500
ARTISTS = 40


def write_statements(path: Path, lines: int) -> Path:
    """Write a statement file of so many lines; the same lines every time."""
    row = pl.int_range(lines).alias("row")
    month = pl.date(2023, 7, 1).dt.offset_by(pl.format("{}mo", pl.col("row") % MONTHS))
    track = (pl.col("row") * 7919) % TRACKS
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
    return path


def _one_of(names: tuple[str, ...], step: int) -> pl.Expr:
    place = (pl.col("row") * step // 7) % len(names)
    return place.replace_strict(list(range(len(names))), list(names), return_dtype=pl.String)
