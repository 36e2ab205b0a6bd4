"""The second step of signing in: a code of an authenticator app, or one of those that were written down for the day it is lost.

`codes.py` says which codes are right, `qr.py` draws what the app reads, `service.py` keeps and checks. What an identity provider
asks of its people (`server/oidc/`) is its own business: this step belongs to passwords.
"""
