"""What people change through any desk process, as the screens of this one come to show it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from core.events import AnyEvent, ConversationFiled, CustomerChanged, HistoryImported, SettingsChanged
from core.ids import CallId, CustomerId
from core.ports import Unavailable

log = structlog.get_logger(__name__)


class Screens(Protocol):
    """The live view (`LiveHub`)."""

    async def customer_changed(self, customer_id: CustomerId) -> None: ...
    async def filed(self, call_id: CallId) -> None: ...
    async def history_changed(self) -> None: ...


class Events(Protocol):
    """What is asked of the bus."""

    async def publish(self, event: AnyEvent) -> None: ...


class News:
    """A service of the dispatcher."""

    wanted: frozenset[type] = frozenset({SettingsChanged, CustomerChanged, ConversationFiled, HistoryImported})

    def __init__(self, screens: Screens, set_up: Callable[[], Awaitable[None]]) -> None:
        """`set_up` reads again what the company has set."""
        self._screens = screens
        self._set_up = set_up

    async def handle(self, event: AnyEvent) -> None:
        """Raises `Unavailable`: the dispatcher hands it in again."""
        match event:
            case SettingsChanged():
                await self._set_up()
            case CustomerChanged():
                await self._screens.customer_changed(event.customer_id)
            case ConversationFiled():
                await self._screens.filed(event.call_id)
            case HistoryImported():
                await self._screens.history_changed()


async def tell(bus: Events, news: AnyEvent) -> None:
    """What has been changed already: where it cannot be told, screens show it when they are opened again."""
    try:
        await bus.publish(news)
    except Unavailable as error:
        log.warning("screens were not told", news=type(news).__name__, error=error)
