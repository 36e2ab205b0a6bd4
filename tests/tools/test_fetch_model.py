"""Set-up of the speech model: what is wanted, from where, and what works without it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from asr.model_files import cache_root
from tools.speech import build_composer, fetch_model, model_source

SET_UP = cache_root()
"""Where the program was compiled when this checkout was set up; each test has an empty cache of its own."""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("PATCHBAY_VOSK_MODEL", raising=False)


def given_model(folder: Path, *more: str) -> Path:
    for name in ("am/final.mdl", "conf/mfcc.conf", *more):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"--sample-frequency=16000\n")
    return folder


def no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mvn that fails like one without a network, and a Vosk that cannot reach its site."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "mvn").write_text("#!/bin/sh\necho '[ERROR] Could not transfer artifact: Connection refused'\nexit 1\n")
    (programs / "mvn").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr("sys.executable", "/bin/false")


def test_without_network_it_says_what_was_wanted_from_where_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    no_network(tmp_path, monkeypatch)
    monkeypatch.setattr("sys.argv", ["fetch_model"])
    assert fetch_model.main() == fetch_model.NO_MODEL
    said = capsys.readouterr().out
    for part in ("a Vosk model for “en”", "com.alphacephei:vosk-model-en:0.3.45:aar", "Connection refused", "alphacephei.com"):
        assert part in said
    assert "everything else works" in said


def test_a_given_model_is_used_and_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_network(tmp_path, monkeypatch)
    monkeypatch.setenv("PATCHBAY_VOSK_MODEL", str(given_model(tmp_path / "mine", "graph/HCLG.fst")))
    model = fetch_model.prepare()
    assert (model.name, model.composed, model.phrases) == ("mine", True, None)


def test_a_given_folder_without_a_model_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATCHBAY_VOSK_MODEL", str(tmp_path))
    with pytest.raises(model_source.NoSource, match=r"lacks am/final\.mdl"):
        fetch_model.prepare()


def test_without_a_compiler_the_shipped_graph_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = given_model(tmp_path / "mine", "graph/HCLr.fst", "graph/Gr.fst", "graph/disambig_tid.int")
    monkeypatch.setenv("PATCHBAY_VOSK_MODEL", str(source))
    monkeypatch.setenv("CXX", "no-such-compiler")
    model = fetch_model.prepare()
    assert not model.composed
    assert model.live == model.phrases
    assert "libfst-dev" in capsys.readouterr().out


def test_a_graph_that_is_none_is_an_error_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = given_model(tmp_path / "mine", "graph/HCLr.fst", "graph/Gr.fst", "graph/disambig_tid.int")
    program = build_composer.build(SET_UP)
    arguments = ["--graph", str(source / "graph"), "--out", str(tmp_path / "out"), "--words", str(tmp_path / "words")]
    with pytest.raises(build_composer.CannotCompose, match=r"cannot read .*HCLr\.fst"):
        build_composer.compose(program, arguments)
    with pytest.raises(build_composer.CannotCompose, match="missing --words"):
        build_composer.compose(program, arguments[:4])
    with pytest.raises(build_composer.CannotCompose, match="expected --name value"):
        build_composer.compose(program, ["graph"])


def test_the_archive_is_unpacked_in_one_step_and_a_damaged_one_refused(tmp_path: Path) -> None:
    good, bad, other = tmp_path / "good.aar", tmp_path / "bad.aar", tmp_path / "other.aar"
    with zipfile.ZipFile(good, "w") as archive:
        archive.writestr("assets/model-en-us/am/final.mdl", "x")
        archive.writestr("assets/model-en-us/conf/mfcc.conf", "y")
        archive.writestr("../outside", "z")
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("something/else", "x")
    bad.write_bytes(good.read_bytes()[:100])
    model_source.unpack(good, tmp_path / "model")
    assert sorted(path.name for path in (tmp_path / "model").rglob("*") if path.is_file()) == ["final.mdl", "mfcc.conf"]
    for archive_path, reason in ((bad, "damaged"), (other, "holds no")):
        with pytest.raises(model_source.NoSource, match=reason):
            model_source.unpack(archive_path, tmp_path / "model")
    assert (tmp_path / "model/am/final.mdl").exists()


def test_composed_graphs_that_nothing_names_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATCHBAY_VOSK_MODEL", str(given_model(tmp_path / "mine", "graph/HCLG.fst")))
    model = fetch_model.prepare()
    old = model.live.parent / "live-old"
    old.mkdir()
    fetch_model.prepare()
    assert not old.exists()
    manifest = next((tmp_path / "cache/patchbay/models").glob("en-given-*.json"))
    assert json.loads(manifest.read_text())["live"] == str(model.live)
