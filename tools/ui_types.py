"""Writes `softphone_ui/src/api/schema.ts`: the server's own types, from its OpenAPI document and the schema of the live view.

Run it after a change of the API (`python -m tools.ui_types`). The pages' types are these by other names (`live.ts`), so the type
check then shows where a page no longer fits. `--check` only tells whether the file is what the server says now.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
UI = ROOT / "softphone_ui"
OUT = UI / "src" / "api" / "schema.ts"
GENERATOR = UI / "node_modules" / "openapi-typescript" / "bin" / "cli.js"


def document() -> dict[str, Any]:
    """REST as it is; the live view's definitions beside the others, since both name the same things the same way."""
    rest: dict[str, Any] = json.loads(_patchbay("openapi"))
    live = _patchbay("schema", "live").replace("#/$defs/", "#/components/schemas/")
    rest["components"]["schemas"] |= json.loads(live)["$defs"]
    return rest


def typescript(openapi: dict[str, Any]) -> str:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(openapi, file)
        file.flush()
        node = Path(sys.executable).with_name("node")
        done = subprocess.run([node, GENERATOR, file.name, "--alphabetize"], check=True, capture_output=True, text=True, cwd=UI)
    return done.stdout


def _patchbay(*words: str) -> str:
    command = [str(Path(sys.executable).with_name("patchbay")), *words]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return done.stdout


def main(arguments: list[str]) -> int:
    wanted = typescript(document())
    if "--check" in arguments:
        return 0 if OUT.is_file() and OUT.read_text() == wanted else 1
    OUT.write_text(wanted)
    print(f"{OUT.relative_to(ROOT)}: {len(wanted.splitlines())} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
