"""The verbs: one file each. A new verb is a new file and a line in each union below."""

from __future__ import annotations

from typing import get_args

from ivr.verbs.assign import Set
from ivr.verbs.branch import Branch
from ivr.verbs.collect import Collect, CollectMemory
from ivr.verbs.enqueue import Enqueue, EnqueueMemory
from ivr.verbs.hang_up import HangUp, HangUpMemory
from ivr.verbs.hours import Hours
from ivr.verbs.lookup import Lookup, LookupMemory
from ivr.verbs.menu import Menu, MenuMemory
from ivr.verbs.say import Say, SayMemory

AnyStep = Say | Menu | Collect | Hours | Lookup | Set | Branch | Enqueue | HangUp

AnyMemory = SayMemory | MenuMemory | CollectMemory | LookupMemory | EnqueueMemory | HangUpMemory
"""What a step that waits may remember; saved with the call."""

VERBS: dict[str, type[AnyStep]] = {str(step.__struct_config__.tag): step for step in get_args(AnyStep)}
