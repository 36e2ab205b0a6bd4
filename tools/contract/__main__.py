"""Writes what others build against: `docs/openapi.json`, `docs/live-schema.json`, and the web application's types from both.

Run it after a change of the API or of the live view: `python -m tools.contract`. With `--release 0.2` it also keeps the names of
that release in `docs/contract/`, which later ones are compared with (`tests/tools/test_contract.py`).
"""

from __future__ import annotations

import argparse
import json
import sys
from functools import cache
from typing import Any

from server.api.app import create_app
from server.live.messages import schema as live_schema
from tools.contract.names import names
from tools.ui_types import ROOT
from tools.ui_types import main as ui_types

DOCS = ROOT / "docs"
RELEASES = DOCS / "contract"


@cache
def documents() -> dict[str, dict[str, Any]]:
    """What the server says now, by the name of its file, as JSON has it."""
    said = {"openapi.json": create_app(None).openapi(), "live-schema.json": live_schema()}
    return {name: json.loads(json.dumps(document)) for name, document in said.items()}


def names_now() -> list[str]:
    now = documents()
    return names(now["openapi.json"], now["live-schema.json"])


def text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--release", help="keep the names of this release, too")
    release = parser.parse_args(arguments).release
    for name, document in documents().items():
        (DOCS / name).write_text(text(document))
        print(f"docs/{name}")
    if release:
        (RELEASES / f"{release}.json").write_text(json.dumps(names_now(), indent=0, ensure_ascii=False) + "\n")
        print(f"docs/contract/{release}.json")
    return ui_types([])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
