"""The IVR: flows are data, a pure machine walks them, a thin runner acts.

Read `flow.py` (what a flow is), `verbs/` (one verb, one file), `machine.py` (how a call walks a flow), `runner.py` (how that
becomes sound on a real call), `simulator.py` (how it becomes a test). `docs/flows.md` explains the language to its authors.
"""
