"""The business's rules: who can do what, when it is open, how queues route. One document, checked whole, versioned.

`document.py` is its shape, `reading.py` and `writing.py` carry it as YAML, `checks/` say everything that is wrong with it at
once, `acd.py` turns it into what the ACD needs, `changes.py` says what differs between two; `service.py` saves and puts in force.
Everything but the service is pure.
"""
