"""Every way in which a model can be missing is said in words that help."""

from __future__ import annotations

from pathlib import Path

import pytest

from asr.environment import worker_environment
from asr.model_files import NoModel, SpeechModel, as_it_is, locate, manifest_path, models_root, write_manifest


def make_model(folder: Path, *more: str) -> Path:
    for name in ("am/final.mdl", "conf/mfcc.conf", *more):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("--sample-frequency=16000\n")
    return folder


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(tmp_path / "cache"), **more}


def test_what_set_up_prepared_is_found(tmp_path: Path) -> None:
    there = environment(tmp_path)
    model = SpeechModel(language="en", name="small", live=make_model(tmp_path / "live"), phrases=make_model(tmp_path / "phrases"))
    write_manifest(manifest_path(models_root(there), "en", None), model)
    assert locate("en", None, there) == model


def test_without_set_up_the_way_out_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoModel, match=r"en\.json is missing; `make setup`"):
        locate("en", None, environment(tmp_path))


def test_a_damaged_manifest_is_named(tmp_path: Path) -> None:
    path = manifest_path(models_root(environment(tmp_path)), "en", None)
    path.parent.mkdir(parents=True)
    for damaged in ("", "{", '{"language": 1}', '{"language":"en","name":"x","live":7}'):
        path.write_text(damaged)
        with pytest.raises(NoModel, match="damaged"):
            locate("en", None, environment(tmp_path))


def test_a_model_whose_files_went_away_is_named(tmp_path: Path) -> None:
    there = environment(tmp_path)
    model = SpeechModel(language="en", name="small", live=tmp_path / "gone")
    write_manifest(manifest_path(models_root(there), "en", None), model)
    with pytest.raises(NoModel, match="incomplete"):
        locate("en", None, there)


def test_a_given_folder_wins_and_works_before_set_up_has_seen_it(tmp_path: Path) -> None:
    given = make_model(tmp_path / "given", "graph/HCLr.fst", "graph/Gr.fst", "graph/disambig_tid.int")
    model = locate("en", None, environment(tmp_path, PATCHBAY_VOSK_MODEL=str(given)))
    assert not model.composed
    assert model.phrases == model.live
    assert "--allow-upsample=true" in (model.live / "conf/mfcc.conf").read_text()
    assert "--allow-upsample" not in (given / "conf/mfcc.conf").read_text()
    (model.live / "conf/mfcc.conf").write_text("--allow-upsample=true\n")  # as an earlier release wrote it
    locate("en", given, environment(tmp_path))
    assert "--dither=0" in (model.live / "conf/mfcc.conf").read_text()
    assert locate("en", given, environment(tmp_path)) == model


def test_a_given_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoModel, match=r"lacks am/final\.mdl, conf/mfcc\.conf"):
        locate("en", tmp_path, environment(tmp_path))


def test_a_model_with_a_graph_of_its_own_hears_no_phrase_lists(tmp_path: Path) -> None:
    model = as_it_is(tmp_path / "cache" / "big-123", make_model(tmp_path / "big", "graph/HCLG.fst"), "en")
    assert model.composed
    assert model.phrases is None


def test_jemalloc_is_preloaded_once_and_nothing_else_is_lost() -> None:
    once = worker_environment({"LD_PRELOAD": "/lib/other.so", "HOME": "/root"})
    assert once["HOME"] == "/root"
    assert once["LD_PRELOAD"].endswith("/lib/other.so")
    assert worker_environment(once) == once
