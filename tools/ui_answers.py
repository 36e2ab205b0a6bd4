"""What the scripted server answers on pages that no scenario holds: numbers, flows, trunks, outcomes, a chat, who is it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tools.ui_stage import Stage

FLOW = Path("ivr/flows/demo.yaml")
HOUR_S = 3600.0
COMPANY = {"name": "Northwind Home", "language": "en", "country": "GB", "time_zone": "Europe/London"}


def _now(at: Stage) -> float:
    return float(at.scenario.steps[0]["at"])


def set_up(at: Stage) -> None:
    """Numbers, flows, trunks and outcomes of a company that has some of each, and something wrong with some."""
    now = _now(at)
    version = {"version": 4, "author": "Ada Kowalska", "saved_at": now - 3 * HOUR_S, "comment": "Billing first"}
    draft = {
        "author_id": "user_sofia",
        "author": "Sofia Lindqvist",
        "base_version": 3,
        "began_at": now - HOUR_S,
        "saved_at": now - 600,
    }
    flow = {"flow_id": "main", "name": "Main menu", "published": version, "numbers": ["1000", "+442079460000"], "callers": 3}
    flow |= {"drafts": [draft | {"mine": False}]}
    other: dict[str, Any] = {
        "flow_id": "after_hours",
        "name": "After hours",
        "published": None,
        "numbers": [],
        "callers": 0,
        "drafts": [],
    }
    at.answers |= {
        "GET /numbers": {
            "items": [_number(1, "1000"), _number(2, "+442079460000", "uk"), _number(3, "+49301234*")],
            "trunks": ["uk"],
        },
        "GET /numbers/unassigned": {"items": [_unassigned(now)]},
        "GET /flows": {"items": [flow, other]},
        "GET /flows/main": flow | {"text": FLOW.read_text(), "draft": None, "callers_by_version": {"4": 3}},
        "GET /flows/words": {"schema": {}, "queues": {}, "skills": {}, "files": [], "variables": {}},
        "GET /flows/main/versions": {"items": [version]},
        "POST /flows/check": {"problems": [], "steps": {}, "languages": ["en"]},
        "GET /installation": COMPANY,
        "GET /settings": {"away_reasons": ["lunch", "training", "Team meeting"], "first_steps": True},
        "GET /calls": {"items": [], "next": None},
        "GET /trunks": {"items": [_trunk("uk", "up", 200, "OK", now), _trunk("de", "down", 503, "Maintenance until noon", now)]},
    }
    at.answers["GET /configuration"]["document"]["dispositions"] = [
        {"name": "Solved", "below": ["At once", "After a call back"], "queues": []},
        {"name": "Refund promised", "below": [], "queues": ["queue_billing"]},
        {"name": "Wrong number", "below": [], "queues": []},
    ]


def many(at: Stage, rows: int = 200) -> None:
    """After `set_up`: as many numbers, flows and trunks as a large company has."""
    now = _now(at)
    flow = at.answers["GET /flows"]["items"][0]
    at.answers |= {
        "GET /numbers": {"items": [_number(each, f"+44207946{each:04}", "uk") for each in range(1, rows + 1)], "trunks": ["uk"]},
        "GET /flows": {
            "items": [
                flow | {"flow_id": f"main_{each}", "name": f"Menu {each}", "callers": each % 7} for each in range(1, rows + 1)
            ]
        },
        "GET /trunks": {"items": [_trunk(f"carrier-{each}", "up", 200, "OK", now) for each in range(1, rows + 1)]},
    }


def _number(number: int, digits: str, trunk: str = "") -> dict[str, Any]:
    content = {
        "number": digits,
        "trunk": trunk,
        "flow_id": "main",
        "language": "en",
        "label": "Front door" if number == 1 else "",
    }
    return content | {"number_id": f"number_{number}", "version": 1}


def _unassigned(now: float) -> dict[str, Any]:
    callers = [{"caller": "+442079460180", "at": now - 300}, {"caller": "", "at": now - 900}]
    return {
        "number": "+442079460099",
        "trunk": "uk",
        "calls": 4,
        "first_at": now - 86_400,
        "last_at": now - 300,
        "callers": callers,
    }


def _trunk(name: str, state: str, status: int, reason: str, now: float) -> dict[str, Any]:
    answer = {"status": status, "reason": reason, "at": now - 12}
    how = {
        "state": state,
        "since": now - 7 * HOUR_S,
        "last_answer": answer,
        "round_trip_ms": 24.0,
        "calls_now": 3 if state == "up" else 0,
    }
    return {"trunk_id": name, "address": f"sip.{name}.carrier.example:5061"} | how


def chat_to_read(at: Stage) -> None:
    """A chat that the customer gave up on."""
    now = _now(at)
    said = [
        ("customer", "", "Hello, I was charged twice for order 20391."),
        ("system", "", "Waiting for an agent"),
        (
            "agent",
            "Jonas Weber",
            "Good afternoon, I'm looking at both charges. One of them is a reservation that ends by itself.",
        ),
        ("customer", "", "When does it end? It is a lot of money, and the rent is due on Monday."),
    ]
    items = [
        {
            "message_id": f"msg_{place}",
            "seq": place,
            "at": now - HOUR_S + 60 * place,
            "party": party,
            "author": author,
            "text": text,
        }
        | {"kind": "system" if party == "system" else "text", "attachments": [], "delivery": ""}
        for place, (party, author, text) in enumerate(said)
    ]
    chat = at.answers["GET /interactions/int_2"] | {
        "interaction_id": "int_3",
        "channel": "chat",
        "title": "Chat",
        "call_id": None,
    }
    chat |= {
        "has_recording": False,
        "has_transcript": False,
        "messages": len(items),
        "text": said[-1][2],
        "last_from": "customer",
    }
    at.answers |= {
        "GET /interactions/int_3": chat,
        "GET /interactions/int_3/messages": {"items": items, "older": None, "newer": None},
    }


def shared_number(at: Stage) -> None:
    """Three people share the number that calls."""
    now = _now(at)
    people = [
        ("cust_dana", "Dana Whitfield", "Charged twice"),
        ("cust_leo", "Leo Whitfield", ""),
        ("cust_mia", "Mia Whitfield-Brandt", "Chat"),
    ]
    for step in at.scenario.steps:
        for message in step["messages"]:
            for call in [*message.get("calls", []), *filter(None, [message.get("call")])]:
                call["customer_name"] = ""
            for pop in [*message.get("pops", []), *filter(None, (message.get("pop"), message.get("offer", {}).get("pop")))]:
                nobody = {"customer_id": None, "name": "", "certainty": "shared", "certainty_code": "one_of"}
                pop["customer"] |= nobody | {"certainty_params": {"kind": "phone", "count": 3}, "vip": False, "tags": []}
                pop["candidates"] = [
                    {"customer_id": each, "name": name, "last_contact": now - 86_400, "last_title": title}
                    for each, name, title in people
                ]
                pop |= {"timeline": [], "why": pop["why"][-1:], "suggestion": ""}
