"""Flows as people change them: checked against what is there, published, rolled back. For the API and the command line.

Calls that begin from now on run what was published; a running call keeps the version it began with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

import structlog

from core.events import FlowPublished
from core.ids import FlowId
from core.ports import Bus, Clock, Unavailable
from core.problems import Complaint, Problem
from ivr.flow import Flow
from ivr.load import Examined, examine_flow
from server.business.checks.flows import Surroundings, surrounding_complaints
from server.business.document import Document
from server.business.mistakes import UseMistake
from server.storage.sql.configuration import Author, ConfigurationMoved, SqlConfiguration
from server.storage.sql.flows import FlowVersion, NewVersion, SqlFlows

log = structlog.get_logger(__name__)

TRIES = 5
"""The configuration moves under a check once in a blue moon; more often than this it is no accident."""
Beside = Callable[[Callable[[], Examined]], Awaitable[Examined]]
Look = Callable[[Document], Surroundings]
"""What is there beside the configuration: files and speech models. Blocking."""


class Surrounded(NamedTuple):
    """By what a flow is checked against, and where: a large one takes seconds."""

    look: Look
    beside: Beside = asyncio.to_thread
    """Runs a piece of work beside the event loop."""


class FlowRefused(Exception):
    """A text that cannot be published; `problems` says why."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


class NoSuchFlow(LookupError):
    """There is no flow, or no version of it, of this name."""


class Edition(NamedTuple):
    """A text that somebody wants to publish."""

    text: str
    author: Author
    comment: str = ""
    """Why."""
    flow_id: FlowId | None = None
    """Whose text it must be."""
    expected: int | None = None
    """The published version that the author has seen."""
    file: str = "flow"


class Flows:
    def __init__(self, store: SqlFlows, configuration: SqlConfiguration, around: Surrounded, bus: Bus, clock: Clock) -> None:
        self.store = store
        self._configuration = configuration
        self._around = around
        self._bus = bus
        self._clock = clock

    async def examine(self, text: str, flow_id: FlowId | None = None, file: str = "flow") -> Examined:
        """Everything that is wrong with it now. `flow_id`: whose text it must be."""
        return await self._examine(text, flow_id, file, (await self._configuration.current()).document)

    async def _examine(self, text: str, flow_id: FlowId | None, file: str, document: Document) -> Examined:
        def work() -> Examined:
            known = self._around.look(document)

            def outside(flow: Flow) -> Iterable[Complaint]:
                yield from _of_flow(flow, flow_id)
                yield from surrounding_complaints(flow, known)

            return examine_flow(text, file, outside=outside)

        # A long flow takes tens of milliseconds, which would be heard elsewhere.
        return await self._around.beside(work)

    async def publish(self, edition: Edition) -> FlowVersion:
        """The new version, or the published one when the text is the same.

        Raises `FlowRefused`, `FlowChanged`, `Unavailable`.
        """
        for _ in range(TRIES):
            stamp = await self._configuration.stamp()
            document = (await self._configuration.current()).document
            found = await self._examine(edition.text, edition.flow_id, edition.file, document)
            if found.errors or found.flow is None:
                raise FlowRefused(in_order(found.errors))
            try:
                return await self._save(found.flow, edition, stamp)
            except ConfigurationMoved:
                continue
        raise Unavailable("the configuration changes all the time")

    async def _save(self, flow: Flow, edition: Edition, stamp: int) -> FlowVersion:
        new = NewVersion(FlowId(flow.flow), flow.name, edition.text, edition.author, self._clock.now(), edition.comment)
        version = await self.store.publish_text(new, expected=edition.expected, checked_against=stamp)
        try:
            await self._bus.publish(FlowPublished(at=new.at, flow_id=new.flow_id, version=version))
        except Unavailable as error:  # it is published: whoever starts later speaks its prompts at the start
            log.info("nobody was told of a published flow", flow_id=new.flow_id, version=version, reason=error)
        return await self.version(new.flow_id, version)

    async def roll_back(self, flow_id: FlowId, to: int, author: Author, comment: str, expected: int | None) -> FlowVersion:
        """Publishes an old text anew. Raises `NoSuchFlow`, and what `publish` raises: today's rules hold for it, too."""
        old = await self.version(flow_id, to)
        file = f"{flow_id} version {to}"
        return await self.publish(Edition(old.text, author, comment or f"Back to version {to}", flow_id, expected, file))

    async def version(self, flow_id: FlowId, version: int) -> FlowVersion:
        """Raises `NoSuchFlow`."""
        found = await self.store.version(flow_id, version)
        if found is None:
            raise NoSuchFlow(f"the flow {flow_id} has no version {version}")
        return found


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Of the file, each once."""
    return tuple(sorted(set(problems)))


def _of_flow(flow: Flow, flow_id: FlowId | None) -> Iterable[Complaint]:
    if flow_id is not None and flow.flow != flow_id:
        yield UseMistake.OTHER_FLOW.at(("flow",), name=flow_id, near=flow_id)
