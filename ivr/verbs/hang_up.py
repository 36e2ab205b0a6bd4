"""`hang_up`: say good-bye, if there is something to say, and end the call."""

from __future__ import annotations

from collections.abc import Iterator

from core.causes import EndCause
from core.model import Value
from core.problems import Where
from ivr.actions import Play
from ivr.flow import InputMode, Step, longest_s, prompts
from ivr.inputs import Input, PlaybackDone
from ivr.names import SoundFiles
from ivr.results import Context, End, Stay
from ivr.text import Text


class HangUpMemory(Value, frozen=True, tag="hang_up"):
    """Nothing to remember."""


class HangUp(Step, frozen=True, kw_only=True, tag="hang_up"):
    """Ends the call."""

    input_mode = InputMode.IGNORES

    say: Text | None = None
    file: SoundFiles | None = None
    """A WAV file, relative to the data directory; wins over `say`."""

    def enter(self, context: Context) -> Stay | End:
        sounds = prompts(self.say, self.file, context)
        if not sounds:
            return _END
        return Stay(memory=HangUpMemory(), deadline=context.now + longest_s(sounds), requests=(Play(prompts=sounds),))

    def receive(self, memory: object, heard: Input, context: Context) -> End | None:
        return _END if isinstance(heard, PlaybackDone) else None

    def due(self, memory: object, context: Context) -> End:
        return _END

    def texts(self) -> Iterator[tuple[Where, Text]]:
        if self.say is not None:
            yield ("say",), self.say


_END = End(cause=EndCause.FLOW_HUNG_UP)
