"""`patchbay serve` has a certificate that browsers know by itself, from a real ACME server, and says so."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.peers.acme_server import AcmeServer
from tests.peers.installation import Installation
from tests.peers.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
PBX = "pbx.example.com"


async def test_a_certificate_that_browsers_know_comes_by_itself(tmp_path: Path) -> None:
    async with AcmeServer(tmp_path / "acme") as authority:
        settings = {
            "ACME_DIRECTORY": authority.directory,
            "ACME_NAMES": PBX,
            "ACME_AGREE_TO_TERMS": "yes",
            "ACME_HTTP_PORT": str(authority.http_port),
            "ACME_AUTHORITIES": str(authority.trusted),
        }
        async with Installation(tmp_path, **settings) as installation:
            knows = ssl.create_default_context(cadata=await authority.root())
            await until(lambda: '"certificate obtained"' in installation.log)
            async with httpx.AsyncClient(verify=knows) as browser:
                page = await browser.get(
                    f"https://127.0.0.1:{installation.web_port}/", headers={"Host": PBX}, extensions={"sni_hostname": PBX}
                )
            assert (page.status_code, page.headers["strict-transport-security"]) == (200, "max-age=31536000")
            async with installation.signed_in("mei") as client:
                cookie = {"Cookie": f"patchbay_session={client.cookies['patchbay_session']}"}
            async with connect(
                f"wss://127.0.0.1:{installation.web_port}/api/v1/live",
                ssl=knows,
                server_hostname=PBX,
                additional_headers=cookie,
            ) as live:
                assert await live.recv()
            said = await installation.says("doctor")
            assert f"for {PBX}, good for 365 days" in said, said
