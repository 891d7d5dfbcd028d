"""The time that an answer speaks of: what was asked, and what the data covers of it."""

from dataclasses import dataclass

from bedrot_graph.cubes.request import Comparison, Span
from bedrot_graph.lake.limitations import Code, Limitation
from bedrot_graph.periods import Grain, Period


@dataclass(frozen=True)
class Window:
    """A period in the light of the data."""

    covered: Period | None
    """From the first to the last date that the data speaks of; None where it holds nothing."""
    asked: Period | None
    """The asked period, in whole months where the data knows no days; the covered one if none was asked."""
    is_widened: bool = False
    is_timeless: bool = False
    """Whether it is about totals without dates, which no period can be laid on."""

    @property
    def visible(self) -> Period | None:
        """The part of the asked period that is covered."""
        return self.asked.overlap(self.covered) if self.asked and self.covered else None

    def before(self, compare: Comparison) -> Period | None:
        """The period that the whole answer is compared with."""
        if self.asked is None:
            return None
        return self.asked.year_before() if compare is Comparison.PREVIOUS_YEAR else self.asked.before()

    def findings(self) -> list[Limitation]:
        """What the asked period has to be told about."""
        found = []
        if self.is_widened:
            text = f"The data knows whole months only; the period was widened to {self.asked}."
            found.append(Limitation(Code.PERIOD_WIDENED, text))
        if self.asked and self.covered and self.visible != self.asked:
            text = (
                f"The period {self.asked} has {self.asked.days} days, of which the data covers "
                f"{self.visible.days if self.visible else 0}: it runs from {self.covered}."
            )
            found.append(Limitation(Code.PARTIAL_PERIOD, text))
        return found


TIMELESS = Window(None, None, is_timeless=True)


def window(span: Span | None, covered: Period | None, finest: Grain) -> Window:
    """What a span means where the data covers `covered` and knows nothing finer than `finest`."""
    if span is None or covered is None:
        return Window(covered, covered)
    exact = span.ending_at(covered.end)
    if finest is not Grain.MONTH:
        return Window(covered, exact)
    whole = exact.whole_months()
    return Window(covered, whole, is_widened=whole != exact)
