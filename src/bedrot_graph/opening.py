"""Settings in, the zone out; apart from the application, so that the lake can be read while the rest is loaded."""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Thread

from platformdirs import user_cache_path

from bedrot_graph.goals import read_goals
from bedrot_graph.lake.catalogue import DATASETS
from bedrot_graph.lake.copies import Copies
from bedrot_graph.lake.files import holds_known_file
from bedrot_graph.lake.names import read_aliases
from bedrot_graph.lake.sample import sample_lake
from bedrot_graph.lake.zone import Zone
from bedrot_graph.settings import Settings, curated_folder

Today = Callable[[], dt.date]


def zone_of(settings: Settings, today: Today = dt.date.today) -> Zone:
    """The zone that the settings name. Raises SettingsInvalid."""
    folder = curated_folder(settings, partial(holds_known_file, datasets=DATASETS))
    return Zone(
        folder or sample_lake(),
        is_sample=folder is None or folder.samefile(sample_lake()),
        artist_aliases=read_aliases(settings.artist_aliases) if settings.artist_aliases else None,
        goals=read_goals(settings.goals) if settings.goals else None,
        today=today,
        copies=_copies(settings),
    )


def _copies(settings: Settings) -> Copies | None:
    """Where typed copies of large datasets are; None where there is no place for them."""
    try:
        folder = settings.copies_dir or user_cache_path("bedrot-graph", appauthor=False) / "copies"
    except RuntimeError:  # a user without a home, as containers have them
        return None
    return Copies(folder, settings.resident_mb * 2**20)


def begin_reading(zone: Zone) -> None:
    """Read the lake beside what is done meanwhile: who takes the zone then has it, or waits for the rest only."""
    Thread(target=_read, args=(zone,), daemon=True).start()


def _read(zone: Zone) -> None:
    with suppress(Exception):  # who takes the zone next meets it again, and can say it
        zone.take()
