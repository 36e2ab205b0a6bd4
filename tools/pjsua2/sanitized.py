"""Runs tests while the compiler's sanitizers watch the native code: `python -m tools.pjsua2.sanitized [--thread] [tests]`.

AddressSanitizer and UndefinedBehaviorSanitizer see what a peer's packet reads or writes beyond its bounds or after its end;
ThreadSanitizer (`--thread`) sees what two threads touch without an order between them. The watched modules come out of the
build's cache and stand before the installed ones on Python's path, also for the phones and nodes that tests start: nothing is
installed, and the environment in which calls are served stays as it is.

Invariant: a fault in telephony/native or in pjproject fails the run, whatever the tests say.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.pjsua2.build import Kind, build, cache_folder
from tools.pjsua2.console import BuildError, detail, say

HERE = Path(__file__).parent
TESTS = (
    "tests/telephony/native",
    "tests/telephony/sip",
    "tests/telephony/webrtc/test_hostile_peers.py",
    "tests/telephony/webrtc/test_reception.py",
    "tests/telephony/webrtc/test_relay.py",
)
"""What drives the native code, and what sends it what no peer should send."""
MARKS = ("ERROR: AddressSanitizer", "WARNING: ThreadSanitizer", ": runtime error: ")
"""How the sanitizers begin a report."""


def runtime(name: str) -> str:
    """Where the compiler keeps a library of its own."""
    return subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True).stdout.strip()


def environment(kind: Kind, module: Path, reports: Path, around: Mapping[str, str]) -> dict[str, str]:
    library = "libtsan.so" if "thread" in kind.sanitizers else "libasan.so"
    common = f"log_path={reports}/report"
    return {
        **around,
        "PYTHONPATH": str(module),
        # Python itself is not watched, so the watcher must be there before it; and the C++ library, or exceptions find no way.
        "LD_PRELOAD": f"{runtime(library)} {runtime('libstdc++.so')}",
        # Python's own allocator would hide the bounds and the end of what it hands to native code.
        "PYTHONMALLOC": "malloc",
        # No leaks: Python and our threads keep things until the process ends.
        "ASAN_OPTIONS": f"suppressions={HERE / 'asan.supp'}:detect_leaks=0:detect_stack_use_after_return=1:{common}",
        "UBSAN_OPTIONS": f"suppressions={HERE / 'ubsan.supp'}:print_stacktrace=1",
        "TSAN_OPTIONS": f"suppressions={HERE / 'tsan.supp'}:halt_on_error=0:exitcode=0:{common}",
    }


def run_tests(kind: Kind, arguments: Sequence[str]) -> bool:
    """True: all tests have passed, and nothing was reported."""
    module = build(Path(sys.executable), cache_folder(), kind)
    with tempfile.TemporaryDirectory(prefix="sanitized-") as folder:
        reports = Path(folder)
        say(f"Tests under {kind.sanitizers}")
        # pytest's handler of crashes would take the place of the watcher's, which knows more; and what native code says must
        # not end in what pytest keeps of a test: undefined behaviour is told there and nowhere else.
        command = [sys.executable, "-m", "pytest", "-p", "no:faulthandler", "--capture=sys", "--timeout=600", *arguments]
        # ThreadSanitizer wants memory where it expects it.
        wrapper = ["setarch", "-R"] if "thread" in kind.sanitizers else []
        with (reports / "stderr").open("wb") as errors:
            watched = environment(kind, module, reports, os.environ)
            run = subprocess.run([*wrapper, *command], check=False, env=watched, stderr=errors)
        texts = [path.read_text(encoding="utf-8", errors="replace") for path in sorted(reports.iterdir())]
        found = sum(text.count(mark) for text in texts for mark in MARKS)
        print("".join(texts), file=sys.stderr)
        detail(f"{found} faults were reported")
        return run.returncode == 0 and not found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--thread", action="store_true", help="ThreadSanitizer instead")
    known, arguments = parser.parse_known_args()
    try:
        return 0 if run_tests(Kind("thread" if known.thread else "address,undefined"), arguments or TESTS) else 1
    except BuildError as problem:
        print(f"✗ pjsua2: {problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
