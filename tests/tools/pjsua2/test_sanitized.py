"""The watched build stands beside the ordinary one: neither changes the other."""

from __future__ import annotations

from pathlib import Path

from tools.pjsua2.build import CFLAGS, KEPT, Kind, forget_old
from tools.pjsua2.sanitized import environment

WATCHED = Kind("address,undefined")


def test_what_serves_calls_is_compiled_as_ever() -> None:
    assert (Kind().prefix, Kind().c_flags, Kind().config, Kind().watching) == ("", CFLAGS, "", [])


def test_neither_build_makes_the_cache_forget_the_other(tmp_path: Path) -> None:
    ordinary = [tmp_path / f"module-{n}" for n in range(KEPT + 2)]
    watched = [tmp_path / f"{WATCHED.prefix}module-{n}" for n in range(KEPT + 2)]
    for folder in ordinary + watched:
        folder.mkdir()
    forget_old(tmp_path, {watched[0]}, WATCHED)
    assert all(folder.exists() for folder in ordinary)
    forget_old(tmp_path, {ordinary[0]}, Kind())
    assert watched[0].exists()
    assert sum(folder.exists() for folder in ordinary) == KEPT + 1
    assert sum(folder.exists() for folder in watched) == KEPT + 1


def test_the_watched_modules_are_found_first_and_what_was_set_before_stays(tmp_path: Path) -> None:
    around = environment(WATCHED, tmp_path / "module", tmp_path, {"HOME": "/home/me", "PYTHONPATH": "elsewhere"})
    assert (around["PYTHONPATH"], around["HOME"]) == (str(tmp_path / "module"), "/home/me")
    assert Path(around["LD_PRELOAD"].split()[0]).name == "libasan.so"
