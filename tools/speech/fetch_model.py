"""Prepares the speech model: fetch, copy, compose, once; the second run takes a moment.

    python -m tools.speech.fetch_model [--language en] [--domain TEXT_FILE] [--sounds-like FILE]

PATCHBAY_VOSK_MODEL names an existing model folder, which then wins over fetching. Ends with 0 when a model is ready,
with 3 when there is none: Patchbay runs without one and transcribes nothing. Everything lies in
${XDG_CACHE_HOME:-~/.cache}/patchbay/models.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from asr.domain_model import estimate, normalise, read_sounds_like, write
from asr.model_files import GIVEN_MODEL, SpeechModel, cache_root, manifest_path, missing_files, models_root, write_manifest
from tools.speech.build_composer import CannotCompose, build, compose, program_key
from tools.speech.model_source import NAME, NoSource, fetch

NO_MODEL = 3
_LOOKAHEAD = ("graph/HCLr.fst", "graph/Gr.fst", "graph/disambig_tid.int")


@dataclass(frozen=True)
class Domain:
    """The company's words, to be joined to the graph."""

    text: Path
    """One sentence a line."""
    sounds_like: Path | None = None
    """Lines such as ``patchbay = patch bay``."""


def prepare(language: str = "en", domain: Domain | None = None) -> SpeechModel:
    """The model that `asr.model_files.locate` will find. Raises `NoSource`."""
    root = models_root()
    given = Path(os.environ[GIVEN_MODEL]) if os.environ.get(GIVEN_MODEL) else None
    with _alone(root):
        source = _source(root, given)
        base = root / f"{NAME if given is None else given.resolve().name}-{_fingerprint(source)}"
        model = _prepared(base, source, language, domain)
        write_manifest(manifest_path(root, language, given), model)
        return model


def _source(root: Path, given: Path | None) -> Path:
    if given is None:
        return fetch(root)
    if missing_files(given):
        raise NoSource(f"{GIVEN_MODEL} names {given}, which lacks {', '.join(missing_files(given))}")
    return given


def _prepared(base: Path, source: Path, language: str, domain: Domain | None) -> SpeechModel:
    name, shipped = base.name.rpartition("-")[0], base / "phrases"
    _overlay(source, shipped, without=())
    if not all((source / part).is_file() for part in _LOOKAHEAD):
        say(f"{name} has a ready graph of its own: used as it is; it cannot hear phrase lists")
        return SpeechModel(language=language, name=name, live=shipped, phrases=None)
    composed = base / f"live-{_composition_key(domain)}"
    try:
        if not (composed / "graph/HCLG.fst").is_file():
            _compose(shipped, composed, domain)
    except CannotCompose as failure:
        say(f"The decoding graph was not composed: {failure}.")
        say("Live text works without it, at several times the CPU and memory.")
        return SpeechModel(language=language, name=name, live=shipped, phrases=shipped, composed=False)
    adapted_to = domain.text.name if domain else ""
    return SpeechModel(language=language, name=name, live=composed, phrases=shipped, adapted_to=adapted_to)


def _compose(shipped: Path, composed: Path, domain: Domain | None) -> None:
    program = build(cache_root())
    say("Composing the decoding graph, once: about 40 s and 1 GB of memory …")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=composed.parent) as scratch:
        draft = Path(scratch) / "live"
        _overlay(shipped, draft, without=_LOOKAHEAD)
        graph = draft / "graph"
        arguments = ["--graph", str(shipped / "graph"), "--out", str(graph / "HCLG.fst"), "--words", str(graph / "words.txt")]
        if domain is not None:
            arguments += _domain_arguments(Path(scratch), domain)
        report = compose(program, arguments)
        shutil.rmtree(composed, ignore_errors=True)
        draft.rename(composed)
    say(f"{report} in {time.monotonic() - began:.0f} s")


def _domain_arguments(scratch: Path, domain: Domain) -> list[str]:
    entries = read_sounds_like(domain.sounds_like.read_text(encoding="utf-8")) if domain.sounds_like else {}
    sentences = [*normalise(domain.text.read_text(encoding="utf-8")), *([word] for word in entries)]
    (scratch / "domain.txt").write_text("".join(write(estimate(sentences))), encoding="utf-8")
    arguments = ["--domain", str(scratch / "domain.txt")]
    if entries:
        lines = "".join(f"{word} {' '.join(spoken)}\n" for word, spoken in entries.items())
        (scratch / "sounds_like.txt").write_text(lines, encoding="utf-8")
        arguments += ["--sounds-like", str(scratch / "sounds_like.txt")]
    return arguments


def _overlay(source: Path, target: Path, without: tuple[str, ...]) -> None:
    """A model folder that shares the source's files, except those left out, and may hear 8 kHz."""
    if not missing_files(target):
        return
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        name = file.relative_to(source)
        if str(name) in without or str(name) == "conf/mfcc.conf":
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        _share(file.resolve(), target / name)
    settings = (source / "conf/mfcc.conf").read_text().rstrip()
    if "--allow-upsample" not in settings:
        settings += "\n--allow-upsample=true"
    (target / "conf").mkdir(parents=True, exist_ok=True)
    # Last, as its presence says that the folder is complete.
    (target / "conf/mfcc.conf").write_text(settings + "\n")


def _share(file: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(file)
    except OSError:  # another file system
        target.symlink_to(file)


def _fingerprint(source: Path) -> str:
    files = sorted(path for path in source.rglob("*") if path.is_file())
    described = [f"{path.relative_to(source)} {path.stat().st_size}" for path in files]
    return hashlib.sha256("\n".join(described).encode()).hexdigest()[:12]


def _composition_key(domain: Domain | None) -> str:
    digest = hashlib.sha256(program_key().encode())
    for file in (domain.text, domain.sounds_like) if domain else ():
        digest.update(file.read_bytes() if file else b"-")
    return digest.hexdigest()[:12]


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    # Two set-ups at the same time would compose the same gigabyte twice.
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def say(text: str) -> None:
    print(f"speech model: {text}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Prepares the speech model.")
    parser.add_argument("--language", default="en")
    parser.add_argument("--domain", type=Path, help="text of the company: one sentence a line")
    parser.add_argument("--sounds-like", type=Path, help="lines such as: patchbay = patch bay")
    options = parser.parse_args()
    domain = Domain(options.domain, options.sounds_like) if options.domain else None
    try:
        model = prepare(options.language, domain)
    except NoSource as failure:
        say(f"Wanted: a Vosk model for “{options.language}”. It could not be had: {failure}.")
        say(f"Without it everything else works and nothing is transcribed. {GIVEN_MODEL}=/path/to/a/model uses one you have.")
        return NO_MODEL
    say(f"{model.name} for “{model.language}” is ready in {model.live.parent}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
