"""Brings Vosk's English model onto this machine: Maven Central, else Vosk's own downloader."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from asr.model_files import missing_files

ARTIFACT = "com.alphacephei:vosk-model-en:0.3.45:aar"
NAME = "vosk-model-small-en-us-0.15"
_INSIDE = "assets/model-en-us/"


class NoSource(RuntimeError):
    """The message says what was wanted, from where, and why it did not come."""


def fetch(root: Path) -> Path:
    """The unpacked model, untouched; fetched once. Raises `NoSource`."""
    folder = root / "sources" / NAME
    if not missing_files(folder):
        return folder
    failures = []
    for how in (_from_maven, _from_vosk):
        try:
            how(folder)
        except NoSource as failure:
            failures.append(str(failure))
            continue
        if not missing_files(folder):
            return folder
        failures.append(f"{how.__doc__} gave a model without {', '.join(missing_files(folder))}")
    raise NoSource("; ".join(failures))


def _from_maven(folder: Path) -> None:
    """Maven Central"""
    maven = shutil.which("mvn")
    if maven is None:
        raise NoSource(f"Maven Central ({ARTIFACT}): mvn is not installed (Debian: maven)")
    with tempfile.TemporaryDirectory() as scratch:
        command = [maven, "-q", "-B", "dependency:copy", f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={scratch}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=scratch)
        archives = list(Path(scratch).glob("*.aar"))
        if done.returncode != 0 or not archives:
            raise NoSource(f"Maven Central ({ARTIFACT}): {_last_line(done.stdout + done.stderr)}")
        unpack(archives[0], folder)


def unpack(archive: Path, folder: Path) -> None:
    """The archive's model becomes `folder`, in one step. Raises `NoSource` for an archive without one."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        try:
            with zipfile.ZipFile(archive) as opened:
                opened.extractall(scratch, [name for name in opened.namelist() if name.startswith(_INSIDE)])
        except zipfile.BadZipFile as error:
            raise NoSource(f"{archive.name} is damaged: {error}") from error
        inside = Path(scratch) / _INSIDE
        if not inside.is_dir():
            raise NoSource(f"{archive.name} holds no {_INSIDE}")
        shutil.rmtree(folder, ignore_errors=True)
        inside.rename(folder)


def _from_vosk(folder: Path) -> None:
    """Vosk's own downloader"""
    # In a process of its own: it ends the interpreter when a name is unknown, and prints as it likes.
    program = f"import vosk; print(vosk.Model.get_model_path(object.__new__(vosk.Model), {NAME!r}, None))"
    hush = "vosk.Model.__del__ = lambda self: None; "
    command = [sys.executable, "-c", program.replace("import vosk; ", "import vosk; " + hush)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    except subprocess.TimeoutExpired:
        raise NoSource(f"alphacephei.com ({NAME}): no answer for ten minutes") from None
    if done.returncode != 0:
        raise NoSource(f"alphacephei.com ({NAME}): {_last_line(done.stdout + done.stderr)}")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(done.stdout.strip().splitlines()[-1], folder)


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "ERROR" in line]
    return (errors or lines or ["no message"])[0 if errors else -1].strip()[:300]
