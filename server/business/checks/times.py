"""Opening hours and shifts: readable, no day given twice, nothing overlapping."""

from __future__ import annotations

from collections.abc import Iterator

from core.model import Shift
from core.opening_hours import DAYS, HoursMistake, HoursUnreadable, days_of, schedule_complaints, span_complaints, span_of
from core.problems import Complaint, Where
from server.business.document import Document
from server.business.mistakes import ConfigurationMistake


def time_complaints(document: Document) -> Iterator[Complaint]:
    for name, hours in document.hours.items():
        for complaint in schedule_complaints(hours):
            yield complaint.below("hours", name)
    for agent_id, agent in document.agents.items():
        yield from _shifts(("agents", agent_id, "shifts"), agent.shifts)


def _shifts(where: Where, shifts: tuple[Shift, ...]) -> Iterator[Complaint]:
    """Spans of one shift must not overlap, nor those of two shifts on the same day."""
    taken: dict[int, list[str]] = {}
    for index, shift in enumerate(shifts):
        broken = list(span_complaints((*where, index, "hours"), shift.hours))
        yield from broken
        days: set[int] = set()
        for number, day in enumerate(shift.days):
            try:
                days.update(days_of(day))
            except HoursUnreadable as error:
                yield error.complaint.below(*where, index, "days", number)
        if not shift.days or not shift.hours:
            yield ConfigurationMistake.SHIFT_INCOMPLETE.at((*where, index))
        if broken:
            continue
        for number, text in enumerate(shift.hours):
            clash = next(((day, old) for day in sorted(days) for old in taken.get(day, ()) if _overlap(old, text)), None)
            if clash is not None:
                at = (*where, index, "hours", number)
                yield HoursMistake.SHIFTS_OVERLAP.at(at, text=text, other=clash[1], day=DAYS[clash[0]])
        for weekday in days:
            taken.setdefault(weekday, []).extend(shift.hours)


def _overlap(one: str, other: str) -> bool:
    first, second = span_of(one), span_of(other)
    return first.start < second.end and second.start < first.end
