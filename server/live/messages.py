"""Messages of `/api/v1/live`, both ways. `patchbay schema live` prints their JSON Schema for the web application.

`seq` counts up by one with every message that changes the view; `hello`, `snapshot`, `tick` and `refused` carry the present one.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from acd.views.numbers import NumbersView
from core.attention import Checked, Entry
from core.ids import AgentId, CallId, InteractionId, LegId, OfferId, QueueId, WorkId
from core.model import Value
from customers.model import Segment
from customers.screen_pop import Pop
from server.schemas import Agent, Line, LiveCall, Me, Missing, Offer, Queue, Settings, System, Work

OfferEnd = Literal["accepted", "declined", "expired", "withdrawn"]


class _Message(Value, frozen=True, kw_only=True):
    seq: int = 0


class Hello(_Message, frozen=True, kw_only=True, tag="hello"):
    epoch: str
    resumed: bool
    at: float


class Snapshot(_Message, frozen=True, kw_only=True, tag="snapshot"):
    me: Me
    agents: tuple[Agent, ...]
    queues: tuple[Queue, ...]
    calls: tuple[LiveCall, ...]
    offers: tuple[Offer, ...]
    work_items: tuple[Work, ...]
    lines: tuple[Line, ...]
    pops: dict[InteractionId, Pop]
    segments: dict[CallId, tuple[Segment, ...]]
    attention: tuple[Entry, ...]
    """Red, amber, grey; then the oldest first."""
    cleared: tuple[Entry, ...]
    """Of the last 24 hours, the newest first."""
    checked: Checked | None
    """None: nothing was looked at yet."""
    system: System
    numbers: NumbersView
    settings: Settings
    missing: tuple[Missing, ...] = ()
    """For supervisors: what is there and could not be shown."""


class AgentMessage(_Message, frozen=True, kw_only=True, tag="agent"):
    agent: Agent


class AgentRemoved(_Message, frozen=True, kw_only=True, tag="agent_removed"):
    agent_id: AgentId


class QueueMessage(_Message, frozen=True, kw_only=True, tag="queue"):
    queue: Queue


class QueueRemoved(_Message, frozen=True, kw_only=True, tag="queue_removed"):
    queue_id: QueueId


class CallMessage(_Message, frozen=True, kw_only=True, tag="call"):
    call: LiveCall


class CallRemoved(_Message, frozen=True, kw_only=True, tag="call_removed"):
    call_id: CallId


class OfferMessage(_Message, frozen=True, kw_only=True, tag="offer"):
    offer: Offer


class OfferEnded(_Message, frozen=True, kw_only=True, tag="offer_ended"):
    offer_id: OfferId
    cause: OfferEnd


class WorkMessage(_Message, frozen=True, kw_only=True, tag="work"):
    work: Work


class WorkRemoved(_Message, frozen=True, kw_only=True, tag="work_removed"):
    work_id: WorkId


class LineMessage(_Message, frozen=True, kw_only=True, tag="line"):
    line: Line


class PopMessage(_Message, frozen=True, kw_only=True, tag="pop"):
    pop: Pop


class SegmentMessage(_Message, frozen=True, kw_only=True, tag="segment"):
    segment: Segment


class AttentionMessage(_Message, frozen=True, kw_only=True, tag="attention"):
    """One entry as it is now; with `cleared_at` it needs attention no longer."""

    entry: Entry


class CheckedMessage(_Message, frozen=True, kw_only=True, tag="checked"):
    checked: Checked


class SystemMessage(_Message, frozen=True, kw_only=True, tag="system"):
    system: System


class NumbersMessage(_Message, frozen=True, kw_only=True, tag="numbers"):
    numbers: NumbersView


class SettingsMessage(_Message, frozen=True, kw_only=True, tag="settings"):
    settings: Settings


class MissingMessage(_Message, frozen=True, kw_only=True, tag="missing"):
    """Replaces what was missing before; for supervisors."""

    missing: tuple[Missing, ...]


class RefusedMessage(_Message, frozen=True, kw_only=True, tag="refused"):
    text: str


class Tick(_Message, frozen=True, kw_only=True, tag="tick"):
    at: float


Message = (
    Hello | Snapshot | AgentMessage | AgentRemoved | QueueMessage | QueueRemoved | CallMessage | CallRemoved | OfferMessage
    | OfferEnded | WorkMessage | WorkRemoved | LineMessage | PopMessage | SegmentMessage | AttentionMessage | CheckedMessage
    | SystemMessage | NumbersMessage | SettingsMessage | MissingMessage | RefusedMessage | Tick
)  # fmt: skip


class AudioReport(Value, frozen=True, kw_only=True, tag="audio"):
    """What the browser says of its sound, every 2 s and on change."""

    leg_id: LegId
    microphone: Literal["live", "muted", "denied", "ended"]
    context: Literal["running", "suspended"]
    ice: str
    level_in: float | None = None
    level_out: float | None = None


FromBrowser = AudioReport

_encoder = msgspec.json.Encoder()
decode_from_browser = msgspec.json.Decoder(FromBrowser).decode
"""Raises `msgspec.DecodeError`."""


def encode(message: Message, seq: int) -> bytes:
    return _encoder.encode(msgspec.structs.replace(message, seq=seq))


def schema() -> dict[str, object]:
    """JSON Schema of both directions."""
    (server, browser), components = msgspec.json.schema_components((Message, FromBrowser), ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Live",
        "oneOf": [{"$ref": "#/$defs/FromServer"}, {"$ref": "#/$defs/FromBrowser"}],
        "$defs": {"FromServer": server, "FromBrowser": browser, **components},
    }
