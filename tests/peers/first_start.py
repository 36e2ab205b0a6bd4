"""A data directory as the first start leaves it, but for the people: copied, not migrated and composed again each time.

That the migrations make this database is seen in `tests/server/storage/sql/test_migrations.py`, that the sounds are these in
`tests/ivr/test_sounds.py`; and installations that begin with nobody begin with nothing (`GENERAL_DEMO="no"`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ivr.sounds import write_standard_sounds
from tests.peers.current_database import new_sqlite


def prepare(data_dir: Path, overrides: Mapping[str, str]) -> None:
    """`overrides`: keys of the configuration as in the environment, without prefix."""
    if overrides.get("GENERAL_DEMO") == "no":
        return
    if "STORAGE_DATABASE_URL" not in overrides:
        new_sqlite(data_dir)
    for file, content in _sounds().items():
        place = data_dir / file
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)


@cache
def _sounds() -> dict[Path, bytes]:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write_standard_sounds(folder)
        return {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*.wav")}
