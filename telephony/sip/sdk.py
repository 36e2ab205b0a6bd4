"""The two vendor modules in one place, and how their objects are destroyed.

`pj` is pjsua2's generated wrapper (untyped), `native` our own ports (typed by telephony/native/patchbay_media-stubs).
"""

from __future__ import annotations

from typing import Any

import patchbay_media as native
import pjsua2 as pj

__all__ = ["destroy", "native", "pj"]


def destroy(wrapped: Any) -> None:
    """Deletes the C++ object now, on this thread: the garbage collector never decides when a call or a port ends."""
    type(wrapped).__swig_destroy__(wrapped)
