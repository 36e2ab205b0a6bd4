"""Whatever is sent to whichever route, by whomever: an answer that is documented, no failure in the log, no process that ends."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.server.api.conftest import PASSWORD, ControlProcess
from tests.server.api.documented import document, undocumented
from tests.server.api.hostile import NUMBERS, TEXTS, VALUES, Operation, Request, escaped, json_of, operations, requests, sent
from tests.server.redis_server import RedisServer

OPERATIONS = operations(document())
EXAMPLES = 12
"""For each route and kind of sender. More finds little more: the values are few, and each is drawn often."""
ABSENT = {"no_node", "unavailable"}
"""There is no media node here; who waits for one is told so."""
REPORT = ("leg_id", "microphone", "context", "ice", "level_in", "level_out")
"""Fields of what a browser says of its sound."""
FAILURES = ("Traceback", "request failed", "event failed", '"event": "set aside"', '"level": "critical"')


@pytest.fixture(scope="module")
def site(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlProcess]:
    overrides = {
        "PATCHBAY_LIMITS_WIDGET_CALLS_PER_MINUTE": "100000",
        "PATCHBAY_LIMITS_WIDGET_CALLS_PER_MINUTE_IN_ALL": "100000",
        "PATCHBAY_LIMITS_SIGN_IN_LONGEST_DELAY_S": "0.01",
    }
    made = ControlProcess(redis_server.url, tmp_path_factory.mktemp("hostile"), overrides=overrides)
    made.start()
    yield made
    made.stop()


class Sender:
    """Somebody with or without an account, who signs in again whenever a request has signed them out."""

    def __init__(self, site: ControlProcess, username: str | None) -> None:
        self._username = username
        self._client = httpx.Client(base_url=site.url, headers={"X-Patchbay": "1"}, timeout=60)

    def send(self, request: Request) -> httpx.Response:
        if self._username and "patchbay_session" not in self._client.cookies:
            form = {"username": self._username, "password": PASSWORD}
            self._client.post("/api/v1/session", json=form).raise_for_status()
        kind = {} if request.body is None else {"Content-Type": "application/json"}
        body = None if request.body is None else sent(request.body)
        return self._client.request(request.method, httpx.URL(request.target), content=body, headers=kind)

    def close(self) -> None:
        self._client.close()


@pytest.fixture(scope="module")
def senders(site: ControlProcess) -> Iterator[list[Sender]]:
    made = [Sender(site, name) for name in ("ada", "mei", None)]
    yield made
    for sender in made:
        sender.close()


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_no_request_makes_a_failure(site: ControlProcess, senders: list[Sender], operation: Operation) -> None:
    logged = len(site.log)

    @settings(
        max_examples=EXAMPLES * len(senders),
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(requests(operation), st.sampled_from(senders))
    def run(request: Request, sender: Sender) -> None:
        answer = sender.send(request)
        code = _code(answer)
        is_told = code in ABSENT or request.path.endswith("/ready")
        assert answer.status_code < 500 or is_told, (request, answer.status_code, answer.text[:500])
        assert answer.status_code < 400 or code or is_told, (request, answer.status_code, answer.text[:500])
        path = answer.request.url.path
        assert not undocumented(request.method, path, answer.status_code, code or None)

    run()
    assert site.process is not None
    assert site.process.poll() is None
    new = site.log[logged:]
    assert not any(failure in new for failure in FAILURES), new[:3000]


@settings(max_examples=150, derandomize=True, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(VALUES | st.fixed_dictionaries({"type": st.just("audio")} | dict.fromkeys(REPORT, VALUES)), TEXTS, TEXTS | NUMBERS)
def _socket_survives(site: ControlProcess, cookie: str, message: object, epoch: str, since: object) -> None:
    query = f"epoch={escaped(epoch)}&since={escaped(str(since))}"
    try:
        with connect(f"{site.url.replace('http', 'ws')}/api/v1/live?{query}", additional_headers={"Cookie": cookie}) as screen:
            screen.send(sent(json_of(message))[:16_000], text=True)
            screen.recv(timeout=20)
    except (InvalidStatus, ConnectionClosed):
        return  # an address that is none, or a message too many


def test_no_message_of_a_live_view_makes_a_failure(site: ControlProcess) -> None:
    logged = len(site.log)
    with httpx.Client(base_url=site.url, headers={"X-Patchbay": "1"}, timeout=60) as client:
        client.post("/api/v1/session", json={"username": "mei", "password": PASSWORD}).raise_for_status()
        _socket_survives(site, f"patchbay_session={client.cookies['patchbay_session']}")
        assert client.get("/api/v1/session").status_code == 200
    assert not any(failure in site.log[logged:] for failure in FAILURES), site.log[logged:][:3000]


def _code(answer: httpx.Response) -> str:
    """Of an error in the one shape of errors; empty for anything else."""
    try:
        return str(answer.json()["error"]["code"])
    except (json.JSONDecodeError, KeyError, TypeError, UnicodeDecodeError):
        return ""
