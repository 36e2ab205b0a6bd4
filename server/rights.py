"""Who may do what with whom. Pure."""

from __future__ import annotations

from server.schemas import Me


def sees_whole_numbers(me: Me) -> bool:
    """Supervisors and administrators do (features X3)."""
    return me.role != "agent"
