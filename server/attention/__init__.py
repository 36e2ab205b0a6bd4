"""What needs people's attention: rules that look at what is true now, and entries that stand exactly while their cause does.

`thresholds.py` says from when on, `situation.py` what is looked at, `rules/` what it means, `board.py` when an entry begins,
changes and ends, `happened.py` what is remembered of events. All of those are pure; `service.py` looks every second and tells.
"""
