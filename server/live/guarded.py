"""A picture that is never lost to one thing in it: each entity is looked at by itself, and what cannot be shown is named.

Invariant: nothing that `Guard` runs raises. What failed is missing from the picture, and in `missing`, until it can be shown
again; it is handed to the dead letters once (`failed`). A view that fails is a mistake in this program, and its cause is in the
log; that everybody else's calls, queues and agents stay on screen is why it is caught here, in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Protocol, TypeVar

import msgspec

from acd.views.agent import AgentView, Standing
from acd.views.numbers import NumbersView
from acd.views.queue import PlaceView, QueueView
from acd.views.watch import QueueWatch
from acd.views.work import WorkView
from core.ids import AgentId, QueueId, WorkId
from core.model import Channel
from server.schemas import Missing, MissingKind

T = TypeVar("T")
MOST = 500
"""A thousand things that fail say no more."""
FORGOTTEN_AFTER_S = 60.0
"""A call that has ended fails no more."""
NO_NUMBERS = NumbersView(
    waiting=0,
    oldest_since=None,
    oldest_queue_id=None,
    service_level_today=None,
    service_level_30m=None,
    service_level_s=0.0,
    calibration_today=None,
    graded_today=0,
    offered_today=0,
    abandoned_today=0,
    talking=0,
)


class Failure(msgspec.Struct, frozen=True):
    """Something that could not be shown, and why."""

    missing: Missing
    error: Exception


class Guard:
    """Owns what is missing from the picture."""

    def __init__(self, now: Callable[[], float] = lambda: 0.0) -> None:
        self._now = now
        self._missing: dict[Missing, float] = {}
        """And when it failed last."""
        self._untold: list[Failure] = []

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What failed within the last minute and was not shown since."""
        now = self._now()
        for about in [about for about, at in self._missing.items() if now - at > FORGOTTEN_AFTER_S]:
            del self._missing[about]
        return tuple(self._missing)

    def failed(self) -> list[Failure]:
        """Those that nobody was told of yet."""
        untold, self._untold = self._untold, []
        return untold

    def one(self, kind: MissingKind, name: str, make: Callable[[], T], without: T) -> T:
        """What `make` gives, or `without` it the rest."""
        about = Missing(kind=kind, id=name)
        try:
            made = make()
        except Exception as error:  # noqa: BLE001  border of the picture, see above
            self.fails(about, error)
            return without
        self._missing.pop(about, None)
        return made

    def fails(self, about: Missing, error: Exception) -> None:
        if about not in self._missing and len(self._untold) < MOST:
            self._untold.append(Failure(about, error))
        if about in self._missing or len(self._missing) < MOST:
            self._missing[about] = self._now()

    def forget(self, about: Missing) -> None:
        """It is no longer there, or it can be shown."""
        self._missing.pop(about, None)


class AcdByParts(Protocol):
    """The ACD's views, one entity at a time."""

    def agent_ids(self) -> Collection[AgentId]: ...
    def queue_ids(self) -> Collection[QueueId]: ...
    def work_ids(self) -> Collection[WorkId]: ...
    def agent(self, agent_id: AgentId) -> AgentView: ...
    def standing(self, agent_id: AgentId) -> Standing: ...
    def queue(self, queue_id: QueueId) -> QueueView: ...
    def watch(self, queue_id: QueueId) -> QueueWatch: ...
    def work(self, work_id: WorkId) -> WorkView: ...
    def line(self, queue_id: QueueId, most: int) -> tuple[PlaceView, ...]: ...
    def numbers(self, queues: Collection[QueueId] | None = None) -> NumbersView: ...
    def unreachable(self) -> dict[AgentId, dict[Channel, str]]: ...


class GuardedAcd:
    """The views that the live view shows: those that fail are left out. A `KeyError` means, as ever: it is not there."""

    def __init__(self, acd: AcdByParts, guard: Guard) -> None:
        self._acd = acd
        self._guard = guard

    def agents(self) -> tuple[AgentView, ...]:
        return self._all("agent", self._acd.agent_ids(), self._acd.agent)

    def standings(self) -> tuple[Standing, ...]:
        return self._all("agent", self._acd.agent_ids(), self._acd.standing)

    def queues(self) -> tuple[QueueView, ...]:
        return self._all("queue", self._acd.queue_ids(), self._acd.queue)

    def watches(self) -> dict[QueueId, QueueWatch | None]:
        """By queue; None for one that could not be looked at."""
        ids = tuple(self._acd.queue_ids())
        return {each: self._guard.one("watch", each, lambda each=each: self._acd.watch(each), None) for each in ids}  # type: ignore[misc]  # bound

    def agent_count(self) -> int:
        return len(self._acd.agent_ids())

    def work_items(self) -> tuple[WorkView, ...]:
        return self._all("work", self._acd.work_ids(), self._acd.work)

    def agent(self, agent_id: AgentId) -> AgentView:
        return self._known("agent", agent_id, self._acd.agent_ids(), self._acd.agent)

    def work(self, work_id: WorkId) -> WorkView:
        return self._known("work", work_id, self._acd.work_ids(), self._acd.work)

    def line(self, queue_id: QueueId, most: int) -> tuple[PlaceView, ...]:
        if queue_id not in self._acd.queue_ids():
            raise KeyError(queue_id)
        return self._guard.one("line", queue_id, lambda: self._acd.line(queue_id, most), ())

    def numbers(self, queues: Collection[QueueId] | None = None) -> NumbersView:
        return self._guard.one("numbers", "", lambda: self._acd.numbers(queues), NO_NUMBERS)

    def unreachable(self) -> dict[AgentId, dict[Channel, str]]:
        return self._acd.unreachable()

    def _all(self, kind: MissingKind, ids: Collection[str], view: Callable[..., T]) -> tuple[T, ...]:
        found = (self._guard.one(kind, each, lambda each=each: view(each), None) for each in tuple(ids))  # type: ignore[misc]  # bound
        return tuple(each for each in found if each is not None)

    def _known(self, kind: MissingKind, name: str, ids: Collection[str], view: Callable[..., T]) -> T:
        """Raises `KeyError` also for what is there and cannot be shown: screens drop it, and say that it is missing."""
        if name not in ids:
            self._guard.forget(Missing(kind=kind, id=name))
            raise KeyError(name)
        found = self._guard.one(kind, name, lambda: view(name), None)
        if found is None:
            raise KeyError(name)
        return found
