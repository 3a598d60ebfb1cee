"""Cases as residents see them on a page of their own: how each stands, and what can be done."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import JsonValue

from desk.cases.links import Links
from desk.cases.register import UNSURE
from desk.cases.rows import CaseRow, Private
from desk.city.files import City
from desk.contract.messages import Text
from desk.conversations.own_matters import Group, Kind, OwnMatter, Way
from desk.store.keys import Keys

MOST = 60
KINDS: Mapping[str, Kind] = {"appointment": "appointment", "application": "application", "report": "report"}
WAITS_FOR_RESIDENT = frozenset({"ready"})
"""Statuses in which something is there to be fetched."""


def own_matter(case: CaseRow, keys: Keys, links: Links, cities: Mapping[str, City], now: datetime) -> OwnMatter:
    """A case as its resident sees it.

    Raises:
        Unsealable: the secret has changed.
    """
    private = case.opened(keys)
    return OwnMatter(
        id=f"case-{case.id}",
        conversation_id=case.conversation_id,
        kind=KINDS[case.kind],
        group=_group(case, now),
        city=case.city,
        agency=case.agency,
        service=case.service,
        about=private.about,
        state=_state(case, now),
        at=case.at,
        changed_at=case.changed_at,
        place=private.place,
        lines=(("number", _plain(private.reference)),),
        ways=_ways(case, private, links, cities[case.city], now),
    )


def _group(case: CaseRow, now: datetime) -> Group:
    if case.over or _is_past(case, now):
        return "done"
    comes = case.kind == "appointment" and case.status not in UNSURE
    return "to_do" if comes or case.status in WAITS_FOR_RESIDENT else "in_progress"


def _state(case: CaseRow, now: datetime) -> Sequence[Text]:
    if not case.over and _is_past(case, now):
        return (Text(key="web.own_state_past"),)
    return (Text(key=f"cases.known_{case.status}"), Text(key=f"cases.known_{'over' if case.over else 'other'}"))


def _ways(case: CaseRow, private: Private, links: Links, city: City, now: datetime) -> Sequence[Way]:
    number: dict[str, JsonValue] = {"reference": private.reference}
    if case.over or _is_past(case, now):
        return ()
    offered = city.services.get(case.service)
    is_traced = offered is not None and "references" in offered.endpoints

    def into_chat(name: str, intent: str, **values: str) -> Way:
        says = Text(key=f"web.own_say_{name}", args=number) if is_traced else None
        return Way(name, payload=_payload(intent, {"case": case.frame, **values}), says=says)

    if case.kind != "appointment" or case.status in UNSURE:
        return (into_chat("status", "request_status"),)
    return (
        Way("calendar", url=links.calendar(case.conversation_id, case.frame)),
        into_chat("move", "change_appointment"),
        into_chat("give_up", "change_appointment", field="give_up"),
    )


def _is_past(case: CaseRow, now: datetime) -> bool:
    return case.at is not None and case.at <= now


def _payload(intent: str, values: Mapping[str, str]) -> str:
    return f"/{intent}{json.dumps(dict(values), ensure_ascii=False)}"


def _plain(said: str) -> Text:
    return Text(key="card.value", args={"value": said})
