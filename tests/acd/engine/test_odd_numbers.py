"""A year 20261, not-a-number and 1e308 are refused before anything changes, whoever hands them in."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import msgspec
import pytest

from acd.model.refusals import Refused
from core.commands import AnyCommand, ConfigureAcd, EnqueueWork, ReprioritiseWork, RescheduleCallback
from core.ids import QueueId, WorkId
from core.model import Channel, QueueConfig, RoutingStep
from tests.acd.contact_center import ContactCenter

YEAR_20261 = 577_241_000_000.0
ODD = [nan, inf, -inf, 1e308, -1e308, YEAR_20261]
BILLING = QueueId("queue_billing")
NUMBERS = ("ring_timeout_s", "wrap_up_limit_s", "max_wait_s", "service_level_s", "short_abandon_s", "preferred_agent_s",
           "last_agent_days", "ageing_per_minute", "priority")  # fmt: skip


def callback(**numbers: Any) -> EnqueueWork:
    return EnqueueWork(work_id=WorkId("work_odd"), call_id=None, channel=Channel.CALLBACK, queue_id=BILLING, **numbers)


def configured(**numbers: Any) -> ConfigureAcd:
    return ConfigureAcd(queues=(QueueConfig(queue_id=BILLING, name="billing", **numbers),), agents=())


def odd_inputs() -> list[AnyCommand]:
    inputs: list[AnyCommand] = []
    for odd in ODD:
        inputs += [callback(priority=odd), ReprioritiseWork(work_id=WorkId("work_1"), priority=odd, by="user_sam")]
        inputs += [configured(**{name: odd}) for name in NUMBERS]
        inputs.append(configured(steps=(RoutingStep(after_s=odd, condition=""),)))
        if odd not in {-1e308, -inf}:
            inputs += [callback(not_before=odd), RescheduleCallback(work_id=WorkId("work_1"), not_before=odd, by="user_sam")]
    return inputs


@pytest.mark.parametrize("message", odd_inputs(), ids=lambda message: repr(message)[:70])
def test_odd_numbers_change_nothing(message: AnyCommand) -> None:
    center = ContactCenter()
    line = center.queue("billing")
    line.gets(Channel.CALLBACK)
    before = center.engine.snapshot()
    with pytest.raises(Refused):
        center.does(message)
    assert center.engine.snapshot() == before
    assert msgspec.msgpack.decode(before)
    assert line.view().waiting == 1
