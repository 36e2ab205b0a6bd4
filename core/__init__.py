"""The system's words: ids, the call model, events, commands and ports.

Invariant: nothing here does input or output or asks for the time; every other package may import it, and it imports none of them.
Begin with `core/events/`, the table of contents of everything that can happen.
"""
