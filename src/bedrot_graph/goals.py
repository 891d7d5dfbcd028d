"""What a label expects of its numbers: targets, reference rates, terms of payment and thresholds of alerts."""

import tomllib
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from bedrot_graph.errors import SettingsInvalid

Positive = Annotated[Decimal, Field(ge=Decimal("1e-12"), le=10**12)]
NotNegative = Annotated[Decimal, Field(ge=0, le=10**12)]
GROUPS = ("Spotify", "Apple", "YouTube", "Amazon", "TikTok", "Meta", "Tidal", "Deezer", "Pandora", "Other")
"""The platform groups that are paid by the stream."""
Fraction = Annotated[float, Field(gt=0, le=1)]


class _Table(BaseModel):
    """A table of the file; all of its keys have a value in the file that comes with the program."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Targets(_Table):
    """Where each KPI is to be; zero: it has no target. Named like the KPIs, in their units."""

    revenue: NotNegative
    streams: NotNegative
    spotify_followers: NotNegative
    revenue_per_stream: NotNegative
    total_revenue: NotNegative
    total_streams: NotNegative
    tiktok_views: NotNegative
    tiktok_engagement: NotNegative
    tiktok_followers: NotNegative
    artist_count: NotNegative

    def of(self, kpi: str) -> Decimal | None:
        """The target of a KPI; None where it has none."""
        return getattr(self, kpi, None) or None


class Status(_Table):
    """From which part of its target a KPI is said to be so."""

    achieved: Positive
    on_track: Positive
    behind: Positive

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if not self.achieved > self.on_track > self.behind:
            message = "achieved has to be above on_track, and that above behind"
            raise ValueError(message)
        return self


class Payments(_Table):
    """When the money of a sale month is due."""

    due_after_months: Annotated[int, Field(ge=0, le=24)]


class Alerts(_Table):
    """From where on a finding is worth being told; changes are fractions."""

    revenue_change_usd: NotNegative
    revenue_change: Fraction
    stream_drop: Fraction
    severe_drop: Fraction
    anomaly_score: Annotated[float, Field(gt=0, le=1000)]
    anomaly_change: Fraction
    release_days: Annotated[int, Field(ge=0, le=365)]
    lagging_days: Annotated[int, Field(ge=1, le=365)]
    ended_days: Annotated[int, Field(ge=1, le=3650)]

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.severe_drop < self.stream_drop:
            message = "severe_drop is below stream_drop, so that every drop would be severe"
            raise ValueError(message)
        if self.ended_days < self.lagging_days:
            message = "ended_days is below lagging_days, so that no source would lag"
            raise ValueError(message)
        return self


class Goals(_Table):
    """Everything in the file."""

    targets: Targets
    status: Status
    payments: Payments
    reference_rates: Annotated[dict[str, Positive], Field(min_length=1)]
    """USD per stream, by platform group; `default` for those that have none of their own."""
    alerts: Alerts

    def reference_rate(self, platform_group: str) -> Decimal | None:
        """What a stream of a platform group usually pays, in USD; None where nobody says so."""
        return self.reference_rates.get(platform_group, self.reference_rates.get("default"))

    @field_validator("reference_rates")
    @classmethod
    def _are_of_groups(cls, rates: dict[str, Decimal]) -> dict[str, Decimal]:
        if unknown := sorted(set(rates) - {*GROUPS, "default"}):
            message = f"there is no platform group '{unknown[0][:60]}'. There are: {', '.join(GROUPS)}, and default"
            raise ValueError(message)
        return rates


def usual_text() -> str:
    """The file of goals that comes with the program, to be copied and changed."""
    return files("bedrot_graph").joinpath("goals.toml").read_text(encoding="utf-8")


@cache
def usual_goals() -> Goals:
    """The goals that come with the program."""
    return Goals.model_validate(_usual())


def read_goals(path: Path) -> Goals:
    """The goals of a file; what it does not name is as usual. Raises SettingsInvalid."""
    try:
        said = _parsed(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"GOALS is '{path}', which is not a TOML file: {error}. Correct it, or leave the setting empty."
        raise SettingsInvalid(message) from error
    usual = _usual()
    for name, table in said.items():
        known = usual.get(name)
        usual[name] = {**known, **table} if isinstance(known, dict) and isinstance(table, dict) else table
    try:
        return Goals.model_validate(usual)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        message = f"GOALS is '{path}', which cannot be used. {problems}. Correct it, or leave the setting empty."
        raise SettingsInvalid(message) from error


def _usual() -> dict[str, Any]:
    return _parsed(usual_text())


def _parsed(text: str) -> dict[str, Any]:
    return tomllib.loads(text, parse_float=Decimal)
