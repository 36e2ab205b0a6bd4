"""Which rule answers a called number, and what a rule may say. Pure.

========================  =============================================================================
a rule's number           answers
========================  =============================================================================
``+442071838750``         this number, however the trunk writes it (``44…``, ``020…``, ``+44…``)
``1000``, ``sales``       this extension, as dialled
``+4420718387*``, ``10*`` every number or extension that begins so
``*``                     every number
========================  =============================================================================

Several rules fit: the whole number wins over a beginning, the longer beginning over the shorter, and of two that say the same
the one that names the trunk. As dialled counts before what it means: an extension is never taken for somebody's number.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from core.ids import FlowId
from core.model import Value
from core.nearest import nearest
from core.problems import Complaint
from customers.phone import to_e164
from server.business.mistakes import NumberMistake

ANY = "*"
_SEPARATORS = re.compile(r"[\s()./\u00a0\u2010-\u2015-]+")
_EXTENSION = re.compile(r"[A-Za-z0-9#][A-Za-z0-9._#-]{0,31}", re.ASCII)
_BEGINNING = re.compile(r"(\+[0-9]{0,15}|[A-Za-z0-9._#-]{0,31})", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class NumberRule(Value, frozen=True, kw_only=True):
    """One line of the plan."""

    number_id: str
    number: str
    """As in the table above."""
    trunk: str = ""
    """Only calls that came by it; empty: by any, and from browsers."""
    flow_id: FlowId
    language: str = "en"
    label: str = ""
    version: int = 1
    """Counts its changes."""


class World(NamedTuple):
    """What rules may name."""

    trunks: Collection[str]
    flows: Mapping[str, tuple[str, ...] | None]
    """The languages of each flow's published version; None: it has none yet."""


def as_written(raw: str, region: str) -> str | None:
    """``020 7183 8750`` → ``+442071838750``, ``10 *`` → ``10*``, ``1000`` stays; None for what is no number."""
    text = raw.strip()
    if text.endswith(ANY):
        start = _SEPARATORS.sub("", text.removesuffix(ANY))
        return f"{start}{ANY}" if _BEGINNING.fullmatch(start) else None
    if (number := to_e164(text, region)) is not None:
        return number
    return text if _EXTENSION.fullmatch(text) else None


def forms_of(called: str, region: str) -> tuple[str, ...]:
    """As dialled first, then the E.164 number it means: trunks send ``44…``, ``0…`` or ``+44…``."""
    meant = (to_e164(called, region), to_e164(f"+{called}", region))
    return tuple(dict.fromkeys(form for form in (called, *meant) if form))


def winner(rules: Iterable[NumberRule], forms: tuple[str, ...], trunk: str = "") -> NumberRule | None:
    """The rule that answers, or None. The order of `rules` decides nothing."""
    fitting = [(rank, rule) for rule in rules if (rank := _rank(rule, forms, trunk)) is not None]
    return max(fitting, key=lambda found: found[0])[1] if fitting else None


class _Rank(NamedTuple):
    """Compared from the first to the last."""

    whole: bool
    length: int
    """Of a beginning; 0 for whole numbers, which are all alike."""
    form: int
    """0 as dialled, less for the forms after it."""
    by_trunk: bool


def _rank(rule: NumberRule, forms: tuple[str, ...], trunk: str) -> _Rank | None:
    if rule.trunk not in {"", trunk}:
        return None
    start = rule.number.removesuffix(ANY)
    whole = start == rule.number
    place = next((at for at, form in enumerate(forms) if form == start or (not whole and form.startswith(start))), None)
    return None if place is None else _Rank(whole, 0 if whole else len(start), -place, bool(rule.trunk))


def rule_complaints(rule: NumberRule, others: Iterable[NumberRule], world: World, region: str) -> Iterator[Complaint]:
    """Everything that is wrong with a rule that is to be saved beside `others`."""
    number = as_written(rule.number, region)
    if number is None:
        yield NumberMistake.NOT_A_NUMBER.at(("number",), name=rule.number[:60])
    taken = next((each for each in others if (each.number, each.trunk) == (number, rule.trunk)), None)
    if taken is not None and taken.number_id != rule.number_id:
        yield NumberMistake.TAKEN.at(("number",), name=taken.number, flow=taken.flow_id)
    if rule.trunk and rule.trunk not in world.trunks:
        near = nearest(rule.trunk, world.trunks)
        yield NumberMistake.UNKNOWN_TRUNK.at(("trunk",), name=rule.trunk, near=near)
    yield from _flow_complaints(rule, world)


def _flow_complaints(rule: NumberRule, world: World) -> Iterator[Complaint]:
    if rule.flow_id not in world.flows:
        near = nearest(rule.flow_id, world.flows)
        yield NumberMistake.UNKNOWN_FLOW.at(("flow_id",), name=rule.flow_id, near=near)
        return
    languages = world.flows[rule.flow_id]
    if languages is None:
        yield NumberMistake.NOT_PUBLISHED.at(("flow_id",), name=rule.flow_id)
    elif not _LANGUAGE.fullmatch(rule.language):
        yield NumberMistake.NOT_A_LANGUAGE.at(("language",), name=rule.language)
    elif rule.language not in languages:
        told = {"flow": rule.flow_id, "name": rule.language, "languages": ", ".join(languages)}
        yield NumberMistake.NOT_SPOKEN.at(("language",), **told)
