"""Conversations of every channel, opened whole: what one is, and what was said in it, a page at a time."""

from __future__ import annotations

import msgspec

from core.ids import CallId, CustomerId, InteractionId, MessageId
from core.model import Channel, Value
from customers import messages
from customers.messages import MessagePage
from customers.model import Interaction, Status
from customers.ports import History, Messages


class InteractionRecord(Value, frozen=True, kw_only=True):
    """A conversation as the desk opens it. What was said in a call is the call's record."""

    interaction_id: InteractionId
    customer_id: CustomerId | None
    """None: filed under nobody."""
    customer_name: str
    channel: Channel
    at: float
    title: str
    text: str
    status: Status
    by: str | None
    by_before: tuple[str, ...]
    """Names of those who had it before `by`, in order."""
    call_id: CallId | None
    ticket_number: int | None
    duration_s: float | None
    waited_s: float | None
    answered_at: float | None
    due_at: float | None
    last_activity_at: float
    last_from: str
    """Whose the last word is: ``customer``, ``us``, or empty."""
    waiting_since: float | None
    """Since when the customer waits for us."""
    priority: str
    filed_by: str | None
    """User id of who said whose it is."""
    filed_at: float | None
    filed_how: str
    """``identifier``, ``proof``, ``several``, ``withheld``, ``person``, ``placeholder``; empty: before this was written down."""
    has_recording: bool
    has_transcript: bool
    messages: int
    """How many there are."""
    earlier: InteractionId | None
    later: InteractionId | None


class Conversations:
    """Owns nothing: reads what is stored."""

    def __init__(self, history: History, stored: Messages) -> None:
        self._history = history
        self._stored = stored

    async def get(self, interaction_id: InteractionId) -> Interaction | None:
        return await self._history.get(interaction_id)

    async def opened(self, interaction: Interaction) -> InteractionRecord:
        name, beside, count = await self._history.around(interaction)
        fields = msgspec.structs.asdict(interaction) | {"last_activity_at": interaction.active_at}
        fields = {name: value for name, value in fields.items() if not name.startswith("identifier_")}
        return InteractionRecord(**fields, customer_name=name, messages=count, earlier=beside.earlier, later=beside.later)

    async def messages(
        self,
        interaction_id: InteractionId,
        *,
        before: str | None = None,
        after: str | None = None,
        around: MessageId | None = None,
        limit: int | None = None,
    ) -> MessagePage:
        """The newest, or those below or above a cursor, or those around a message. Raises ValueError for what is no cursor."""
        return await self._stored.page(
            interaction_id,
            before=messages.parse_place(before),
            after=messages.parse_place(after),
            around=around,
            limit=messages.clamp(limit),
        )
