"""A certificate that browsers know, obtained and renewed by itself (ACME, RFC 8555).

`schedule.py` says when, `client.py` speaks to the authority, `files.py` keeps account key, certificate and what went wrong,
`challenges.py` answers the authority's question at port 80 (http-01, RFC 8555 §8.3), `service.py` acts. Whatever fails here,
serving goes on: with the certificate that is in use, or one of our own authority (`server/https/tls.py`).
"""
