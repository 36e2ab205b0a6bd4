"""A real ACME server (Let's Encrypt's own for tests), and the name server that it asks: every name leads to this machine."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import time
from pathlib import Path
from typing import Any

import httpx

from server.https.authority import new_authority, new_server_certificate
from server.https.names import names
from tests.peers.ports import free_port
from tests.peers.waiting import until_told

PROJECT = Path(__file__).resolve().parents[2]
PROGRAMS = PROJECT / ".venv" / "peers" / "acme"
START_LIMIT_S = 30.0
YEAR_S = 31_536_000


class AcmeServer:
    """Owns both processes. `directory` and `trusted` are what a client is told; `root` is what browsers would know."""

    def __init__(self, folder: Path, *, life_s: int = YEAR_S, account: tuple[str, str] | None = None) -> None:
        """`life_s`: how long its certificates live. `account`: key id and key without which it gives none."""
        self._folder = folder
        self._life_s = life_s
        self._account = account
        self.http_port = free_port()
        """At which it asks instead of at port 80."""
        self._port, self._management, self._dns, self._names = (free_port() for _ in range(4))
        self._processes: list[asyncio.subprocess.Process] = []
        self.trusted = folder / "acme-authority.pem"

    @property
    def directory(self) -> str:
        return f"https://localhost:{self._port}/dir"

    async def __aenter__(self) -> AcmeServer:
        assert (PROGRAMS / "pebble").is_file(), "run `tools/setup.sh test`, which builds it"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._write()
        await self._run(
            *("pebble-challtestsrv", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-dnsserver", f"127.0.0.1:{self._dns}"),
            *("-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", "", "-management", f"127.0.0.1:{self._names}"),
        )
        await self._run("pebble", "-config", str(self._folder / "acme.json"), "-dnsserver", f"127.0.0.1:{self._dns}")
        await until_told(self._answers, START_LIMIT_S)
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self._processes:
            process.terminate()
            await process.wait()
        self._processes.clear()

    async def root(self) -> str:
        async with self._client() as client:
            return (await client.get(f"https://localhost:{self._management}/roots/0")).raise_for_status().text

    async def name_leads_to(self, name: str, address: str) -> None:
        async with httpx.AsyncClient() as client:
            url, host = f"http://127.0.0.1:{self._names}", f"{name}."
            (await client.post(f"{url}/clear-a", json={"host": host})).raise_for_status()
            (await client.post(f"{url}/add-a", json={"host": host, "addresses": [address]})).raise_for_status()

    def _write(self) -> None:
        authority = new_authority("Authority of the directory", time.time())
        pair = new_server_certificate(authority, names("directory", []), time.time())
        self.trusted.write_bytes(authority.certificate)
        (self._folder / "acme.pem").write_bytes(pair.certificate)
        (self._folder / "acme.key").write_bytes(pair.key)
        settings: dict[str, Any] = {
            "listenAddress": f"127.0.0.1:{self._port}",
            "managementListenAddress": f"127.0.0.1:{self._management}",
            "certificate": str(self._folder / "acme.pem"),
            "privateKey": str(self._folder / "acme.key"),
            "httpPort": self.http_port,
            "tlsPort": free_port(),
            "externalAccountBindingRequired": self._account is not None,
            "externalAccountMACKeys": dict([self._account]) if self._account else {},
            "retryAfter": {"authz": 1, "order": 1},
            "profiles": {"default": {"description": "the usual one", "validityPeriod": self._life_s}},
        }
        (self._folder / "acme.json").write_text(json.dumps({"pebble": settings}))

    async def _run(self, program: str, *words: str) -> None:
        with (self._folder / "acme.log").open("ab") as log:
            environment = os.environ | {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
            process = await asyncio.create_subprocess_exec(PROGRAMS / program, *words, stdout=log, stderr=log, env=environment)
        self._processes.append(process)

    async def _answers(self) -> bool:
        for process in self._processes:
            assert process.returncode is None, (self._folder / "acme.log").read_text()[-2000:]
        try:
            async with self._client() as client:
                return (await client.get(self.directory)).is_success
        except httpx.TransportError:
            return False

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(verify=ssl.create_default_context(cafile=str(self.trusted)))
