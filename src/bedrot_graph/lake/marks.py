"""What people have said about findings: that they know of one, or will look at it later."""

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple


class Mark(NamedTuple):
    """What was said about one finding, by whom and when; times are in UTC."""

    acknowledged_at: dt.datetime | None = None
    acknowledged_by: str | None = None
    snoozed_until: dt.datetime | None = None
    """None where it is not snoozed, or not any more."""
    snoozed_by: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody has put the finding aside."""
        return self.acknowledged_at is None and self.snoozed_until is None


NOTHING_SAID = Mark()


Marks = Mapping[str, Mark]
"""By the ids of findings; those of which nothing was said have none."""
