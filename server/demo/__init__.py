"""The demo company: Northwind Home, a shop for furniture and lamps, with its people, queues, numbers and customers.

`company.yaml` and `history.jsonl` are the data, for people to read; `seed.py` writes them the way an installation's own would
be written. Only demo installations get it: its passwords are printed for everybody.
"""
