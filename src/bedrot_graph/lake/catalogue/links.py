"""What is clicked on the way from an ad or a profile to the music. For browsing: no cube is made from it yet."""

from bedrot_graph.lake.catalogue.names import tables
from bedrot_graph.lake.dataset import Column, Dataset, Form, Kind

LINKTREE = Dataset(
    name="linktree",
    description="Visits to the label's Linktree page; one page for all artists.",
    grain="One day of the page.",
    forms=(Form(tables("linktree_analytics")), Form(tables("linktree_analytics_curated_*"))),
    columns=(
        Column("date", Kind.DATE, "The day.", filled=True),
        Column("total_views", Kind.INTEGER, "How often the page was seen.", unit="COUNT", minimum=0),
        Column("unique_views", Kind.INTEGER, "How many people saw it.", unit="PEOPLE", required=False, minimum=0),
        Column("total_clicks", Kind.INTEGER, "Clicks on its links.", unit="COUNT", minimum=0),
        Column("unique_clicks", Kind.INTEGER, "How many people clicked.", unit="PEOPLE", required=False, minimum=0),
        Column(
            "click_through_rate",
            Kind.DECIMAL,
            "Clicks over views, a fraction; 0 on days without views, and above 1 where one visit has several clicks.",
            unit="RATIO",
            required=False,
        ),
    ),
    key=("date",),
    event_date="date",
    max_age_days=7,
)

SUBMITHUB = Dataset(
    name="submithub_links",
    description="Visits to the label's SubmitHub links, one file for each link.",
    grain="One day of a link, by where the visitors came from.",
    forms=(Form(tables("submithub_links_analytics_*"), are_parts=True),),
    columns=(
        Column("date", Kind.DATE, "The day.", required=False),
        Column("link_id", Kind.TEXT, "The link.", required=False),
        Column("artist", Kind.ARTIST, "The artist it is for."),
        Column("track", Kind.TEXT, "The track it leads to."),
        Column("source", Kind.TEXT, "Where the visitors came from.", required=False),
        Column("country", Kind.CODE, "The ISO country of the visitors.", required=False),
        Column("utm_campaign", Kind.TEXT, "The campaign that the link was given to.", required=False),
        Column("utm_source", Kind.TEXT, "The site that it was put on.", required=False),
        Column("utm_medium", Kind.TEXT, "Paid or not.", required=False),
        Column("opened", Kind.INTEGER, "How often it was opened.", unit="COUNT", required=False, minimum=0),
        Column("clicked", Kind.INTEGER, "How often a service was chosen.", unit="COUNT", required=False, minimum=0),
        Column(
            "conversion_rate",
            Kind.DECIMAL,
            "Clicks over openings, in percent.",
            unit="PERCENT",
            required=False,
        ),
    ),
)
