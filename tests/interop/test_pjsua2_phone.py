"""A phone on the SIP stack of pjproject in another process calls the demo number."""

from pathlib import Path

from core.events import CallEnded
from tests.interop.hearing import heard_share, mono_8k
from tests.interop.office import office
from tests.peers.phone import Phone

GREETING = "Welcome to Northwind Home, where evenings are made comfortable."


async def test_hears_the_greeting_and_presses_a_key(data_dir: Path) -> None:
    async with office(data_dir) as place, Phone.start() as phone:
        await phone.dial(place.uri)
        await phone.connected()
        heard = await phone.listen(5.0)
        # The phone begins to record when it is connected, and the greeting may have begun by then: its second half must be whole.
        greeting = mono_8k(await place.spoken(GREETING))
        assert heard_share(heard, greeting[len(greeting) // 2 :]) > 0.8
        await phone.press("2")
        await place.enters("billing")
        await place.asked_for("queue_billing")
        await phone.hang_up()
        ended = await place.bus.wait_for(CallEnded)
        assert ended.cause.startswith("caller:")
        await place.is_empty()
