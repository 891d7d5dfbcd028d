"""The five cubes as subjects of an experiment: lakes at random, and what a reader would make of them by hand."""

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from bedrot_graph.cubes.answer import Answer
from bedrot_graph.cubes.cube import Cube
from bedrot_graph.cubes.request import Filter, Order
from bedrot_graph.domains.audience import service as audience_service
from bedrot_graph.domains.campaigns import service as campaigns_service
from bedrot_graph.domains.revenue import service as revenue_service
from bedrot_graph.domains.streams import service as streams_service
from bedrot_graph.domains.tiktok import service as tiktok_service
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.measures import Additivity
from bedrot_graph.periods import Grain
from tests.cubes.asking import Question, ask, between, last_days, last_months, only
from tests.domains.campaigns import ads
from tests.lakes import (
    audience_day,
    day,
    snapshot_of,
    split,
    statement,
    tiktok_day,
    write_lake,
)

T = TypeVar("T")
Row = dict[str, Any]
Numbers = dict[str, Any]


def check(property_of_lakes: Callable[..., None], examples: int = 8) -> Callable[..., None]:
    """A property, held against a few lakes that are the same in every run."""
    few = settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
        database=None,
    )
    return few(property_of_lakes)


def one_of(*choices: T) -> st.SearchStrategy[T]:
    return st.sampled_from(choices)


def letters(name: str) -> str:
    return "".join(each for each in name.casefold() if each.isalnum())


@dataclass(frozen=True)
class By:
    """A filter, and the rows that it lets through, found by hand."""

    where: tuple[Filter, ...]
    keep: Callable[[list[Row]], list[Row]]


@dataclass(frozen=True, repr=False)
class Subject:
    """A cube, with lakes at random and what a reader would make of their rows by hand."""

    name: str
    cube: Cube
    rows: st.SearchStrategy[list[Row]]
    write: Callable[[Path, list[Row]], object]
    counted: Callable[[list[Row]], list[Row]]
    """The rows that count: of several with one key the last one."""
    filters: tuple[By, ...]
    strange: tuple[Filter, ...] = ()
    """Filters whose rows are not so easily found by hand."""
    ratios: Mapping[str, Callable[[list[Row]], object]] = field(default_factory=dict)
    """Each ratio from the rows that count."""
    last: Callable[[Row, str], Row] | None = None
    """A row like this one on another day, with counts of everything."""
    date: Callable[[Row], str] = lambda row: str(row["date"])
    relabelled: frozenset[str] = frozenset()
    """Dimensions that are shown by their most frequent label among all rows, filtered or not."""
    options: tuple[tuple[str, str], ...] = ()
    is_dated: bool = True

    def __repr__(self) -> str:
        return self.name

    @property
    def measures(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.cube.measures)

    @property
    def additive(self) -> tuple[str, ...]:
        """The measures whose parts add up, those aside that are told by some dimensions only."""
        return tuple(
            each.name for each in self.cube.measures if each.additivity is Additivity.ADDITIVE and not each.is_beside
        )

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What it can be grouped by, that aside which needs an option."""
        return tuple(each.name for each in self.cube.dimensions if not each.needs)

    @property
    def grains(self) -> tuple[Grain, ...]:
        return tuple(grain for grain in Grain if not grain.is_finer_than(self.cube.finest))

    @contextmanager
    def lake(self, rows: list[Row]) -> Iterator[Snapshot]:
        with self.folder(rows) as folder:
            yield snapshot_of(folder)

    @contextmanager
    def folder(self, rows: list[Row]) -> Iterator[Path]:
        with tempfile.TemporaryDirectory() as name:
            self.write(Path(name), rows)
            yield Path(name)

    def ask(self, lake: Snapshot, *measures: str, **asked: Any) -> Answer:  # noqa: ANN401 - a Question
        question: Question = {"options": self.options, **asked}  # type: ignore[typeddict-item]
        return ask(self.cube, lake, *measures, **question)

    def closed(self, rows: list[Row]) -> list[Row]:
        """The rows, with a last day on which every source has counted: no zero before it can be lag."""
        if self.last is None:
            return rows
        after = str(max(dt.date.fromisoformat(self.date(row)) for row in rows) + dt.timedelta(days=1))
        sources = {letters(str(row.get("artist", row.get("artist_name")))): row for row in rows}
        return [*rows, *(self.last(row, after) for row in sources.values())]


FIRST = dt.date(2024, 12, 20)
LAST = FIRST + dt.timedelta(days=46)
PLACES = st.integers(0, 45)
COUNTS = st.integers(0, 30) | one_of(0, "")
ARTISTS = one_of("owl1987", "OWL 1987", "halo.b7")


def date_at(place: int) -> str:
    return str(FIRST + dt.timedelta(days=place))


DATES = PLACES.map(date_at)


def amounts(least: int, most: int, places: int) -> st.SearchStrategy[Decimal]:
    return st.integers(least * 10**places, most * 10**places).map(lambda count: Decimal(count).scaleb(-places))


def different(row: Row) -> object:
    """Rows that are the same in every cell are one, wherever it stands among others with its key."""
    return tuple(row.values())


def last_of(key: Callable[[Row], object]) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: list({key(row): row for row in rows}.values())


def with_artist(column: str) -> tuple[By, ...]:
    def keep(name: str) -> Callable[[list[Row]], list[Row]]:
        return lambda rows: [row for row in rows if letters(row[column]) == letters(name)]

    return tuple(By(only("artist", name), keep(name)) for name in ("Owl-1987", "HALO B7"))


def with_cell(dimension: str, column: str, *cells: str) -> By:
    return By(only(dimension, *cells), lambda rows: [row for row in rows if row[column] in cells])


def number(cell: object) -> Decimal | None:
    return None if cell == "" else Decimal(str(cell))


def sums(rows: list[Row], *columns: str) -> list[Decimal]:
    """The sums of columns over the rows that tell all of them."""
    told = [numbers for row in rows if None not in (numbers := [number(row[column]) for column in columns])]
    return [sum((numbers[place] or Decimal() for numbers in told), Decimal()) for place in range(len(columns))]


def money(numerator: Decimal, denominator: Decimal) -> Decimal | None:
    """Exact to twelve places, half to even."""
    with localcontext(prec=60):
        return (numerator / denominator).quantize(Decimal("1E-12"), ROUND_HALF_EVEN) if denominator > 0 else None


def ratio(numerator: Decimal, denominator: Decimal) -> float | None:
    return float(numerator) / float(denominator) if denominator > 0 else None


# revenue

STORES = ("Spotify", "Apple Music", "iTunes Songs", "YouTube (Ads)", "Tidal")
DOWNLOADS = "iTunes Songs"
ISRCS = ("QZAB02400001", "QZAB02400002", "")
AMOUNTS = amounts(-5, 20, 8) | amounts(-5, 20, 12) | one_of(Decimal(0))
STATEMENTS = st.lists(
    st.builds(
        lambda month, store, quantity, earnings, **cells: statement(
            f"2025-{month:02}", store, quantity, f"{earnings:f}", **cells
        ),
        st.integers(1, 5),
        one_of(*STORES),
        st.integers(-3, 500),
        AMOUNTS,
        artist=one_of("OWL1987", "owl 1987", "HALO B7"),
        title=one_of("GLASS ORCHARD", "Hex", ""),
        isrc=one_of(*ISRCS),
        country=one_of("US", "DE", ""),
        upc=one_of("198000000001", ""),
        reported=one_of("2025-06-20", "2025-07-20", "2025-08-01"),
    ),
    min_size=1,
    max_size=25,
    unique_by=different,
)
SPLITS = [
    split(isrc=ISRCS[0], title="GLASS ORCHARD", share="50"),
    split(isrc="", title="HEX", artist="HALO B7", share="33.3333"),
]


def _revenue_per_stream(lines: list[Row]) -> object:
    streamed = [row for row in lines if row["Store"] != DOWNLOADS]
    paid = sum((Decimal(row["Earnings (USD)"]) for row in streamed), Decimal())
    adjusts = [row for row in streamed if Decimal(row["Earnings (USD)"]) < 0 < int(row["Quantity"])]
    return money(paid, sum((Decimal(row["Quantity"]) for row in streamed if row not in adjusts), Decimal()))


REVENUE = Subject(
    name="revenue",
    cube=revenue_service.CUBE,
    rows=STATEMENTS,
    write=lambda folder, rows: write_lake(folder, statements=rows, splits=SPLITS),
    counted=last_of(different),
    filters=(
        *with_artist("Artist"),
        with_cell("platform", "Store", "Spotify"),
        with_cell("platform", "Store", "Apple Music", "iTunes Songs"),
        with_cell("country", "Country of Sale", "DE"),
        with_cell("release", "UPC", "198000000001"),
    ),
    strange=(*only("track", "hex"), *only("track", "nothing"), *only("distributor", "distrokid")),
    ratios={"revenue_per_stream_usd": _revenue_per_stream},
    date=lambda row: f"{row['Sale Month']}-01",
    relabelled=frozenset({"track"}),
)

# streams

DAYS = st.lists(
    st.builds(day, DATES, one_of("distrokid", "toolost"), st.integers(0, 50) | one_of(""), COUNTS).filter(
        lambda row: row["spotify_streams"] != "" or row["apple_streams"] != ""
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda row: (row["source"], row["date"]),
)
STREAMS = Subject(
    name="streams",
    cube=streams_service.CUBE,
    rows=DAYS,
    write=lambda folder, rows: write_lake(folder, streams=rows),
    counted=last_of(lambda row: (row["source"], row["date"])),
    # By platform rows cannot be left out by hand: both counters share a row, and an empty one is told by the other.
    filters=(with_cell("distributor", "source", "toolost"), with_cell("distributor", "source", "distrokid")),
    strange=(*only("platform", "spotify"), *only("platform", "Nobody")),
)

# campaigns

OWL, OWL_AGAIN, OF_TRACK, GENERIC = "OWL1987 - 4.20 - BROAD", "owl 1987 - Hex - TECHNO", "Z2 - broad", "New Ad Set"
IDS = {OWL: ("1", "2"), OWL_AGAIN: ("3",), OF_TRACK: ("4",), GENERIC: ("5",)}
ARTIST_OF = {OWL: "owl1987", OWL_AGAIN: "owl1987", OF_TRACK: "halob7", GENERIC: ""}
TARGETING_OF = {OWL: "broad", OWL_AGAIN: "techno", OF_TRACK: "broad", GENERIC: ""}
# Who is an artist and which are tracks stands in the splits, so that no ad is needed to know it.
KNOWN = [split(artist="OWL1987", title="4.20", isrc=""), split(artist="HALO B7", title="Z2", isrc="")]


def _write_ads(name: str) -> Callable[[Path, list[Row]], object]:
    def write(folder: Path, rows: list[Row]) -> None:
        write_lake(folder, splits=KNOWN)
        ads.write(folder, name, *rows)

    return write


def _last_of_campaigns(*columns: str) -> Callable[[list[Row]], list[Row]]:
    """The last rows of each campaign; one that has lost its id has the one that its name has elsewhere."""

    def counted(rows: list[Row]) -> list[Row]:
        ids = {name: {row["campaign_id"] for row in rows if row["campaign_name"] == name} - {""} for name in IDS}
        only_id = {name: "".join(of_name) if len(of_name) == 1 else "" for name, of_name in ids.items()}
        told = [row | {"campaign_id": row["campaign_id"] or only_id[row["campaign_name"]]} for row in rows]
        return last_of(lambda row: tuple(row[each] for each in ("campaign_id", "campaign_name", *columns)))(told)

    return counted


def _said(dimension: str, value: str, by_name: Mapping[str, str]) -> By:
    kept = {name for name, said in by_name.items() if said == letters(value)}
    return By(only(dimension, value), lambda rows: [row for row in rows if row["campaign_name"] in kept])


ADS_FILTERS = (
    _said("artist", "Owl 1987", ARTIST_OF),
    _said("artist", "HALO B7", ARTIST_OF),
    _said("targeting", "Broad", TARGETING_OF),
    with_cell("campaign", "campaign_name", OWL),
    with_cell("campaign", "campaign_id", "1"),
    with_cell("campaign", "campaign_id", "3"),
)
ADS_RATIOS: Mapping[str, Callable[[list[Row]], object]] = {
    "ctr": lambda rows: ratio(*sums(rows, "clicks", "impressions")),
    "cpc_usd": lambda rows: money(*sums(rows, "spend_usd", "clicks")),
    "cpm_usd": lambda rows: money(*_thousands(*sums(rows, "spend_usd", "impressions"))),
    "cost_per_conversion_usd": lambda rows: money(*sums(rows, "spend_usd", "pixel_view_content")),
}


def _thousands(spend: Decimal, impressions: Decimal) -> tuple[Decimal, Decimal]:
    return spend * 1000, impressions


def _told_apart(campaign: str, place: int) -> str:
    return ("", *IDS[campaign])[place % (1 + len(IDS[campaign]))]


SPEND = amounts(0, 20, 2).map(str) | one_of("0", "0.123456789012", "")
AD_DAYS = st.lists(
    st.builds(
        lambda date, campaign, place, *numbers, **cells: ads.ad_day(
            date, campaign, *numbers, campaign_id=_told_apart(campaign, place), **cells
        ),
        st.integers(0, 12).map(date_at),
        one_of(*IDS),
        st.integers(0, 2),
        SPEND,
        st.integers(0, 2000) | one_of(""),
        COUNTS,
        reach=one_of("", "0", "70.0"),
        pixel_view_content=COUNTS,
        ad_id=one_of("", "11", "12"),
    ),
    min_size=1,
    max_size=25,
    unique_by=different,
)
EVENT = (("conversion_event", "ViewContent"),)
CAMPAIGNS = Subject(
    name="campaigns",
    cube=campaigns_service.CUBE,
    rows=AD_DAYS,
    write=_write_ads(ads.BY_AD),
    counted=_last_of_campaigns("date", "ad_id"),
    filters=ADS_FILTERS,
    strange=(*only("track", "4.20"), *only("track", "z2", "hex"), *only("artist", "Nobody")),
    ratios=ADS_RATIOS,
    options=EVENT,
)
LIFETIMES = Subject(
    name="lifetimes",
    cube=campaigns_service.CUBE,
    rows=st.lists(
        st.builds(
            lambda campaign, place, spend, clicks: ads.lifetime(_told_apart(campaign, place), campaign, spend, clicks),
            one_of(*IDS),
            st.integers(0, 2),
            SPEND,
            COUNTS,
        ),
        min_size=1,
        max_size=8,
        unique_by=different,
    ),
    write=_write_ads(ads.CAMPAIGNS),
    counted=_last_of_campaigns(),
    filters=ADS_FILTERS,
    strange=CAMPAIGNS.strange,
    ratios={
        "ctr": lambda rows: ratio(*sums(rows, "total_clicks", "total_impressions")),
        "cpc_usd": lambda rows: money(*sums(rows, "total_spend_usd", "total_clicks")),
        "cpm_usd": lambda rows: money(*_thousands(*sums(rows, "total_spend_usd", "total_impressions"))),
    },
    date=lambda row: row["last_seen_date"],
    options=EVENT,
    is_dated=False,
)


# tiktok and audience

REACTIONS = ("Likes", "Comments", "Shares")
FOLLOWERS = one_of(0, 0, "", 100, 120, 90)


def _engagement(views: Decimal, *reactions: Decimal) -> object:
    return ratio(sum(reactions, Decimal()), views)


TIKTOK = Subject(
    name="tiktok_metrics",
    cube=tiktok_service.CUBE,
    rows=st.lists(
        st.builds(
            tiktok_day,
            DATES,
            ARTISTS,
            views=COUNTS,
            profile_views=COUNTS,
            likes=COUNTS,
            comments=COUNTS,
            shares=COUNTS,
            followers=FOLLOWERS,
        ),
        min_size=1,
        max_size=40,
        unique_by=different,
    ),
    write=lambda folder, rows: write_lake(folder, tiktok=rows),
    counted=last_of(lambda row: (letters(row["artist"]), row["date"])),
    filters=with_artist("artist"),
    strange=only("artist", "Nobody"),
    ratios={
        "engagement_rate": lambda rows: _engagement(*sums(rows, "Video Views", *REACTIONS)),
    },
    last=lambda row, date: row | {"date": date, "Video Views": "7", "Likes": "2"},
)


def heard(row: Row) -> tuple[str, str]:
    """Whose day it is."""
    return letters(row["artist_name"]), row["date"]


AUDIENCE = Subject(
    name="spotify_audience",
    cube=audience_service.CUBE,
    rows=st.lists(
        st.builds(audience_day, DATES, ARTISTS, listeners=COUNTS, streams=COUNTS, followers=FOLLOWERS),
        min_size=1,
        max_size=40,
        unique_by=different,
    ),
    write=lambda folder, rows: write_lake(folder, audience=rows),
    counted=last_of(heard),
    filters=with_artist("artist_name"),
    strange=only("artist", "Nobody"),
    last=lambda row, date: row | {"date": date, "listeners": "3", "streams": "5"},
)

SUBJECTS = (REVENUE, STREAMS, CAMPAIGNS, LIFETIMES, TIKTOK, AUDIENCE)


# ── questions ────────────────────────────────────────────────────────────────────────────────────────────────────────

EXACT = (
    between("2024-12-01", "2025-05-31"),
    between("2025-01-01", "2025-01-31"),
    between("2024-12-23", "2025-01-10"),
    between("2025-02-01", "2025-04-30"),
    between("2024-12-25", "2024-12-25"),
)
PERIODS = one_of(None, last_days(1), last_days(40), last_months(2), between("2030-01-01", "2030-12-31"), *EXACT)
KNOWN_BY = one_of(None, dt.date(2020, 1, 1), dt.date(2025, 1, 5), dt.date(2025, 7, 1))


@st.composite
def questions(draw: st.DrawFn, subject: Subject, grains: tuple[Grain, ...] = ()) -> Question:
    """Any question but for its comparison and order."""
    filters = [*((), *(each.where for each in subject.filters), *((each,) for each in subject.strange))]
    where = draw(st.sampled_from(filters) | st.tuples(*map(st.sampled_from, [subject.filters[0].where, *filters[-1:]])))
    return {
        "where": where,
        "period": draw(PERIODS),
        "by": tuple(draw(st.lists(one_of(*subject.dimensions), max_size=2, unique=True))),
        "grain": draw(one_of(None, *(grains or subject.grains))),
    }


def orders(subject: Subject) -> st.SearchStrategy[tuple[Order, ...]]:
    fields = one_of("date", *subject.dimensions, *subject.measures)
    return st.lists(st.builds(Order, fields, st.booleans()), max_size=2).map(tuple)
