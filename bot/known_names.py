"""Names known before anybody writes: cities, districts, agencies and topics of city files, and those of their systems.

`cities/names/<city>.yml` holds the stops, lines, offices and departments that a city's own systems know, by entity;
`desk nlu names` writes it. A model's fingerprint covers all of them (`desk/city/names.py`).
"""

from pathlib import Path
from typing import Any, Dict, Iterable, List, Set

import yaml

from values.lexicon import lexicon

_WORDS = lexicon(__file__)
_DISTRICT, _CITY = _WORDS["district_ends"], _WORDS.text("city_end")


def known_names(cities: Path) -> Dict[str, List[str]]:
    """Gives names by entity, sorted; empty lists where the folder has no city files."""
    names: Dict[str, Set[str]] = {"topic": set(), "office": set(), "city": set(), "district": set()}
    for file in sorted(cities.glob("*.yml")):
        city = _read(file)
        names["city"].update(_with_short(_names(city), (), also=_CITY))
        for district in city.get("districts") or []:
            names["district"].update(_with_short(_names(district), _DISTRICT))
        for agency in city.get("agencies") or []:
            names["office"].update(_names(agency))
    for file in sorted(cities.glob("shared/topics.yml")):
        for topic in _read(file).get("topics") or []:
            names["topic"].update([*_names(topic), *(topic.get("also") or [])])
    for file in sorted(cities.glob("names/*.yml")):
        for kind, called in _read(file).items():
            names.setdefault(kind, set()).update(map(str, called))
    return {kind: sorted(known) for kind, known in names.items()}


def _read(file: Path) -> Dict[str, Any]:
    return yaml.load(file.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}


def _names(thing: Dict[str, Any]) -> List[str]:
    return [str(name) for name in (thing.get("names") or {}).values()]


def _with_short(names: Iterable[str], endings: Iterable[str], also: str = "") -> Set[str]:
    """Adds the names without their last word (if at least two characters are left), and Chinese ones with `also`."""
    result = set(names)
    for name in list(result):
        result.update(name[: -len(end)] for end in endings if name.endswith(end) and len(name) - len(end) >= 2)
        if also and not name.isascii():
            result.add(name + also)
    return result
