"""The checks of `patchbay doctor`. Each looks at one thing and says in a sentence what it found."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from cryptography import x509

from asr.environment import find_jemalloc
from asr.model_files import NoModel, locate
from core.ports import Unavailable
from ivr.speech.speaker import default_engines
from server.acme.findings import certification_findings
from server.addresses import local_url
from server.clock import SystemClock, clock_of
from server.config import Config
from server.demo.company import public_password
from server.files.findings import file_findings
from server.findings import Finding, Verdict
from server.fleet import Fleet
from server.https.files import OwnCertificates
from server.passwords import verify_password
from server.private_files import open_to_others
from server.processes.candidate import candidate
from server.ready import is_ready
from server.roles.findings import role_findings
from server.storage.redis_bus import RedisBus
from server.storage.redis_dead_letters import RedisDeadLetters
from server.storage.redis_state import RedisStateStore
from server.storage.sql.database import Database
from server.storage.sql.dead_letters import SqlDeadLetters
from server.storage.sql.users import SqlUsers, User
from server.trunks import TrunkStatus, trunk_states

LOW_DISK_GIB = 2.0
HEARTBEATS_WITHIN_S = 2.5
BEATS_WITHIN_S = 1.2
"""Three beats of the queues' leader."""
CERTIFICATE_DAYS = 14
MOST_NAMED = 5
Check = Callable[[Config], Awaitable[list[Finding]]]


async def examine(config: Config, tell: Callable[[str], None]) -> list[Finding]:
    """All checks, in the order in which things depend on each other; `tell` hears what is looked at."""
    findings: list[Finding] = []
    for what, check in CHECKS.items():
        tell(what)
        findings += await check(config)
    return findings


async def _configuration(config: Config) -> list[Finding]:
    source = str(config.source) if config.source else "defaults only"
    findings = [Finding("ok", "configuration", source)]
    if not config.trunks:
        findings.append(Finding("warning", "trunks", "nobody may call by SIP", "add a [trunk:…] to sip.conf"))
    elif not any(trunk.proxy for trunk in config.trunks):
        text = "no trunk takes calls from us: callers are not offered a callback, promised ones cannot be dialled"
        findings.append(Finding("ok", "trunks", text, "give a [trunk:…] a proxy"))
    if config.general.demo:
        text = "the demo company is on: its passwords are public"
        findings.append(Finding("warning", "demo", text, "set demo = no in [general] before customers call"))
    return findings


async def _data(config: Config) -> list[Finding]:
    folder = config.data_dir
    if not folder.is_dir():
        return [Finding("warning", "data", f"{folder} is not there yet", "the first start makes it")]
    free_gib = shutil.disk_usage(folder).free / 2**30
    text = f"{folder}, {free_gib:.1f} GiB free"
    if free_gib < LOW_DISK_GIB:
        return [Finding("warning", "disk", text, "make room: recording stops when the disk is full"), _privacy(folder)]
    return [Finding("ok", "disk", text), _privacy(folder)]


def _privacy(folder: Path) -> Finding:
    found = list(islice(open_to_others(folder), MOST_NAMED + 1))
    if not found:
        return Finding("ok", "privacy", "nobody else on this machine can read the data")
    names = ", ".join(str(path.relative_to(folder.parent)) for path in found[:MOST_NAMED])
    more = " and more" if len(found) > MOST_NAMED else ""
    remedy = "the next start mends what is Patchbay's own; give it the rest with chown"
    return Finding("failed", "privacy", f"other users of this machine can read {names}{more}", remedy)


async def _programs(config: Config) -> list[Finding]:
    findings = []
    if config.private_redis:
        found = shutil.which("redis-server")
        remedy = "" if found else "install redis-server, or give redis_url in [storage]"
        findings.append(Finding("ok" if found else "failed", "redis-server", found or "not installed", remedy))
    jemalloc = find_jemalloc()
    text = str(jemalloc) if jemalloc else "not installed: the recognizer needs half as much CPU again"
    findings.append(Finding("ok" if jemalloc else "warning", "jemalloc", text, "" if jemalloc else "install libjemalloc2"))
    built = find_spec("pjsua2") is not None
    remedy = "" if built else "run `make serve`, which builds it"
    findings.append(Finding("ok" if built else "failed", "SIP engine", "pjsua2" if built else "pjsua2 is not built", remedy))
    return findings


async def _speech(config: Config) -> list[Finding]:
    given = (config.base / config.speech.model_dir) if config.speech.model_dir else None
    try:
        model = locate(config.speech.language, given)
        findings = [Finding("ok", "speech model", str(model.live))]
    except NoModel as error:
        findings = [Finding("warning", "speech model", str(error), "without it nothing is transcribed; calls work")]
    voices = [engine.name for engine in default_engines() if engine.speaks(config.speech.language)]
    remedy = "" if voices else "install piper-tts with a voice, flite or espeak-ng"
    findings.append(Finding("ok" if voices else "failed", "voice", ", ".join(voices) or "no voice is installed", remedy))
    return findings


async def _redis(config: Config) -> list[Finding]:
    bus = RedisBus(config.redis_url, clock_of(config.data_dir), config.storage.redis_prefix)
    try:
        await bus.ping()
        queues, roles, fleet = await asyncio.gather(_queues(config), _roles(config), _fleet(config, bus))
        return [Finding("ok", "Redis", "answers"), queues, *roles, *fleet]
    except Unavailable as error:
        return [Finding("failed", "Redis", str(error), "is Patchbay running? start it with `patchbay serve`")]
    finally:
        await bus.close()


async def _queues(config: Config) -> Finding:
    """Who leads the queues, and whether the leader lives. Raises `Unavailable`."""
    lease, ledger = candidate(config, "doctor")
    try:
        first = await lease.look()
        await asyncio.sleep(BEATS_WITHIN_S)
        last = await lease.look()
        steps = (await ledger.load()).seq
    finally:
        await lease.close()
        await ledger.close()
    if not last.owner:
        return Finding("failed", "queues", "nobody leads them", "look at the log of `patchbay acd` and of the control process")
    if last == first:
        return Finding("failed", "queues", f"{last.owner} leads, but is silent", "another one takes over within seconds")
    return Finding("ok", "queues", f"led by {last.owner}, term {last.token}, {steps} steps")


async def _roles(config: Config) -> list[Finding]:
    """Raises `Unavailable`."""
    store = RedisStateStore(config.redis_url, config.storage.redis_prefix)
    try:
        return await role_findings(store)
    finally:
        await store.close()


async def _fleet(config: Config, bus: RedisBus) -> list[Finding]:
    """Who is heard within two heartbeats."""
    fleet = Fleet()

    async def listen() -> None:
        async for _, event in bus.events("$"):
            fleet.handle(event, time.monotonic())

    listening = asyncio.create_task(listen(), name="doctor-listens")
    await asyncio.wait([listening], timeout=HEARTBEATS_WITHIN_S)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    findings = [
        Finding("ok", "media node", f"{beat.node_id}: {beat.legs} of {beat.max_legs} legs, loop lag {beat.loop_lag_ms:.0f} ms")
        for beat in fleet.nodes.values()
    ]
    findings += [
        Finding("ok" if beat.model else "warning", "recognizer", f"{beat.worker_id}: model {beat.model}, {beat.streams} streams")
        for beat in fleet.workers.values()
    ]
    if not fleet.nodes:
        findings.append(Finding("failed", "media node", "none is heard", "look at the log of `patchbay node`"))
    if not fleet.workers:
        findings.append(Finding("warning", "recognizer", "none is heard", "look at the log of `patchbay asr`"))
    now = clock_of(config.data_dir).now()
    states = trunk_states(config.trunks, tuple(fleet.nodes.values())) if fleet.nodes else []
    return findings + [trunk_finding(trunk, now) for trunk in states if trunk.since is not None]


def trunk_finding(trunk: TrunkStatus, now: float) -> Finding:
    """One that is asked whether it is there (`keep_alive_s`)."""
    words = f"{trunk.last_answer.status} {trunk.last_answer.reason}".strip() if trunk.last_answer else ""
    calls = f"{trunk.calls_now} calls"
    part = f"trunk {trunk.trunk_id}"
    if trunk.state == "up":
        return Finding("ok", part, f"{trunk.address} answers «{words}» in {trunk.round_trip_ms or 0:.0f} ms; {calls}")
    if trunk.state == "unknown":
        return Finding("ok", part, f"{trunk.address} is being asked; {calls}")
    minutes = max(0.0, now - (trunk.since or now)) / 60
    last = f"its last answer was «{words}»" if words else "it has never answered"
    text = f"{trunk.address} has been down for {minutes:.0f} min; {last}; {calls}"
    return Finding("failed", part, text, "ask the carrier, and check address and firewall: OPTIONS gets no usable answer")


async def _database(config: Config) -> list[Finding]:
    if not config.storage.database_url and not (config.data_dir / "patchbay.db").exists():
        return [Finding("warning", "database", "there is none yet", "the first start makes it")]
    database = Database(config.database_url)
    try:
        users = await SqlUsers(database).all()
        found = Finding("ok", "database", f"answers; {_people(users)}")
        return [found, *await _demo_people(config, users), await _dead_letters(config, database)]
    except Unavailable as error:
        return [Finding("failed", "database", str(error), "check database_url in [storage]")]
    finally:
        await database.close()


def _people(users: Sequence[User]) -> str:
    """Who was only invited has no password yet."""
    states = Counter(user.state for user in users)
    can = f"{states['active']} people can sign in" if states["active"] != 1 else "1 person can sign in"
    return can if not states["invited"] else f"{can}, {states['invited']} invited so far"


async def _dead_letters(config: Config, database: Database) -> Finding:
    """What was set aside and waits for somebody to decide. Raises `Unavailable`: the database's."""
    kept = SqlDeadLetters(database)
    count, newest = await kept.waiting(), await kept.page(MOST_NAMED, waiting_only=True)
    arriving = RedisDeadLetters(config.redis_url, config.storage.redis_prefix)
    try:
        count += await arriving.waiting()
    except Unavailable:
        pass  # `_redis` says so
    finally:
        await arriving.close()
    if not count:
        return Finding("ok", "set aside", "nothing: every message could be used")
    named = "; ".join(" ".join((each.letter.kind or each.letter.part, *each.letter.ids.values())) for each in newest)
    text = f"{count} messages or parts of saved state could not be used and were set aside"
    text += f", the newest: {named}" if named else ""
    return Finding(
        "warning", "set aside", text, "open Administration → System → Failed messages: hand them in again, or discard them"
    )


async def _demo_people(config: Config, users: Sequence[User]) -> list[Finding]:
    """Who still has the public password, whoever made the account; where the demo is on, everybody knows."""
    if config.general.demo:
        return []
    public = public_password()
    left = [
        user.user_id for user in users if user.active and await asyncio.to_thread(verify_password, user.password_hash, public)
    ]
    if not left:
        return []
    text = f"{len(left)} people have the demo's public password and cannot sign in with it: {', '.join(left)}"
    return [Finding("warning", "demo", text, "give them other passwords, or disable them")]


async def _web(config: Config) -> list[Finding]:
    findings = []
    page = config.application_dir / "index.html"
    built = page.is_file()
    remedy = "" if built else "run `make serve`, which builds it"
    findings.append(Finding("ok" if built else "warning", "web application", str(page) if built else "is not built", remedy))
    if await asyncio.to_thread(is_ready, config):
        findings.append(Finding("ok", "server", f"{local_url(config)} is ready for calls"))
    elif _taken(config.web.port):
        text = f"port {config.web.port} is taken, but it is not ready"
        findings.append(Finding("failed", "server", text, f"ask {local_url(config)}/api/v1/ready why"))
    else:
        findings.append(
            Finding("warning", "server", f"nothing listens on port {config.web.port}", "start it with `patchbay serve`")
        )
    return findings + _certificate(config)


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _certificate(config: Config) -> list[Finding]:
    if config.https_kind == "none":
        text = "off: browsers give the microphone to localhost only, or to whoever comes through a proxy that speaks HTTPS"
        verdict: Verdict = "ok" if config.web.trusted_proxies else "warning"
        return [Finding(verdict, "HTTPS", text, "set https = auto in [web], or name the proxy in trusted_proxies")]
    outside = certification_findings(config, SystemClock().now()) if config.acme.directory else []
    path, key = config.base / config.web.certificate, config.base / config.web.certificate_key
    if config.https_kind == "own":
        path, key = OwnCertificates(config.data_dir, config.general.name).server_paths
        if not path.is_file():
            return [*outside, Finding("warning", "HTTPS", "no certificate yet", "`patchbay serve` makes one")]
    return [*outside, _usable(path, key)]


def _usable(path: Path, key: Path) -> Finding:
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(path, key)
        certificate = x509.load_pem_x509_certificate(Path(path).read_bytes())
    except (OSError, ssl.SSLError, ValueError) as error:
        return Finding("failed", "HTTPS", f"the certificate cannot be used: {error}", "give a PEM certificate and its key")
    days = (certificate.not_valid_after_utc.timestamp() - SystemClock().now()) / 86400
    verdict: Verdict = "ok" if days > CERTIFICATE_DAYS else "warning" if days > 0 else "failed"
    return Finding(verdict, "HTTPS", f"the certificate is good for {days:.0f} days", "" if verdict == "ok" else "renew it")


CHECKS: dict[str, Check] = {
    "configuration": _configuration,
    "data directory": _data,
    "files": file_findings,
    "programs": _programs,
    "speech model and voice": _speech,
    "Redis, queues, media nodes and recognizers": _redis,
    "database": _database,
    "web server and certificate": _web,
}
