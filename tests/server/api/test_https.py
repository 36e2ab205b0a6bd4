"""The web server of `patchbay serve` on an address that other computers reach: HTTPS of its own, and what HTTP may still do."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from server.config.sections import LOOPBACK
from tests.server.api.conftest import PASSWORD, ControlProcess
from tests.server.redis_server import RedisServer

OUTSIDE = {"Host": "pbx.example.com:8080", "X-Patchbay": "1"}


@pytest.fixture(scope="module")
def control(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlProcess]:
    process = ControlProcess(redis_server.url, tmp_path_factory.mktemp("https"), overrides={"PATCHBAY_WEB_BIND": "0.0.0.0"})
    process.start()
    try:
        yield process
    finally:
        process.stop()


@pytest.fixture
def trusting(control: ControlProcess) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=control.folder / "data" / "https" / "authority.pem")


def test_the_same_port_speaks_both(control: ControlProcess, trusting: ssl.SSLContext) -> None:
    form = {"username": "mei", "password": PASSWORD}
    with httpx.Client(base_url=f"https://localhost:{control.port}", verify=trusting, headers={"X-Patchbay": "1"}) as browser:
        answer = browser.post("/api/v1/session", json=form)
        assert answer.status_code == 200
        assert "Secure" in answer.headers["set-cookie"]
        assert "strict-transport-security" not in answer.headers, "whoever must go on past a warning must be able to"
    with httpx.Client(base_url=control.url, headers={"X-Patchbay": "1"}) as here:
        assert here.post("/api/v1/session", json=form).status_code == 200


def test_a_password_over_the_network_in_the_clear_is_not_even_read(control: ControlProcess) -> None:
    with httpx.Client(base_url=control.url, headers=OUTSIDE) as browser:
        answer = browser.post("/api/v1/session", json={"username": "mei", "password": PASSWORD})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "https_needed")
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(("host", "own"), [("pbx.example.com", True), ("localhost", False), ("[", True)])
def test_the_sign_in_page_knows_whether_its_browser_may_have_warned(
    control: ControlProcess, trusting: ssl.SSLContext, host: str, own: bool
) -> None:
    headers = {"Host": f"{host}:{control.port}"}
    with httpx.Client(base_url=f"https://localhost:{control.port}", verify=trusting, headers=headers) as browser:
        assert browser.get("/api/v1/session/ways").json()["own_authority"] is own


def test_who_forgets_https_is_shown_how_to_trust(control: ControlProcess) -> None:
    with httpx.Client(base_url=control.url, headers=OUTSIDE) as browser:
        led = browser.get("/desk")
        assert (led.status_code, led.headers["location"]) == (307, "/secure?to=/desk")
        assert browser.get(led.headers["location"]).status_code == 200
        known = browser.get("/api/v1/https").json()
        assert known["kind"] == "own"
        assert len(known["fingerprint"].split(":")) == 32
        authority = browser.get("/authority.crt")
        assert (authority.status_code, authority.headers["content-type"]) == (200, "application/x-x509-ca-cert")
        assert browser.get("/metrics").status_code == 200


@pytest.mark.parametrize("host", ["pbx.example.com", "localhost", "127.0.0.1", "["])
def test_a_line_for_other_pages_has_an_address_that_others_reach(
    control: ControlProcess, trusting: ssl.SSLContext, host: str
) -> None:
    headers = {"Host": f"{host}:{control.port}"}
    with httpx.Client(base_url=f"https://localhost:{control.port}", verify=trusting, headers=headers) as browser:
        address = browser.get("/api/v1/https").json()["address"]
    named = urlsplit(address)
    assert (named.scheme, named.port) == ("https", control.port)
    assert named.hostname == host if host == "pbx.example.com" else named.hostname not in LOOPBACK


async def test_a_live_view_needs_https(control: ControlProcess, trusting: ssl.SSLContext) -> None:
    address = f"ws://pbx.example.com:{control.port}/api/v1/live"
    with pytest.raises(InvalidStatus, match="403"):
        await connect(address, host="127.0.0.1", port=control.port).__aenter__()
    async with connect(f"wss://localhost:{control.port}/api/v1/live", ssl=trusting) as view:
        with pytest.raises(ConnectionClosed) as closed:  # nobody is signed in
            await view.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401


def test_the_key_is_for_nobody_else(control: ControlProcess) -> None:
    folder: Path = control.folder / "data" / "https"
    assert folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
