"""What is streamed, day by day."""

from bedrot_graph.lake import limitations
from bedrot_graph.lake.catalogue.names import tables
from bedrot_graph.lake.dataset import Column, Dataset, Form, Kind

DAILY_STREAMS = Dataset(
    name="daily_streams",
    description="The distributors' own daily counters for Spotify and Apple Music, both distributors in one file.",
    grain="One day of one distributor.",
    forms=(Form(tables("tidy_daily_streams")), Form(tables("tidy_daily_streams_*"))),
    columns=(
        Column("date", Kind.DATE, "The day the streams were counted.", filled=True),
        Column(
            "spotify_streams", Kind.INTEGER, "Streams on Spotify; empty is not reported.", unit="STREAMS", minimum=0
        ),
        Column(
            "apple_streams", Kind.INTEGER, "Streams on Apple Music; empty is not reported.", unit="STREAMS", minimum=0
        ),
        Column(
            "combined_streams",
            Kind.INTEGER,
            "The file's own sum of the two; not used.",
            unit="STREAMS",
            required=False,
            minimum=0,
        ),
        Column("distributor", Kind.NAME, "The distributor that counted.", ("source",), filled=True),
    ),
    key=("distributor", "date"),
    event_date="date",
    max_age_days=7,
    limitations=(limitations.NO_ARTIST_ATTRIBUTION, limitations.SPOTIFY_DOUBLE_COUNT),
)
