"""Recordings: which lines are one, what they are called, and what the label keeps of them."""

from collections.abc import Callable
from decimal import Decimal as D  # noqa: N817 - amounts are read more easily

from bedrot_graph.lake.snapshot import Snapshot
from tests.cubes.asking import lines, only, revenue, table, total, values
from tests.lakes import statement

Lake = Callable[..., Snapshot]
JAN = "2025-01"
ONE, TWO, THREE = "QZAB02400001", "QZAB02400002", "QZAB02400003"


def test_a_recording_is_its_isrc_however_its_title_is_written(snapshot: Lake) -> None:
    rows = [
        statement(JAN, "Spotify", 1, "1.00", isrc=ONE, title="COLD BOOT"),
        statement(JAN, "Tidal", 2, "2.00", isrc="qz-ab0-24-00001", title="COLD BOOT (LIVE)"),
        statement(JAN, "Spotify", 3, "4.00", isrc=TWO, title="COLD BOOT"),
    ]
    found = revenue(snapshot(rows), "revenue_usd", by=("track",))
    assert table(found.groups, "track", "isrc", "revenue_usd") == [
        ("COLD BOOT", ONE, D("3.00")),
        ("COLD BOOT", TWO, D("4.00")),
    ]


def test_without_an_isrc_a_recording_is_its_artist_and_title(snapshot: Lake) -> None:
    rows = [
        statement(JAN, "iTunes Albums", 1, "1.00", isrc="", title="Cold Boot", artist="OWL1987", kind="Album"),
        statement(JAN, "iTunes Albums", 2, "2.00", isrc="", title="COLD BOOT", artist="OWL1987", kind="Album"),
        statement(JAN, "iTunes Albums", 3, "4.00", isrc="", title="COLD BOOT", artist="HALO B7", kind="Album"),
        statement(JAN, "iTunes Albums", 4, "8.00", isrc="", title="HEX", artist="OWL1987", kind="Album"),
    ]
    found = revenue(snapshot(rows), "revenue_usd", by=("track",))
    assert table(found.groups, "track", "artist", "isrc", "revenue_usd") == [
        ("COLD BOOT", "HALO B7", None, D("4.00")),
        ("COLD BOOT", "OWL1987", None, D("3.00")),
        ("HEX", "OWL1987", None, D("8.00")),
    ]


def test_a_recording_is_shown_with_its_most_frequent_artist_and_title(snapshot: Lake) -> None:
    rows = [
        statement(JAN, "Spotify", 1, "1.00", isrc=ONE, artist="OWL1987", title="COLD BOOT"),
        statement(JAN, "Spotify", 2, "1.00", isrc=ONE, artist="HALO B7", title="COLD BOOT"),
        statement(JAN, "Spotify", 3, "1.00", isrc=ONE, artist="HALO B7", title="COLD BOOT"),
    ]
    found = revenue(snapshot(rows), "revenue_usd", by=("track",))
    assert table(found.groups, "track", "artist", "revenue_usd") == [("COLD BOOT", "HALO B7", D("3.00"))]


def test_of_equally_frequent_artists_the_first_in_code_point_order_is_shown(snapshot: Lake) -> None:
    rows = [
        statement(JAN, "Spotify", 1, "1.00", isrc=ONE, artist="OWL1987"),
        statement(JAN, "Spotify", 2, "1.00", isrc=ONE, artist="HALO B7"),
    ]
    assert values(revenue(snapshot(rows), "revenue_usd", by=("track",)).groups, "artist") == ["HALO B7"]


def test_grouped_by_track_and_artist_each_artist_of_a_recording_is_a_group(snapshot: Lake) -> None:
    rows = [
        statement(JAN, "Spotify", 1, "1.00", isrc=ONE, artist="OWL1987"),
        statement(JAN, "Spotify", 2, "2.00", isrc=ONE, artist="HALO B7"),
        statement(JAN, "Tidal", 4, "4.00", isrc=ONE, artist="OWL1987"),
    ]
    found = revenue(snapshot(rows), "revenue_usd", by=("track", "artist"))
    assert table(found.groups, "artist", "isrc", "revenue_usd") == [
        ("HALO B7", ONE, D("2.00")),
        ("OWL1987", ONE, D("5.00")),
    ]


def test_a_line_without_title_takes_the_title_that_the_splits_have_for_its_isrc(snapshot: Lake) -> None:
    rows = [
        statement(JAN, "Spotify", 1, "1.00", isrc=ONE, title=""),  # pandas has emptied 'NULL'
        statement(JAN, "Spotify", 2, "2.00", isrc=TWO, title=""),
    ]
    lake = snapshot(rows, splits=[{"isrc": ONE, "title": "NULL"}])
    found = revenue(lake, "revenue_usd", by=("track",))
    assert table(found.groups, "track", "isrc", "revenue_usd") == [("NULL", ONE, D("1.00")), (None, TWO, D("2.00"))]
    assert total(revenue(lake, "revenue_usd", where=only("track", "Null"))) == {"revenue_usd": D("1.00")}


def test_the_title_of_the_line_comes_before_the_one_of_the_splits(snapshot: Lake) -> None:
    lake = snapshot(
        [statement(JAN, "Spotify", 1, "1.00", isrc=ONE, title="COLD BOOT")],
        splits=[{"isrc": ONE, "title": "COLD BOOT (ORIGINAL MIX)"}],
    )
    assert values(revenue(lake, "revenue_usd", by=("track",)).groups, "track") == ["COLD BOOT"]


def test_lines_with_neither_isrc_nor_title_stay_apart_by_artist(snapshot: Lake) -> None:
    rows = [
        statement(JAN, "iTunes Albums", 1, "1.00", isrc="", title="", artist="OWL1987"),
        statement(JAN, "iTunes Albums", 2, "2.00", isrc="", title="", artist="HALO B7"),
    ]
    found = revenue(snapshot(rows), "revenue_usd", by=("track",))
    assert table(found.groups, "track", "artist", "revenue_usd") == [
        (None, "HALO B7", D("2.00")),
        (None, "OWL1987", D("1.00")),
    ]


def test_the_split_of_the_isrc_comes_before_the_split_of_the_name(snapshot: Lake) -> None:
    lake = snapshot(
        [statement(JAN, "Spotify", 1, "10.00", isrc=ONE, title="COLD BOOT")],
        splits=[
            {"isrc": ONE, "title": "COLD BOOT (ORIGINAL MIX)", "your_revenue_share": "80"},
            {"isrc": TWO, "title": "COLD BOOT", "your_revenue_share": "40"},
        ],
    )
    assert total(revenue(lake, "label_share_usd")) == {"label_share_usd": D("8.00")}


def test_without_isrc_the_split_is_found_by_artist_and_title_in_any_spelling(snapshot: Lake) -> None:
    lake = snapshot(
        [
            statement(JAN, "iTunes Albums", 1, "10.00", isrc="", title="Cold Boot", artist="owl 1987"),
            statement(JAN, "iTunes Albums", 2, "20.00", isrc="", title="COLD BOOT", artist="HALO B7"),
        ],
        splits=[{"artist": "OWL1987", "isrc": ONE, "title": "COLD BOOT", "your_revenue_share": "40"}],
    )
    found = revenue(lake, "label_share_usd", by=("artist",))
    assert values(found.groups, "label_share_usd") == [D("20.00"), D("4.00")]  # HALO B7 is not listed


def test_an_isrc_that_is_not_listed_falls_back_to_artist_and_title(snapshot: Lake) -> None:
    lake = snapshot(
        [statement(JAN, "Spotify", 1, "10.00", isrc=THREE, title="COLD BOOT")],
        splits=[{"isrc": "", "title": "Cold Boot", "your_revenue_share": "40"}],
    )
    assert total(revenue(lake, "label_share_usd")) == {"label_share_usd": D("4.00")}


def test_a_recording_that_is_listed_twice_counts_once_with_the_later_row(snapshot: Lake) -> None:
    lake = snapshot(
        [statement(JAN, "Spotify", 1, "10.00", isrc=ONE)],
        splits=[{"isrc": ONE, "your_revenue_share": "40"}, {"isrc": ONE, "your_revenue_share": "80"}],
    )
    assert total(revenue(lake, "revenue_usd", "label_share_usd", "transactions")) == {
        "revenue_usd": D("10.00"),
        "label_share_usd": D("8.00"),
        "transactions": 1,
    }


def test_an_empty_title_in_the_splits_is_nobodys_name(snapshot: Lake) -> None:
    lake = snapshot(
        [statement(JAN, "iTunes Albums", 1, "10.00", isrc="", title="")],
        splits=[{"isrc": ONE, "title": "", "your_revenue_share": "40"}],
    )
    assert total(revenue(lake, "label_share_usd")) == {"label_share_usd": D("10.00")}


def test_a_title_that_looks_like_a_number_is_a_title(snapshot: Lake) -> None:
    rows = [
        statement(JAN, "Spotify", 1, "1.00", isrc=ONE, title="4.20"),
        statement(JAN, "Spotify", 2, "2.00", isrc=TWO, title="1987"),
    ]
    lake = snapshot(rows)
    assert values(revenue(lake, "revenue_usd", by=("track",)).groups, "track") == ["4.20", "1987"]
    assert total(revenue(lake, "revenue_usd", where=only("track", "4.20"))) == {"revenue_usd": D("1.00")}


def test_a_track_is_found_by_its_title_or_by_its_isrc(snapshot: Lake) -> None:
    rows = [
        statement(JAN, "Spotify", 1, "1.00", isrc=ONE, title="COLD BOOT"),
        statement(JAN, "Spotify", 2, "2.00", isrc=TWO, title="HEX"),
    ]
    lake = snapshot(rows)
    assert total(revenue(lake, "revenue_usd", where=only("track", "cold boot"))) == {"revenue_usd": D("1.00")}
    assert total(revenue(lake, "revenue_usd", where=only("track", "qz-ab0-24-00002"))) == {"revenue_usd": D("2.00")}


def test_a_title_that_two_recordings_share_finds_both(snapshot: Lake) -> None:
    rows = [
        statement(JAN, "Spotify", 1, "1.00", isrc=ONE, title="COLD BOOT", artist="OWL1987"),
        statement(JAN, "Spotify", 2, "2.00", isrc=TWO, title="COLD BOOT", artist="HALO B7"),
        statement(JAN, "Spotify", 3, "4.00", isrc=THREE, title="HEX"),
    ]
    found = revenue(snapshot(rows), "revenue_usd", where=only("track", "COLD BOOT"), by=("artist",))
    assert table(found.groups, "artist", "revenue_usd") == [("HALO B7", D("2.00")), ("OWL1987", D("1.00"))]


def test_the_lines_themselves_are_shown_with_the_title_that_the_splits_have(snapshot: Lake) -> None:
    lake = snapshot([statement(JAN, "Spotify", 1, "1.00", isrc=ONE, title="")], splits=[{"isrc": ONE, "title": "NULL"}])
    assert values(lines(lake, "title").rows, "title") == ["NULL"]
