"""HTTPS without a certificate from outside: an authority of the installation's own, and one port for both kinds of connection."""
