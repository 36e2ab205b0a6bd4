"""Call control: which leg hears which, from the first ring to the last record.

`control.py` decides purely, `service.py` acts. The IVR runs its own prompts on the customer's leg, the ACD chooses the agent;
call control answers, bridges, holds, records, has both sides transcribed, and ends the call exactly once.
"""
