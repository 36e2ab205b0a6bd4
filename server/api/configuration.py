"""The configuration document: read, checked, changed, compared, rolled back. For administrators."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from core.model import Value
from core.problems import Complaint, Problem, TextRefused
from core.ranges import LARGEST_COUNT
from core.yaml_source import LARGEST, Source
from server.api.access import AsAdmin, Deps
from server.api.answers import answer, answers
from server.api.bodies import Body, OneLine
from server.api.errors import ApiError, not_found
from server.api.services import Services
from server.business.changes import Change, changes, diff
from server.business.checks.flows import Needed
from server.business.document import Document, plain
from server.business.patch import merged
from server.business.reading import examine, load
from server.business.service import FlowsNeedIt
from server.business.writing import to_yaml
from server.schemas import Me
from server.storage.sql.configuration import EMPTY, Author, Version, VersionConflict, VersionInfo

router = APIRouter(prefix="/configuration", tags=["configuration"])
FILE = "configuration.yaml"
Number = Annotated[int, Path(ge=0, le=LARGEST_COUNT)]
"""Of a version."""


class ConfigurationContent(Body):
    """The document itself, or its YAML."""

    document: dict[str, Any] | None = None
    yaml: str | None = Field(None, max_length=LARGEST)


class ConfigurationSave(Body):
    """What every change says."""

    version: int = Field(ge=0, le=LARGEST_COUNT)
    """The version that was on the screen when the change was made."""
    comment: OneLine = Field("", max_length=500)


class NewConfiguration(ConfigurationContent, ConfigurationSave):
    pass


class ConfigurationPatch(ConfigurationSave):
    changes: dict[str, Any]
    """JSON Merge Patch (RFC 7396): what it names is replaced, null removes."""


class ConfigurationRollback(ConfigurationSave):
    to: int = Field(ge=1, le=LARGEST_COUNT)


class UsingFlow(Value, frozen=True, kw_only=True):
    """The place in a published flow that needs what a change would remove."""

    flow_id: str
    name: str
    version: int
    line: int
    column: int


class ConfigurationProblem(Value, frozen=True, kw_only=True):
    """One mistake. `path` says where in the document, `line` and `column` where in the YAML that was sent."""

    path: tuple[str | int, ...] = ()
    line: int | None = None
    column: int | None = None
    sentence: str
    code: str
    """Names the sentence for other languages; `params` complete it."""
    params: dict[str, str] = msgspec.field(default_factory=dict)
    flow: UsingFlow | None = None


class ConfigurationVersion(Value, frozen=True, kw_only=True):
    version: int
    at: float
    author: str
    comment: str


class ConfigurationVersions(Value, frozen=True, kw_only=True):
    items: tuple[ConfigurationVersion, ...]


class SavedConfiguration(Value, frozen=True, kw_only=True):
    version: int
    at: float
    author: str
    comment: str
    document: Document
    yaml: str
    pending: str = ""
    """Why it is saved but not in force yet; empty: it is in force."""


class ConfigurationExamined(Value, frozen=True, kw_only=True):
    problems: tuple[ConfigurationProblem, ...]
    document: Document | None
    """None when what was sent has not the shape of one."""
    yaml: str | None
    """The document as an export would write it."""
    changes: tuple[Change, ...] = ()
    """Against the version in force."""


class ConfigurationDiff(Value, frozen=True, kw_only=True):
    before: int
    after: int
    changes: tuple[Change, ...]
    text: str
    """Unified diff of the YAML."""


@router.get("", responses=answers(SavedConfiguration, 429))
async def current(_: AsAdmin, deps: Deps) -> Response:
    """The version in force."""
    return await _shown(deps, await deps.configuration.store.current())


@router.put("", responses=answers(SavedConfiguration, 409, 429))
async def replace(body: NewConfiguration, me: AsAdmin, deps: Deps) -> Response:
    """A new version with this content, in force at once. 409 when somebody else was faster, 422 with every mistake."""
    return await _save(deps, me, body, body)


@router.patch("", responses=answers(SavedConfiguration, 409, 429))
async def change(body: ConfigurationPatch, me: AsAdmin, deps: Deps) -> Response:
    """A new version with these changes."""
    now = await deps.configuration.store.current()
    changed = await deps.apart.run(lambda: merged(plain(now.document), body.changes))
    return await _save(deps, me, ConfigurationContent(document=changed, yaml=None), body)


@router.post("/validate", responses=answers(ConfigurationExamined, 429))
async def validate(body: ConfigurationContent, _: AsAdmin, deps: Deps) -> Response:
    """Says what is wrong, and what would change; nothing is saved."""
    now = await deps.configuration.store.current()
    document, problems = await deps.apart.run(lambda: _examined(body))
    removed = () if document is None else await deps.configuration.removals(document)

    def write() -> Response:
        differing = () if document is None else changes(now.document, document)
        text = None if document is None else to_yaml(document)
        told = (*problems, *_removals(removed, body))
        return answer(ConfigurationExamined(problems=told, document=document, yaml=text, changes=differing))

    return await deps.apart.run(write, admitted=True)


@router.get("/versions", responses=answers(ConfigurationVersions))
async def versions(
    _: AsAdmin,
    deps: Deps,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_COUNT)] = None,
) -> Response:
    """Newest first."""
    found = await deps.configuration.store.versions(limit, before)
    return answer(ConfigurationVersions(items=tuple(map(_info, found))))


@router.get("/versions/{version}", responses=answers(SavedConfiguration, 404, 429))
async def one(version: Number, _: AsAdmin, deps: Deps) -> Response:
    return await _shown(deps, await _version(deps, version))


@router.get("/versions/{version}/diff", responses=answers(ConfigurationDiff, 404, 429))
async def difference(
    version: Number, _: AsAdmin, deps: Deps, against: Annotated[int | None, Query(ge=0, le=LARGEST_COUNT)] = None
) -> Response:
    """What `version` changed, or how it differs from the version `against`."""
    before, after = await _version(deps, version - 1 if against is None else against), await _version(deps, version)
    names = (f"version {before.version}", f"version {after.version}")

    def compare() -> Response:
        differing = changes(before.document, after.document)
        text = diff(before.document, after.document, names)
        return answer(ConfigurationDiff(before=before.version, after=after.version, changes=differing, text=text))

    return await deps.apart.run(compare)


@router.post("/rollback", responses=answers(SavedConfiguration, 404, 409, 429))
async def roll_back(body: ConfigurationRollback, me: AsAdmin, deps: Deps) -> Response:
    """A new version with an old one's content. An old one that today's rules refuse is told like any other (422)."""
    old = await _version(deps, body.to)
    content = ConfigurationContent(document=plain(old.document), yaml=None)
    said = body.comment or f"Back to version {body.to}"
    return await _save(deps, me, content, body.model_copy(update={"comment": said}))


async def _save(deps: Services, me: Me, content: ConfigurationContent, change: ConfigurationSave) -> Response:
    document = await _document(deps, content)
    author = Author(name=me.name, user_id=me.user_id)
    try:
        saved = await deps.configuration.save(document, author, change.comment.strip(), change.version)
    except VersionConflict as conflict:
        text = f"Somebody else has changed the configuration meanwhile: it is at version {conflict.current}."
        raise ApiError(409, "changed_since", text, details={"version": conflict.current}) from conflict
    except FlowsNeedIt as error:
        raise _bad(await deps.apart.run(partial(_removals, error.removed, content), admitted=True)) from error
    pending = await deps.configuration.put_in_force()
    return await _shown(deps, saved, pending, admitted=True)  # it is saved, whoever else waits


async def _document(deps: Services, content: ConfigurationContent) -> Document:
    """Checked. Raises a 422 with every problem."""
    document, problems = await deps.apart.run(lambda: _examined(content))
    if problems or document is None:
        raise _bad(problems)
    return document


def _bad(problems: tuple[ConfigurationProblem, ...]) -> ApiError:
    count = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
    told = msgspec.to_builtins(problems)
    return ApiError(422, "bad_configuration", f"Nothing was changed: {count} to mend.", details={"problems": told})


def _removals(removed: Sequence[tuple[Complaint, Needed]], content: ConfigurationContent) -> tuple[ConfigurationProblem, ...]:
    """With their places on both sides."""
    source = Source(content.yaml, FILE) if removed and content.yaml is not None else None
    return tuple(_removal(complaint, need, source) for complaint, need in removed)


def _removal(complaint: Complaint, need: Needed, source: Source | None) -> ConfigurationProblem:
    flow = UsingFlow(flow_id=need.flow_id, name=need.flow_name, version=need.version, line=need.line, column=need.column)
    place = None if source is None else source.place(complaint.where, key=True)
    return ConfigurationProblem(
        path=complaint.where,
        line=None if place is None else place.line,
        column=None if place is None else place.column,
        sentence=complaint.sentence,
        code=complaint.code,
        params=dict(complaint.params),
        flow=flow,
    )


def _examined(content: ConfigurationContent) -> tuple[Document | None, tuple[ConfigurationProblem, ...]]:
    if (content.document is None) == (content.yaml is None):
        raise ApiError(422, "invalid", "Give either `document` or `yaml`.")
    if content.yaml is None:
        found = examine(content.document)
        return found.document, tuple(_problem(each) for each in found.complaints)
    try:
        return load(content.yaml, FILE), ()
    except TextRefused as refused:
        return None, tuple(_problem_at(each) for each in refused.problems)


def _problem(complaint: Complaint) -> ConfigurationProblem:
    return ConfigurationProblem(
        path=complaint.where, sentence=complaint.sentence, code=complaint.code, params=dict(complaint.params)
    )


def _problem_at(problem: Problem) -> ConfigurationProblem:
    return ConfigurationProblem(
        line=problem.line, column=problem.column, sentence=problem.sentence, code=problem.code, params=dict(problem.params)
    )


async def _version(deps: Services, version: int) -> Version:
    """Version 0 is the empty document before the first."""
    found = EMPTY if version == 0 else await deps.configuration.store.version(version)
    if found is None:
        raise not_found("version of the configuration")
    return found


def _info(info: VersionInfo) -> ConfigurationVersion:
    return ConfigurationVersion(version=info.version, at=info.at, author=info.author.name, comment=info.comment)


async def _shown(deps: Services, version: Version, pending: str = "", *, admitted: bool = False) -> Response:
    def write() -> Response:
        saved = SavedConfiguration(
            version=version.version,
            at=version.at,
            author=version.author.name,
            comment=version.comment,
            document=version.document,
            yaml=to_yaml(version.document),
            pending=pending,
        )
        return answer(saved)

    return await deps.apart.run(write, admitted=admitted)
