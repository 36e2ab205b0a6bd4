"""A certificate from a real ACME server, and everything that can be in its way.

What is served meanwhile is looked at as a browser would: by a TLS connection that says under which name it comes.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import stat
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import httpx
import pytest

from server.acme.challenges import Challenges
from server.acme.facts import certificate_facts
from server.acme.findings import certification_findings
from server.acme.schedule import PAUSES_S, due_at
from server.acme.service import Certification
from server.api.connection import ConnectionAdmission
from server.api.services import Services
from server.config import Config
from server.config.sections import Acme, Secret, Storage, Web
from server.https.listener import Listener
from server.https.tls import ServerTls
from server.processes.web import Door
from tests.peers.acme_server import AcmeServer
from tests.peers.ports import free_port

PBX = "pbx.example.com"
ACCOUNT = ("company", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W")


class Clock:
    """The machine's, and how far a test has gone ahead of it."""

    ahead_s = 0.0

    def now(self) -> float:
        return time.time() + self.ahead_s


class Echo(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)


class Place:
    """Port 80 and the port of the pages, as a control process has them."""

    def __init__(self, config: Config) -> None:
        self.config, self.clock = config, Clock()
        self.tls = ServerTls(config, self.clock)
        self.tls.start()
        challenges = Challenges()
        self.admission = ConnectionAdmission(100, 5.0, ())
        services = cast(Services, SimpleNamespace(tls=self.tls, admission=self.admission))
        self.door = Door(services, config, challenges)
        self.certification = Certification(config, self.clock, challenges, self.tls.take_outside, self.door.opens)
        self.listener = Listener(Echo, lambda: self.tls.context, self.admission, 5.0)

    async def talk(self, name: str, root: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Raises `ssl.SSLCertVerificationError`: a browser would warn."""
        context = ssl.create_default_context(cadata=root)
        return await asyncio.open_connection("127.0.0.1", self.listener.port, ssl=context, server_hostname=name)

    async def is_trusted(self, name: str, root: str) -> bool:
        try:
            _, writer = await self.talk(name, root)
        except ssl.SSLCertVerificationError:
            return False
        writer.close()
        return True

    def own_root(self) -> str:
        return (self.config.data_dir / "https" / "authority.pem").read_text()


def config_of(folder: Path, server: AcmeServer, **settings: object) -> Config:
    acme = Acme(
        directory=server.directory,
        names=(PBX,),
        agree_to_terms=True,
        http_port=server.http_port,
        authorities=str(server.trusted),
        **settings,  # type: ignore[arg-type]
    )
    web = Web(bind="127.0.0.1", port=free_port())
    return Config(acme=acme, web=web, storage=Storage(data_dir=folder / "data"), source=folder / "sip.conf")


@asynccontextmanager
async def open_place(config: Config) -> AsyncIterator[Place]:
    (config.data_dir).mkdir(parents=True, exist_ok=True)
    place = Place(config)
    await place.listener.listen("127.0.0.1", 0)
    door = asyncio.create_task(place.door.run())
    try:
        assert await place.door.opens()
        yield place
    finally:
        door.cancel()
        await asyncio.gather(door, return_exceptions=True)
        place.listener.close()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[AcmeServer]:
    async with AcmeServer(tmp_path / "acme") as made:
        yield made


async def test_it_is_obtained_and_its_name_alone_is_served_with_it(server: AcmeServer, tmp_path: Path) -> None:
    root = await server.root()
    async with open_place(config_of(tmp_path, server)) as place:
        assert not await place.is_trusted(PBX, root)
        assert await place.is_trusted(PBX, place.own_root()), "nothing was served meanwhile"
        assert place.tls.kind_of(PBX) == "own"
        await place.certification.renew()
        assert place.certification.standing.problem == ""
        assert await place.is_trusted(PBX, root)
        assert (place.tls.kind_of(PBX), place.tls.kind_of("192.168.1.5")) == ("given", "own")
        assert await place.is_trusted("localhost", place.own_root()), "other names lost their certificate"
        folder = place.config.data_dir / "https" / "acme"
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir() if path.name != "lock"}
        assert modes == dict.fromkeys(["account.key", "certificate.key", "certificate.pem", "standing.json"], 0o600)
        assert [each.verdict for each in certification_findings(place.config, time.time())] == ["ok"]


async def test_a_renewal_cuts_nobody_off_and_new_connections_have_the_new_one(server: AcmeServer, tmp_path: Path) -> None:
    root = await server.root()
    async with open_place(config_of(tmp_path, server)) as place:
        await place.certification.renew()
        account = (place.config.data_dir / "https" / "acme" / "account.key").read_bytes()
        reader, writer = await place.talk(PBX, root)
        before = writer.get_extra_info("ssl_object").getpeercert()["serialNumber"]
        assert place.clock.now() < due_at(place.certification.issued, place.certification.standing)
        place.clock.ahead_s = 300 * 86_400
        assert place.clock.now() > due_at(place.certification.issued, place.certification.standing)
        await place.certification.renew()
        writer.write(b"still here")
        assert await reader.readexactly(10) == b"still here"
        writer.close()
        _, other = await place.talk(PBX, root)
        assert other.get_extra_info("ssl_object").getpeercert()["serialNumber"] != before
        other.close()
        assert (place.config.data_dir / "https" / "acme" / "account.key").read_bytes() == account


async def test_a_restart_goes_on_with_what_it_has(server: AcmeServer, tmp_path: Path) -> None:
    root = await server.root()
    async with open_place(config_of(tmp_path, server)) as place:
        await place.certification.renew()
    async with open_place(place.config) as again:
        assert await again.is_trusted(PBX, root)
        assert due_at(again.certification.issued, again.certification.standing) > again.clock.now()


async def test_a_name_that_does_not_lead_here_is_told_and_tried_again(server: AcmeServer, tmp_path: Path) -> None:
    await server.name_leads_to(PBX, "127.0.0.77")
    root = await server.root()
    async with open_place(config_of(tmp_path, server)) as place:
        await place.certification.renew()
        standing = place.certification.standing
        assert (standing.problem, standing.failures) == ("not_validated", 1)
        assert PBX in standing.detail
        assert due_at(None, standing) - place.clock.now() == pytest.approx(PAUSES_S[0], abs=10)
        facts = certificate_facts(None, place.certification)
        assert facts is not None
        assert facts.problem == "not_validated"
        finding = certification_findings(place.config, time.time())[0]
        assert (finding.verdict, PBX in finding.text) == ("warning", True)
        assert await place.is_trusted(PBX, place.own_root()), "nothing is served any more"
        await server.name_leads_to(PBX, "127.0.0.1")
    async with open_place(place.config) as again:  # a restart keeps the pause
        assert due_at(again.certification.issued, again.certification.standing) > again.clock.now()
        await again.certification.renew()
        assert await again.is_trusted(PBX, root)


async def test_an_authority_that_is_away_takes_nothing_down(server: AcmeServer, tmp_path: Path) -> None:
    config = config_of(tmp_path, server)
    await server.__aexit__()
    async with open_place(config) as place:
        await place.certification.renew()
        assert place.certification.standing.problem == "unreachable"
        assert await place.is_trusted(PBX, place.own_root())


async def test_a_port_that_is_taken_is_told_and_nothing_is_asked(server: AcmeServer, tmp_path: Path) -> None:
    config = config_of(tmp_path, server)
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", server.http_port)
    place = Place(config)
    door = asyncio.create_task(place.door.run())
    await place.certification.renew()
    assert place.certification.standing.problem == "port_closed"
    assert not (config.data_dir / "https" / "acme" / "account.key").exists()
    assert not door.done()
    door.cancel()
    await asyncio.gather(door, return_exceptions=True)
    taken.close()


async def test_an_account_of_the_companys_own_is_bound(tmp_path: Path) -> None:
    async with AcmeServer(tmp_path / "acme", account=ACCOUNT) as server:
        async with open_place(config_of(tmp_path, server)) as place:
            await place.certification.renew()
            assert place.certification.standing.problem == "refused"
        async with open_place(config_of(tmp_path / "2", server, key_id=ACCOUNT[0], key=Secret(ACCOUNT[1]))) as place:
            await place.certification.renew()
            assert place.certification.standing.problem == "", place.certification.standing.detail


async def test_a_certificate_that_is_over_makes_room_for_our_own(server: AcmeServer, tmp_path: Path) -> None:
    async with open_place(config_of(tmp_path, server)) as place:
        await place.certification.renew()
        place.clock.ahead_s = 400 * 86_400
        assert place.tls.kind_of(PBX) == "own"
        assert await place.is_trusted(PBX, place.own_root())


async def test_an_account_key_that_was_written_into_is_kept_and_told(server: AcmeServer, tmp_path: Path) -> None:
    async with open_place(config_of(tmp_path, server)) as place:
        folder = place.config.data_dir / "https" / "acme"
        folder.mkdir(parents=True, mode=0o700)
        (folder / "account.key").write_text("not a key")
        await place.certification.renew()
        assert place.certification.standing.problem == "refused"
        assert (folder / "account.key").read_text() == "not a key"
        os.chmod(folder, 0o700)


async def test_whoever_opens_port_80_is_led_to_the_pages(server: AcmeServer, tmp_path: Path) -> None:
    async with open_place(config_of(tmp_path, server)) as place, httpx.AsyncClient() as client:
        url = f"http://127.0.0.1:{server.http_port}"
        led = await client.get(f"{url}/desk?a=1", headers={"Host": f"{PBX}:{server.http_port}"})
        assert (led.status_code, led.headers["location"]) == (308, f"https://{PBX}:{place.config.web.port}/desk?a=1")
        assert led.headers["x-content-type-options"] == "nosniff"
        for path, host in (
            ("/desk", "evil.example"),
            ("/api/v1/session", PBX),
            ("/.well-known/acme-challenge/x", "evil.example"),
        ):
            assert (await client.get(url + path, headers={"Host": host})).status_code == 404
