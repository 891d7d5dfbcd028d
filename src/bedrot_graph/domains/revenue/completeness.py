"""Which sale months the stores have completely reported."""

import polars as pl

COMPLETE_FROM = 0.95
"""The part of the usual money whose stores have reported, from which a month counts as complete."""
MONTHS_BEFORE = 3


def by_month(lines: pl.LazyFrame) -> pl.LazyFrame:
    """How much of each sale month has been reported.

    A store weighs what it paid in the three months before; coverage is the weight of the stores that have at
    least one line in the month. The first month, and one with nothing to weigh, are complete.
    Grain: one row per month from the first to the last; a month without lines has coverage 0.
    Columns: date, coverage (0 to 1, null where there is nothing to weigh), is_complete.
    """
    paid = lines.group_by("date", "platform").agg(pl.col("revenue_usd").sum())
    months = lines.select(pl.date_range(pl.col("date").min(), pl.col("date").max(), "1mo").alias("date"))
    usual = (
        pl.concat(
            [paid.with_columns(pl.col("date").dt.offset_by(f"{ahead}mo")) for ahead in range(1, MONTHS_BEFORE + 1)]
        )
        .group_by("date", "platform")
        .agg(weight=pl.col("revenue_usd").sum().cast(pl.Float64).clip(0))
    )
    reported = paid.select("date", "platform", has_reported=pl.lit(value=True))
    weight, has_reported = pl.col("weight"), pl.col("has_reported").fill_null(value=False)
    coverage = pl.when(weight.sum() > 0).then(weight.filter(has_reported).sum() / weight.sum())
    return (
        months.join(usual, on="date", how="left")
        .join(reported, on=["date", "platform"], how="left", nulls_equal=True)
        .group_by("date")
        .agg(coverage=coverage)
        .with_columns(is_complete=pl.col("coverage").fill_null(1.0) >= COMPLETE_FROM)
        .sort("date")
    )
