"""Quiet hours: the time of the day, by a clock on a wall somewhere, in which nobody wants to be told."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Quiet:
    """Hours of every day, over midnight where they end before they begin."""

    start: dt.time
    end: dt.time
    zone: ZoneInfo
    is_for_all: bool = False
    """Whether also what is critical waits."""

    def until(self, now: float) -> float | None:
        """When the hours end that it is in at that moment; None where it is in none."""
        today = dt.datetime.fromtimestamp(now, self.zone).date()
        for day in (today - DAY, today):
            begins = self._moments(day, self.start)[0]
            ends = max(self._moments(day if self.start < self.end else day + DAY, self.end))
            if begins <= now < ends:
                return ends
        return None

    def _moments(self, day: dt.date, time: dt.time) -> tuple[float, float]:
        """When the clock shows it: where it is put back twice, where it is put forward perhaps never."""
        shown = dt.datetime.combine(day, time, self.zone)
        return shown.timestamp(), shown.replace(fold=1).timestamp()
