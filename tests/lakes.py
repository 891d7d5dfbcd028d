"""Small lakes for tests: rows as one would say them, written as the files a distributor would send."""

import csv
import datetime as dt
import io
import os
from pathlib import Path

from bedrot_graph.lake.copies import Copies
from bedrot_graph.lake.copying import Job, make
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.zone import Zone

TODAY = dt.date(2025, 9, 8)
SAMPLE_LAKE = Path(__file__).parent.parent / "sample_lake"

STATEMENT = {
    "Reporting Date": "2025-03-20",
    "Sale Month": "2025-01",
    "Store": "Spotify",
    "Artist": "OWL1987",
    "Title": "GLASS ORCHARD",
    "ISRC": "QZAB02400000",
    "UPC": "198000000000",
    "Quantity": "1",
    "Team Percentage": "100",
    "Song/Album": "Song",
    "Country of Sale": "US",
    "Songwriter Royalties Withheld": "0",
    "Earnings (USD)": "0.004",
}
DAY = {"date": "2025-01-01", "spotify_streams": "0", "apple_streams": "0", "source": "distrokid"}
TIKTOK_DAY = {
    "artist": "owl1987",
    "zone": "owl1987",
    "date": "2025-01-01",
    "Video Views": "0",
    "Profile Views": "0",
    "Likes": "0",
    "Comments": "0",
    "Shares": "0",
    "Year": "2025",
    "engagement_rate": "0.0",
    "Followers": "0",
    "new_followers": "0.0",
}
AUDIENCE_DAY = {
    "date": "2025-01-01",
    "listeners": "0",
    "streams": "0",
    "followers": "0",
    "artist_id": "",
    "artist_name": "owl1987",
    "extracted_at": "2025-09-07T14:10:02.118231",
    "source_file": "",
    "data_source": "spotify_audience",
    "processed_at": "2025-09-07T14:15:11.004512",
}
SPLIT = {"artist": "OWL1987", "title": "GLASS ORCHARD", "isrc": "QZAB02400000", "your_revenue_share": "100"}

STATEMENTS_FILE = "dk_bank_details.csv"
STREAMS_FILE = "tidy_daily_streams.csv"
SPLITS_FILE = "track_catalog_royalty_splits.csv"
TIKTOK_FILE = "tiktok_analytics_curated_20250908_055938.csv"
AUDIENCE_FILE = "spotify_audience_curated_20250907_141945.csv"

Rows = list[dict[str, str]]


def statement(month: str, store: str, quantity: int, earnings: str, **cells: str) -> dict[str, str]:
    """A statement line, else as STATEMENT. Further cells: artist, title, isrc, upc, country, reported, kind."""
    names = {"artist": "Artist", "title": "Title", "isrc": "ISRC", "upc": "UPC", "country": "Country of Sale"}
    names |= {"reported": "Reporting Date", "kind": "Song/Album"}
    said = {"Sale Month": month, "Store": store, "Quantity": str(quantity), "Earnings (USD)": earnings}
    return said | {names[name]: cell for name, cell in cells.items()}


def day(date: str, source: str, spotify: int | str, apple: int | str) -> dict[str, str]:
    """A day of a distributor's counters."""
    return {"date": date, "source": source, "spotify_streams": str(spotify), "apple_streams": str(apple)}


def tiktok_day(date: str, artist: str, **cells: int | str) -> dict[str, str]:
    """A day of a TikTok account, else as TIKTOK_DAY. Cells: views, profile_views, likes, comments, shares, followers,
    new_followers."""
    names = {"views": "Video Views", "profile_views": "Profile Views", "likes": "Likes", "comments": "Comments"}
    names |= {"shares": "Shares", "followers": "Followers"}
    said = {"date": date, "artist": artist, "zone": artist}
    return said | {names.get(name, name): str(cell) for name, cell in cells.items()}


def audience_day(date: str, artist: str, **cells: int | str) -> dict[str, str]:
    """A day of an artist on Spotify, else as AUDIENCE_DAY. Cells: listeners, streams, followers."""
    return {"date": date, "artist_name": artist} | {name: str(cell) for name, cell in cells.items()}


def split(**cells: str) -> dict[str, str]:
    """A recording in the splits, else as SPLIT. Cells: artist, title, isrc, share."""
    names = {"share": "your_revenue_share"}
    return {names.get(name, name): cell for name, cell in cells.items()}


def csv_text(default: dict[str, str], rows: Rows) -> str:
    """The rows as a CSV file; cells that a row does not name are the default's."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(default), lineterminator="\n")
    writer.writeheader()
    writer.writerows(default | row for row in rows)
    return out.getvalue()


def write_lake(
    folder: Path,
    *,
    statements: Rows | None = None,
    streams: Rows | None = None,
    splits: Rows | None = None,
    tiktok: Rows | None = None,
    audience: Rows | None = None,
) -> Path:
    """Write the files of a lake; what is None is not there."""
    for name, default, rows in (
        (STATEMENTS_FILE, STATEMENT, statements),
        (STREAMS_FILE, DAY, streams),
        (SPLITS_FILE, SPLIT, splits),
        (TIKTOK_FILE, TIKTOK_DAY, tiktok),
        (AUDIENCE_FILE, AUDIENCE_DAY, audience),
    ):
        if rows is not None:
            (folder / name).write_text(csv_text(default, rows), encoding="utf-8")
    return folder


def age(folder: Path) -> None:
    """Let the files have been written long ago, so that another writing would show in their times."""
    for path in folder.rglob("*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))


def copied(zone: Zone) -> Snapshot:
    """The snapshot of the zone that comes after all copies have been made, in processes of their own."""
    assert zone.copyist
    zone.take()
    zone.copyist.wait()
    return zone.take()


def keep(seen: Snapshot, zone: Path, folder: Path) -> None:
    """Make copies of all that has been seen in the zone, here and now."""
    for table in seen.tables.values():
        path = Copies(folder, 0).path_of(table.dataset, zone)
        make(Job(table.dataset, zone, path, seen.artists, seen.today))


def snapshot_of(folder: Path, today: dt.date = TODAY) -> Snapshot:
    """A snapshot of the folder, read on a fixed day."""
    return Zone(folder, today=lambda: today).take()
