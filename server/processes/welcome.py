"""What `patchbay serve` prints when calls can be taken: addresses, demo sign-ins, how to place the first call.

The control server prints it, which has the people and the database open anyway: the supervisor stays small.
"""

from __future__ import annotations

import asyncio
from typing import TextIO

import structlog
from rich.console import Console
from rich.table import Table
from rich.text import Text

from core.ports import Unavailable
from server.addresses import local_url, network_url, public_url
from server.config import Config
from server.console import console_on
from server.demo.company import load_company
from server.demo.whether import SEEDED
from server.https.authority import fingerprint
from server.https.files import OwnCertificates
from server.https.over_http import opened_first
from server.people.service import Link, People
from server.ready import is_ready
from server.storage.sql.settings import SqlSettings

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.3


async def welcome_when_ready(config: Config, people: People, settings: SqlSettings, output: TextIO) -> None:
    while not await asyncio.to_thread(is_ready, config):  # noqa: ASYNC110  a node on another machine may be what is missing
        await asyncio.sleep(LOOK_EVERY_S)
    try:
        link, demo = await people.first_link(), await settings.get(SEEDED) is not None
    except Unavailable as error:
        log.warning("nobody could be asked for an administrator", error=error)
        link, demo = None, config.general.demo
    print_welcome(config, console_on(output), link, demo=demo and config.general.demo)


def print_welcome(config: Config, console: Console, first: Link | None, *, demo: bool) -> None:
    """`first`: for the first administrator, while there is none."""
    url = local_url(config)
    console.print(Text.assemble("\n", ("Patchbay is ready", "bold green"), f"  {url}\n"))
    where = Table.grid(padding=(0, 2))
    where.add_row("Agents and supervisors", url)
    network = network_url(config)
    trust = None if network is None or config.acme.directory else opened_first(network, config.https_kind)
    if network is not None:
        where.add_row("From another computer", network)
    called = "1000" if demo else "<number>"
    where.add_row("A caller in the browser", f"{url}/widget?number={called}")
    where.add_row("A caller with a phone", f"sip:{called}@<this machine>:{config.sip.port}  (UDP and TCP)")
    where.add_row("Metrics", f"{url}/metrics")
    console.print(where)
    if first is not None:
        console.print("\nNobody can administer it yet. The first administrator chooses name and password here:")
        console.print(f"  {public_url(config)}{first.path}", soft_wrap=True)
        if network is not None and not config.web.origins:
            before = f", once it trusts this installation ({trust} shows how)" if trust else ""
            console.print(f"From another computer{before}:\n  {network}{first.path}", soft_wrap=True)
    if trust is not None:
        authority = OwnCertificates(config.data_dir, config.general.name).authority()
        console.print(f"\nA computer that is new to this installation opens {trust} first: it is shown how to trust it.")
        if authority is not None:
            console.print(f"Its authority's fingerprint (SHA-256):\n  {fingerprint(authority)}", soft_wrap=True)
    if demo:
        console.print("\nDemo sign-ins:")
        people = Table.grid(padding=(0, 2))
        company = load_company()
        for person in company.users:
            people.add_row(f"  {person.username}", company.password, person.role, person.name)
        console.print(people)
    console.print("\nCtrl-C stops everything.\n")
