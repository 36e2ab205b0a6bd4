"""Whose desk is open, with what sound, and whom work can therefore be brought to.

Desk processes tell what the browsers at them say (`reports.py`); one process judges (`judge.py`) by pure rules (`audio.py`), so
that two desk processes never argue about an agent.
"""
