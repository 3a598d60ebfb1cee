"""What trainers have labelled, put into the files: turns behind those there are, with their situations. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from desk.city.yaml_files import parse_yaml
from desk.teaching.editing.corpus import LANGUAGES
from desk.teaching.editing.library import Library

SITUATIONS = "nlu/situations.json"
TURNS = "nlu/common/turns/{language}.yml"


def with_turns(library: Library, exported: str) -> dict[str, str]:
    """The files with exported turns in them (`desk.teaching.formats`); what is there already is not written again."""
    given = parse_yaml(exported)
    found: dict[str, str] = {}
    used: dict[str, Any] = {}
    for language in LANGUAGES:
        path = TURNS.format(language=language)
        before = library.text(path) or "turns:\n"
        known = {(str(one["in"]), str(one["say"])) for one in parse_yaml(before)["turns"] or ()}
        lines = []
        for one in given["turns"]:
            place = (str(one["in"]), str(one["say"]))
            if (one["lang"] if one["lang"] in LANGUAGES else "mixed") == language and place not in known:
                known.add(place)
                used[place[0]] = given["situations"][place[0]]
                lines.append(_line(one))
        if lines:
            found[path] = before.rstrip("\n") + "\n" + "\n".join(lines) + "\n"
    return {**found, **_situations(library, used)}


def _line(one: Mapping[str, Any]) -> str:
    told = {"in": one["in"], "say": _quoted(one["say"]), "commands": f"[{', '.join(one['commands'])}]"}
    if one.get("values"):
        told["values"] = _quoted(one["values"])
    told["hand"] = one["hand"]
    return "- {" + ", ".join(f"{name}: {said}" for name, said in told.items()) + "}"


def _quoted(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _situations(library: Library, used: Mapping[str, Any]) -> dict[str, str]:
    text = library.text(SITUATIONS) or "{}\n"
    known = json.loads(text)
    new = {name: one for name, one in used.items() if name not in known}
    if not new:
        return {}
    end = "\n" if text.endswith("\n") else ""
    return {SITUATIONS: json.dumps({**known, **new}, ensure_ascii=False, indent=1) + end}
