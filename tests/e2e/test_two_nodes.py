"""Callers on one media node, agents on another: sound both ways, hold, and a node that dies takes only the legs it had.

The whole product with a real phone; the agent is a WebRTC peer without a browser. Everybody says a tone.
"""

from __future__ import annotations

import logging
import shutil
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext

from server.config.load import load_config
from tests.e2e.conftest import AGENT_TONE_HZ, CALLER_TONE_HZ
from tests.e2e.test_callback import DANA, FLOW
from tests.e2e.test_consulting import MUSIC, NOBODY, caller_hears
from tests.e2e.test_drained_node import NOTES_LEGS, administrator, has_legs, legs_of, nodes_of, until_node
from tests.e2e.test_life_of_a_call import desk_of
from tests.peers import ear, tones
from tests.peers.agent import HeadlessAgent
from tests.peers.flows import publish
from tests.peers.installation import PROJECT, Installation
from tests.peers.phone import Phone
from tests.peers.ports import free_port
from tests.peers.waiting import until_told

log = logging.getLogger(__name__)
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]
CALLER_HZ, MEI_HZ = 1030.0, 620.0


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    async with Installation(tmp_path) as made:
        await publish(made, FLOW)
        yield made


async def hears_music(phone: Phone) -> bool:
    return await caller_hears(phone) == MUSIC


async def says(installation: Installation, words: str) -> bool:
    """In its log, which comes by the supervisor."""
    return words in installation.log


async def test_an_agent_on_another_node_than_the_caller(installation: Installation) -> None:
    async with Phone.start() as phone, installation.second_node() as second:
        await phone.dial(f"sip:1000@127.0.0.1:{installation.sip_port}", number=DANA)
        await phone.connected()
        await installation.knows_nodes(2)
        async with HeadlessAgent.signed_in(installation, "mei", hz=MEI_HZ) as mei:
            await mei.becomes("available")
            await mei.accepts(await mei.offered())
            call = await mei.shows(lambda now: now["state"] == "talking" and len(now["parties"]) == 2)
            await phone.says_tone(int(CALLER_HZ))
            assert await phone.hears_tone(MEI_HZ)
            assert await mei.hears_tone(CALLER_HZ)
            assert "link opened" in installation.log

            await mei.talks_with(call)
            await until_told(lambda: hears_music(phone))
            await mei.talks_with(call, "customer")
            assert await phone.hears_tone(MEI_HZ)
            second.send_signal(signal.SIGKILL)
            await until_told(lambda: hears_music(phone))
            await until_told(lambda: says(installation, "nothing comes on a link"))  # the caller's node knew it first
            assert await mei.hears(CALLER_HZ) == NOBODY
            await mei.connects_audio_again()
            assert await phone.hears_tone(MEI_HZ), "on the node that is left"
            assert await mei.hears_tone(CALLER_HZ)
            await phone.hang_up()
            await mei.call_is("wrap_up")
    assert DANA.lstrip("+") not in installation.log


async def test_the_desk_of_a_node_that_dies_is_back_before_anybody_knows_that_it_is_dead(
    installation: Installation, agents_browser: BrowserContext
) -> None:
    """A real desk, whose node is on «another machine»: nobody but its silence tells that it died. A node is called lost when it
    has missed three heartbeats, one a second (`LOST_AFTER_S`): the agent is back before that, so within three seconds.
    How long it took is logged (`pytest --log-cli-level=INFO`).
    """
    await agents_browser.add_init_script(NOTES_LEGS)
    async with administrator(installation) as ada, Phone.start() as phone, installation.second_node() as second:
        await installation.knows_nodes(2)
        first = next(node for node in await nodes_of(ada) if node["name"].endswith(f":{installation.sip_port}"))
        await ada.post(f"/nodes/{first['node_id']}/drain")
        await until_node(ada, first["node_id"], state="drained")
        desk = await desk_of(agents_browser, installation)
        await desk.goes("Available")
        await ada.post(f"/nodes/{first['node_id']}/resume")
        await until_node(ada, first["node_id"], state="up")

        await phone.dial(f"sip:1000@127.0.0.1:{installation.sip_port}", number=DANA)
        await phone.connected()
        await desk.answers()
        await phone.says_tone(CALLER_TONE_HZ)
        await ear.hears_tone(desk.page, CALLER_TONE_HZ)
        assert await phone.hears_tone(AGENT_TONE_HZ)
        assert [node == first["node_id"] for node in await legs_of(desk.page)] == [False]

        began = time.monotonic()
        second.send_signal(signal.SIGKILL)
        await until_told(lambda: has_legs(desk.page, 2))
        log.info("the desk opened another leg %.1f s after its node was killed", time.monotonic() - began)
        await ear.hears_tone(desk.page, CALLER_TONE_HZ)
        log.info("the agent heard the caller %.1f s after the node was killed", time.monotonic() - began)
        assert await phone.hears_tone(AGENT_TONE_HZ)
        await desk.is_now("On a call")
        assert (await legs_of(desk.page))[1] == first["node_id"]
        back, lost = (line_of(installation.log, words) for words in ("browser leg created", "node is lost"))
        assert back is not None
        assert lost is None or back < lost


GREETED = """
flow: flow_demo
name: A greeting, then the queue
start: greet
steps:
  greet: {verb: say, file: prompts/greeting.wav, next: wait}
  wait: {verb: enqueue, queue: queue_billing, failed: sorry, too_long: sorry}
  sorry: {verb: hang_up, say: Sorry.}
"""
GREETING_HZ = 1480.0


async def test_a_node_without_the_data_directory_plays_what_it_has_from_the_store(tmp_path: Path) -> None:
    """As on another machine: its own directory, the store of files, and Redis. What it has played once it needs no store for."""
    store, there, port = tmp_path / "store", tmp_path / "there", free_port()
    store.mkdir()
    async with Installation(tmp_path, FILES_URL=store.as_uri()) as installation, Phone.start() as phone:
        (installation.data_dir / "prompts").mkdir(exist_ok=True)
        tones.write_wav(installation.data_dir / "prompts" / "greeting.wav", tones.tone(GREETING_HZ, 4.0))
        await publish(installation, GREETED)
        redis = (
            f"unix://{load_config(PROJECT / 'sip.conf', {'PATCHBAY_STORAGE_DATA_DIR': str(installation.data_dir)}).redis_socket}"
        )
        own = {"STORAGE_DATA_DIR": str(there), "STORAGE_REDIS_URL": redis, "SIP_PORT": str(port)}
        async with installation.second_node(**own):
            await installation.knows_nodes(2)
            await phone.dial(f"sip:1000@127.0.0.1:{port}", number=DANA)
            await phone.connected()
            assert await phone.hears_tone(GREETING_HZ)
            await until_told(lambda: hears_music(phone))
            await phone.hang_up()
            shutil.rmtree(store)
            await phone.dial(f"sip:1000@127.0.0.1:{port}", number=DANA, call="2")
            await phone.connected(call="2")
            assert await phone.hears_tone(GREETING_HZ, call="2")
        assert not (there / "prompts" / "greeting.wav").exists()
        assert all(path.suffix == ".wav" for path in (there / "prompts" / "content").iterdir())


def line_of(log_text: str, words: str) -> int | None:
    """The last line that says so."""
    found = [number for number, line in enumerate(log_text.splitlines()) if words in line]
    return found[-1] if found else None
