"""Call control: which leg hears which, from the first ring to the last record.

`control.py` decides purely, `service.py` acts. The IVR runs its own prompts on the customer's leg, the ACD chooses the agent;
call control answers, holds, has both sides transcribed, and ends the call exactly once. Who hears whom, and what is recorded, is
one picture of the call (`picture.py`), computed from its parties (`mix.py`).
"""
