"""How calls, work and legs end: a closed vocabulary that says what happened and whose doing it was.

The cause is assigned where the end is seen and travels unchanged to the record, the board and the metrics.
"""

from __future__ import annotations

from enum import StrEnum


class EndCause(StrEnum):
    """Why a leg or a call ended. The part before the colon is whose doing it was."""

    CALLER_HUNG_UP = "caller:hung_up"
    CALLER_ABANDONED = "caller:abandoned"
    """Hung up while waiting in a queue."""
    CALLER_CANCELLED = "caller:cancelled"
    """CANCEL before the answer (RFC 3261 §9)."""
    AGENT_HUNG_UP = "agent:hung_up"
    AGENT_SIGNED_OUT = "agent:signed_out"
    """The last sign-in of the leg's agent is over: signed out, expired, or ended by somebody else."""
    AGENT_LOST = "agent:lost"
    """The agent's browser went away and did not return in time."""
    AGENT_DECLINED = "agent:declined"
    """A colleague who was asked did not want to."""
    AGENT_NO_ANSWER = "agent:no_answer"
    AGENT_NOT_AVAILABLE = "agent:not_available"
    """A colleague could not be rung, or nobody of a queue was free in time."""
    AGENT_TRANSFERRED = "agent:transferred"
    """Left a conversation to a colleague, or to a queue."""
    FLOW_HUNG_UP = "flow:hung_up"
    FLOW_FAILED = "flow:failed"
    CALLBACK_PROMISED = "flow:callback_promised"
    """Left the queue to be called back; the place in line is kept."""
    SUPERVISOR_ENDED = "supervisor:ended"
    REFUSED_UNKNOWN_SOURCE = "system:unknown_source"
    REFUSED_UNKNOWN_NUMBER = "system:unknown_number"
    NUMBER_NOT_ALLOWED = "system:number_not_allowed"
    """A callback's number is one that this installation does not call."""
    DIAL_LIMIT = "system:dial_limit"
    """As many calls, or minutes, as callbacks may take in an hour are used up: tried again later."""
    REFUSED_FULL = "system:full"
    REFUSED_BAD_REQUEST = "system:bad_request"
    REFUSED_NO_CONTROL = "system:no_control"
    """Nobody claimed the call in time: the control plane or its Redis is away."""
    REFUSED_LATE = "system:late"
    """The control plane is behind with the calls that came before: this one was not let in."""
    PEER_BUSY = "peer:busy"
    PEER_NO_ANSWER = "peer:no_answer"
    PEER_REJECTED = "peer:rejected"
    MEDIA_TIMEOUT = "network:media_timeout"
    TRANSPORT_FAILED = "network:transport_failed"
    NODE_LOST = "system:node_lost"
    SYSTEM_STOPPED = "system:stopped"


class WorkEnd(StrEnum):
    """Why a piece of work left the queue for good."""

    SERVED = "served"
    ABANDONED = "abandoned"
    WITHDRAWN = "withdrawn"
    OVERFLOWED = "overflowed"
    HANDED_BACK = "handed_back"
    """Of a stay: the agent left in mid-conversation, and the work waits again."""
    TRANSFERRED = "transferred"
    """The agent left the conversation to a colleague or a queue; the work that went on with it has its own end."""
    CONFERENCED = "conferenced"
    """The agent left a conversation of three, in which a colleague talked with the customer already."""
    CONSULTED = "consulted"
    """A consultation that came about is over."""
    DECLINED = "declined"
    """Of work for one agent alone."""
    NOT_ANSWERED = "not_answered"
    """Of work for one agent alone: it rang for as long as the queue's work may."""
    TIMED_OUT = "timed_out"
    NODE_LOST = "node_lost"
    NOT_REACHED = "not_reached"
    """A callback that was busy or unanswered at every try."""
    NOT_ALLOWED = "not_allowed"
    """A callback to a number that this installation does not call."""
    CALLED_AGAIN = "called_again"
    """A callback whose customer called before it and was served."""


HANDED_ON = frozenset({WorkEnd.TRANSFERRED, WorkEnd.CONFERENCED})
"""The agent has left the conversation to somebody else; the customer is still there."""

SIP_STATUS_OF_CAUSE: dict[EndCause, tuple[int, str]] = {
    EndCause.REFUSED_UNKNOWN_SOURCE: (403, "Forbidden"),
    EndCause.REFUSED_UNKNOWN_NUMBER: (404, "Not Found"),
    EndCause.REFUSED_FULL: (503, "Service Unavailable"),
    EndCause.REFUSED_NO_CONTROL: (503, "Service Unavailable"),
    EndCause.REFUSED_LATE: (503, "Service Unavailable"),
    EndCause.REFUSED_BAD_REQUEST: (400, "Bad Request"),
    EndCause.SYSTEM_STOPPED: (503, "Service Unavailable"),
}
"""What a refused caller is told (RFC 3261 §21)."""
