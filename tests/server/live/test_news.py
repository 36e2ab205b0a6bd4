"""What was changed through another desk process is shown at this one."""

from __future__ import annotations

from core.events import AnyEvent, ConversationFiled, CustomerChanged, HistoryImported, SettingsChanged
from core.ids import CallId, CustomerId
from core.ports import Unavailable
from server.live.news import News, tell


class Screens:
    def __init__(self) -> None:
        self.told: list[str] = []

    async def customer_changed(self, customer_id: CustomerId) -> None:
        self.told.append(customer_id)

    async def filed(self, call_id: CallId) -> None:
        self.told.append(call_id)

    async def history_changed(self) -> None:
        self.told.append("history")

    async def set_up(self) -> None:
        self.told.append("settings")


async def test_each_change_is_shown() -> None:
    screens = Screens()
    news = News(screens, screens.set_up)
    changes: list[AnyEvent] = [
        SettingsChanged(at=1),
        CustomerChanged(at=2, customer_id=CustomerId("customer_1")),
        ConversationFiled(at=3, call_id=CallId("call_1")),
        HistoryImported(at=4),
    ]
    for change in changes:
        assert type(change) in news.wanted
        await news.handle(change)
    assert screens.told == ["settings", "customer_1", "call_1", "history"]


class Away:
    async def publish(self, event: AnyEvent) -> None:
        raise Unavailable("no Redis")


async def test_what_was_changed_is_changed_also_where_nobody_can_be_told() -> None:
    await tell(Away(), HistoryImported(at=1))
