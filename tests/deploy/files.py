"""What is read of `deploy/`: files as they are, and the chart as helm renders it."""

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from desk.app.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "chart"
CASES = tuple(sorted(path.name for path in (CHART / "ci").glob("*.yaml")))
PRODUCT_USER = 10001
SETTING = re.compile(r"\bDESK_[A-Z_]*[A-Z]\b")
SETTINGS = frozenset(f"DESK_{name.upper()}" for name in Settings.model_fields)
SECRETS = frozenset(
    f"DESK_{name.upper()}" for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)
)
ROLES = ("serve", "worker", "actions", "bot")
"""What answers residents: each must be wherever an installation is described."""

type Document = dict[str, Any]


def of_compose() -> Document:
    """`compose.yml`, with its anchors put in."""
    read: Document = yaml.safe_load((DEPLOY / "compose" / "compose.yml").read_text(encoding="utf-8"))
    return read


@cache
def rendered(case: str) -> tuple[Document, ...]:
    """All resources that the chart makes of the values of a case."""
    helm = DEPLOY / "checks" / ".venv" / "bin" / "helm"
    command = [
        str(helm),
        "template",
        "citydesk",
        str(CHART),
        "--namespace",
        "city",
        "--values",
        str(CHART / "ci" / case),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return tuple(one for one in yaml.safe_load_all(done.stdout) if one)


def kind(case: str, *kinds: str) -> dict[str, Document]:
    """The resources of some kinds, by their names."""
    return {one["metadata"]["name"]: one for one in rendered(case) if one["kind"] in kinds}


def pods(case: str) -> dict[str, Document]:
    """The pods that deployments and jobs start, those of each week too, by the names of these."""
    found = {name: one["spec"] for name, one in kind(case, "Deployment", "Job").items()}
    found |= {name: one["spec"]["jobTemplate"]["spec"] for name, one in kind(case, "CronJob").items()}
    return {name: one["template"]["spec"] for name, one in found.items()}


def containers(pod: Document) -> list[Document]:
    """All containers of a pod."""
    return [*pod.get("initContainers", []), *pod["containers"]]


def stages(name: str) -> dict[str, list[str]]:
    """The instructions of each stage of a Dockerfile, lines that go on joined."""
    text = (DEPLOY / "image" / name).read_text(encoding="utf-8").replace("\\\n", " ")
    found: dict[str, list[str]] = {}
    stage = ""
    for line in text.splitlines():
        if match := re.fullmatch(r"FROM (\S+) AS (\S+)", line):
            stage = match[2]
            found[stage] = [*found.get(match[1], [])]
        elif stage and line and not line.startswith("#"):
            found[stage].append(line)
    return found
