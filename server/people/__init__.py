"""The people of the installation: who there is, what a list of them shows, how they are added, invited, changed and let go.

`names.py`, `agents.py` and `listing.py` decide, `service.py` does; `opening.py` makes it for commands. What a person may do is
changed through `server.accounts` only.
"""
