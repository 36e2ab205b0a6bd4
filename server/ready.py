"""Whether the Patchbay of a configuration takes calls, asked from outside its processes."""

from __future__ import annotations

import urllib.error
import urllib.request

from server.addresses import local_url
from server.config import Config


def is_ready(config: Config) -> bool:
    """Waits for at most two seconds: call it in a thread."""
    try:
        with urllib.request.urlopen(f"{local_url(config)}/api/v1/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
