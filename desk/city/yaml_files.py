"""YAML as people write it into files of the product: read safely, and refused in one way."""

from pathlib import Path
from typing import Any

import yaml


class NotYaml(ValueError):
    """It is no YAML. The message says where."""


def read_yaml(path: Path) -> Any:
    """Read a file.

    Raises:
        NotYaml: it is none, or not of UTF-8.
        OSError: it cannot be read.
    """
    try:
        return parse_yaml(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as exc:
        raise NotYaml(f"{exc}. Write it in UTF-8") from exc


def parse_yaml(text: str) -> Any:
    """Read a text.

    Raises:
        NotYaml: it is none, nested without end, or names a day that is none (an unquoted 2026-02-30).
    """
    try:
        return yaml.load(text, yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as exc:
        raise NotYaml(str(exc)) from exc
    except RecursionError as exc:
        raise NotYaml("It is nested without end") from exc
