"""What happens to the sign-ins of people who use Patchbay."""

from __future__ import annotations

from enum import StrEnum

from core.events.event import Event
from core.ids import AgentId, SessionId, UserId


class SessionEnd(StrEnum):
    """Why a sign-in is over. The closed list: whoever ends one says which it is."""

    SIGNED_OUT = "signed_out"
    """The person left."""
    EXPIRED = "expired"
    """No request for too long, or begun too long ago."""
    REPLACED = "replaced"
    """The same person has signed in on more screens than one may have."""
    ENDED = "ended"
    """Ended from another screen: by the person, or by an administrator."""
    DISABLED = "disabled"
    ROLE_CHANGED = "role_changed"
    PASSWORD_CHANGED = "password_changed"
    ACCOUNT_CHANGED = "account_changed"
    """The account is not what it was when the person signed in; found later, not told by whoever changed it."""


class SessionsEnded(Event, frozen=True, kw_only=True):
    """One sign-in of a person is over, or all. Whatever it held open is closed by whoever holds it."""

    user_id: UserId
    session_id: SessionId | None = None
    """None: all sign-ins of the person."""
    agent_id: AgentId | None = None
    """The agent that the person is."""
    reason: SessionEnd
