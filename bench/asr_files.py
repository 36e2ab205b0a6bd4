"""Word errors and cost on files: the plain graph, the graph adapted to other texts, and the way vosk-server uses Vosk.

Texts that were in the domain are never in the test: the prompts are halved by name, and a test sentence that also
stands among the domain's is taken out of the domain.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import jiwer
import numpy as np

from asr.environment import worker_environment
from asr.model_files import SpeechModel, cache_root, locate
from bench.asr_legs import SpokenLeg, legs
from tests.peers.spoken import prompt, sentences, silence, texts, words
from tools.speech.fetch_model import Domain, compose_live

_TAIL_S = 0.25


@dataclass(frozen=True)
class FileRun:
    """What decoding some sound showed."""

    word_errors: float
    cpu_per_s: float
    """Processor seconds for each second of sound."""
    mb_per_stream: float


def halves() -> tuple[list[str], list[str]]:
    """Names of the domain's prompts and of the test's; drawn by a hash of the name, so that both stay what they are."""
    chosen = {name: hashlib.sha256(name.encode()).digest()[0] % 2 == 0 for name in sentences()}
    test = [name for name, is_test in chosen.items() if is_test]
    tested = {" ".join(words(name)) for name in test}
    domain = [name for name in texts() if not chosen.get(name) and words(name) and " ".join(words(name)) not in tested]
    return [name for name in domain if "[" not in texts()[name]], test


def adapted_model(say: Callable[[str], None] = print) -> SpeechModel:
    """The model with the domain half's texts joined to its graph; composed once, in a cache of the bench's own."""
    domain, _ = halves()
    text = "\n".join(texts()[name] for name in domain)
    folder = cache_root() / "bench" / f"adapted-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    plain = locate("en")
    assert plain.phrases is not None
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "domain.txt").write_text(text, encoding="utf-8")
    live = compose_live(plain.phrases, folder, Domain(folder / "domain.txt"))
    return SpeechModel(language="en", name=plain.name, live=live, phrases=plain.phrases, adapted_to="bench")


def measure(way: str, model: Path) -> FileRun:
    """Runs this module in a process of its own: `way` is ``prompts``, ``legs`` or ``vosk_server``."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.asr_files", way, str(model)],
        env=worker_environment(os.environ) if way != "vosk_server" else None,
        check=True,
        capture_output=True,
    )
    return FileRun(**json.loads(done.stdout))


def whole_prompts() -> list[SpokenLeg]:
    return [_whole(name) for name in halves()[1]]


def _whole(name: str) -> SpokenLeg:
    return SpokenLeg(np.concatenate([prompt(name), silence(_TAIL_S)]), " ".join(words(name)))


def _result(spoken: Sequence[SpokenLeg], heard: Sequence[str], cpu_s: float, mb: float) -> FileRun:
    seconds = sum(leg.seconds for leg in spoken)
    return FileRun(float(jiwer.wer([leg.text for leg in spoken], list(heard))), cpu_s / seconds, mb)


def main() -> None:
    way, model = sys.argv[1], Path(sys.argv[2])
    from bench import asr_ways  # noqa: PLC0415 -- loads Vosk, which only this process needs

    spoken = whole_prompts() if way == "prompts" else legs(3, 90.0, seed=5)
    heard, cpu_s, mb = asr_ways.WAYS[way](model, spoken)
    print(json.dumps(asdict(_result(spoken, heard, cpu_s, mb))))


if __name__ == "__main__":
    main()
