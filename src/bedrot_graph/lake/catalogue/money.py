"""What is earned, and whose it is."""

from bedrot_graph.lake import limitations
from bedrot_graph.lake.catalogue.names import tables
from bedrot_graph.lake.dataset import Column, Dataset, Form, Kind

DISTRIBUTOR = "distrokid"
"""Whose statements these are; of other distributors no money is known."""

STATEMENTS = Dataset(
    name="distrokid_statements",
    description="What DistroKid has booked for the label's recordings: its bank details export, the full history.",
    grain="One statement line: a recording's sales in one store, country and sale month, as booked on one day.",
    forms=(
        Form(tables("dk_bank_details")),
        Form(tables("dk_bank_details_*", "DistroKid_*")),
    ),
    columns=(
        Column("date_inserted", Kind.DATE, "The day DistroKid wrote the line.", ("Date Inserted",), required=False),
        Column(
            "reporting_date",
            Kind.DATE,
            "The day DistroKid booked the store's report.",
            ("Reporting Date",),
            filled=True,
        ),
        Column("sale_month", Kind.MONTH, "The month the listeners streamed or bought.", ("Sale Month",), filled=True),
        Column("platform", Kind.NAME, "The store that sold or streamed.", ("Store",)),
        Column("artist", Kind.ARTIST, "The credited artist; a shared credit is a name of its own.", ("Artist",)),
        Column("title", Kind.TEXT, "The title of the recording, or of the release on album lines.", ("Title",)),
        Column("isrc", Kind.CODE, "The recording's ISRC; empty on album lines.", ("ISRC",), required=False),
        Column("upc", Kind.UPC, "The release's UPC, with the zeros that spreadsheets drop put back.", required=False),
        Column(
            "quantity", Kind.INTEGER, "Streams, or units sold by download stores.", ("Quantity",), "COUNT", filled=True
        ),
        Column(
            "team_percentage",
            Kind.DECIMAL,
            "The account's share after DistroKid Teams; the revenue is already net of it.",
            unit="PERCENT",
            required=False,
        ),
        Column(
            "song_or_album", Kind.TEXT, "Whether the line is for a song or an album.", ("Song/Album", "Source Type")
        ),
        Column("country", Kind.CODE, "The ISO country of sale; OU is unknown.", ("Country of Sale",), required=False),
        Column(
            "songwriter_withheld_usd",
            Kind.DECIMAL,
            "Songwriter royalties that DistroKid withheld.",
            ("Songwriter Royalties Withheld", "Songwriter Royalties Withheld (USD)"),
            "USD",
            required=False,
        ),
        Column(
            "revenue_usd",
            Kind.DECIMAL,
            "What the line earned, after Team splits; negative lines take back.",
            ("Earnings (USD)",),
            "USD",
            filled=True,
        ),
        Column("recoup_usd", Kind.DECIMAL, "What was held back to recoup.", ("Recoup (USD)",), "USD", required=False),
    ),
    event_date="reporting_date",
    period_date="sale_month",
    max_age_days=45,
    limitations=(limitations.PAYMENT_DELAY, limitations.TOOLOST_NO_REVENUE),
)

SPLITS = Dataset(
    name="royalty_splits",
    description="The label's own list of its recordings and the share of their earnings that stays with the label.",
    grain="One recording of the catalogue, unreleased ones included.",
    forms=(Form(tables("track_catalog_royalty_splits")),),
    columns=(
        Column("artist", Kind.ARTIST, "The credited artist.", filled=True),
        Column("title", Kind.TEXT, "The title of the recording."),
        Column("isrc", Kind.CODE, "The recording's ISRC; empty while unreleased.", required=False),
        Column("upc", Kind.UPC, "The release's UPC.", required=False),
        Column("release_date", Kind.DATE, "The day of release; may lie ahead.", required=False),
        Column("release_type", Kind.TEXT, "Single, EP or album.", required=False),
        Column(
            "label_share_percent",
            Kind.DECIMAL,
            "The percent of net earnings that stays with the label.",
            ("your_revenue_share", "royalty_percentage"),
            "PERCENT",
            filled=True,
            minimum=0,
            maximum=100,
        ),
    ),
)
