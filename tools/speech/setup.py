"""What speech needs at set-up: what the recognizer preloads, the model, and the demo's prompts spoken once. Cached.

    python -m tools.speech.setup

Ends with 0 also without a model or a voice: Patchbay runs without them, and what was wanted has been said here.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from core.ports import Unavailable
from ivr.load import DEMO_FLOW, load_flow_file
from ivr.speech.speaker import default_speaker
from tools.speech import build_preload, fetch_model


def main() -> int:
    build_preload.main()
    fetch_model.main()
    asyncio.run(speak_demo())
    return 0


async def speak_demo() -> None:
    """Puts the demo flow's sentences on the machine's prompt cache, so that the first caller hears them at once."""
    sentences = load_flow_file(DEMO_FLOW).fixed_prompts()
    with tempfile.TemporaryDirectory() as folder:
        speaker = default_speaker(Path(folder), fills_prompt_cache=True)
        for count, sentence in enumerate(sentences, start=1):
            try:
                await speaker.render(sentence.text, sentence.language)
            except Unavailable as error:
                print(f"The demo's prompts cannot be spoken ({error}); callers will hear a tone instead.")
                break
            if sys.stdout.isatty():
                print(
                    f"\r▸ The demo's prompts: {count} of {len(sentences)}", end="" if count < len(sentences) else "\n", flush=True
                )
        await speaker.close()


if __name__ == "__main__":
    sys.exit(main())
