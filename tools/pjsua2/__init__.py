"""Builds pjsua2 for a server, together with our native media ports (telephony/native), and installs it into .venv."""
