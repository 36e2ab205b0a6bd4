"""What a Patchbay process can be: worker, desk, queues, installation; all of it, or some.

Each part has its own list of services (who is given which events) and of tasks, and stands on what all share (`ground.py`,
`house.py`). No part imports another one: `server/processes/control.py` puts together those that a process is.
"""
