"""How native code is compiled and linked that meets what strangers send.

A write behind a buffer on the stack is noticed before its function returns, a copy that cannot fit before it is made, a stack
that grows into other memory at once; addresses of functions of other libraries cannot be changed once the library is loaded.
`tests/tools/test_hardening.py` looks for all of it in what is installed. `asr/native/compiler.args` says the same, because what a
recognizer preloads is known by the text of that folder.
"""

from __future__ import annotations

COMPILE = ("-fstack-protector-strong", "-fstack-clash-protection", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=3")
WARN = ("-Wformat", "-Werror=format-security")
LINK = ("-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,noexecstack")
