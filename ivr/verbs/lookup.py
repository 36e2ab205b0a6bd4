"""`lookup`: wait, not long, until it is known who calls; the facts become variables (`vip`, `open_tickets`, …)."""

from __future__ import annotations

from collections.abc import Iterator

from core.model import Value
from core.problems import Complaint
from ivr.flow import Exit, Step
from ivr.inputs import Identified, Input
from ivr.mistakes import FlowMistake
from ivr.names import StepName
from ivr.results import Context, Go, Stay
from ivr.verbs.branch import same

IDENTIFIED = "customer_name"
"""This variable exists (it may be empty) as soon as the caller is identified."""

_WHO = {"likely": "likely a known customer", "shared": "shared number"}


class LookupMemory(Value, frozen=True, tag="lookup"):
    """Nothing to remember."""


class Lookup(Step, frozen=True, kw_only=True, tag="lookup"):
    """Makes sure that the customer's facts are there, or says that they are not."""

    next: StepName
    not_found: StepName | None = None
    """Where to go when nobody knew the caller in time; `next` when not given."""
    wait_s: float = 2.0

    def enter(self, context: Context) -> Stay | Go:
        if IDENTIFIED in context.variables:
            return self._found(context)
        return Stay(memory=LookupMemory(), deadline=context.now + self.wait_s)

    def receive(self, memory: object, heard: Input, context: Context) -> Go | None:
        return self._found(context) if isinstance(heard, Identified) else None

    def due(self, memory: object, context: Context) -> Go:
        return Go(to=self.not_found or self.next, why="caller not known in time")

    def _found(self, context: Context) -> Go:
        tickets = context.variables.get("open_tickets", "0")
        is_new = same(context.variables.get("is_new", ""), "yes")
        default = "new customer" if is_new else "known customer"
        facts = [_WHO.get(context.variables.get("certainty", ""), default)]
        if same(context.variables.get("vip", ""), "yes"):
            facts.append("VIP")
        if tickets not in {"0", ""}:
            facts.append("1 open ticket" if tickets == "1" else f"{tickets} open tickets")
        return Go(to=self.next, why=", ".join(facts))

    def exits(self) -> Iterator[Exit]:
        yield Exit("found", self.next, ("next",))
        if self.not_found is not None:
            yield Exit("not found", self.not_found, ("not_found",))

    def complaints(self) -> Iterator[Complaint]:
        if not 0 <= self.wait_s <= 10:
            yield FlowMistake.LOOKUP_TOO_LONG.at(("wait_s",))
