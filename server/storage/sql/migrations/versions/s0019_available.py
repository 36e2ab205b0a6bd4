"""An agent who takes work is `available`; so far it was `free`, in agents' states and in why somebody got an offer."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "available"
down_revision = "subjects"

_STATES = sa.table("acd_agent_states", sa.column("state", sa.String))
_OFFERS = sa.table("acd_offers", sa.column("offer_id", sa.String), sa.column("decision", sa.JSON))
_AT_ONCE = 500


def upgrade() -> None:
    op.execute(_STATES.update().where(_STATES.c.state == "free").values(state="available"))
    connection = op.get_bind()
    said = sa.cast(_OFFERS.c.decision, sa.Text).like('%"free"%')
    found = connection.execute(sa.select(_OFFERS.c.offer_id, _OFFERS.c.decision).where(said)).all()
    changed = [{"id": offer_id, "said": _renamed(decision)} for offer_id, decision in found]
    change = _OFFERS.update().where(_OFFERS.c.offer_id == sa.bindparam("id")).values(decision=sa.bindparam("said", type_=sa.JSON))
    for begin in range(0, len(changed), _AT_ONCE):
        connection.execute(change, changed[begin : begin + _AT_ONCE])


def _renamed(decision: dict[str, Any]) -> dict[str, Any]:
    candidates = decision.get("candidates") or ()
    return decision | {"candidates": [_candidate(each) for each in candidates]}


def _candidate(candidate: dict[str, Any]) -> dict[str, Any]:
    return candidate | {"code": "available", "why": "available"} if candidate.get("code") == "free" else candidate
