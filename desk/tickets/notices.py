"""What a waiting resident is told about a ticket: replies as keys.

Each notice names the place in the queue and the office hours, in varied words, with a button to go on without a clerk;
and, while the office is open, in how many minutes of office time first answers were given lately, where that is known;
while it is closed, when it opens. The first of them, and no
later one, offers to leave a contact (`desk.tickets.contact`).
"""

import json
import re
from datetime import datetime

from pydantic import JsonValue

from desk.city.files import Agency, City
from desk.city.hours import hours_text
from desk.contract.messages import Button, Reply, Text
from desk.tickets.contact import LEAVE_BUTTON
from desk.tickets.hours import is_open, opens_at
from values.lexicon import lexicon

WITHDRAW = "/withdraw_ticket"
WITHDRAW_BUTTON = Button(title=Text(key="button.withdraw_ticket"), payload=WITHDRAW)
ALLOW_TRANSFER, REFUSE_TRANSFER = "/allow_transfer", "/refuse_transfer"
ALLOW_BACKSTOP, REFUSE_BACKSTOP = "/allow_backstop", "/refuse_backstop"
ALLOW_CONSENT, REFUSE_CONSENT = "/allow_consent", "/refuse_consent"
CONSENT = frozenset({ALLOW_CONSENT, REFUSE_CONSENT})
REOPEN = "/reopen_ticket"
REOPEN_BUTTON = Button(title=Text(key="button.reopen_ticket"), payload=REOPEN)
VARIANTS = 3
_WORDS = lexicon(__file__)
_GOES_ON = _WORDS.pattern("goes_on", re.IGNORECASE)
_SIGNS = re.compile(r"[\s。.!！~～，,、;；]+")


def goes_on(text: str) -> bool:
    """Whether a message says nothing but that its writer will not wait for a clerk."""
    said = _SIGNS.sub(" ", text).strip()
    said = said if said.isascii() else said.replace(" ", "")
    return len(said) > 1 and _GOES_ON.fullmatch(said) is not None


def opened(
    city: City,
    *,
    agency: Agency,
    reference: str,
    place: int,
    now: datetime,
    minutes: int | None = None,
) -> Reply:
    """Say that a ticket was opened: its reference, the place in the queue (1 is next), hours and phone."""
    reply = _notice(
        "ticket.opened",
        city,
        agency=agency,
        now=now,
        minutes=minutes,
        reference=reference,
        place=place,
    )
    return reply.model_copy(update={"buttons": [*reply.buttons, LEAVE_BUTTON]})


def voice_stopped(
    city: City, *, agency: Agency, reference: str, place: int, now: datetime, minutes: int | None = None
) -> Reply:
    """Say that the assistant is paused and a person will answer: reference, place in the queue, hours, phone."""
    reply = _notice(
        "ticket.voice_stopped",
        city,
        agency=agency,
        now=now,
        minutes=minutes,
        reference=reference,
        place=place,
    )
    return reply.model_copy(update={"buttons": [LEAVE_BUTTON]})  # there is nothing to go on with


def received(
    city: City,
    *,
    agency: Agency,
    reference: str,
    place: int,
    notices: int,
    now: datetime,
    bot_speaks: bool = True,
    has_contact: bool = False,
    minutes: int | None = None,
    overtaken: int = 0,
    asks_place: bool = False,
    asks_call: bool = False,
) -> Reply:
    """Say that a message was received while the ticket waits. `notices` were given before: the words change.

    Where the bot may not speak, there is no button to go on without a clerk. Who has left no contact may. Who asks for
    the place in the queue is told that it is kept, and which it is; who asks whether they are called, how they are.
    """
    key = "ticket.place_kept" if asks_place else f"ticket.received_{notices % VARIANTS + 1}"
    if asks_call:
        key = "ticket.how_reached_by_contact" if has_contact else "ticket.how_reached"
    reply = _notice(
        key, city, agency=agency, now=now, minutes=minutes, overtaken=overtaken, reference=reference, place=place
    )
    buttons = [*(reply.buttons if bot_speaks else ()), *(() if has_contact else (LEAVE_BUTTON,))]
    return reply.model_copy(update={"buttons": buttons})


def still_waiting(
    city: City,
    *,
    agency: Agency,
    reference: str,
    place: int,
    now: datetime,
    minutes: int | None = None,
    overtaken: int = 0,
) -> Reply:
    """Say, unasked, where in the queue a ticket stands by now."""
    return _notice(
        "ticket.still_waiting",
        city,
        agency=agency,
        now=now,
        minutes=minutes,
        overtaken=overtaken,
        reference=reference,
        place=place,
    )


def withdrawn(reference: str, *, back_minutes: int) -> Reply:
    """Say that the resident's wish to go on without a clerk is done, and how long their place can be had back."""
    return Reply(key="ticket.withdrawn", args={"reference": reference, "count": back_minutes})


def with_clerk(reference: str) -> Reply:
    """Say, to who presses a button of the time in the queue, that a clerk has the ticket by now."""
    return Reply(key="ticket.with_clerk", args={"reference": reference})


def handed_back(reference: str) -> Reply:
    """Say that the clerk gave the conversation back, and the bot speaks again."""
    return Reply(key="ticket.handed_back", args={"reference": reference})


def closed(reference: str, *, reopens: bool = False) -> Reply:
    """Say that the clerk is done with the ticket; with a button, where the resident may reopen it."""
    return Reply(key="ticket.closed", args={"reference": reference}, buttons=[REOPEN_BUTTON] if reopens else [])


def closed_waiting(reference: str, *, days: int, wanted: str | None) -> Reply:
    """Say that a ticket rests until its resident writes, within `days`: what is still `wanted` of them, by its key."""
    args: dict[str, JsonValue] = {"reference": reference, "days": days}
    if wanted is None:
        return Reply(key="ticket.closed_waiting", args=args, buttons=[REOPEN_BUTTON])
    return Reply(key="ticket.closed_waiting_for", args={**args, "wanted": _called(wanted)}, buttons=[REOPEN_BUTTON])


def closed_unfinished(reference: str, *, wanted: str, reopens: bool) -> Reply:
    """Say that the clerk is done with the ticket, and what the assistant still asks for, by its key."""
    args: dict[str, JsonValue] = {"reference": reference, "wanted": _called(wanted)}
    return Reply(key="ticket.closed_unfinished", args=args, buttons=[REOPEN_BUTTON] if reopens else [])


def closed_as_duplicate(reference: str, *, of: str) -> Reply:
    """Say that a ticket ends because another one of the resident's, `of`, is of the same matter."""
    return Reply(key="ticket.duplicate", args={"reference": reference, "of": of})


def closed_elsewhere(agency: Agency, *, reference: str) -> Reply:
    """Say that an agency ends a ticket because the matter is not its own, and what to do then."""
    return Reply(
        key="ticket.not_ours",
        args={"agency": {"name": agency.names.model_dump(exclude_none=True)}, "reference": reference},
    )


def not_transferred(agency: Agency, *, reference: str) -> Reply:
    """Say that a ticket stays with its agency, since the resident did not agree to another."""
    return Reply(
        key="ticket.not_transferred",
        args={"agency": {"name": agency.names.model_dump(exclude_none=True)}, "reference": reference},
    )


def introduced(speaker: str, *, reference: str) -> Reply:
    """Say that a clerk has taken a ticket. `speaker` is as whom the resident sees them."""
    return Reply(key="ticket.introduced", args={"speaker": speaker, "reference": reference})


def also_here(agency: Agency, *, reference: str) -> Reply:
    """Say, on a linked channel, that a clerk has the resident's ticket, reads what they write here and answers here."""
    return Reply(key="ticket.also_here", args={"reference": reference, **_office(agency)})


def opened_by_clerk(agency: Agency, *, reference: str) -> Reply:
    """Say that a clerk of an agency opened a ticket at the resident's wish, and writes here."""
    return Reply(key="ticket.opened_by_clerk", args={"reference": reference, **_office(agency)})


def may_transfer(agency: Agency, *, reference: str, time: int) -> Reply:
    """Ask whether another agency may have the ticket, with all that was written."""
    args: dict[str, JsonValue] = {"agency": {"name": agency.names.model_dump(exclude_none=True)}}
    yes, no = (transfer_payload(word, reference, agency.slug, time) for word in (ALLOW_TRANSFER, REFUSE_TRANSFER))
    buttons = [
        Button(title=Text(key="button.allow_transfer"), payload=yes),
        Button(title=Text(key="button.refuse_transfer"), payload=no),
    ]
    return Reply(key="ticket.may_transfer", args=args, buttons=buttons)


def transfer_payload(word: str, reference: str, agency: str, time: int = 1) -> str:
    """What the button of an answer means: one ticket and agency, and which time it is asked: an earlier one is none."""
    return word + json.dumps({"ticket": reference, "agency": agency, "time": time})


def may_backstop(first: Agency, other: Agency, *, reference: str) -> Reply:
    """Ask whether the backstop may read the conversation and help, while the first receiver stays responsible."""
    args: dict[str, JsonValue] = {
        "first": {"name": first.names.model_dump(exclude_none=True)},
        "agency": {"name": other.names.model_dump(exclude_none=True)},
        "reference": reference,
    }
    yes, no = (transfer_payload(word, reference, other.slug) for word in (ALLOW_BACKSTOP, REFUSE_BACKSTOP))
    buttons = [
        Button(title=Text(key="button.allow_backstop"), payload=yes),
        Button(title=Text(key="button.refuse_backstop"), payload=no),
    ]
    return Reply(key="ticket.may_backstop", args=args, buttons=buttons)


def backstopped(other: Agency, *, reference: str) -> Reply:
    """Say that the backstop helps from now on."""
    args: dict[str, JsonValue] = {"agency": {"name": other.names.model_dump(exclude_none=True)}, "reference": reference}
    return Reply(key="ticket.backstopped", args=args)


def send_document(document: str) -> Reply:
    """Ask for a photo or a file of a document."""
    return Reply(key="ticket.send_document", args={"document": document})


def may_we(
    what: str,
    *,
    agency: Agency | None,
    reference: str,
    ask: int,
    asks_number: bool = False,
    number: JsonValue = None,
) -> Reply:
    """Ask for a consent: one ticket and one question, so that a press of another is none.

    With `asks_number` for a telephone, too: who writes it agrees. `number` is the one that they wrote before, as it is
    shown: who agrees is called on it.
    """
    yes, no = (consent_payload(word, reference, ask) for word in (ALLOW_CONSENT, REFUSE_CONSENT))
    buttons = [
        Button(title=Text(key="button.allow_consent"), payload=yes),
        Button(title=Text(key="button.refuse_consent"), payload=no),
    ]
    args: dict[str, JsonValue] = {"what": what}
    key = "ticket.may_we" if agency is None else "ticket.may_agency"
    if agency is not None:
        args["agency"] = {"name": agency.names.model_dump(exclude_none=True)}
    if number is not None:
        return Reply(key=f"{key}_known", args={**args, "contact": number}, buttons=buttons)
    return Reply(key=f"{key}_number" if asks_number else key, args=args, buttons=buttons)


def consent_payload(word: str, reference: str, ask: int) -> str:
    """What the button of an answer means."""
    return word + json.dumps({"ticket": reference, "ask": ask})


def consent_in(payload: str) -> tuple[str, str, int]:
    """Word, ticket and question of a button that we offered for a consent."""
    word, brace, rest = payload.partition("{")
    meant = json.loads(brace + rest)
    return word, str(meant["ticket"]), int(meant["ask"])


def consent_noted(state: str, what: str, *, is_new: bool, asks_number: bool = False) -> Reply:
    """Say what was noted of an answer; pressed again, that it was answered before.

    With `asks_number` that the telephone is still to be written.
    """
    said = f"{state}_number" if asks_number else state if is_new else f"{state}_before"
    return Reply(key=f"ticket.consent_{said}", args={"what": what})


def started(reference: str, title: str) -> Reply:
    """Say that the bot goes on with a service that the clerk has begun."""
    return Reply(key="ticket.started", args={"reference": reference, "service": {"text": {"key": title, "args": {}}}})


def transferred(city: City, agency: Agency, *, reference: str, place: int, now: datetime) -> Reply:
    """Say that the ticket waits at another agency: place, its hours and phone."""
    args: dict[str, JsonValue] = {
        "agency": {"name": agency.names.model_dump(exclude_none=True)},
        "reference": reference,
        "place": place,
        "office": {"text": _when(city, agency, now).model_dump(mode="json")},
    }
    return Reply(key="ticket.transferred", args=args, buttons=[WITHDRAW_BUTTON])


def returned(
    city: City,
    *,
    agency: Agency,
    reference: str,
    place: int,
    now: datetime,
    minutes: int | None = None,
) -> Reply:
    """Say that another clerk goes on: the ticket is back in the queue."""
    return _notice(
        "ticket.returned",
        city,
        agency=agency,
        now=now,
        minutes=minutes,
        reference=reference,
        place=place,
    )


def reopened(
    key: str,
    city: City,
    *,
    agency: Agency,
    reference: str,
    place: int,
    now: datetime,
    minutes: int | None = None,
) -> Reply:
    """Say that a ticket which was closed waits for a clerk again, in the words of `key`: who reopened it, and how."""
    reply = _notice(
        key,
        city,
        agency=agency,
        now=now,
        minutes=minutes,
        reference=reference,
        place=place,
    )
    return reply.model_copy(update={"buttons": [*reply.buttons, LEAVE_BUTTON]})


def _notice(
    key: str,
    city: City,
    *,
    agency: Agency,
    now: datetime,
    minutes: int | None,
    overtaken: int = 0,
    **facts: JsonValue,
) -> Reply:
    when = _when(city, agency, now, minutes)
    if overtaken:
        when = Text(
            key="ticket.went_before", args={"count": overtaken, "office": {"text": when.model_dump(mode="json")}}
        )
    return Reply(key=key, args={**facts, "office": {"text": when.model_dump(mode="json")}}, buttons=[WITHDRAW_BUTTON])


def _when(city: City, agency: Agency, now: datetime, minutes: int | None = None) -> Text:
    """By when an answer can be expected: while the agency is closed when it opens, and no minutes."""
    local, office = city.local(now), _office(agency)
    if not is_open(agency, city, local):
        opens = opens_at(agency, city, local)
        if opens is None:
            return Text(key="ticket.office_closed", args=office)
        said = _opening(opens, local).model_dump(mode="json")
        return Text(key="ticket.office_opens", args={**office, "opens": {"text": said}})
    open_now = Text(key="ticket.office_open", args=office)
    if minutes is None:
        return open_now
    args: dict[str, JsonValue] = {"office": {"text": open_now.model_dump(mode="json")}, "minutes": minutes}
    return Text(key="ticket.estimate", args=args)


def _called(key: str) -> JsonValue:
    return {"text": {"key": key, "args": {}}}


def _opening(opens: datetime, now: datetime) -> Text:
    args: dict[str, JsonValue] = {"time": f"{opens:%H:%M}"}
    days = (opens.date() - now.date()).days
    if days > 1:
        return Text(key="ticket.opens_on", args={**args, "day": {"day": opens.date().isoformat()}})
    return Text(key="ticket.opens_tomorrow" if days else "ticket.opens_today", args=args)


def _office(agency: Agency) -> dict[str, JsonValue]:
    return {
        "agency": {"name": agency.names.model_dump(exclude_none=True)},
        "hours": {"text": hours_text(agency.hours).model_dump(mode="json")},
        "phone": agency.phone,
    }
