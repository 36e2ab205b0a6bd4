"""The live view: what is happening now, pushed to desks and boards. Contract: docs/api.md, «Live view»."""
