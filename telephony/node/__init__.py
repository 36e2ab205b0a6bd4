"""The media node: legs of phones and browsers on one machine, driven by commands, reported by events.

Follow a leg: `sip_side.py` or `browser_side.py` (it arrives), or `dialling.py` (we call) → `legs.py` (what may happen to it) →
`admission.py` (answer, refuse, hang up) → `prompts.py`, `mixing.py` with `mixes.py` (who hears whom), `recordings.py`, `taps.py`,
`digits.py` → `measuring.py` (how it sounds) → `outbox.py` (everybody is told).
"""
