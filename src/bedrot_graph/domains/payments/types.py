"""How payments and stream rates are said, each number pointing at its measure."""

import datetime as dt

import strawberry

from bedrot_graph.domains.payments import lag, measures, rates
from bedrot_graph.domains.payments.months import Status
from bedrot_graph.domains.payments.rates import Basis
from bedrot_graph.graph.fields import enum_type, field, measure_field
from bedrot_graph.graph.scalars import BigInt, Usd

enum_type(
    Status,
    "PaymentStatus",
    "How the payment of a sale month stands; the first that is true, in this order.",
    {
        Status.PAID: "The stores of 95 % of the usual money have reported.",
        Status.OVERDUE: "Not all is there, and the due date has passed.",
        Status.PARTIAL: "Some stores have reported; not yet due.",
        Status.PENDING: "No store has reported; not yet due.",
    },
)
enum_type(
    Basis,
    "StreamRateBasis",
    "Where a rate per stream comes from.",
    {Basis.OBSERVED: "From what statements show.", Basis.REFERENCE: "From the label's goals."},
)


@strawberry.type(description="One sale month: what it should pay, has paid and is still to pay.")
class PaymentMonth:
    """A row of `months.by_month`."""

    month: dt.date = field("The first day of the sale month: the one the listeners streamed in.")
    status: Status = field("How its payment stands.")
    due_date: dt.date = field("The day by which it should be paid: the end of the second month after, unless set else.")
    complete: bool = field("Whether the stores of 95 % of the usual money have reported it.")
    coverage: float | None = measure_field(measures.COVERAGE)
    actual_usd: Usd | None = measure_field(measures.ACTUAL)
    comparable_usd: Usd | None = measure_field(measures.COMPARABLE)
    expected_usd: Usd | None = measure_field(measures.EXPECTED)
    expected_at_reference_rates_usd: Usd | None = measure_field(measures.EXPECTED_AT_REFERENCE_RATES)
    variance_usd: Usd | None = measure_field(measures.VARIANCE)
    pending_usd: Usd | None = measure_field(measures.PENDING)
    estimated_other_usd: Usd | None = measure_field(measures.ESTIMATED_OTHER)
    spotify_streams: BigInt | None = measure_field(measures.SPOTIFY_STREAMS)
    apple_streams: BigInt | None = measure_field(measures.APPLE_STREAMS)
    total_streams: BigInt | None = measure_field(measures.TOTAL_STREAMS)
    transactions: BigInt = measure_field(measures.TRANSACTIONS)
    platforms: list[str] = field("The stores with at least one line in the month, by name.")


@strawberry.type(description="The statement lines that were booked so many months after their sale month.")
class PaymentLagShare:
    """A bar of the distribution."""

    months: int = measure_field(lag.LINE_MONTHS)
    transactions: BigInt = measure_field(lag.TRANSACTIONS)
    share: float = measure_field(lag.SHARE)
    revenue_usd: Usd = measure_field(lag.REVENUE)


@strawberry.type(description="How long one store's reports take.")
class PlatformLag:
    """The lag of one store."""

    platform: str | None = field("The store. Null for lines that name none.")
    most_common_months: int = measure_field(lag.MOST_COMMON)
    transactions: BigInt = measure_field(lag.TRANSACTIONS)
    mean_months: float = measure_field(lag.MEAN)
    median_months: float = measure_field(lag.MEDIAN)


@strawberry.type(description="How long it takes from the listening to the booking, over the sale months of the period.")
class PaymentLag:
    """What `lag.lag` gives."""

    mean_months: float | None = measure_field(lag.MEAN)
    revenue_weighted_months: float | None = measure_field(lag.WEIGHTED)
    median_months: float | None = measure_field(lag.MEDIAN)
    most_common_months: int | None = measure_field(lag.MOST_COMMON)
    transactions: BigInt = measure_field(lag.TRANSACTIONS)
    distribution: list[PaymentLagShare] = field(
        "The lines by how many months they took, the fastest first.", assumed_size=12
    )
    by_platform: list[PlatformLag] = field("The same told apart by store, by name.", assumed_size=30)


@strawberry.type(description="What has been paid and what is still to come.")
class Payments:
    """What `service.payments` gives."""

    months: list[PaymentMonth] = field("The sale months of the period without gaps, oldest first.", assumed_size=36)
    lag: PaymentLag = field("How long payments take.")
    latest_complete_month: dt.date | None = field(
        "The newest sale month that is completely reported, whatever the period. Null where none is."
    )
    pending_usd: Usd | None = measure_field(measures.TOTAL_PENDING)
    overdue_usd: Usd | None = measure_field(measures.TOTAL_OVERDUE)


@strawberry.type(description="What one stream brings on the stores of a platform group.")
class StreamRate:
    """A row of `rates.by_group`."""

    platform_group: str = field("The company behind the stores: all YouTube stores are one.")
    observed_usd: Usd | None = measure_field(rates.OBSERVED)
    observed_gross_usd: Usd | None = measure_field(rates.OBSERVED_GROSS)
    reference_usd: Usd | None = measure_field(rates.REFERENCE)
    used_usd: Usd | None = measure_field(rates.USED)
    basis: Basis | None = field("Which rate `usedUsd` is. Null where there is neither.")
    streams: BigInt | None = measure_field(rates.STREAMS)
    reason: str = field("Which rate is used and why, in a sentence.")
