"""Thirty agents and ten queues, some with very long names, made of what a scenario has: for the board's tests and photographs."""

from __future__ import annotations

from tools.ui_stage import Stage

LONG = "Maximiliane Elisabeth von Hohenlohe-Langenburg zu Neuenstein und Weikersheim"
LONG_QUEUE = "Returns, warranty claims and complaints about deliveries by the second carrier"
NAMES = ["Ada", "Ben", "Cem", "Dina", "Elif", "Finn", "Gita", "Hugo", "Iris", "Jan", "Kaya",
    "Lea", "Milo", "Nora", "Olga", "Paul", "Quinn", "Rosa", "Sven", "Tara", "Udo", "Vera"]  # fmt: skip
QUEUES = ("Accounts", "Contracts", LONG_QUEUE, "Partners", "Spare parts", "Weekend")
STATES = ("busy", "available", "busy", "wrap_up", "busy", "away", "busy", "available")


def crowd(at: Stage) -> None:
    """Before the page is opened."""
    snapshot = at.scenario.steps[0]["messages"][1]
    agent = next(each for each in snapshot["agents"] if each["state"] == "busy")
    for number, name in enumerate(NAMES):
        state = STATES[number % len(STATES)]
        made = {"agent_id": f"agent_{name.lower()}", "name": f"{name} {LONG if number % 7 == 2 else 'Maier'}", "state": state}
        snapshot["agents"].append(agent | made | {"since": agent["since"] - 60 * number, "call_id": None, "until": None})
    queue = snapshot["queues"][0]
    for number, name in enumerate(QUEUES):
        quiet = {"waiting": 0, "oldest_since": None, "expected_wait_s": 0, "expected_p90_s": 0, "recent": [0, 0]}
        busy = {"waiting": number, "service_level": 0.9 - number / 20}
        made = {"queue_id": f"queue_{number}", "name": name}
        snapshot["queues"].append(queue | made | (quiet if number % 2 else busy))
