"""`hours`: go one way while open, others while closed or on a holiday. Always taken from the time given, never from a clock."""

from __future__ import annotations

from collections.abc import Iterator

from core.opening_hours import OpeningHours, schedule_complaints
from core.problems import Complaint
from ivr.flow import Exit, Step
from ivr.mistakes import FlowMistake
from ivr.names import StepName
from ivr.results import Context, Go


class Hours(Step, OpeningHours, frozen=True, kw_only=True, tag="hours"):
    """Branches on opening hours."""

    open: StepName
    closed: StepName
    holiday: StepName | None = None
    """Where to go on a public holiday; `closed` when not given."""

    def enter(self, context: Context) -> Go:
        state, detail = self.state_at(context.now)
        if state == "open":
            return Go(to=self.open, why=detail)
        return Go(to=self.holiday if state == "holiday" and self.holiday is not None else self.closed, why=detail)

    def exits(self) -> Iterator[Exit]:
        yield Exit("open", self.open, ("open",))
        yield Exit("closed", self.closed, ("closed",))
        if self.holiday is not None:
            yield Exit("holiday", self.holiday, ("holiday",))

    def complaints(self) -> Iterator[Complaint]:
        yield from schedule_complaints(self)
        if self.holiday is not None and self.holidays is None:
            yield FlowMistake.HOLIDAY_NEVER_TAKEN.at(("holiday",))
