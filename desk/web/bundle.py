"""The chat's script in one file: the modules of `static/chat/`, each in a scope of its own, in the order they need.

One file loads at once on slow networks, needs no cross-origin permission for its modules, and can be pinned by its
hash (Subresource Integrity). It runs as a classic script and as a module. Comments and indentation stay here.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desk.contract.errors import ConfigurationError

# The ways in which a module of ours may import and export, one a line.
IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "\./([\w.-]+\.js)";$', re.MULTILINE)
ASSET = re.compile(r'^import (\w+) from "\./([\w.-]+)" with \{ type: "(text|json)" \};$', re.MULTILINE)
EXPORT = re.compile(r"^export ((?:async )?(?:class|const|function) (\w+))", re.MULTILINE)
ANY = re.compile(r"^(?:import|export)\b.*$|\bimport\.meta\b|\bimport\(", re.MULTILINE)
REMARK = re.compile(r"/\*.*?\*/", re.DOTALL)  # of a style sheet
ROOM = re.compile(r"\s*([{};,])\s*|(?<=[\w-]):\s+(?=[^{}]*[;}])")  # that a style sheet does without
BEHIND = re.compile(r"(?<=[;{},)]) // [^\"'`]*$")  # a comment behind code; with quotes it may be a text


@dataclass(frozen=True, slots=True)
class Bundle:
    """A script: `version` are 16 hexadecimal digits of its hash, `integrity` is what a page can pin it by."""

    content: bytes
    version: str
    integrity: str


def bundle(folder: Path, entry: str, given: Mapping[str, Any]) -> Bundle:
    """Join a module and all that it imports.

    Args:
        folder: where the modules and their style sheets are.
        entry: the module to begin with.
        given: values of `type: "json"` imports that are not files, by name.

    Raises:
        ConfigurationError: a module imports or exports in a way that is not provided for, or in a circle.
    """
    written: dict[str, str] = {}
    _write(folder, entry, given, written, ())
    joined = "\n".join(written.values())
    content = f'(() => {{\n"use strict";\n{joined}\n}})();\n'.encode()
    sums = hashlib.sha256(content).hexdigest(), base64.b64encode(hashlib.sha384(content).digest()).decode()
    return Bundle(content, sums[0][:16], f"sha384-{sums[1]}")


def _write(folder: Path, name: str, given: Mapping[str, Any], written: dict[str, str], within: tuple[str, ...]) -> None:
    if name in written:
        return
    if name in within:
        raise ConfigurationError(f"Modules of {folder.name} import each other in a circle: {' → '.join(within)}.")
    source = _lean(name, (folder / name).read_text(encoding="utf-8"))
    for wanted in IMPORT.finditer(source):
        _write(folder, wanted[2], given, written, (*within, name))
    exports = [match[2] for match in EXPORT.finditer(source)]

    def asset(match: re.Match[str]) -> str:
        value = given[match[2]] if match[3] == "json" else _styles((folder / match[2]).read_text(encoding="utf-8"))
        return f"const {match[1]} = {json.dumps(value, ensure_ascii=False)};"

    body = IMPORT.sub(lambda match: f"const {{ {match[1]} }} = {_scope(match[2])};", source)
    body = EXPORT.sub(r"\1", ASSET.sub(asset, body))
    rest = EXPORT.sub("", ASSET.sub("", IMPORT.sub("", source)))
    left = ANY.search(rest)
    if left is not None:
        raise ConfigurationError(f"{name}: {left[0]!r} is no import or export that desk/web/bundle.py can join.")
    written[name] = f"const {_scope(name)} = (() => {{\n{body}\nreturn {{ {', '.join(exports)} }};\n}})();"


def _lean(name: str, source: str) -> str:
    """Leave out comments and indentation; lines stay lines, and those of a template as they are."""
    kept, is_template = list[str](), False
    for line in source.splitlines():
        bare = line if is_template else line.lstrip()
        if is_template or (bare and not bare.startswith("//")):
            kept.append(bare if is_template else BEHIND.sub("", bare))
            is_template ^= bare.count("`") % 2 == 1
    if is_template:
        raise ConfigurationError(f"{name}: desk/web/bundle.py finds no end of a template. Keep ` out of other texts.")
    return "\n".join(kept)


def _styles(source: str) -> str:
    lines = "\n".join(filter(None, map(str.strip, REMARK.sub("", source).splitlines())))
    return ROOM.sub(lambda found: found[1] or ":", lines)


def _scope(name: str) -> str:
    return "module_" + re.sub(r"\W", "_", name.removesuffix(".js"))
