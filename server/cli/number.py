"""Commands on the number plan: which flow answers a called number, and which numbers are called that nothing answers."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table

from core.ids import FlowId, new_id
from server.business.number_plan import NumberRule, as_written
from server.business.numbers import NumberRefused, Numbers
from server.cli.business import opened, run
from server.cli.common import BAD_INPUT, ConfigFile, configuration, console, errors, fail, show
from server.config import Config
from server.storage.sql.number_plan import FlowGone, NumberChanged
from server.unassigned import unassigned_numbers

app = typer.Typer(help="Numbers: which flow answers a call.", no_args_is_help=True)
_DAY_S = 86_400.0
Number = Annotated[str, typer.Argument(help="+442071838750, an extension, or the beginning of numbers: +4420718387*")]
Trunk = Annotated[str, typer.Option(help="Only calls that come by this trunk of sip.conf.")]
FlowOption = Annotated[str, typer.Option("--flow", help="The flow's id; patchbay flow list shows them.")]
Language = Annotated[str, typer.Option(help="Spoken to callers, as the flow has it: en, zh.")]
Label = Annotated[str, typer.Option(help="Helps people recognise the number.")]


@app.command("list")
def listed(config_file: ConfigFile = None) -> None:
    """List every number with its flow."""
    config = configuration(config_file)
    table = Table("number", "trunk", "flow", "language", "label")

    async def work() -> None:
        async with opened(config) as business:
            for rule in await business.numbers.plan.all():
                table.add_row(rule.number, rule.trunk or "any", rule.flow_id, rule.language, rule.label)

    run(work())
    show(table)


@app.command("add")
def add(  # noqa: PLR0917  each is an option of the command
    number: Number,
    flow: FlowOption,
    trunk: Trunk = "",
    language: Language = "en",
    label: Label = "",
    config_file: ConfigFile = None,
) -> None:
    """Add a number and choose the flow that answers it, from the next call on."""
    rule = NumberRule(
        number_id=new_id("number"), number=number, trunk=trunk, flow_id=FlowId(flow), language=language, label=label
    )

    async def work() -> NumberRule:
        async with opened(configuration(config_file)) as business:
            saved = await _checked(business.numbers, rule, new=True)
            await business.note("add_number", saved.number_id, **_told(saved))
            return saved

    saved = run(work())
    console.print(f"{saved.number}: {saved.flow_id}")


@app.command("set")
def change(  # noqa: PLR0917  each is an option of the command
    number: Number,
    trunk: Trunk = "",
    flow: Annotated[str | None, typer.Option("--flow", help="Another flow.")] = None,
    language: Annotated[str | None, typer.Option(help="Another language.")] = None,
    label: Annotated[str | None, typer.Option(help="Another name.")] = None,
    config_file: ConfigFile = None,
) -> None:
    """Change a number: what is given here; the rest stays."""
    given = {"flow_id": flow, "language": language, "label": label}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if not changes:
        fail("Nothing to change: give --flow, --language or --label.", BAD_INPUT)

    async def work() -> NumberRule:
        config = configuration(config_file)
        async with opened(config) as business:
            before = await _named(business.numbers, config, number, trunk)
            saved = await _checked(business.numbers, msgspec.structs.replace(before, **changes), new=False)
            await business.note("change_number", saved.number_id, before=_told(before), after=_told(saved))
            return saved

    saved = run(work())
    console.print(f"{saved.number}: {saved.flow_id}")


@app.command("remove")
def remove(number: Number, trunk: Trunk = "", config_file: ConfigFile = None) -> None:
    """Remove a number. Calls to it are refused, unless another number matches."""

    async def work() -> None:
        config = configuration(config_file)
        async with opened(config) as business:
            rule = await _named(business.numbers, config, number, trunk)
            try:
                await business.numbers.plan.remove(rule.number_id, rule.version)
            except NumberChanged as error:
                fail(f"Nothing was removed: {error}.")
            await business.note("remove_number", rule.number_id, **_told(rule))

    run(work())
    console.print("removed")


@app.command("unassigned")
def unassigned(
    days: Annotated[float, typer.Option(min=0.01, max=400, help="How far back.")] = 7.0, config_file: ConfigFile = None
) -> None:
    """List numbers that were called lately and that no flow answers. Callers' numbers are not shown."""
    table = Table("number", "trunk", "calls", "first", "last")

    async def work() -> None:
        async with opened(configuration(config_file)) as business:
            plan = business.numbers.plan
            calls = await business.unassigned.since(business.clock.now() - days * _DAY_S)
            for each in unassigned_numbers(calls, await plan.all(), plan.forms):
                first, last = business.when(each.first_at), business.when(each.last_at)
                table.add_row(each.number, each.trunk or "none", str(each.calls), first, last)

    run(work())
    show(table)


async def _checked(numbers: Numbers, rule: NumberRule, *, new: bool) -> NumberRule:
    """Saved, or the command ends with each mistake at its field."""
    try:
        return await (numbers.add(rule) if new else numbers.change(rule))
    except NumberRefused as refused:
        for complaint in refused.complaints:
            field = str(complaint.where[0]).removesuffix("_id")
            errors.print(f"{field}: {complaint.sentence}", soft_wrap=True)
        raise typer.Exit(BAD_INPUT) from None
    except (FlowGone, NumberChanged) as error:
        fail(f"Nothing was saved: {error}.")


async def _named(numbers: Numbers, config: Config, given: str, trunk: str) -> NumberRule:
    written = as_written(given, config.general.country)
    found = next((rule for rule in await numbers.plan.all() if (rule.number, rule.trunk) == (written, trunk)), None)
    if found is None:
        fail(f"The plan has no number “{given}” for {trunk or 'any trunk'}; `patchbay number list` shows it.", BAD_INPUT)
    return found


def _told(rule: NumberRule) -> dict[str, Any]:
    """For the audit log."""
    return {"number": rule.number, "trunk": rule.trunk, "flow_id": rule.flow_id, "language": rule.language, "label": rule.label}
