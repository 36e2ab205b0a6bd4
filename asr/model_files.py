"""Where speech models lie, and which one a language uses.

Set-up (`tools/speech/fetch_model.py`) prepares models in the cache and leaves a manifest for each; this file only
reads. A manifest names two folders, both readable by Vosk and sharing their files: `live` with the composed graph,
`phrases` with the lookahead pair.

The folder named by PATCHBAY_VOSK_MODEL (or by sip.conf) wins over what was fetched.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from core.model import Value

GIVEN_MODEL = "PATCHBAY_VOSK_MODEL"
NEEDED = ("am/final.mdl", "conf/mfcc.conf")


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
    path = manifest_path(models_root(environment), language, given)
    try:
        model = msgspec.json.decode(path.read_bytes(), type=SpeechModel, dec_hook=_from_text)
    except FileNotFoundError:
        what = f"no prepared speech model for “{language}”: {path} is missing"
        raise NoModel(f"{what}; run `make model`; until then nothing is transcribed") from None
    except msgspec.DecodeError as error:
        raise NoModel(f"{path} is damaged ({error}): delete it and run `make model`") from None
    for folder in (model.live, model.phrases):
        if folder is not None and missing_files(folder):
            raise NoModel(f"the speech model in {folder} is incomplete: delete {path} and run `make model`")
    return model


def _from_text(kind: type, text: object) -> object:
    # msgspec asks for types it does not know; paths are the only one here.
    if kind is not Path or not isinstance(text, str):
        raise NotImplementedError(f"no {kind} in a manifest")
    return Path(text)


def write_manifest(path: Path, model: SpeechModel) -> None:
    """In one step, so that a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(model, enc_hook=str)))
    draft.replace(path)
