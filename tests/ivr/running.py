"""An installation whose flow leads into a queue, and how a call gets there: for tests of the runner."""

from __future__ import annotations

from ivr.sounds import HOLD_MUSIC
from tests.ivr.installation import Installation

STEPS = """
    hello: {verb: say, text: Welcome., next: who}
    who: {verb: lookup, wait_s: 0.2, next: choose}
    choose:
      verb: menu
      ask: Orders or billing.
      timeout_s: 30
      options:
        - {digit: 1, phrases: [orders], go: orders}
        - {digit: 2, phrases: [billing], go: bye}
      otherwise: bye
    orders:
      verb: enqueue
      queue: queue_orders
      say: One moment.
      waiting: {text: Thank you., first_after_s: 60}
      too_long: bye
      failed: trouble
    bye: {verb: hang_up, say: Good-bye.}
    trouble: {verb: hang_up, say: Please call later.}
"""
WORK = "work_1_1"


async def waits_in_queue(ivr: Installation) -> None:
    await ivr.call_starts()
    await ivr.hears("Welcome.")
    await ivr.presses("1")
    await ivr.hears("One moment.")
    await ivr.prompt_ends()
    await ivr.hears(HOLD_MUSIC)
