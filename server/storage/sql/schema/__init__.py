"""Every table, grouped by what it is about. Times are seconds since the epoch (double precision), ids are the system's own."""

from server.storage.sql.schema.acd import AcdAgentStateRow, AcdInputRow, AcdOfferRow, AcdSnapshotRow, AcdWorkRow
from server.storage.sql.schema.administration import (
    AuditRow,
    DeadLetterRow,
    InvitationRow,
    RecoveryCodeRow,
    SecondStepRow,
    SettingRow,
    UserRow,
)
from server.storage.sql.schema.attention import AttentionRow
from server.storage.sql.schema.base import Base
from server.storage.sql.schema.business import (
    AgentRow,
    ConfigurationVersionRow,
    FlowDraftRow,
    FlowRow,
    FlowVersionRow,
    NumberRow,
    QueueRow,
    UnassignedCallRow,
)
from server.storage.sql.schema.calls import CallRow, CallStepRow, DialledRow, EngagementRow, MomentsRow, SegmentRow
from server.storage.sql.schema.conversations import (
    CallbackRow,
    ChatRow,
    MessageRow,
    TicketRow,
)
from server.storage.sql.schema.customers import CustomerRow, FactRow, IdentifierRow, InteractionRow
from server.storage.sql.schema.outbox import NotificationRow, OutboxRow
from server.storage.sql.schema.search import SearchEntryRow

__all__ = [
    "AcdAgentStateRow",
    "AcdInputRow",
    "AcdOfferRow",
    "AcdSnapshotRow",
    "AcdWorkRow",
    "AgentRow",
    "AttentionRow",
    "AuditRow",
    "Base",
    "CallRow",
    "CallStepRow",
    "CallbackRow",
    "ChatRow",
    "ConfigurationVersionRow",
    "CustomerRow",
    "DeadLetterRow",
    "DialledRow",
    "EngagementRow",
    "FactRow",
    "FlowDraftRow",
    "FlowRow",
    "FlowVersionRow",
    "IdentifierRow",
    "InteractionRow",
    "InvitationRow",
    "MessageRow",
    "MomentsRow",
    "NotificationRow",
    "NumberRow",
    "OutboxRow",
    "QueueRow",
    "RecoveryCodeRow",
    "SearchEntryRow",
    "SecondStepRow",
    "SegmentRow",
    "SettingRow",
    "TicketRow",
    "UnassignedCallRow",
    "UserRow",
]
