"""An entry more in a section of a YAML file, all else as it was written, with its comments."""

import re
from typing import Any

import yaml

from desk.contract.errors import ConfigurationError

NEXT_SECTION = re.compile(r"[^\s#]")


def with_entry(text: str, section: str, name: str, entry: str, *, file: str) -> str:
    """The text of a file with `name: entry` at the end of a section of its top level.

    Args:
        entry: YAML of a mapping, from the first column.

    Raises:
        ConfigurationError: the section is absent, has the name already, or is not written as a block.
    """
    before = _read(text)
    held = (before[section] or {}) if section in before else None
    if not isinstance(held, dict) or name in held:
        raise ConfigurationError(f"{file} has no `{section}:` for {name} to be added to, or has {name} already.")
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if line.rstrip() == f"{section}:"), len(lines) - 1)
    end = next((n for n in range(start + 1, len(lines)) if NEXT_SECTION.match(lines[n])), len(lines))
    while not lines[end - 1].strip() or lines[end - 1].startswith("#"):
        end -= 1
    added = [f"  {name}:", *(f"    {line}" if line else "" for line in entry.strip("\n").splitlines())]
    made = "\n".join([*lines[:end], *added, *lines[end:]]) + "\n"
    if _read(made) != before | {section: held | {name: yaml.safe_load(entry)}}:
        raise ConfigurationError(
            f"{file}: `{section}:` is not written as a block of lines; {name} cannot be added to it."
        )
    return made


def _read(text: str) -> dict[str, Any]:
    read: object = yaml.load(text, yaml.CSafeLoader)
    return read if isinstance(read, dict) else {}
