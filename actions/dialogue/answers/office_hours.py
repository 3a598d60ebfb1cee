"""When an office is open, asked whatever else is going on: answered from the city file.

Whose hours are meant: those of the agency whose service is in front, else
of what was shown last, else of the account. What is open stays open.
"""

from datetime import date

from pydantic import JsonValue

from actions.dialogue.answers import replies as say
from actions.dialogue.answers.offer import Offer
from actions.dialogue.state.session import Frame, Session
from actions.dialogue.state.turn import Turn
from desk.city.files import Agency
from desk.contract.messages import Reply, Text
from values.calendar import mentions

APPOINTMENT, GUIDE = "appointment", "guide"
"""Kinds: days of an appointment are what its office says is free; a guide knows the hours of its own agency."""


def of_office(agency: Agency) -> Text:
    """All its hours, named as such."""
    return say.hours(agency.hours)


def concerned(turn: Turn, session: Session, offer: Offer) -> Agency:
    """The agency of what is talked about: the service in front, else what was shown last, else whose matter it is.

    Whose matter: that of the message itself, or the last that was spoken of; else the account's agency.
    """
    frame = _frame(session)
    if frame is None:
        matter = None if turn.inquiry is None else turn.inquiry.service
        name = next((one for one in (matter, session.matter) if one and offer.offers(turn.city, one)), None)
        return turn.city.responsible(name) if name else offer.account_agency(turn.city, turn.context.channel)
    divided = turn.city.services[frame.service].agencies
    option = next((value for value in frame.values.values() if isinstance(value, str) and value in divided), None)
    return turn.city.responsible(frame.service, option)


def told(turn: Turn, session: Session, offer: Offer) -> Reply | None:
    """The hours that are asked for; None where nobody says them here."""
    kind = _kind(session, offer)
    if kind == GUIDE:
        return None
    agency = concerned(turn, session, offer)
    return _reply(turn, agency, kind) if agency.hours else None


def telephone(turn: Turn, session: Session, offer: Offer) -> Reply | None:
    """The telephone that is asked for, with its hours; None where a guide has its own."""
    if _kind(session, offer) == GUIDE:
        return None
    agency = concerned(turn, session, offer)
    args: dict[str, JsonValue] = {**say.agency_args(agency), "hours": say.nested(of_office(agency))}
    return Reply(key="common.telephone" if agency.hours else "common.telephone_alone", args=args, buttons=[say.HUMAN])


def _frame(session: Session) -> Frame | None:
    return session.front or (session.finished[-1] if session.finished else None)


def _kind(session: Session, offer: Offer) -> str | None:
    frame = _frame(session)
    return None if frame is None else offer.declared[frame.service].kind


def _reply(turn: Turn, agency: Agency, kind: str | None) -> Reply:
    args: dict[str, JsonValue] = {**say.agency_args(agency), "hours": say.nested(of_office(agency))}
    if kind == APPOINTMENT:
        return Reply(key="common.office_hours_of_bookings", args=args)
    day = _day(turn)
    if day is None:
        every_day = {one for hours in agency.hours for one in hours.days} == set(range(1, 8))
        return Reply(key="common.office_hours_every_day" if every_day else "common.office_hours", args=args)
    then = turn.city.hours_on(agency, day)
    args |= {"date": {"date": day.isoformat()}}
    if not then:
        return Reply(key="common.office_closed_on", args=args)
    spans = (
        say.text("common.office_span").model_copy(
            update={"args": {"opens": {"time": f"{one.opens:%H:%M}"}, "closes": {"time": f"{one.closes:%H:%M}"}}}
        )
        for one in then
    )
    return Reply(key="common.office_open_on", args=args | {"hours": say.listed(spans, "and")})


def _day(turn: Turn) -> date | None:
    days = [one.day for one in mentions(turn.text, turn.now.date()) if one.day is not None]
    return days[0] if days else None
