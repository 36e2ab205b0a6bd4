"""The installation's configuration: `sip.conf`, typed.

Invariant: what is loaded is complete and valid, or `ConfigError` tells every mistake with its file and line. `sip.conf` holds
what belongs to the installation (addresses, trunks, media, speech, storage, limits); what people change while it runs is in the
database.
"""

from server.config.load import load_config
from server.config.mistakes import ConfigError
from server.config.sections import (
    Acd,
    Config,
    General,
    Limits,
    Media,
    Sip,
    Speech,
    Storage,
    Trunk,
    Web,
)

__all__ = [
    "Acd",
    "Config",
    "ConfigError",
    "General",
    "Limits",
    "Media",
    "Sip",
    "Speech",
    "Storage",
    "Trunk",
    "Web",
    "load_config",
]
