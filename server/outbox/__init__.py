"""The Outbox: everything that goes out by webhook or e-mail.

`service.py` sends what is due, `webhook.py` and `email.py` know how, `addresses.py` where to, `vault.py` seals what is kept;
the queue itself is a table (`server/storage/sql/outbox.py`). Port: `core.outgoing.Outbox`.
"""
