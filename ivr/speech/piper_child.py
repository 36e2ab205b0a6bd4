"""The process that holds a Piper voice: a request a line in, an answer a line out.

    python -m ivr.speech.piper_child VOICE.onnx        {"text": …, "path": …} → {"error": ""}

Apart from the server, so that its 200 MB are gone soon after the last prompt and a crash in it costs one prompt.
"""

from __future__ import annotations

import sys
import wave
from pathlib import Path

import msgspec
from piper import PiperVoice

from ivr.speech.piper_protocol import Reply, Request


def main() -> None:
    voice = PiperVoice.load(Path(sys.argv[1]))
    for line in sys.stdin.buffer:
        request = msgspec.json.decode(line, type=Request)
        sys.stdout.buffer.write(msgspec.json.encode(_speak(voice, request)) + b"\n")
        sys.stdout.buffer.flush()


def _speak(voice: PiperVoice, request: Request) -> Reply:
    try:
        with wave.open(request.path, "wb") as opened:
            voice.synthesize_wav(request.text, opened)
    except (OSError, ValueError, wave.Error) as error:
        return Reply(error=f"{type(error).__name__}: {error}")
    return Reply()


if __name__ == "__main__":
    main()
