"""The part that has calls: call control, flows, their speech, and what customers' history learns of them."""

from __future__ import annotations

from contextlib import AsyncExitStack

from asr.catch_up import CatchUp
from asr.placement import Speech
from core.ids import CallId, new_id
from core.partitions import partition_of
from customers.callable_numbers import why_not
from ivr.runner import FlowRunner
from ivr.sounds import HOLD_MUSIC, RINGING_TONE, write_standard_sounds
from ivr.speech.speaker import default_speaker
from server.calls_in_flows import calls_in_flows
from server.config import Config
from server.dispatcher import Dispatcher, Handler
from server.files.opening import shelf_of
from server.files.published_sounds import PublishedSounds
from server.roles.ground import Ground
from server.roles.own_steps import OwnSteps
from server.roles.part import CaughtUp, Tasks
from server.roles.processes import Versions
from server.roles.sharing import Sharing
from server.storage.redis_partitions import RedisPartitions
from server.unassigned import Unassigned
from server.waiting_calls import AskedQueues, WaitingCalls
from telephony.calls.control import CallControl
from telephony.calls.service import CallService


def published_sounds(config: Config) -> PublishedSounds | None:
    """None where media nodes read the data directory."""
    shelf = shelf_of(config)
    if not shelf.is_apart:
        return None
    write_standard_sounds(config.data_dir)
    return PublishedSounds(shelf, config.files.prompts_mb << 20)


class WorkerPart:
    """Owns the living calls of its partitions, and their flows."""

    def __init__(self, ground: Ground) -> None:
        config, bus, store, clock = ground.config, ground.bus, ground.store, ground.clock
        self._ground = ground
        self._speaker = default_speaker(config.data_dir)
        self.speech = Speech(bus, store, ground.fleet, clock)
        self._sounds = published_sounds(config)
        music, ringing = (self._sounds.begin(file) if self._sounds else file for file in (HOLD_MUSIC, RINGING_TONE))
        self._table = RedisPartitions(config.redis_url, config.storage.redis_prefix)
        self._sharing = Sharing(self._table, self, new_id("worker"))
        self._reader: Dispatcher | None = None
        self.reads_from = ""
        """Where what was claimed at the start is to be read on; empty: nothing was."""
        self.control = CallControl(music, ringing, pass_digit_on=ground.digits.pass_on, owns=self._owns)
        self._calls = CallService(
            bus=bus,
            store=store,
            steps=OwnSteps(ground.steps, self._sharing.fences),
            numbers=ground.plan,
            callbacks=ground.book,
            transcribing=self.speech,
            clock=clock,
            control=self.control,
        )
        self.flows = FlowRunner(
            bus=bus,
            flows=ground.flow_source,
            speaker=self._speaker,
            listening=self.speech,
            store=store,
            clock=clock,
            data_dir=config.data_dir,
            open_digit=ground.digits.open,
            wideband=config.media.clock_rate_hz == 16000,
            can_call_back=self._can_call_back,
            publish_sound=self._sounds.publish if self._sounds else None,
        )
        self._waiting_calls = WaitingCalls(self.flows, AskedQueues(bus), bus, clock)
        self._late_texts = CatchUp(bus, store)

    def services(self) -> dict[str, Handler]:
        return {
            "speech": self.speech,
            "customers": self._ground.customers,
            "calls": self._calls,
            "ivr": self.flows,
            "late_texts": self._late_texts,
            "unassigned": Unassigned(self._ground.unassigned),
        }

    async def start(self, stack: AsyncExitStack) -> None:
        """Takes what nobody has."""
        assert self._reader is not None
        stack.push_async_callback(self._table.close)
        stack.push_async_callback(self._sharing.stop, self._reader)
        stack.push_async_callback(self._speaker.close)
        await self._calls.start()
        stack.push_async_callback(self._calls.stop)
        await self.flows.start()
        stack.push_async_callback(self.flows.stop)
        self.reads_from = await self._sharing.begin(await self._reader.saved() or "0")
        self._reader.owns(self._sharing.fences.keys())

    def hears_by(self, reader: Dispatcher) -> None:
        """Before `start`."""
        self._reader = reader

    async def take(self, partitions: frozenset[int]) -> None:
        """`server.roles.sharing.Calls`. Speech first: calls that are taken may stop what is heard of them."""
        await self._late_texts.take(partitions)
        await self.speech.take(partitions)
        await self._calls.take(partitions)
        taken = (call for call in self.control.calls.values() if partition_of(call.call_id) in partitions)
        await self.flows.take(partitions, calls_in_flows(taken))

    async def drop(self, partitions: frozenset[int]) -> None:
        """`server.roles.sharing.Calls`."""
        await self.flows.drop(partitions)
        await self._calls.drop(partitions)
        self.speech.drop(partitions)
        self._late_texts.drop(partitions)

    def _owns(self, call_id: CallId) -> bool:
        return self._calls.owns(call_id)

    def tasks(self, caught_up: CaughtUp) -> Tasks:
        assert self._reader is not None
        tasks: Tasks = {
            "sharing": self._sharing.run(self._reader),
            "calls": self._calls.run(),
            "waiting-calls": self._waiting_calls.run(caught_up),
            "keys": self._ground.watch.tell_keys(caught_up),
        }
        return tasks | {"sounds": self._sounds.run()} if self._sounds else tasks

    def callers(self) -> Versions:
        """In which versions of which flows its calls are."""
        return tuple((flow_id, version, count) for (flow_id, version), count in self.flows.callers().items())

    async def end(self) -> None:
        return

    def _can_call_back(self, caller: str) -> bool:
        """Whether some trunk takes calls from us, and this number may be called."""
        config, rules = self._ground.config, self._ground.configuration.document.callbacks
        dials = any(trunk.proxy for trunk in config.trunks)
        return dials and why_not(caller, config.general.country, rules) is None
