"""What of a situation tells commands apart, as signs that are there or not; and how much of a text its values cover."""

import re
from typing import Any, List, Mapping, Optional, Sequence, Tuple

NAVIGATION = frozenset({"cancel_this", "list", "person"})
"""Commands of buttons that stand under most replies and tell nothing."""
PLACES = ("place", "stop")
"""Entities that a place which is asked for may be found as."""
ENTITIES_OF: Mapping[str, Tuple[str, ...]] = {"from": PLACES, "to": PLACES, "place": PLACES, "stop": PLACES}
SHORT, BRIEF = 4, 10
"""Characters: a text of no more is a word, or a phrase."""
_BLANK = re.compile(r"\s")


def signs(situation: Optional[Mapping[str, Any]]) -> List[str]:
    """Gives the signs of a situation; None is one where nothing was stated."""
    at: Mapping[str, Any] = situation or {}
    service, asked, step = at.get("service"), at.get("asks_for"), at.get("step", "idle")
    found = {f"service={service}", f"asks={asked}", f"step={step}", f"confirms={at.get('confirms')}"}
    shown, standing = at.get("shown", []), at.get("standing", [])
    if service is None:
        found |= {f"shown={one['service']}" for one in shown[:1]}
    found |= {"due"} if any(one["due"] for one in shown) else set()
    found |= {f"standing={one['what']}" for one in standing}
    found |= {"open order"} if any(one["what"] == "order" and one["status"] == "open" for one in standing) else set()
    found |= {f"button={one['command']}" for one in at.get("buttons", []) if one["command"] not in NAVIGATION}
    found |= {"waiting"} if at.get("waiting") else set()
    if service is None and step == "idle" and not shown and not standing:
        found.add("nothing open")
    return sorted(found)


def coverage(text: str, given: Sequence[Sequence[str]], situation: Optional[Mapping[str, Any]]) -> List[float]:
    """Gives how much of a text is a value of what is asked for, how much any value; whether there are such; its size.

    Args:
        given: pairs of an entity and its text.
    """
    asked = str((situation or {}).get("asks_for"))
    wanted = ENTITIES_OF.get(asked, (asked,))
    size = max(1, len(_BLANK.sub("", text)))
    of_it = sum(len(_BLANK.sub("", value)) for entity, value in given if entity in wanted) / size
    of_any = sum(len(_BLANK.sub("", value)) for _, value in given) / size
    asks = "?" in text or "？" in text
    return [of_it, of_any, float(of_it > 0), float(of_any > 0), float(size <= SHORT), float(size <= BRIEF), float(asks)]
