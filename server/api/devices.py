"""From where somebody has signed in, for the list of their sign-ins: what people know of a browser's description of itself.

Source: the order in which browsers name each other in `User-Agent` (RFC 9110 §10.1.5; WHATWG, «navigator.userAgent»): the most
particular name is looked for first. What is not known stays empty.
"""

from __future__ import annotations

from server.accounts import Device

_BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "Chrome/": "Chrome",
    "CriOS/": "Chrome",
    "Safari/": "Safari",
}
_SYSTEMS = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "CrOS": "ChromeOS",
    "Macintosh": "macOS",
    "Linux": "Linux",
}


def device_of(user_agent: str, address: str) -> Device:
    return Device(browser=_named(user_agent, _BROWSERS), system=_named(user_agent, _SYSTEMS), address=address)


def _named(text: str, names: dict[str, str]) -> str:
    return next((name for mark, name in names.items() if mark in text), "")
