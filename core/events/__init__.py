"""Everything that can happen, in one union: the system's table of contents.

Events are facts: frozen, in the past tense, with the ids they concern and the time `at` (seconds since the epoch, UTC).
They are published on one ordered stream and may be replayed; a handler meets an event at least once. Unknown fields and
unknown types are refused at the border (`core/codec.py`). No event carries sound; texts and numbers of people are in events
because the desk needs them, and never in a log.

Each file here is what one part of the system tells; everybody imports from the package.
"""

from __future__ import annotations

from core.events.accounts import SessionEnd, SessionsEnded
from core.events.acd import (
    AgentStateChanged,
    CallbackDue,
    CallbackRequested,
    CallbackScheduled,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
    QueueMoved,
    WorkEnded,
    WorkEnqueued,
    WorkHandedBack,
    WorkHandedOver,
    WorkMoved,
    WorkRelaxed,
    WorkReprioritised,
)
from core.events.calls import (
    CallConnected,
    CallEnded,
    CallHandedBack,
    CallStarted,
    CallTransferred,
    CallUnassigned,
    ColleagueAsked,
    PartiesChanged,
    PartyJoined,
    PartyLeft,
)
from core.events.customers import CallerIdentified, InteractionSaved, WrapUpFinished
from core.events.desks import (
    AgentAtDesk,
    BrowserSound,
    ConversationFiled,
    CustomerChanged,
    DesksSeen,
    HistoryImported,
    SettingsChanged,
)
from core.events.event import Event
from core.events.flows import FlowPublished, FlowStep, FlowStepped
from core.events.media_node import (
    DigitPressed,
    LegAnswered,
    LegConnected,
    LegEnded,
    LegImpaired,
    LegMeasured,
    LegOffered,
    NodeHeartbeat,
    NodeLost,
    NodeStarted,
    PlaybackFinished,
    RecordingFailed,
    RecordingFinished,
    RecordingStarted,
)
from core.events.operations import Alert, AttentionChanged, AttentionChecked, ChildRestarted
from core.events.speech import (
    AsrWorkerHeartbeat,
    AsrWorkerLost,
    SpeechHeard,
    TranscriptFinal,
    TranscriptionDeferred,
    TranscriptionFailed,
    TranscriptPartial,
)

__all__ = [
    "AgentAtDesk",
    "AgentStateChanged",
    "Alert",
    "AnyEvent",
    "AsrWorkerHeartbeat",
    "AsrWorkerLost",
    "AttentionChanged",
    "AttentionChecked",
    "BrowserSound",
    "CallConnected",
    "CallEnded",
    "CallHandedBack",
    "CallStarted",
    "CallTransferred",
    "CallUnassigned",
    "CallbackDue",
    "CallbackRequested",
    "CallbackScheduled",
    "CallerIdentified",
    "ChildRestarted",
    "ColleagueAsked",
    "ConversationFiled",
    "CustomerChanged",
    "DesksSeen",
    "DigitPressed",
    "Event",
    "FlowPublished",
    "FlowStep",
    "FlowStepped",
    "HistoryImported",
    "InteractionSaved",
    "LegAnswered",
    "LegConnected",
    "LegEnded",
    "LegImpaired",
    "LegMeasured",
    "LegOffered",
    "NodeHeartbeat",
    "NodeLost",
    "NodeStarted",
    "OfferAccepted",
    "OfferDeclined",
    "OfferExpired",
    "OfferMade",
    "OfferWithdrawn",
    "PartiesChanged",
    "PartyJoined",
    "PartyLeft",
    "PlaybackFinished",
    "QueueMoved",
    "RecordingFailed",
    "RecordingFinished",
    "RecordingStarted",
    "SessionEnd",
    "SessionsEnded",
    "SettingsChanged",
    "SpeechHeard",
    "TranscriptFinal",
    "TranscriptPartial",
    "TranscriptionDeferred",
    "TranscriptionFailed",
    "WorkEnded",
    "WorkEnqueued",
    "WorkHandedBack",
    "WorkHandedOver",
    "WorkMoved",
    "WorkRelaxed",
    "WorkReprioritised",
    "WrapUpFinished",
]

AnyEvent = (
    NodeStarted | NodeHeartbeat | NodeLost | LegOffered | LegAnswered | LegConnected | LegImpaired | LegEnded | DigitPressed
    | PlaybackFinished | RecordingStarted | RecordingFinished | RecordingFailed | LegMeasured
    | CallStarted | CallUnassigned | CallConnected | CallHandedBack | CallTransferred | CallEnded
    | PartiesChanged | PartyJoined | PartyLeft | ColleagueAsked
    | FlowStepped | FlowPublished
    | WorkEnqueued | WorkRelaxed | WorkMoved | WorkHandedBack | WorkHandedOver | WorkReprioritised | CallbackRequested
    | CallbackScheduled | CallbackDue
    | OfferMade | OfferAccepted | OfferDeclined | OfferExpired | OfferWithdrawn | WorkEnded | QueueMoved
    | AgentStateChanged
    | AsrWorkerHeartbeat | AsrWorkerLost
    | TranscriptPartial | TranscriptFinal | SpeechHeard | TranscriptionFailed | TranscriptionDeferred
    | CallerIdentified | WrapUpFinished | InteractionSaved
    | ChildRestarted | Alert | AttentionChanged | AttentionChecked
    | SessionsEnded | DesksSeen | SettingsChanged | CustomerChanged | ConversationFiled | HistoryImported
)  # fmt: skip
