"""Signing in with an identity provider: OpenID Connect Core 1.0, the authorization code flow with PKCE (RFC 7636).

`flow.py` says what is asked and what is believed, `provider.py` talks to the provider, `people.py` finds whose word it is about.
"""
