"""Who listens and who watches: what Spotify for Artists and TikTok tell each artist."""

from bedrot_graph.lake import limitations
from bedrot_graph.lake.catalogue.names import tables
from bedrot_graph.lake.dataset import Column, Dataset, Form, Kind


def _people(name: str, meaning: str) -> Column:
    return Column(name, Kind.INTEGER, meaning, unit="PEOPLE", required=False, minimum=0)


SPOTIFY_AUDIENCE = Dataset(
    name="spotify_audience",
    description="What Spotify for Artists tells each artist, day by day: listeners, streams, followers.",
    grain="One day of one artist.",
    forms=(
        Form(tables("spotify_audience_curated_*", "spotify_audience_curated")),
        # The export names no artist but in its own name, where it is Spotify's id: an alias gives it a name.
        Form(tables("*-audience-timeline*"), from_name=r"^(?P<artist>.+?)-audience-timeline", are_parts=True),
    ),
    columns=(
        Column("date", Kind.DATE, "The day, in UTC.", filled=True),
        Column("artist", Kind.ARTIST, "The artist; in a raw export its Spotify id.", ("artist_name",), filled=True),
        Column("artist_id", Kind.TEXT, "Spotify's id of the artist.", required=False),
        Column(
            "listeners",
            Kind.INTEGER,
            "How many people listened on that day; days cannot be added up.",
            unit="PEOPLE",
            minimum=0,
        ),
        Column("streams", Kind.INTEGER, "Streams of at least 30 seconds.", unit="STREAMS", minimum=0),
        _people("followers", "How many people followed at the end of the day; 0 where it was not known."),
        _people("monthly_listeners", "How many people listened in the 28 days up to then."),
        _people("monthly_active_listeners", "Those of them who came on purpose."),
        _people("super_listeners", "Those of them who listened most."),
        Column("playlist_adds", Kind.INTEGER, "How often a song was put on a playlist.", (), "COUNT", required=False),
        Column("saves", Kind.INTEGER, "How often a song was saved.", (), "COUNT", required=False),
        Column("processed_at", Kind.TEXT, "When the lake's cleaner wrote the row.", required=False),
    ),
    key=("artist", "date"),
    newer_by="processed_at",
    event_date="date",
    max_age_days=7,
    limitations=(limitations.SPOTIFY_DOUBLE_COUNT,),
)

TIKTOK = Dataset(
    name="tiktok_analytics",
    description="What TikTok tells each account, day by day: views, likes, comments, shares, followers.",
    grain="One day of one account.",
    forms=(
        Form(tables("tiktok_analytics_curated_*", "tiktok_analytics_curated")),
        Form(
            ("Overview_*.zip",),
            from_name=r"^Overview_(?P<since>\d{4}-\d\d-\d\d)_(?P<stamp>\d+)_(?P<artist>.+?)(?: ?\(\d+\))?\.zip$",
            member="Overview.csv",
            are_parts=True,
        ),
    ),
    columns=(
        Column("date", Kind.DATE, "The day.", filled=True),
        Column("artist", Kind.ARTIST, "The artist whose account it is, by the account's handle.", filled=True),
        Column(
            "video_views", Kind.INTEGER, "How often videos were seen.", ("Video Views", "reach"), "COUNT", minimum=0
        ),
        Column(
            "profile_views",
            Kind.INTEGER,
            "How often the profile was seen.",
            unit="COUNT",
            required=False,
            minimum=0,
        ),
        Column("likes", Kind.INTEGER, "Likes.", unit="COUNT", required=False, minimum=0),
        Column("comments", Kind.INTEGER, "Comments.", unit="COUNT", required=False, minimum=0),
        Column("shares", Kind.INTEGER, "Shares.", unit="COUNT", required=False, minimum=0),
        _people("followers", "How many people followed when the row was extracted; 0 where it was not known."),
        Column(
            "new_followers",
            Kind.INTEGER,
            "In a raw export, how many people began to follow on that day; not used where there are followers.",
            unit="PEOPLE",
            required=False,
        ),
    ),
    key=("artist", "date"),
    event_date="date",
    max_age_days=7,
)

SPOTIFY_SONGS = Dataset(
    name="spotify_song_metrics",
    description="What Spotify for Artists tells of each song, in overlapping windows of time. For browsing only.",
    grain="One song in one window of time, as extracted on one day.",
    forms=(Form(tables("spotify_song_metrics_curated_*")),),
    columns=(
        Column("track_id", Kind.TEXT, "Spotify's id of the song.", filled=True),
        Column("artist_id", Kind.TEXT, "Spotify's id of the artist.", required=False),
        Column("artist", Kind.ARTIST, "The artist.", ("artist_name",)),
        Column("time_period", Kind.TEXT, "The window: 1day, 7day, 28day, 1year or all.", filled=True),
        Column("extraction_date", Kind.DATE, "The day that the window ends on.", filled=True),
        Column("streams", Kind.INTEGER, "Streams in the window.", unit="STREAMS", minimum=0),
        _people("listeners", "How many people listened in the window."),
        _people("savers", "How many people saved it in the window."),
        Column("canvas_views", Kind.INTEGER, "How often its canvas was seen.", unit="COUNT", required=False, minimum=0),
        Column("curated_at", Kind.TEXT, "When the lake's cleaner wrote the row.", required=False),
    ),
    key=("track_id", "artist_id", "time_period", "extraction_date"),
    limitations=(limitations.OVERLAPPING_WINDOWS,),
)

SPOTIFY_TRACKS = Dataset(
    name="spotify_tracks",
    description="The songs that Spotify for Artists knows, by its id. For browsing only.",
    grain="One song.",
    forms=(Form(tables("spotify_tracks_dimension_*")),),
    columns=(
        Column("track_id", Kind.TEXT, "Spotify's id of the song.", filled=True),
        Column("title", Kind.TEXT, "Its title.", ("track_name",)),
        Column("track_uri", Kind.TEXT, "Its address in Spotify.", required=False),
        Column("release_date", Kind.DATE, "The day of release.", required=False),
        Column("image_url", Kind.TEXT, "Where its cover is.", required=False),
        Column("artist_id", Kind.TEXT, "Spotify's id of the artist.", required=False),
        Column("artist", Kind.ARTIST, "The artist.", ("artist_name",)),
        Column("first_seen", Kind.DATE, "The day it was first extracted.", required=False),
        Column("last_updated", Kind.TEXT, "When it was last extracted.", required=False),
    ),
    key=("track_id",),
)
