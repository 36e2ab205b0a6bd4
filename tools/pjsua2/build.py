"""Builds and installs pjsua2 with our native media ports: `python -m tools.pjsua2.build --python .venv/bin/python`.

Three results, each cached under the user's cache folder and made only when what goes into it changed:

  pjproject-<key>/   the C libraries        key: source tarball, config_site.h, configure options, patches
  bindings-<key>/    pjsua2's SWIG wrapper  key: pjproject's, SWIG, the Python version
  module-<key>/      the importable modules key: the bindings', telephony/native/*

So an edit of telephony/native compiles for seconds, not minutes. Every step may be interrupted; the next run goes on there.

With `--sanitize address,undefined` the same is made a second time, beside the others in the cache, and is not installed anywhere:
`tools.pjsua2.sanitized` runs tests with it.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tools.hardening import COMPILE, LINK, WARN
from tools.pjsua2 import apt_source
from tools.pjsua2.console import BuildError, Progress, detail, run, say

HERE = Path(__file__).parent
NATIVE = HERE.parent.parent / "telephony" / "native"
STAMP = "pjsua2.build-key"
COMPLETE = ".complete"
KEPT = 3
"""Of each kind beside what was used now: other checkouts, and what was before an experiment."""
OURS_INSTEAD = (
    "pjmedia_transport_udp_attach",
    *("pjmedia_stream_create", "pjmedia_stream_destroy", "pjmedia_stream_start", "pjmedia_stream_get_port"),
    *("pjmedia_stream_get_info", "pjmedia_stream_get_stat", "pjmedia_stream_modify_codec_param"),
    *("pjmedia_stream_dial_dtmf", "pjmedia_stream_dial_dtmf2", "pjmedia_stream_set_dtmf_callback"),
    *("pjmedia_stream_set_dtmf_event_callback", "pjmedia_stream_send_rtcp_sdes", "pjmedia_stream_send_rtcp_bye"),
    *("pj_getaddrinfo", "pj_gethostbyname", "pjsip_parse_rdata", "pj_sock_accept"),
    *("pj_ioqueue_recv", "pjsip_tpmgr_receive_packet"),
    *("pjmedia_stream_common_get_stat", "pjmedia_stream_common_get_stat_jbuf", "pjmedia_stream_common_set_avsync"),
)
"""Functions of pjproject whose callers get ours, named `__wrap_…` (telephony/native: udp_transport, g711_stream_api,
names, sip_unreadable, sip_connections)."""
TESTED_VERSION = "2.17"
CONFIGURE = (
    *("--with-external-srtp", "--with-external-speex", "--with-external-gsm"),
    *("--enable-speex-resample", "--enable-epoll"),
    *("--disable-video", "--disable-sound", "--disable-sdl", "--disable-ffmpeg", "--disable-v4l2", "--disable-vpx"),
    *("--disable-openh264", "--disable-libyuv", "--disable-libwebrtc", "--disable-ilbc-codec"),
    *("--disable-g7221-codec", "--disable-upnp", "--disable-bcg729"),
)
CFLAGS = " ".join(["-O3", "-fPIC", *COMPILE])
"""-O3 lets the compiler vectorise loops over samples."""
WRAPPER_FLAGS = ("-O1", "-fPIC", "-w", *COMPILE)
"""-O1: the wrapper only converts arguments, and -O2 takes a third longer."""
SWIG_FLAGS = ("-c++", "-python", "-threads", "-DSWIG_NO_EXPORT_ITERATOR_METHODS")
"""-threads: without it callbacks run without the GIL and the first incoming call crashes."""
INCLUDES = ("pjlib", "pjlib-util", "pjnath", "pjmedia", "pjsip")
PATCHES = (
    # One hundred tries are not enough when some hundred legs hold neighbouring RTP ports for hours.
    ("pjsip/src/pjsua-lib/pjsua_media.c", "RTP_RETRY = 100", "RTP_RETRY = 8192"),
    # A leg without SRTP needs no adapter for it between its stream and its sockets.
    (
        "pjsip/src/pjsua-lib/pjsua_media.c",
        """    if (!call_med->tp_orig) {
        pjmedia_srtp_setting srtp_opt;
""",
        """    if (!call_med->tp_orig && acc->cfg.use_srtp == PJMEDIA_SRTP_DISABLED) {
        PJ_UNUSED_ARG(security_level);
        call_med->tp_orig = call_med->tp;
    } else if (!call_med->tp_orig) {
        pjmedia_srtp_setting srtp_opt;
""",
    ),
    # Threads that receive sound sleep until shortly before the bridge takes what has come (telephony/native/rest).
    (
        "pjmedia/src/pjmedia/clock_thread.c",
        """    /* Get the first tick */
    pj_get_timestamp(&clock->next_tick);
""",
        """    extern void patchbay_ticks_at(pj_uint64_t tick, pj_uint64_t interval);
    pj_get_timestamp(&clock->next_tick);
""",
    ),
    (
        "pjmedia/src/pjmedia/clock_thread.c",
        """    while (!clock->quitting) {

        pj_get_timestamp(&now);
""",
        """    while (!clock->quitting) {

        patchbay_ticks_at(clock->next_tick.u64, clock->interval.u64);
        pj_get_timestamp(&now);
""",
    ),
    # A listener that has met fifty errors in a row would never hear anybody again, and strangers can cause them.
    (
        "pjlib/src/pj/activesock.c",
        """            asock->err_counter++;
            if (asock->err_counter >= PJ_ACTIVESOCK_MAX_CONSECUTIVE_ACCEPT_ERROR) {
""",
        """            if (PJ_FALSE) {
""",
    ),
    # Real-time text is on by default in 2.17 and costs each call a thread that wakes every 20 ms: half of a node's CPU.
    ("pjsip/src/pjsua-lib/pjsua_call.c", "opt->txt_cnt = 1;", "opt->txt_cnt = 0;"),
)
TEXT_OF_STRANGERS = (
    'PyUnicode_DecodeUTF8(carray, static_cast< Py_ssize_t >(size), "surrogateescape")',
    "patchbay_text(carray, size)",
)
"""SWIG turns all text into str at one place. Half surrogates, which it makes of bytes that are no UTF-8, cannot be written to any
bus, file or socket: ours (telephony/native/text) makes none."""
TEXT_BORDER = """#define PY_SSIZE_T_CLEAN
#include <Python.h>
extern "C" PyObject *patchbay_text(const char *bytes, Py_ssize_t length);
"""
EMPTY_FILES = ("pjmedia/src/pjmedia-audiodev/bdimad_dev.c",)
"""Named by the makefile, removed from Debian's tarball, not needed."""
EXPECTED_OBJECTS = 277
MODULE_FILES = ("pjsua2.py", "patchbay_media.py", "_patchbay_media.py")


def digest(*parts: str | bytes) -> str:
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()[:16]


def cache_folder() -> Path:
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "patchbay" / "pjsua2"


def native_files() -> list[Path]:
    return sorted(path for path in NATIVE.rglob("*") if path.suffix in {".cpp", ".hpp", ".i", ".pyi", ".py"})


def make_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """Fills `folder` and marks it complete; without the mark `make` runs again on what an interruption left there.

    (Not a rename of a finished folder: pjproject's makefiles remember where they were configured.)
    """
    if not is_complete(folder):
        folder.mkdir(parents=True, exist_ok=True)
        make(folder)
        (folder / COMPLETE).touch()
    return folder


def is_complete(folder: Path) -> bool:
    return (folder / COMPLETE).exists()


@dataclass(frozen=True)
class Kind:
    """How C and C++ are compiled: as they serve calls, or watched by the compiler's sanitizers."""

    sanitizers: str = ""
    """`address,undefined` or `thread`; empty: none"""

    @property
    def prefix(self) -> str:
        """Of folders in the cache: neither kind pushes the other out."""
        return self.sanitizers.replace(",", "-") + "-" if self.sanitizers else ""

    @property
    def watching(self) -> list[str]:
        return ["-g1", "-fno-omit-frame-pointer", f"-fsanitize={self.sanitizers}"] if self.sanitizers else []

    @property
    def c_flags(self) -> str:
        return " ".join(["-O1", "-fPIC", *self.watching]) if self.sanitizers else CFLAGS

    @property
    def native_flags(self) -> list[str]:
        # Sanitizers make the compiler see variables without a value where there are none: no warnings then.
        return ["-O1", "-w", *self.watching] if self.sanitizers else ["-O3", "-Wall", "-Wextra", "-Werror", *COMPILE, *WARN]

    @property
    def link_flags(self) -> list[str]:
        return self.watching if self.sanitizers else [*LINK]

    @property
    def config(self) -> str:
        """After config_site.h. A block of the heap for each piece of a pool, so that its bounds and its end are seen."""
        return "\n#define PJ_POOL_DEBUG 1\n" if self.sanitizers else ""


class Target:
    """The Python that will import the result."""

    def __init__(self, python: Path) -> None:
        code = (
            "import json, sysconfig as s; p = s.get_paths(); "
            "print(json.dumps([p['include'], p['platlib'], s.get_config_var('EXT_SUFFIX')]))"
        )
        try:
            answer = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError) as problem:
            raise BuildError(f"{python} is no usable Python: {problem}") from problem
        include, site_packages, self.suffix = json.loads(answer)
        self.include = Path(include)
        self.site_packages = Path(site_packages)
        if not (self.include / "Python.h").exists():
            raise BuildError(f"Python's headers are missing ({self.include}/Python.h): install the package python3-dev")


# --- pjproject --------------------------------------------------------------------------------------------------------


def tarball(cache: Path) -> Path:
    """The sources: named by the environment, kept from before, or fetched."""
    given = os.environ.get("PATCHBAY_PJPROJECT_TARBALL")
    if given:
        path = Path(given)
        if not path.is_file():
            raise BuildError(f"PATCHBAY_PJPROJECT_TARBALL names {path}, which is no file")
        return path
    sources = cache / "sources"
    sources.mkdir(parents=True, exist_ok=True)
    kept = sorted(sources.glob("*pjproject*.tar.*"), key=lambda path: path.stat().st_mtime)
    kept = [path for path in kept if path.suffix != ".part"]
    return kept[-1] if kept else apt_source.fetch(sources, cache / "apt")


def unpack(source: Path, part: Path) -> Path:
    tree = part / "tree"
    if not tree.exists():
        detail(f"unpacking {source.name}")
        raw = part / "raw"
        shutil.rmtree(raw, ignore_errors=True)
        raw.mkdir()
        run(["tar", "-xf", source.absolute(), "-C", raw], cwd=part, log=part / "build.log")
        inner = [path for path in raw.rglob("aconfigure") if (path.parent / "pjsip").is_dir()]
        if not inner:
            raise BuildError(f"{source} is no pjproject source tarball")
        inner[0].parent.rename(tree)
    return tree


def prepare(tree: Path, kind: Kind) -> None:
    config = (HERE / "config_site.h").read_text(encoding="utf-8")
    (tree / "pjlib/include/pj/config_site.h").write_text(config + kind.config, encoding="utf-8")
    for name, old, new in PATCHES:
        path = tree / name
        text = path.read_text(encoding="utf-8")
        if new in text:
            continue
        if text.count(old) != 1:
            raise BuildError(f"{name} of this pjproject does not have `{old}` once: it is not version {TESTED_VERSION}")
        path.write_text(text.replace(old, new), encoding="utf-8")
    for name in EMPTY_FILES:
        (tree / name).touch()


def build_libraries(source: Path, part: Path, kind: Kind) -> None:
    say("pjproject's C libraries (about a minute on two cores)")
    log = part / "build.log"
    tree = unpack(source, part)
    # Configure's small test programs leak.
    environment = {**os.environ, "CFLAGS": kind.c_flags, "CXXFLAGS": kind.c_flags, "ASAN_OPTIONS": "detect_leaks=0"}
    if not (tree / "configured").exists():
        prepare(tree, kind)
        detail("configuring")
        run(["./configure", *CONFIGURE], cwd=tree, log=log, env=environment)
        run(["make", "dep"], cwd=tree, log=log, env=environment)
        (tree / "configured").touch()
    progress = Progress("compiling", EXPECTED_OBJECTS)

    def on_line(line: str) -> None:
        if line.lstrip().startswith("-c -o "):  # each compiler call ends with this line
            progress.step()

    run(["make", f"-j{min(os.cpu_count() or 1, 8)}", "lib"], cwd=tree, log=log, env=environment, on_line=on_line)
    progress.done()


# --- bindings and modules ---------------------------------------------------------------------------------------------


def end_text_at_our_border(wrapper: Path) -> None:
    """Has what SWIG wrote call ours wherever text of C or C++ becomes Python's."""
    theirs, ours = TEXT_OF_STRANGERS
    text = wrapper.read_text(encoding="utf-8")
    if text.count(theirs) != 1:
        raise BuildError(f"{wrapper.name}: this SWIG does not make text as version 4.1 does")
    wrapper.write_text(TEXT_BORDER + text.replace(theirs, ours), encoding="utf-8")


def includes(tree: Path) -> list[str]:
    flags = ["-DPJ_AUTOCONF=1", "-DPJ_IS_BIG_ENDIAN=0", "-DPJ_IS_LITTLE_ENDIAN=1", "-DNDEBUG"]
    return flags + [f"-isystem{tree / name / 'include'}" for name in INCLUDES]


def build_bindings(tree: Path, target: Target, part: Path) -> None:
    say("pjsua2's Python bindings (about a minute)")
    log = part / "build.log"
    search = [f"-I{tree / name / 'include'}" for name in INCLUDES]
    interface = tree / "pjsip-apps/src/swig/pjsua2.i"
    run(["swig", *SWIG_FLAGS, "-w312", *search, "-o", part / "pjsua2_wrap.cpp", interface], cwd=part, log=log)
    end_text_at_our_border(part / "pjsua2_wrap.cpp")
    progress = Progress("compiling the wrapper", 1)
    command = ["g++", *WRAPPER_FLAGS, *includes(tree), f"-I{target.include}"]
    run([*command, "-c", "pjsua2_wrap.cpp", "-o", part / "pjsua2_wrap.o"], cwd=part, log=log)
    progress.done()
    (part / "pjsua2_wrap.cpp").unlink()


def compile_native(tree: Path, target: Target, part: Path, kind: Kind) -> list[Path]:
    log = part / "build.log"
    wrapper = part / "patchbay_media_wrap.cpp"
    run(["swig", *SWIG_FLAGS, "-outdir", part, "-o", wrapper, NATIVE / "patchbay_media.i"], cwd=part, log=log)
    end_text_at_our_border(wrapper)
    sources = [*sorted(NATIVE.glob("*.cpp")), wrapper]
    progress = Progress("compiling telephony/native", len(sources))
    base = ["g++", "-std=c++17", "-fPIC", *includes(tree), f"-I{NATIVE}", f"-I{target.include}"]

    def compile_one(source: Path) -> Path:
        out = part / f"{source.stem}.o"
        flags = [*WRAPPER_FLAGS] if source == wrapper else kind.native_flags
        run([*base, *flags, "-c", source, "-o", out], cwd=part, log=part / f"{source.stem}.log")
        progress.step()
        return out

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        objects = list(pool.map(compile_one, sources))
    progress.done()
    return objects


def link_flags(tree: Path) -> list[str]:
    """What pjproject's own makefiles say its users must link, in order."""
    helper = ["make", "--no-print-directory", "-f", "helper.mak"]
    folder = tree / "pjsip-apps/src/swig/python"

    def ask(what: str) -> list[str]:
        return subprocess.run([*helper, what], cwd=folder, capture_output=True, text=True, check=True).stdout.split()

    return [flag for flag in ask("ldflags") if flag.startswith("-L")] + [f"-l{name}" for name in ask("libs")]


def build_modules(tree: Path, bindings: Path, target: Target, part: Path, kind: Kind) -> None:
    say("Patchbay's native media ports")
    objects = compile_native(tree, target, part, kind)
    extension = part / f"_pjsua2{target.suffix}"
    detail("linking")
    flags = ["-shared", *kind.link_flags, "-Wl,--as-needed", *(f"-Wl,--wrap={name}" for name in OURS_INSTEAD)]
    command: list[str | Path] = ["g++", *flags, "-o", extension, bindings / "pjsua2_wrap.o", *objects]
    run([*command, *link_flags(tree)], cwd=part, log=part / "build.log")
    shutil.copy(bindings / "pjsua2.py", part)
    shutil.copy(NATIVE / "_patchbay_media.py", part)
    shutil.copytree(NATIVE / "patchbay_media-stubs", part / "patchbay_media-stubs", dirs_exist_ok=True)
    for path in part.iterdir():
        if path.suffix in {".o", ".cpp", ".h"}:
            path.unlink()


def install(module: Path, target: Target) -> None:
    """Copies the modules into site-packages; each file appears whole or not at all, also under a running process."""
    names: Iterable[str] = (*MODULE_FILES, f"_pjsua2{target.suffix}", "patchbay_media-stubs/__init__.pyi")
    for name in names:
        goal = target.site_packages / name
        goal.parent.mkdir(exist_ok=True)
        fresh = goal.with_name(goal.name + ".new")
        shutil.copy(module / name, fresh)
        fresh.replace(goal)
    (target.site_packages / STAMP).write_text(module.name)


def forget_old(cache: Path, used: set[Path], kind: Kind) -> None:
    """Keeps what was used now and the newest `KEPT` others."""
    for name in ("pjproject", "bindings", "module"):
        folders = sorted(cache.glob(f"{kind.prefix}{name}-*"), key=lambda folder: folder.stat().st_mtime, reverse=True)
        for folder in [folder for folder in folders if folder not in used][KEPT:]:
            shutil.rmtree(folder, ignore_errors=True)


def tools_missing() -> list[str]:
    return [name for name in ("gcc", "g++", "make", "swig") if shutil.which(name) is None]


def build(python: Path, cache: Path, kind: Kind) -> Path:
    """Builds, installs what serves calls, and returns the folder of the modules."""
    target = Target(python)
    missing = tools_missing()
    if missing:
        raise BuildError(f"Not installed: {', '.join(missing)}. The packages are listed in tools/packages/build.txt")
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        source = tarball(cache)
        config = (HERE / "config_site.h").read_bytes() + kind.config.encode()
        library_key = digest(source.name, str(source.stat().st_size), config, " ".join(CONFIGURE), kind.c_flags, repr(PATCHES))
        bindings_key = digest(
            library_key, " ".join(SWIG_FLAGS + WRAPPER_FLAGS), *TEXT_OF_STRANGERS, TEXT_BORDER, target.suffix, str(target.include)
        )
        ours = [part for path in native_files() for part in (path.name, path.read_bytes())]
        module_key = digest(bindings_key, *OURS_INSTEAD, *kind.native_flags, *kind.link_flags, *ours)
        module = cache / f"{kind.prefix}module-{module_key}"
        stamp = target.site_packages / STAMP
        installed = kind.sanitizers or (stamp.exists() and stamp.read_text() == module.name)
        if installed and is_complete(module):
            return module
        library = make_once(cache / f"{kind.prefix}pjproject-{library_key}", lambda part: build_libraries(source, part, kind))
        tree = library / "tree"
        bindings = make_once(cache / f"{kind.prefix}bindings-{bindings_key}", lambda part: build_bindings(tree, target, part))
        make_once(module, lambda part: build_modules(tree, bindings, target, part, kind))
        if not kind.sanitizers:
            install(module, target)
        forget_old(cache, {library, bindings, module}, kind)
    if kind.sanitizers:
        return module
    subprocess.run([python, "-c", "import pjsua2, patchbay_media"], check=True)
    detail(f"pjsua2 is installed in {target.site_packages}")
    return module


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--python", type=Path, default=Path(sys.executable), help="the Python that will import pjsua2")
    parser.add_argument("--sanitize", default="", metavar="NAMES", help="address,undefined or thread; installs nothing")
    arguments = parser.parse_args()
    try:
        module = build(arguments.python.absolute(), cache_folder(), Kind(arguments.sanitize))
        if arguments.sanitize:
            detail(f"the watched modules are in {module}")
    except BuildError as problem:
        print(f"✗ pjsua2: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n✗ pjsua2: interrupted; the next run goes on from here", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
