"""Every open live view of this process: whose it is, what ends it, and how many somebody may have.

Invariant: a view whose session has ended is told so once, in the turn in which the news arrives.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from core.events import AnyEvent, SessionEnd, SessionsEnded
from core.ids import SessionId, UserId


class OpenView:
    """One connection. `ended` is done when its session is over."""

    def __init__(self, session_id: SessionId, user_id: UserId) -> None:
        self.session_id = session_id
        self.user_id = user_id
        self.ended: asyncio.Future[SessionEnd] = asyncio.get_running_loop().create_future()

    def end(self, reason: SessionEnd) -> None:
        if not self.ended.done():
            self.ended.set_result(reason)


class OpenViews:
    """Owns them. A service of the dispatcher."""

    wanted: frozenset[type] = frozenset({SessionsEnded})

    def __init__(self, most: int, most_per_session: int) -> None:
        self._most = most
        self._most_per_session = most_per_session
        self._views: set[OpenView] = set()
        self._of_session: Counter[SessionId] = Counter()

    def open(self, session_id: SessionId, user_id: UserId) -> OpenView | None:
        """None: there are too many."""
        if len(self._views) >= self._most or self._of_session[session_id] >= self._most_per_session:
            return None
        view = OpenView(session_id, user_id)
        self._views.add(view)
        self._of_session[session_id] += 1
        return view

    def close(self, view: OpenView) -> None:
        self._views.discard(view)
        self._of_session[view.session_id] -= 1
        self._of_session += Counter()

    async def handle(self, event: AnyEvent) -> None:
        if isinstance(event, SessionsEnded):
            for view in tuple(self._views):
                if view.user_id == event.user_id and event.session_id in {None, view.session_id}:
                    view.end(event.reason)
