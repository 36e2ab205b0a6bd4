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

import msgspec

from asr.domain_model import estimate, normalise, read_sounds_like, write
from asr.model_files import (
    GIVEN_MODEL,
    LOOKAHEAD,
    SpeechModel,
    as_it_is,
    cache_root,
    fingerprint,
    manifest_path,
    missing_files,
    models_root,
    overlay,
    write_manifest,
)
from tools.speech.build_composer import CannotCompose, build, compose, program_key
from tools.speech.model_source import NAME, NoSource, fetch

NO_MODEL = 3


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
        base = root / f"{NAME if given is None else given.resolve().name}-{fingerprint(source)}"
        model = _prepared(base, source, language, domain)
        write_manifest(manifest_path(root, language, given), model)
        _forget_unused(root, base)
        return model


def _forget_unused(root: Path, base: Path) -> None:
    """Composed graphs are 225 MB each; those that no manifest names are in nobody's way of starting again."""
    named = "".join(path.read_text() for path in root.glob("*.json"))
    for folder in base.glob("live-*"):
        if str(folder) not in named:
            shutil.rmtree(folder, ignore_errors=True)


def _source(root: Path, given: Path | None) -> Path:
    if given is None:
        return fetch(root)
    if missing_files(given):
        raise NoSource(f"{GIVEN_MODEL} names {given}, which lacks {', '.join(missing_files(given))}")
    return given


def _prepared(base: Path, source: Path, language: str, domain: Domain | None) -> SpeechModel:
    shipped = as_it_is(base, source, language)
    if shipped.composed:
        say(f"{shipped.name} has a ready graph of its own: used as it is; it cannot hear phrase lists")
        return shipped
    try:
        composed = compose_live(shipped.live, base, domain)
    except CannotCompose as failure:
        say(f"The decoding graph was not composed: {failure}.")
        say("Live text works without it, at several times the CPU and memory.")
        return shipped
    adapted_to = domain.text.name if domain else ""
    return msgspec.structs.replace(shipped, live=composed, composed=True, adapted_to=adapted_to)


def compose_live(shipped: Path, base: Path, domain: Domain | None = None) -> Path:
    """The folder in `base` with the composed graph of the model in `shipped`, made if need be. Raises `CannotCompose`."""
    composed = base / f"live-{_composition_key(domain)}"
    if not (composed / "graph/HCLG.fst").is_file():
        _compose(shipped, composed, domain)
    overlay(shipped, composed, without=LOOKAHEAD)  # brings the settings up to date
    _narrow(composed / "conf/model.conf")
    return composed


def _narrow(settings: Path) -> None:
    """The small English model looks a little less far aside: a seventh less search, 0.2 points more word errors (docs/speech.md).
    Other models keep what their makers chose.
    """
    text = settings.read_text() if settings.is_file() else ""
    if "--max-active=3000" in text and "--beam=10.0" in text:
        draft = settings.with_suffix(".draft")  # the file is shared with the model as shipped: replaced, not written
        draft.write_text(text.replace("--beam=10.0", "--beam=9.0"))
        draft.replace(settings)


def _compose(shipped: Path, composed: Path, domain: Domain | None) -> None:
    program = build(cache_root())
    say("Composing the decoding graph, once: about 40 s and 1 GB of memory …")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=composed.parent) as scratch:
        draft = Path(scratch) / "live"
        overlay(shipped, draft, without=LOOKAHEAD)
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
