"""Where speech models lie, and which one a language uses.

Set-up (`tools/speech/fetch_model.py`) prepares models in the cache and leaves a manifest for each. A manifest names two
folders, both readable by Vosk and sharing their files: `live` with the composed graph, `phrases` with the lookahead
pair.

The folder named by sip.conf, or else by PATCHBAY_VOSK_MODEL, wins over what was fetched. One that set-up has not seen
yet is used as it is, which works and costs more.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from core.model import Value

GIVEN_MODEL = "PATCHBAY_VOSK_MODEL"
_RATES = "conf/mfcc.conf"
NEEDED = ("am/final.mdl", _RATES)
LOOKAHEAD = ("graph/HCLr.fst", "graph/Gr.fst", "graph/disambig_tid.int")
"""What composing needs, and phrase lists too."""


class SpeechModel(Value, frozen=True, kw_only=True):
    """One language's model, ready for Vosk."""

    language: str
    name: str
    live: Path
    phrases: Path | None = None
    """None: this model cannot hear phrase lists."""
    composed: bool = True
    """False: `live` composes while it decodes; five times the CPU for short utterances."""
    adapted_to: str = ""
    """What words of the company it has learned, in words; empty = none."""


class NoModel(LookupError):
    """There is no model for a language; the message says what was looked for, where, and what to do."""


def cache_root(environment: Mapping[str, str] = os.environ) -> Path:
    """``${XDG_CACHE_HOME:-~/.cache}/patchbay``."""
    base = environment.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "patchbay"


def models_root(environment: Mapping[str, str] = os.environ) -> Path:
    return cache_root(environment) / "models"


def manifest_path(root: Path, language: str, given: Path | None) -> Path:
    """A given folder has its own manifest, so that changing the setting is enough to change the model."""
    if given is None:
        return root / f"{language}.json"
    return root / f"{language}-given-{hashlib.sha256(str(given.resolve()).encode()).hexdigest()[:12]}.json"


def missing_files(folder: Path) -> tuple[str, ...]:
    """What a Vosk model needs and this folder lacks."""
    return tuple(name for name in NEEDED if not (folder / name).is_file())


def locate(language: str = "en", given: Path | None = None, environment: Mapping[str, str] = os.environ) -> SpeechModel:
    """The model that `language` uses. Raises `NoModel`."""
    if given is None and environment.get(GIVEN_MODEL):
        given = Path(environment[GIVEN_MODEL])
    if given is not None and missing_files(given):
        raise NoModel(f"{given} is no Vosk model: it lacks {', '.join(missing_files(given))}")
    root = models_root(environment)
    path = manifest_path(root, language, given)
    try:
        model = msgspec.json.decode(path.read_bytes(), type=SpeechModel, dec_hook=_from_text)
    except FileNotFoundError:
        if given is not None:
            return as_it_is(root / f"{given.resolve().name}-{fingerprint(given)}", given, language)
        what = f"no prepared speech model for “{language}”: {path} is missing"
        raise NoModel(f"{what}; `make setup` fetches one; until then nothing is transcribed") from None
    except msgspec.DecodeError as error:
        raise NoModel(f"{path} is damaged ({error}): delete it and run `make setup`") from None
    for folder in (model.live, model.phrases):
        if folder is not None and missing_files(folder):
            raise NoModel(f"the speech model in {folder} is incomplete: delete {path} and run `make setup`")
    return model


def as_it_is(base: Path, source: Path, language: str) -> SpeechModel:
    """`source` with the graph it came with: only made to take 8 kHz. `base` is its folder in the cache."""
    shipped = base / "phrases"
    overlay(source, shipped)
    has_lookahead = all((source / part).is_file() for part in LOOKAHEAD)
    name = base.name.rpartition("-")[0]
    return SpeechModel(
        language=language, name=name, live=shipped, phrases=shipped if has_lookahead else None, composed=not has_lookahead
    )


def overlay(source: Path, target: Path, without: tuple[str, ...] = ()) -> None:
    """A model folder that shares the source's files, except those left out, with our settings. Raises `OSError`."""
    settings = _settings((source / _RATES).read_text())
    if not missing_files(target):
        if (target / _RATES).read_text() != settings:  # an earlier release's
            _write(target / _RATES, settings)
        return
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        name = file.relative_to(source)
        if str(name) in without or str(name) == _RATES:
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        _share(file.resolve(), target / name)
    # Last, as its presence says that the folder is complete.
    _write(target / _RATES, settings)


def _settings(shipped: str) -> str:
    # The model wants 16 kHz, a telephone gives 8, and Kaldi refuses to guess that this is meant. Random noise on every
    # sample is for digital silence, which the gate keeps away: without it words are heard better and a twentieth cheaper.
    ours = {"--allow-upsample": "true", "--dither": "0"}
    lines = shipped.rstrip().splitlines()
    return "\n".join([*lines, *(f"{name}={value}" for name, value in ours.items() if name not in shipped)]) + "\n"


def _write(path: Path, text: str) -> None:
    # In one step: a recognizer may start meanwhile.
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(path)


def fingerprint(source: Path) -> str:
    """Changes when the model's files do."""
    files = sorted(path for path in source.rglob("*") if path.is_file())
    described = [f"{path.relative_to(source)} {path.stat().st_size}" for path in files]
    return hashlib.sha256("\n".join(described).encode()).hexdigest()[:12]


def _share(file: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(file)
    except OSError:  # another file system
        target.symlink_to(file)


def _from_text(kind: type, text: object) -> object:
    # msgspec asks for types it does not know; paths are the only one here.
    if kind is not Path or not isinstance(text, str):
        raise ValueError(f"{text!r} is no path")
    return Path(text)


def write_manifest(path: Path, model: SpeechModel) -> None:
    """In one step, so that a reader never sees half of it."""
    _write(path, msgspec.json.format(msgspec.json.encode(model, enc_hook=str)).decode())
