"""What the screen-pop says, as codes with parameters, and in English for whoever reads no codes. Pure.

Invariant: the parameters hold all that a sentence needs, as facts (times since the epoch, lengths in seconds, what people wrote),
so that a screen can say the same in any language (`softphone_ui/src/customer/popWords.ts`); the English is made of nothing else.
To add a sentence: a line in `SENTENCES`, an example in `tests/customers/pop_examples.py`, its words in `popWords.ts`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo

from core.model import Channel, Value
from customers.words import how_long, ordinal, when

Params = dict[str, str | int | float]


class Moment(Value, frozen=True, kw_only=True):
    """From when and where the words are said."""

    now: float
    zone: tzinfo


class Phrase(Value, frozen=True, kw_only=True):
    """A sentence that is not in any language yet."""

    code: str
    params: Params


def phrase(code: str, **params: str | int | float | None) -> Phrase:
    """What is not known is left out."""
    return Phrase(code=code, params={name: value for name, value in params.items() if value is not None and value != ""})


def english(said: Phrase, moment: Moment) -> str:
    return SENTENCES[said.code](said.params, moment)


def noun(channel: Channel | str) -> str:
    return _NOUN[Channel(channel)]


_NOUN: dict[Channel, str] = {
    Channel.CALL: "Call",
    Channel.CHAT: "Chat",
    Channel.EMAIL: "E-mail",
    Channel.TICKET: "Ticket",
    Channel.CALLBACK: "Callback",
}

_P = Mapping[str, str | int | float]


def _time(params: _P, name: str, moment: Moment) -> str:
    return when(float(params[name]), moment.now, moment.zone)


def _age(params: _P, name: str, moment: Moment) -> str:
    return how_long(moment.now - float(params[name]))


def _short(params: _P) -> str:
    """«Ticket #20391», «Chat»."""
    name = noun(str(params["channel"]))
    return f"{name} #{params['number']}" if "number" in params else name


def _titled(params: _P) -> str:
    """«Ticket #20391 “Charged twice”»."""
    return f"{_short(params)} “{params['title']}”" if "title" in params else _short(params)


def _dated(params: _P, moment: Moment) -> str:
    """«Chat yesterday 16:02»."""
    return f"{_titled(params)} {_time(params, 'at', moment)}"


def _waited(params: _P) -> str:
    return f", abandoned after waiting {how_long(float(params['waited_s']))}" if "waited_s" in params else ""


def _quoted(params: _P) -> str:
    return f": “{params['text']}”" if "text" in params else ""


def _newcomer(who: str) -> Callable[[_P, Moment], str]:
    return lambda p, _: f"{who}, no history. " + (f"Gave the name {p['name']}." if "name" in p else "Ask for their name.")


def _promise(params: _P, moment: Moment, tail: str = "") -> str:
    what = f": {params['text']}" if "text" in params else ""
    return f"Callback promised for {_time(params, 'due_at', moment)}{tail}{what}"


def _chose(params: _P, _moment: Moment) -> str:
    choice = str(params["choice"])
    waits = f", routed to {params['queue']}" if "queue" in params else ""
    return f"{choice[0].upper()}{choice[1:]}{waits}"


def _last_contact(params: _P, moment: Moment) -> str:
    by = f" with {params['by']}" if "by" in params else ""
    return f"Last contact: {_dated(params, moment)}{by}"


SENTENCES: dict[str, Callable[[_P, Moment], str]] = {
    # why they are calling
    "new_number": _newcomer("New number"),
    "new_caller": _newcomer("New caller"),
    "no_number": _newcomer("No number"),
    "withheld": _newcomer("Withheld number"),
    "several": lambda _, __: "Several people have this number. Ask who is calling.",
    "nameless": lambda _, __: "No name known yet. Ask for their name.",
    "promised": _promise,
    "promised_late": lambda p, at: _promise(p, at, f", {_age(p, 'due_at', at)} late"),
    "never_answered": lambda p, at: f"{_titled(p)} open for {_age(p, 'at', at)}, not answered yet",
    "last_answered": lambda p, at: f"{_titled(p)} open for {_age(p, 'at', at)}, last answer {_time(p, 'answered_at', at)}",
    "replied": lambda p, at: f"{_titled(p)}: customer wrote again {_time(p, 'since', at)}{_quoted(p)}",
    "left_unanswered": lambda p, at: f"{_dated(p, at)}{_waited(p) or ', not answered'}",
    "missed": lambda p, at: f"{_dated(p, at)}{_waited(p)}",
    "missed_several": lambda p, at: f"{p['count']} missed calls, the last {_time(p, 'at', at)}{_waited(p)}",
    "chose": _chose,
    "waits": lambda p, _: f"Routed to {p['queue']}",
    "calls_again": lambda p, _: f"{ordinal(int(p['count']))} call this week",
    "calls_often": lambda p, _: f"More than {p['count']} calls this week",
    "last_contact": _last_contact,
    # what to do about it
    "start_with": lambda p, _: f"Start with {_short(p)}: nobody has answered it yet.",
    "ask_helped": lambda p, _: f"Ask whether our answer to {_short(p)} helped.",
    "answer_reply": lambda p, _: f"Start with {_short(p)}: our answer did not settle it.",
    "sorry_late": lambda _, __: "Apologise for not calling back as promised.",
    "settles": lambda _, __: "This settles the promised callback. Close it.",
    "sorry_unanswered": lambda p, _: f"Apologise for the unanswered {_short(p).lower()}.",
    "thank": lambda _, __: "Thank them for calling again.",
    "ask_left_open": lambda p, at: f"Ask what was left open last time ({_time(p, 'at', at)}).",
    # where a line comes from
    "from_number": lambda _, __: "phone number",
    "from_record": lambda _, __: "customer record",
    "from_menu": lambda _, __: "menu",
    "from_queue": lambda _, __: "queue",
    "from_calls": lambda _, __: "calls",
    "from_item": lambda p, _: _short(p).lower(),
}
