#!/usr/bin/env python3
"""Set up the Python environments from their locks, and the catalogs. Standard library only, Python 3.9 or newer.

    python3 scripts/bootstrap.py [--no-bot] [--stock] [--deploy]

Finds uv on PATH, else puts it into `.tools/uv` with pip. Finds Python 3.13 on PATH and under pyenv, else lets uv fetch
it. `--stock` sets up Rasa with all that it asks for as well (bot/stock, Python 3.11): for its own commands and for
benchmarks. `--deploy` sets up what checks `deploy/` (helm, hadolint, schemas). Does nothing, and needs no network, when
nothing changed since the last time.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL_UV = ROOT / ".tools" / "uv"
UV_REQUIREMENT = "uv>=0.9.17,<1"  # older ones cannot read our locks
OLDEST_UV = (0, 9, 17)
STAMP = "set-up-from.txt"
NEEDED_BYTES = {"desk": 1_500_000_000, "bot": 1_000_000_000, "stock Rasa": 5_000_000_000, "checks": 800_000_000}
"""Free on the disk while wheels unpack."""
COMPILED = ("desk", "bot")  # once and here: else the roles, which start at the same time, each compile what they load
COMPILE_SECONDS = 3600  # of one file on a busy machine; uv's own minute is not enough there
NEEDED_MODULES = "import ssl, ctypes, sqlite3, zlib, bz2, lzma"  # what a half-built Python lacks
COMPILE = """
import pathlib, sys
from desk.contract.errors import DeskError
from desk.texts.catalogs import compile_catalogs
try:
    compile_catalogs(pathlib.Path("locales"))
except DeskError as error:
    sys.exit(str(error))
"""


class SetUpError(Exception):
    """Setting up cannot go on; the message says what to do."""


def say(text: str) -> None:
    """One line of progress."""
    print(f"\033[1m▸ {text}\033[0m" if sys.stderr.isatty() else f"▸ {text}", file=sys.stderr, flush=True)


def answer(*command: str) -> str:
    """The first line that a program prints; empty when it fails or is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip().split("\n")[0] if done.returncode == 0 else ""


def is_new_enough(uv: str) -> bool:
    """Whether this uv runs and reads our locks."""
    words = answer(uv, "--version").split()
    if len(words) < 2:
        return False
    numbers = tuple(int(part) for part in words[1].split(".")[:3] if part.isdigit())
    return numbers >= OLDEST_UV


def find_uv() -> str:
    """The uv to use; fetched into `.tools/uv` when there is none, so that nobody's own Python is touched."""
    local = str(LOCAL_UV / "bin" / "uv")
    for candidate in filter(None, (shutil.which("uv"), local)):
        if is_new_enough(candidate):
            return candidate
    say("fetching uv")
    if not answer(sys.executable, "-m", "pip", "--version"):
        raise SetUpError(
            f"Neither uv nor pip is here. Install pip for {sys.executable} (Debian: apt-get install python3-pip), "
            "or uv itself (its package is named uv), and run the same command again."
        )
    shutil.rmtree(LOCAL_UV, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(LOCAL_UV), UV_REQUIREMENT]
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0 or not is_new_enough(local):
        raise SetUpError("uv could not be fetched with pip (see above). Check the network or proxy, then run it again.")
    return local


def find_python(version: str) -> str:
    """A working interpreter of this version, from PATH or pyenv; else the version alone, for uv to find or fetch."""
    name = f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    on_path = [Path(folder) / name for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    for candidate in [*on_path, *sorted(pyenv.glob(f"versions/{version}.*/bin/{name}"), reverse=True)]:
        if not os.access(candidate, os.X_OK):
            continue
        probe = f"{NEEDED_MODULES}; import sys; print(sys.base_prefix, sys.version_info[:3])"
        if answer(str(candidate), "-c", probe):
            return str(candidate)
    return version


def fingerprint(project: Path, environment: Path) -> str:
    """What an environment was made from: declarations, lock, its place, its interpreter; empty when that is broken."""
    python = answer(str(environment / "bin" / "python"), "-c", "import sys; print(sys.base_prefix, sys.version)")
    if not python:
        return ""
    digest = hashlib.sha256(f"{environment}\n{python}\n{platform.machine()}\n".encode())
    for name in ("pyproject.toml", "uv.lock"):
        digest.update((project / name).read_bytes())
    return digest.hexdigest()


def set_up(what: str, project: Path, version: str) -> None:
    """Make one environment as its lock says; nothing when it stands already."""
    environment = project / ".venv"
    stamp = environment / STAMP
    if stamp.is_file() and stamp.read_text() == fingerprint(project, environment):
        return
    if not environment.is_dir() and shutil.disk_usage(ROOT).free < NEEDED_BYTES[what]:
        raise SetUpError(
            f"The disk of {ROOT} has less than {NEEDED_BYTES[what] / 1e9:.1f} GB free, which the environment of the "
            f"{what} needs. Free some, then run the same command again."
        )
    say(f"setting up the environment of the {what} (Python {version})")
    command = [find_uv(), "sync", "--locked", "--project", str(project)]
    if what in COMPILED:
        command.append("--compile-bytecode")
    python = str(environment / "bin" / "python")
    if not answer(python, "--version").startswith(f"Python {version}."):
        python = find_python(version)
        command += ["--python", python]
    if not sys.stderr.isatty():
        command.append("--quiet")
    clean = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT")}
    clean["UV_COMPILE_BYTECODE_TIMEOUT"] = str(COMPILE_SECONDS)
    if subprocess.run(command, cwd=ROOT, env=clean, check=False).returncode != 0:
        raise SetUpError(why_it_failed(what, version, found=python != version))
    stamp.write_text(fingerprint(project, environment))


def why_it_failed(what: str, version: str, *, found: bool) -> str:
    """The mend for a failed `uv sync`."""
    if shutil.disk_usage(ROOT).free < 200_000_000:
        return f"The disk of {ROOT} is full. Free {NEEDED_BYTES[what] / 1e9:.1f} GB, then run the same command again."
    if not found:
        return (
            f"Python {version} is missing here, and uv could not fetch it (see above). Install it, for example with "
            f"'pyenv install {version}' or your system's package python{version}, or name a mirror that you reach in "
            "UV_PYTHON_INSTALL_MIRROR; then run the same command again."
        )
    return (
        f"The environment of the {what} could not be set up (see above). The first time needs the network: check it, "
        "a proxy goes into HTTPS_PROXY, an own package index into UV_DEFAULT_INDEX; where the proxy has a certificate "
        "of its own, set UV_SYSTEM_CERTS=1. Then run the same command again."
    )


def compile_catalogs() -> None:
    """Compile the residents' texts."""
    python = ROOT / ".venv" / "bin" / "python"
    if subprocess.run([str(python), "-c", COMPILE], cwd=ROOT, check=False).returncode != 0:
        raise SetUpError("The residents' texts in locales/ could not be compiled. Mend what is named above.")


def main() -> int:
    """Set up everything; 1 with the mend on stderr when that fails."""
    try:
        set_up("desk", ROOT, "3.13")
        if "--no-bot" not in sys.argv[1:]:
            set_up("bot", ROOT / "bot", "3.13")
        if "--stock" in sys.argv[1:]:
            set_up("stock Rasa", ROOT / "bot" / "stock", "3.11")
        if "--deploy" in sys.argv[1:]:
            set_up("checks", ROOT / "deploy" / "checks", "3.13")
        compile_catalogs()
    except SetUpError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as exc:
        print(f"\n{exc}. Is the folder {ROOT} yours to write, and has its disk room?", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
