"""Tickets as residents see them on a page of their own: who has them, and what is asked for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from desk.contract.messages import Text
from desk.conversations.own_matters import Group, OwnMatter, Way
from desk.tickets.reference import reference_of

GROUPS: Mapping[str, Group] = {"open": "in_progress", "claimed": "in_progress"}
"""The others are done."""
INTO_CHAT = Way("answer", payload="")
"""What is asked is answered where it was asked: nothing is begun."""


def ticket_of(row: Row[Any]) -> OwnMatter:
    """A ticket of the statement of `desk.tickets.part`."""
    return OwnMatter(
        id=f"ticket-{row.id}",
        conversation_id=row.conversation_id,
        kind="ticket",
        group=GROUPS.get(row.state, "done"),
        city=row.city,
        agency=row.agency,
        service=row.service,
        about=Text(key="web.own_ticket"),
        state=(Text(key=f"web.own_ticket_{row.state}"), Text(key="web.own_ticket_closed")),
        changed_at=row.ended_at or row.opened_at,
        lines=(("number", Text(key="card.value", args={"value": reference_of(row.id)})),),
        ways=(INTO_CHAT,) if row.state in GROUPS else (),
    )


def asked_of(row: Row[Any]) -> Sequence[OwnMatter]:
    """What its agency has asked the resident for, and has not got yet."""
    return [
        OwnMatter(
            id=f"asked-{one['id']}",
            conversation_id=row.conversation_id,
            kind="asked",
            group="to_do",
            city=row.city,
            agency=row.agency,
            service=row.service,
            about=Text(key="web.own_asked", args={"what": one["said"]}),
            state=(Text(key="web.own_state_asked"),),
            changed_at=datetime.fromisoformat(one["at"]),
            lines=(("number", Text(key="card.value", args={"value": reference_of(row.id)})),),
            ways=(INTO_CHAT,),
        )
        for one in row.asked
    ]
