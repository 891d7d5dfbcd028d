"""What is spent on ads: Meta's campaigns, in every schema that has been written under the same few names."""

from bedrot_graph.lake.catalogue.names import tables
from bedrot_graph.lake.dataset import Column, Dataset, Form, Key, Kind

EVENTS = {
    "pixel_view_content": "ViewContent",
    "pixel_add_to_cart": "AddToCart",
    "pixel_purchase": "Purchase",
    "pixel_initiate_checkout": "InitiateCheckout",
    "pixel_add_payment_info": "AddPaymentInfo",
    "pixel_lead": "Lead",
    "pixel_complete_registration": "CompleteRegistration",
    "pixel_link_click": "LinkClick",
    "pixel_post_engagement": "PostEngagement",
    "pixel_messaging_started": "MessagingStarted",
}
"""The columns that some files count the pixel's events in, and what the event is called."""

_CAMPAIGN = ("campaign_id", "campaign")
_A_DAY: Key = ("date", _CAMPAIGN, ("adset_id", "adset"), ("ad_id", "ad"))
_A_CAMPAIGN: Key = (_CAMPAIGN,)

BY_AD = Form(tables("metaads/ad_performance_*"), needs=("date",), key=_A_DAY)
DAILY_EXPORT = Form(
    tables("metaads_campaign_daily_*"), needs=("date",), key=_A_DAY, are_parts=True, replaces=("date", _CAMPAIGN)
)
BY_DAY = Form(tables("metaads_campaigns_daily"), needs=("date",), key=_A_DAY)
LIFETIME = Form(tables("metaads_campaigns_daily"), needs=("campaign",), key=_A_CAMPAIGN)
LOG = Form(tables("metaads_campaigns_performance_log"), needs=("date",), key=_A_DAY, beside=(LIFETIME,))
# The file repeats the spend of an ad set for each of its ads.
WINDOWS = Form(
    tables("metaads_campaigns_daily"),
    needs=("adset_id", "first_date", "last_date"),
    key=("adset_id", "first_date", "last_date"),
)
SUMMARY = Form(tables("metaads/campaign_summary_*"), needs=("campaign",), key=_A_CAMPAIGN)
_NOTHING = r"[-–—]|Results from \d+ .*|Totals?"
"""What stands instead of nothing, and instead of a name in the row of totals."""
EXPORT_BY_DAY = Form(tables("*-Ads-*"), needs=("date",), blank=_NOTHING)
EXPORT = Form(tables("*-Ads-*"), blank=_NOTHING)

META_ADS = Dataset(
    name="meta_ads",
    description="Ads on Facebook and Instagram: what each campaign cost, and what came of it.",
    grain="One day of one campaign, of one of its ads where the file tells them apart; or a campaign's lifetime, where "
    "that is all that the file has.",
    forms=(BY_AD, DAILY_EXPORT, BY_DAY, LOG, WINDOWS, LIFETIME, SUMMARY, EXPORT_BY_DAY, EXPORT),
    columns=(
        Column("date", Kind.DATE, "The day; empty on totals of a longer time.", ("Day",), required=False),
        Column(
            "first_date",
            Kind.DATE,
            "The first day that the row speaks of.",
            ("date_start", "first_seen_date", "Reporting starts"),
            required=False,
            same_as="date",
        ),
        Column(
            "last_date",
            Kind.DATE,
            "The last day that the row speaks of.",
            ("date_stop", "last_seen_date", "Reporting ends"),
            required=False,
            same_as="date",
        ),
        Column("campaign_id", Kind.ID, "Meta's id of the campaign.", required=False),
        Column(
            "campaign", Kind.TEXT, "The campaign's name.", ("campaign_name", "campaign_name_x", "name"), required=False
        ),
        Column("adset_id", Kind.ID, "Meta's id of the ad set.", ("ad_set_id",), required=False),
        Column("adset", Kind.TEXT, "The ad set's name.", ("adset_name", "adset_name_x", "Ad Set Name"), required=False),
        Column("ad_id", Kind.ID, "Meta's id of the ad.", required=False),
        Column("ad", Kind.TEXT, "The ad's name.", ("ad_name",), required=False),
        Column(
            "spend_usd",
            Kind.DECIMAL,
            "What was spent.",
            ("spend", "total_spend_usd", "Amount spent (USD)"),
            "USD",
            minimum=0,
        ),
        Column("impressions", Kind.INTEGER, "How often it was shown.", ("total_impressions",), "COUNT", minimum=0),
        Column(
            "clicks",
            Kind.INTEGER,
            "Clicks of every kind, not only those on the link.",
            ("total_clicks", "Clicks (all)"),
            "COUNT",
            required=False,
            minimum=0,
        ),
        Column(
            "reach",
            Kind.INTEGER,
            "How many people saw it; they cannot be added up over days or ads.",
            unit="PEOPLE",
            required=False,
            minimum=0,
        ),
        Column(
            "max_daily_reach",
            Kind.INTEGER,
            "How many people saw it on its best day; not used.",
            unit="PEOPLE",
            required=False,
            minimum=0,
        ),
        Column(
            "events",
            Kind.COUNTS,
            "How often each event of the pixel happened.",
            ("meta_pixel_events",),
            "COUNT",
            required=False,
        ),
        *(
            Column(name, Kind.INTEGER, f"How often {event} happened.", unit="COUNT", required=False, minimum=0)
            for name, event in EVENTS.items()
        ),
        Column(
            "results",
            Kind.INTEGER,
            "How often the event happened that the ad set was run for.",
            unit="COUNT",
            required=False,
            minimum=0,
        ),
        Column("result_indicator", Kind.TEXT, "Which event that is.", required=False),
        Column("campaign_status", Kind.TEXT, "Whether the campaign runs.", required=False),
        Column("campaign_objective", Kind.TEXT, "What Meta was told to aim for.", required=False),
    ),
    ids=(_CAMPAIGN, ("adset_id", "adset"), ("ad_id", "ad")),
    named_by=("campaign_id", "campaign", "adset_id", "adset", "ad_id", "ad"),
    event_date="last_date",
    period_date="last_date",
    start_date="first_date",
    max_age_days=7,
)

META_ADS_DAYS = Dataset(
    name="meta_ads_days",
    description="The whole ad account by day. For browsing only: `meta_ads` tells the same by campaign.",
    grain="One day of the ad account.",
    forms=(
        Form(tables("metaads/daily_performance_*")),
        Form(tables("metaads_complete_daily_*"), blank=_NOTHING),
    ),
    columns=(
        Column("date", Kind.DATE, "The day.", filled=True),
        Column("spend_usd", Kind.DECIMAL, "What was spent.", ("spend",), "USD"),
        Column("impressions", Kind.INTEGER, "How often ads were shown.", unit="COUNT", minimum=0),
        Column("clicks", Kind.INTEGER, "Clicks of every kind.", unit="COUNT", minimum=0),
        Column("reach", Kind.INTEGER, "How many people saw any ad that day.", unit="PEOPLE", required=False, minimum=0),
    ),
    key=("date",),
    event_date="date",
    max_age_days=7,
)

META_ADS_KPIS = Dataset(
    name="meta_ads_kpis",
    description="The lake's own summary of the ad account, as formatted texts. For browsing only.",
    grain="One figure.",
    forms=(Form(tables("metaads/kpi_summary_*")),),
    columns=(
        Column("metric", Kind.TEXT, "What the figure is called.", filled=True),
        Column("value", Kind.TEXT, "The figure, with its signs."),
        Column("period", Kind.TEXT, "The time it speaks of.", required=False),
    ),
    key=("metric", "period"),
)
