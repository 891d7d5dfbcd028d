"""What Meta's files say about ads: what campaigns cost, who saw them and what they did."""

import datetime as dt
from collections.abc import Mapping

import polars as pl

from bedrot_graph.cubes.cube import Cube, Dimension, Look, Option, Scope
from bedrot_graph.domains.campaigns import events, names, totals
from bedrot_graph.domains.campaigns.earnings import EARNINGS
from bedrot_graph.domains.statements import tracks
from bedrot_graph.lake.catalogue import META_ADS, SPLITS, STATEMENTS
from bedrot_graph.lake.catalogue.ads import SUMMARY, WINDOWS
from bedrot_graph.lake.engine import collect_few
from bedrot_graph.lake.limitations import BLENDED, NOT_ADDITIVE, Limitation
from bedrot_graph.lake.names import identity
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.lake.table import Table
from bedrot_graph.measures import Additivity, Difference, Measure, Only, Quotient, Sum, Unit
from bedrot_graph.periods import Grain

CONVERSION_EVENT = "conversion_event"

SPEND = Measure(
    name="spend_usd",
    meaning="What was spent on ads.",
    method="Sum of the spend of all rows, each ad set's counted once however many ads it has.",
    unit=Unit.USD,
    additivity=Additivity.ADDITIVE,
    sources=(META_ADS,),
    formula=Sum("spend_usd"),
)
IMPRESSIONS = Measure(
    name="impressions",
    meaning="How often ads were shown.",
    method="Sum of the impressions of all rows.",
    unit=Unit.COUNT,
    additivity=Additivity.ADDITIVE,
    sources=(META_ADS,),
    formula=Sum("impressions"),
)
REACH = Measure(
    name="reach",
    meaning="How many different people saw the ads: Meta's own count for one campaign or ad on one day, or in the one "
    "window of time that the file has. Null wherever several of these would have to be added up.",
    method="The reach of the node's only row; group by CAMPAIGN with the grain DAY to see it.",
    unit=Unit.PEOPLE,
    additivity=Additivity.NON_ADDITIVE,
    sources=(META_ADS,),
    formula=Only("reach"),
    caveats=(NOT_ADDITIVE,),
)
CLICKS = Measure(
    name="clicks",
    meaning="Clicks of every kind, not only those on the link. Null where the files do not tell.",
    method="Sum of the clicks (all) of all rows.",
    unit=Unit.COUNT,
    additivity=Additivity.ADDITIVE,
    sources=(META_ADS,),
    formula=Sum("clicks"),
)
CONVERSIONS = Measure(
    name="conversions",
    meaning="How often the event happened that counts as a conversion: the one in the argument `conversionEvent`, else "
    "in the setting CONVERSION_EVENT. Null where the files do not count it.",
    method="Sum of that one event of the Meta pixel. Events contain each other and are never added up.",
    unit=Unit.COUNT,
    additivity=Additivity.ADDITIVE,
    sources=(META_ADS,),
    formula=Sum("conversions"),
)
CTR = Measure(
    name="ctr",
    meaning="Click-through rate: the part of impressions that was clicked on, 0.0123 being 1.23 %. Null without "
    "impressions.",
    method="Clicks divided by impressions, over the rows that tell both; computed from the sums at every level.",
    unit=Unit.RATIO,
    additivity=Additivity.NON_ADDITIVE,
    sources=(META_ADS,),
    formula=Quotient(Sum("shown_clicks"), Sum("clicked_impressions")),
)
CPC = Measure(
    name="cpc_usd",
    meaning="What one click cost on average. Null without clicks.",
    method="Spend divided by clicks (all), over the rows that tell both; computed from the sums at every level.",
    unit=Unit.USD_PER_CLICK,
    additivity=Additivity.NON_ADDITIVE,
    sources=(META_ADS,),
    formula=Quotient(Sum("clicked_usd"), Sum("paid_clicks")),
)
CPM = Measure(
    name="cpm_usd",
    meaning="What a thousand impressions cost on average. Null without impressions.",
    method="Spend times 1000 divided by impressions, over the rows that tell both; from the sums at every level.",
    unit=Unit.USD_PER_THOUSAND,
    additivity=Additivity.NON_ADDITIVE,
    sources=(META_ADS,),
    formula=Quotient(Sum("shown_usd"), Sum("paid_impressions"), per=1000),
)
COST_PER_CONVERSION = Measure(
    name="cost_per_conversion_usd",
    meaning="What one conversion cost on average. Null without conversions.",
    method="Spend divided by conversions, over the rows that tell both; computed from the sums at every level.",
    unit=Unit.USD_PER_CONVERSION,
    additivity=Additivity.NON_ADDITIVE,
    sources=(META_ADS,),
    formula=Quotient(Sum("converted_usd"), Sum("paid_conversions")),
)

_LABEL_SHARE = Quotient(Sum("label_usd_parts", EARNINGS.name), tracks.WHOLE)
_BLENDED = "Nobody knows which of it came by the ads."
LABEL_SHARE = Measure(
    name="label_share_usd",
    meaning=f"What the label has kept of the net revenue of its artists, with and without ads. {_BLENDED} Null by "
    "anything but ARTIST, by grains finer than MONTH, and for campaigns whose artist is not known. The total also "
    "holds artists without any campaign.",
    method="The label's share (see `Revenue.labelShareUsd`) of the whole sale months that the period touches, without "
    "any lag; of all of them where the spend has no dates.",
    unit=Unit.USD,
    additivity=Additivity.NON_ADDITIVE,
    sources=(META_ADS, STATEMENTS, SPLITS),
    formula=_LABEL_SHARE,
    caveats=(BLENDED,),
)
BLENDED_ROAS = Measure(
    name="blended_roas",
    meaning=f"Return on ad spend: how many dollars the label has kept for each dollar spent on ads. {_BLENDED} Null "
    "where the label's share is, and without spend.",
    method="The label's share divided by the spend; computed from the sums at every level.",
    unit=Unit.RATIO,
    additivity=Additivity.NON_ADDITIVE,
    sources=(META_ADS, STATEMENTS, SPLITS),
    formula=Quotient(_LABEL_SHARE, Sum("spend_usd")),
    caveats=(BLENDED,),
)
BLENDED_ROI = Measure(
    name="blended_roi",
    meaning=f"Return on investment: the label's share less the spend, for each dollar spent; -1 is all of it lost. "
    f"{_BLENDED} Null where the label's share is, and without spend.",
    method="The label's share less the spend, divided by the spend; computed from the sums at every level.",
    unit=Unit.RATIO,
    additivity=Additivity.NON_ADDITIVE,
    sources=(META_ADS, STATEMENTS, SPLITS),
    formula=Quotient(Difference(_LABEL_SHARE, Sum("spend_usd")), Sum("spend_usd")),
    caveats=(BLENDED,),
)

_READ_FROM = "read from the campaign's name (ARTIST - TRACK - TARGETING)"
DIMENSIONS = (
    Dimension(
        "campaign",
        "The campaign, told apart by Meta's id, else by its name; an ad set or ad where the file names no campaign.",
        key="campaign_key",
        fixes=("campaign", "campaign_id", "artist", "track", "targeting"),
        matches=("campaign", "campaign_id"),
    ),
    Dimension("artist", f"The artist it advertises, {_READ_FROM}.", matches=("artist",), is_artist=True),
    Dimension(
        "track",
        f"The track it advertises, {_READ_FROM}.",
        key="track_key",
        fixes=("track", "artist"),
        matches=("track",),
    ),
    Dimension("targeting", f"Whom it is shown to, {_READ_FROM}.", matches=("targeting",)),
)

_NAMED = frozenset({"artist", "track", "track_key", "targeting"})


def _both(value: str, other: str) -> pl.Expr:
    """A part of a ratio, where the other part is known too."""
    return pl.when(pl.col(other).is_not_null()).then(pl.col(value))


DERIVED = {
    "shown_usd": _both("spend_usd", "impressions"),
    "paid_impressions": _both("impressions", "spend_usd"),
    "clicked_usd": _both("spend_usd", "clicks"),
    "paid_clicks": _both("clicks", "spend_usd"),
    "shown_clicks": _both("clicks", "impressions"),
    "clicked_impressions": _both("impressions", "clicks"),
    "converted_usd": _both("spend_usd", "conversions"),
    "paid_conversions": _both("conversions", "spend_usd"),
}
"""The parts of the ratios."""


def spendings(snapshot: Snapshot, look: Look) -> pl.LazyFrame:
    """What every row of the one source of ads says that is in use, each ad set's window once.

    Grain: one day of one campaign, ad set or ad; or a longer time of it, whose `date` is null. Columns: date,
    spend_usd, impressions, clicks, reach, `conversions` (of the event in the options), campaign, campaign_id,
    campaign_key, the wanted ones of artist, track, track_key and targeting, and the parts of ratios.
    """
    table = snapshot.table(META_ADS)  # also where its rows are remembered: the snapshot notes who scans what
    if look.as_of:
        rows = _told_apart(table, table.rows.lazy().filter(_is_told_by(look.as_of)))
    else:
        known: pl.DataFrame = snapshot.once("ads", lambda: collect_few(_told_apart(table, table.rows.lazy()))[0])
        rows = known.lazy()
    if look.wanted & _NAMED:
        said: pl.DataFrame = snapshot.once(
            "names of campaigns",
            lambda: collect_few(names.read_names(table.rows.lazy().select(_campaign()), snapshot))[0],
        )
        rows = rows.join(said.lazy(), on="campaign", how="left").with_columns(track_key=_track_key())
    return rows.with_columns(conversions=_conversions(snapshot, look, table)).with_columns(**DERIVED)


def _campaign() -> pl.Expr:
    """The campaign's name; an ad set's or ad's where the file names no campaign."""
    return pl.coalesce("campaign", "adset", "ad").alias("campaign")


def _is_told_by(day: dt.date) -> pl.Expr:
    """Rows whose time had passed on that day; those that say nothing of their time are taken as they are."""
    return pl.col("last_date").is_null() | (pl.col("last_date") <= day)


def _told_apart(table: Table, rows: pl.LazyFrame) -> pl.LazyFrame:
    """The rows that are counted, with what tells campaigns apart."""
    rows = rows.with_columns(_campaign())
    if table.form == WINDOWS:  # a window that grew is listed again beside its shorter self
        longest = pl.col("last_date").max().over("adset_id", "first_date")
        rows = rows.filter(pl.col("last_date") == longest)
    if table.form == SUMMARY:  # its reach is a sum of daily ones, so not of people
        rows = rows.with_columns(reach=pl.lit(None, pl.Int64))
    return rows.with_columns(campaign_key=pl.coalesce("campaign_id", identity(pl.col("campaign"))))


def _track_key() -> pl.Expr:
    artist = identity(pl.col("artist")).fill_null("")
    return pl.concat_str(artist, pl.lit("/"), identity(pl.col("track")))


def _conversions(snapshot: Snapshot, look: Look, table: Table) -> pl.Expr:
    event = look.options.get(CONVERSION_EVENT)
    if ("conversions" not in look.wanted and not look.wanted & {"converted_usd", "paid_conversions"}) or event is None:
        return pl.lit(None, pl.Int64)
    return events.count_of(event, snapshot, table)


def open_dates(scope: Scope, keys: tuple[str, ...]) -> pl.LazyFrame:
    """Meta reports whole days: none is open. Columns: date."""
    del scope, keys
    return pl.LazyFrame(schema={"date": pl.Date})


def findings(scope: Scope) -> list[Limitation]:
    """An event that no file counts, and what totals do not tell that days do."""
    table, event = scope.snapshot.table(META_ADS), scope.options.get(CONVERSION_EVENT)
    asks = scope.measures & {CONVERSIONS.name, COST_PER_CONVERSION.name}
    found = totals.of_another_time(table, scope.as_of) if scope.as_of else []
    if asks and event is not None and not events.is_counted(event, scope.snapshot, table):
        found.append(events.not_counted(event, scope.snapshot, table))
    elif scope.window.is_timeless and len(table.files) > 1:
        told = scope.measures & {REACH.name, CLICKS.name, CONVERSIONS.name}
        found += [*totals.untold(scope, sorted(told)), *totals.not_in_totals(table)]
    return found


def lacking(snapshot: Snapshot, options: Mapping[str, str]) -> frozenset[str]:
    """The columns of `spendings` that the files cannot fill."""
    table = snapshot.table(META_ADS)
    missing: set[str] = {name for name in ("clicks", "reach") if name in table.missing_columns}
    if table.form == SUMMARY:
        missing.add("reach")
    if not events.is_counted(options.get(CONVERSION_EVENT, ""), snapshot, table):
        missing.add("conversions")
    return frozenset(missing | {part for name in missing for part in _PARTS_OF.get(name, ())})


_PARTS_OF = {
    "clicks": ("clicked_usd", "paid_clicks", "shown_clicks", "clicked_impressions"),
    "conversions": ("converted_usd", "paid_conversions"),
}

CUBE = Cube(
    name="campaigns",
    dataset=META_ADS,
    dimensions=DIMENSIONS,
    measures=(
        SPEND,
        IMPRESSIONS,
        REACH,
        CLICKS,
        CONVERSIONS,
        CTR,
        CPC,
        CPM,
        COST_PER_CONVERSION,
        LABEL_SHARE,
        BLENDED_ROAS,
        BLENDED_ROI,
    ),
    finest=Grain.DAY,
    rows=spendings,
    open_dates=open_dates,
    findings=findings,
    is_absence_zero=True,
    options=(
        Option(
            CONVERSION_EVENT,
            "Which event of the Meta pixel counts as a conversion: ViewContent, LinkClick, Purchase … The one in the "
            "setting CONVERSION_EVENT unless given.",
        ),
    ),
    besides=(EARNINGS,),
    has_undated=True,
    lacking=lacking,
)
