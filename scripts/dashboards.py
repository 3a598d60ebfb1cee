"""Writes what the dashboards ask as rules, so that promtool reads it: `.venv/bin/python scripts/dashboards.py FILE`."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

FOLDER = Path(__file__).parents[1] / "deploy" / "watch" / "dashboards"


def expressions() -> Iterator[tuple[str, str]]:
    """Each question of each panel, with `dashboard: panel`."""
    for path in sorted(FOLDER.glob("*.json")):
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            for target in panel["targets"]:
                yield f"{path.stem}: {panel['title']}", target["expr"]


def main(path: Path) -> None:
    """Write the questions as recording rules."""
    rules = [
        {"record": f"dashboard:{place}", "expr": question} for place, (_, question) in enumerate(expressions(), start=1)
    ]
    path.write_text(yaml.safe_dump({"groups": [{"name": "dashboards", "rules": rules}]}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
