"""Loads the second module of pjsua2's shared object.

Our native ports and pjsua2 must share one copy of pjproject's state, so they are linked into one file, which holds the two
modules `_pjsua2` and `_patchbay_media`.
"""

import sys
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_loader

import _pjsua2

_loader = ExtensionFileLoader("_patchbay_media", _pjsua2.__file__)
_spec = spec_from_loader("_patchbay_media", _loader)
assert _spec is not None
_module = module_from_spec(_spec)
_loader.exec_module(_module)
sys.modules["_patchbay_media"] = _module
