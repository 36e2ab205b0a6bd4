"""baresip calls the demo number: it hears the greeting, and its keys choose."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.causes import EndCause
from core.events import CallEnded, LegAnswered
from tests.interop.baresip import Baresip
from tests.interop.hearing import heard_share, mono_8k
from tests.interop.office import office

GREETING = "Welcome to Northwind Home, where evenings are made comfortable."
CHOICE = "Thank you. I am looking for somebody from our billing team."

pytestmark = pytest.mark.skipif(shutil.which("baresip") is None, reason="baresip is not installed (Debian baresip-core)")


@pytest.mark.parametrize(("module", "codec"), [("g711", "PCMU"), ("g722", "G722")])
async def test_hears_the_greeting_and_chooses_by_key(data_dir: Path, tmp_path: Path, module: str, codec: str) -> None:
    async with office(data_dir) as place, Baresip.start(tmp_path, codec=module) as phone:
        await phone.dial(place.uri)
        assert (await place.bus.wait_for(LegAnswered)).codec == codec
        await place.enters("main_menu", 30.0)
        await phone.press("2")
        await place.enters("billing")
        await place.asked_for("queue_billing")

        heard = await phone.hang_up()
        assert heard_share(heard, mono_8k(await place.spoken(GREETING))) > 0.8
        assert (await place.bus.wait_for(CallEnded)).cause is EndCause.CALLER_HUNG_UP
        await place.is_empty()
