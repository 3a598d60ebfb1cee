"""The files that architecture tests look at: those under version control, and those about to be."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("desk", "actions", "channels", "bot", "scripts", "sandbox", "bench", "values", "roles", "tools")


@cache
def files() -> tuple[Path, ...]:
    """Every file of the repository that is not ignored, relative to the root."""
    command = ("git", "-c", "core.quotepath=off", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return tuple(Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file())


def python_files(*folders: str) -> list[Path]:
    """The Python files below some top folders."""
    return [path for path in files() if path.suffix == ".py" and path.parts[0] in folders]


@cache
def text_of(path: Path | str) -> str:
    """What stands in a file, which is read once for all that look at it."""
    return (ROOT / path).read_text(encoding="utf-8")
