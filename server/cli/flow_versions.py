"""Commands on flows of the installation: list, show, publish, versions, diff, roll back, drafts."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer
from rich.table import Table

from core.ids import FlowId
from core.problems import Problem
from core.text_files import NotText, text_of
from server.business.difference import difference
from server.business.flows import Edition, FlowRefused, NoSuchFlow
from server.cli.business import Business, author, author_id, opened, run
from server.cli.common import BAD_INPUT, ConfigFile, configuration, console, errors, fail, show
from server.storage.sql.flows import FlowChanged, FlowDraft, FlowVersion, NoSuchVersion

T = TypeVar("T")
Flow = Annotated[str, typer.Argument(help="The flow's id.")]
File = Annotated[Path, typer.Argument(help="A flow in YAML; docs/flows.md")]
Reason = Annotated[str, typer.Option(help="Why: the versions show it.")]


def listed(config_file: ConfigFile = None) -> None:
    """List the flows: what is published, who writes drafts, which numbers lead there."""
    table = Table("flow", "name", "version", "published", "by", "numbers", "drafts")

    async def work() -> None:
        async with opened(configuration(config_file)) as business:
            drafts = await business.flows.store.drafts()
            for info in await business.flows.store.all():
                now = info.published
                numbers = ", ".join(rule.number for rule in await business.numbers.plan.of_flow(info.flow_id))
                writing = ", ".join(draft.author for draft in drafts.get(info.flow_id, ()))
                version = ("", "", "") if now is None else (str(now.version), business.when(now.saved_at), now.author)
                table.add_row(info.flow_id, info.name, *version, numbers, writing)

    run(work())
    show(table)


def show_text(
    flow: Flow,
    version: Annotated[int | None, typer.Option(min=1, help="An older version; the published one by default.")] = None,
    config_file: ConfigFile = None,
) -> None:
    """Print a version's text."""

    async def work() -> str:
        async with opened(configuration(config_file)) as business:
            if version is not None:
                return (await business.flows.version(FlowId(flow), version)).text
            text = await business.flows.store.get(FlowId(flow))
            return (
                text
                if text is not None
                else fail(f"There is no flow “{flow}” with a published version; `patchbay flow list` shows them.", BAD_INPUT)
            )

    typer.echo(_or_fail(work), nl=False)


def publish(
    file: File,
    comment: Reason = "",
    expect: Annotated[
        int | None, typer.Option(min=0, help="The published version that the text began with; refused if there is a newer one.")
    ] = None,
    config_file: ConfigFile = None,
) -> None:
    """Check a flow and publish it as a new version, also while Patchbay runs. Running calls keep theirs."""
    text = _read(file)

    async def work() -> tuple[FlowVersion, bool]:
        async with opened(configuration(config_file)) as business:
            began = business.clock.now()
            saved = await business.flows.publish(Edition(text, author(), comment, None, expect, str(file)))
            is_new = saved.saved_at >= began
            if is_new:
                await business.note("publish_flow", saved.flow_id, version=saved.version, comment=comment)
            await business.flows.store.discard_draft(saved.flow_id, author_id())
            return saved, is_new

    saved, is_new = _or_fail(work)
    said = f"published as version {saved.version}" if is_new else f"nothing differs from version {saved.version}"
    console.print(f"{saved.flow_id}: {said}", soft_wrap=True)


def versions(
    flow: Flow, limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20, config_file: ConfigFile = None
) -> None:
    """List who published what, when and why."""
    table = Table("version", "when", "who", "why")

    async def work() -> None:
        async with opened(configuration(config_file)) as business:
            await _known(business, flow)
            for info in await business.flows.store.versions(FlowId(flow), limit):
                table.add_row(str(info.version), business.when(info.saved_at), info.author, info.comment)

    run(work())
    show(table)


def compare(
    flow: Flow,
    before: Annotated[int, typer.Argument(min=0, help="0: nothing at all.")],
    after: Annotated[int | None, typer.Argument(min=1, help="The published version by default.")] = None,
    config_file: ConfigFile = None,
) -> None:
    """Print what differs between two versions."""

    async def work() -> str:
        async with opened(configuration(config_file)) as business:
            info = await business.flows.store.info(FlowId(flow))
            newer = after or (info.published.version if info is not None and info.published is not None else 0)
            old = "" if before == 0 else (await business.flows.version(FlowId(flow), before)).text
            new = (await business.flows.version(FlowId(flow), newer)).text
            return difference(old, new, (f"version {before}", f"version {newer}"))

    typer.echo(_or_fail(work))


def roll_back(
    flow: Flow,
    to: Annotated[int, typer.Argument(min=1, help="An older version.")],
    comment: Reason = "",
    config_file: ConfigFile = None,
) -> None:
    """Publish an older version's text as a new version."""

    async def work() -> FlowVersion:
        async with opened(configuration(config_file)) as business:
            saved = await business.flows.roll_back(FlowId(flow), to, author(), comment, None)
            await business.note("roll_back_flow", flow, to=to, version=saved.version, comment=saved.comment)
            return saved

    saved = _or_fail(work)
    console.print(f"{flow}: version {to} is published again, as version {saved.version}", soft_wrap=True)


def draft(
    flow: Flow,
    save: Annotated[Path | None, typer.Option(help="Keep this file as your draft; it may have mistakes.")] = None,
    of: Annotated[str | None, typer.Option(help="Print this person's draft.")] = None,
    discard: Annotated[bool, typer.Option("--discard", help="Throw your draft away.")] = False,
    config_file: ConfigFile = None,
) -> None:
    """Show who is writing drafts of a flow; keep, print or discard one. Nobody's draft replaces another's."""
    if save is not None:
        _keep(flow, _read(save), config_file)
    elif discard:
        _discard(flow, config_file)
    else:
        _show_drafts(flow, of, config_file)


def _keep(flow: str, text: str, config_file: Path | None) -> None:
    async def work() -> None:
        async with opened(configuration(config_file)) as business:
            info = await business.flows.store.info(FlowId(flow))
            base = info.published.version if info is not None and info.published is not None else 0
            now = business.clock.now()
            kept = FlowDraft(
                author_id=author_id(), author=author().name, text=text, base_version=base, began_at=now, saved_at=now
            )
            await business.flows.store.save_draft(FlowId(flow), kept)

    _or_fail(work)
    console.print("kept as your draft")


def _discard(flow: str, config_file: Path | None) -> None:
    async def work() -> None:
        async with opened(configuration(config_file)) as business:
            await business.flows.store.discard_draft(FlowId(flow), author_id())

    run(work())
    console.print("discarded")


def _show_drafts(flow: str, of: str | None, config_file: Path | None) -> None:
    table = Table("author", "began", "saved", "on version")

    async def work() -> str | None:
        async with opened(configuration(config_file)) as business:
            await _known(business, flow)
            drafts = (await business.flows.store.drafts([FlowId(flow)])).get(FlowId(flow), ())
            if of is not None:
                return next((each.text for each in drafts if of in {each.author, each.author_id}), "")
            for each in drafts:
                table.add_row(each.author, business.when(each.began_at), business.when(each.saved_at), str(each.base_version))
            return None

    text = run(work())
    if text == "":
        fail(f"There is no draft of {flow} by “{of}”.", BAD_INPUT)
    if text is None:
        show(table)
    else:
        typer.echo(text, nl=False)


async def _known(business: Business, flow: str) -> None:
    if await business.flows.store.info(FlowId(flow)) is None:
        fail(f"There is no flow “{flow}”; `patchbay flow list` shows them.", BAD_INPUT)


def _read(file: Path) -> str:
    try:
        return text_of(file.read_bytes())
    except OSError as error:
        fail(f"{file}: {error.strerror}", BAD_INPUT)
    except NotText as error:
        fail(f"{file}: {error}", BAD_INPUT)


def _or_fail(work: Callable[[], Coroutine[None, None, T]]) -> T:
    """Ends the command with sentences: each mistake at its line, or what else stands in the way."""
    try:
        return run(work())
    except FlowRefused as refused:
        _tell(refused.problems)
    except FlowChanged as error:
        fail(f"Nothing was published: {error}. Show it, bring both texts together, and publish again.")
    except (NoSuchFlow, NoSuchVersion) as error:
        fail(f"{error}.", BAD_INPUT)


def _tell(problems: tuple[Problem, ...]) -> NoReturn:
    for problem in problems:
        errors.print(str(problem), soft_wrap=True)
    raise typer.Exit(BAD_INPUT)
