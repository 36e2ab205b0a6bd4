"""File + environment → `Config`.

The environment wins over the file: ``PATCHBAY_<SECTION>_<KEY>`` (``PATCHBAY_TRUNK_<NAME>_NETWORKS`` for trunks). A variable that
begins with a known section but names no key is an error, too: a typing mistake must not silently keep the old value.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_type_hints

from core.text_files import NotText, text_of
from server.config.convert import convert
from server.config.reader import ConfigError, Entry, RawSection, nearest, read_ini
from server.config.sections import SECTIONS, Config, Section, Trunk
from server.origins import ANY, is_origin

PREFIX = "PATCHBAY_"
TRUNK = "trunk:"


def load_config(path: Path | None, environment: Mapping[str, str]) -> Config:
    """Reads `path` (None: defaults only) and applies the environment. Raises `ConfigError`."""
    sections: dict[str, RawSection] = {}
    if path is not None:
        try:
            text = text_of(path.read_bytes())
        except OSError as error:
            raise ConfigError(f"{path}: {error.strerror}") from None
        except NotText as error:
            raise ConfigError(f"{path}: {error}") from None
        sections = read_ini(text, path.name)
    _apply_environment(sections, environment)
    return _build(sections, path.resolve() if path else None)


def _apply_environment(sections: dict[str, RawSection], environment: Mapping[str, str]) -> None:
    for variable, value in sorted(environment.items()):
        section_word, _, key = variable.removeprefix(PREFIX).lower().partition("_")
        if not variable.startswith(PREFIX) or not key:
            continue
        where = f"environment variable {variable}"
        if section_word == "trunk":
            trunk_name, _, key = key.rpartition("_")
            section_word = TRUNK + trunk_name
        elif section_word not in SECTIONS:
            continue
        section = sections.setdefault(section_word, RawSection(where, {}))
        section.entries[key] = Entry(value.strip(), where)


def _build(sections: dict[str, RawSection], source: Path | None) -> Config:
    built: dict[str, Any] = {"source": source}
    trunks: list[Trunk] = []
    for name, raw in sections.items():
        if name.startswith(TRUNK):
            trunks.append(_trunk(name.removeprefix(TRUNK), raw))
        elif name in SECTIONS:
            built[name] = SECTIONS[name](**_values(SECTIONS[name], name, raw))
        else:
            raise ConfigError(f"{raw.where}: unknown section [{name}]; {nearest(name, [*SECTIONS, 'trunk:<name>'])}")
    config = Config(trunks=tuple(trunks), **built)
    _check(config, sections)
    return config


def _values(kind: type[Section], name: str, raw: RawSection) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    values = {}
    for key, entry in raw.entries.items():
        if key not in hints:
            raise ConfigError(f"{entry.where}: unknown key «{key}» in [{name}]; {nearest(key, hints)}")
        values[key] = convert(key, entry, hints[key])
    return values


def _trunk(name: str, raw: RawSection) -> Trunk:
    networks = raw.entries.get("networks")
    if "name" in raw.entries:
        raise ConfigError(f"{raw.entries['name'].where}: unknown key «name» in [trunk:{name}]; the section's title is its name")
    values = _values(Trunk, f"trunk:{name}", raw)
    if not name or networks is None:
        raise ConfigError(f"{raw.where}: a trunk is «[trunk:<name>]» with «networks = address, network/length, …»")
    for value in values["networks"]:
        if value != "any" and not _is_network(value):
            raise ConfigError(f"{networks.where}: «{value}» is no address or network (as 192.0.2.0/24)")
    return Trunk(name=name, **values)


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _check(config: Config, sections: dict[str, RawSection]) -> None:
    """Rules that need more than one key."""
    if config.media.first_rtp_port >= config.media.last_rtp_port:
        raise ConfigError(f"{_place(sections, 'media')}: last_rtp_port must be above first_rtp_port")
    first, last = config.media.first_browser_port, config.media.last_browser_port
    if first > last or bool(first) != bool(last):
        raise ConfigError(
            f"{_place(sections, 'media')}: last_browser_port must not be below first_browser_port; both 0: any port"
        )
    if bool(config.web.certificate) != bool(config.web.certificate_key):
        raise ConfigError(f"{_place(sections, 'web')}: certificate and certificate_key belong together")
    for origin in (*config.web.origins, *(each for each in config.web.widget_origins if each != ANY)):
        if not is_origin(origin):
            raise ConfigError(f"{_place(sections, 'web')}: «{origin}» is no origin (as https://desk.example.com)")
    readers = tuple(each for each in config.web.metrics_from if each != ANY)
    for key, networks in (("trusted_proxies", config.web.trusted_proxies), ("metrics_from", readers)):
        for wrong in (each for each in networks if not _is_network(each)):
            raise ConfigError(f"{_place(sections, 'web')}: {key}: «{wrong}» is no address or network (as 192.0.2.0/24)")
    if not (config.sip.udp or config.sip.tcp):
        raise ConfigError(f"{_place(sections, 'sip')}: udp and tcp are both off: no call could come in")


def _place(sections: dict[str, RawSection], name: str) -> str:
    return sections[name].where if name in sections else f"[{name}]"
