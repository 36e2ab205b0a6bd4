"""Who is calling, and everything the company and this customer have said to each other on any channel.

Begin with `service.py` (what happens on each event), then `screen_pop.py` (what the agent is told). Decisions are pure; storage
is behind the protocols of `ports.py`.
"""
