"""How pages name what stands in a ticket: state, reason, service, urgency, and when it is due."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from pydantic import JsonValue

from desk.console import shell, visits
from desk.console.teaching.words import TeachingWords
from desk.contract.commands import command_of
from desk.contract.messages import Text
from desk.payments.beside import OrderBeside
from desk.staff.names import Names
from desk.tickets.filled import Value
from desk.tickets.grades.notices import title_of
from desk.tickets.notes import Note
from desk.tickets.reaching.ledger import SETTLES, UNREACHED
from desk.tickets.reference import reference_of
from desk.tickets.rows import TicketRow
from desk.tickets.staffing.mentions import MENTION
from desk.tickets.workbench import Happened
from desk.web.parts import PARTS
from values.registry import value_types

CHANNEL = "ticket_channel_"  # and a channel: its name
DUES = ("first_answer_due", "next_answer_due", "resolution_due")


@dataclass(frozen=True, slots=True)
class Due:
    """When a ticket is due, in words; `kind` is the colour that goes with them: good, wait or bad."""

    text: str
    kind: str
    at: datetime | None


BUTTON = re.compile(r"\[button ([a-z_]+)\]")
NOT_TEXT = frozenset({"[button]", "[location]", "[file]"})
"""Lines that stand for what is no text (`desk.tickets.talk`)."""


NO_LOGINS = frozenset({"backstop", "bot", "clerk", "resident", "share_out", "system"})
"""Who stands in a ticket's history and is no member of staff by name."""
TO_AGENCIES = frozenset({"backstop_asked", "backstopped", "transfer_asked"})
"""What gives a ticket to an agency, or asks whether one may have it."""
NOTHING = "unclear"
"""The command of what was not understood: no word says what it is."""
UNMOVED = frozenset({"contact_left", "contact_taken_back", "escalated", "said", "tagged"})
"""What happens to a ticket that waits, and leaves it where it is."""
NOBODY = Names()
FORMATTED = frozenset({"date", "time"})
"""Types whose values are kept in a form that is not read aloud, and are nobody's number."""


class TicketWords:
    """Words about tickets, in the language of a request. `names` are those of the staff whom they name."""

    def __init__(self, request: web.Request, names: Names = NOBODY) -> None:
        self._parts = request.app[PARTS]
        self._words = shell.words_of(request)
        self._known = self._parts.catalogs.keys(visits.locale_of(request))
        self._now = self._parts.now()
        self._commands = TeachingWords(request)
        self._names = names

    def t(self, key: str, **args: str | int) -> str:
        """A text of the console."""
        return self._words.t(key, **args)

    def state(self, ticket: TicketRow) -> str:
        """Waiting, on hold, snoozed, closed … What waits for the resident's consent says so, also while it is held."""
        if ticket.state == "claimed" and ticket.transfer_to is not None:
            return self.t("ticket_state_transfer_asked")
        if ticket.state == "claimed" and ticket.held_until is not None:
            return self.t("ticket_state_held")
        if self.is_snoozed(ticket):
            return self.t("ticket_state_snoozed")
        return self.t(f"ticket_state_{ticket.state}")

    def ended(self, ticket: TicketRow) -> str:
        """How a ticket ended: why it was closed, or that it was handed back or withdrawn; empty: it has not."""
        if ticket.close_reason is not None:
            return self._or(f"ticket_close_{ticket.close_reason}", ticket.close_reason)
        return "" if ticket.state in ("open", "claimed") else self.t(f"ticket_state_{ticket.state}")

    def is_snoozed(self, ticket: TicketRow) -> bool:
        """Whether who has it has put it out of their sight for now."""
        return ticket.state == "claimed" and ticket.snoozed_until is not None and ticket.snoozed_until > self._now

    def stands(self, ticket: TicketRow) -> str:
        """What decides what can be done with a ticket, as one word to compare."""
        now = (ticket.state, ticket.claimed_by, ticket.agency, ticket.transfer_to, ticket.contact_kind)
        return " ".join(str(one or "") for one in (*now, ticket.held_until is not None, self.is_snoozed(ticket)))

    def passed(self, ticket: TicketRow, happened: Sequence[Happened]) -> str:
        """That the resident agreed and it waits at another agency now; empty: it was not passed on last."""
        last = next((one.kind for one in reversed(happened) if one.kind not in UNMOVED), "")
        if ticket.state != "open" or last != "transferred":
            return ""
        return self.t("ticket_passed_on", agency=self._words.agency(ticket.city, ticket.agency))

    def hold_reason(self, happened: Sequence[Happened]) -> str:
        """Why a ticket is on hold, in the words of who held it."""
        return next((one.reason for one in reversed(happened) if one.kind == "held"), "")

    def snoozed(self, ticket: TicketRow) -> str:
        """Until when, and by whom; empty: it is in sight."""
        if not self.is_snoozed(ticket):
            return ""
        return self.t("ticket_snoozed_until", at=shell.when(ticket.snoozed_until), clerk=self.clerk(ticket.claimed_by))

    def clerk(self, login: str | None) -> str:
        """What a member of staff is called."""
        return self._names.of(login)

    def note(self, note: Note) -> str:
        """What a note says, with whom it mentions by name."""
        known = frozenset(note.mentions)

        def called(found: re.Match[str]) -> str:
            login = found[1].lower()
            return f"@{self.clerk(login)}" if login in known else found[0]

        return MENTION.sub(called, note.text)

    def reason(self, ticket: TicketRow) -> str:
        """Why it was opened; of a matter with its number."""
        said = self.reason_of(ticket.reason)
        number = ticket.matter.partition(":")[2] if ticket.matter and ticket.priority == 0 else ""
        return f"{said} · {number}" if number else said

    def reason_of(self, reason: str) -> str:
        """Why a ticket was opened, by the word in its row."""
        name = "emergency" if reason.startswith("emergency") else reason
        return self._or(f"ticket_reason_{name}", reason)

    def service(self, name: str | None) -> str:
        """What a service is called."""
        found = self._parts.services.get(name or "")
        return (name or "") if found is None else self._words.say(Text(key=found.title))

    def field(self, name: str) -> str | None:
        """What a field of a service is called; None: it is nothing that a resident is asked for."""
        key = f"card.{name}"
        return self._words.say(Text(key=key)) if key in self._known else None

    def value(self, service: str, given: Value) -> str:
        """A value that a resident gave, as it is called: an option, a day; masked where it comes masked."""
        name, value = given.field, given.value
        if value is None:
            return self.t("ticket_not_given")
        if given.names is not None:
            return self._words.say(Text(key="card.value", args={"value": {"name": dict(given.names)}}))
        found = self._parts.services.get(service)
        asked = None if found is None else found.fields.get(name)
        if asked is not None and asked.kind == "photo":
            return self.t("ticket_line_file")
        if not isinstance(value, str):
            return json.dumps(value, ensure_ascii=False)
        if value in NOT_TEXT:
            return self.line(value)
        if asked is not None and value in asked.options:
            shown: JsonValue = {"name": asked.options[value].model_dump(exclude_none=True)}
        else:
            kind = value_types().get(asked.kind if asked is not None else name)
            # a type with a mask writes it into what it shows: staff see what they may as it comes
            shown = value if kind is None or kind.name not in FORMATTED else kind.shown(value)
        return self._words.say(Text(key="card.value", args={"value": shown}))

    def line(self, text: str) -> str:
        """What a line of the conversation says, also where it is no text."""
        edited, _, said = text.partition("[edited] ")
        if said and not edited:
            return self.t("ticket_line_edited", said=said)
        if pressed := BUTTON.fullmatch(text):
            title = self._button(pressed[1])
            return self.t("ticket_line_pressed", title=title) if title else self.t("ticket_line_button")
        return self.t(f"ticket_line_{text[1:-1]}") if text in NOT_TEXT else text

    def meant(self, intent: str) -> str:
        """What the assistant took a message for: a service, or what its command is called; empty: not understood.

        The intent is one of the model's names, which nobody reads.
        """
        if not intent or (command := command_of(intent)) == NOTHING:
            return ""
        if command != "start":
            return self._commands.command(command)
        title = self._commands.matter(intent)
        return "" if title == intent else title

    def _button(self, name: str) -> str:
        """What a button said: a service, or its own words; empty where they are not known any more."""
        if name in self._parts.services:
            return self.service(name)
        return self._words.say(Text(key=f"button.{name}")) if f"button.{name}" in self._known else ""

    @property
    def channels(self) -> list[str]:
        """All channels that have a name here."""
        begin = f"console.{CHANNEL}"
        return sorted(one.removeprefix(begin) for one in self._known if one.startswith(begin))

    def channel(self, name: str) -> str:
        """What a channel is called."""
        return self._or(f"{CHANNEL}{name}", name)

    def grade(self, name: str) -> str:
        """What a grade is called."""
        return self._words.say(title_of(name))

    def order(self, order: OrderBeside) -> str:
        """An order with what may be left of it to pay back."""
        left = f"{order.amount - order.refunded:.2f}"
        return self.t("ticket_refund_rest", order=order.number, service=self.service(order.service), amount=left)

    def reference(self, ticket_id: int) -> str:
        """The reference of a ticket by its id."""
        return reference_of(ticket_id)

    def urgency(self, name: str) -> str:
        """How soon it must be settled."""
        return self.t(f"ticket_urgency_{name}")

    def happened(self, kind: str) -> str:
        """What happened to a ticket."""
        return self._or(f"ticket_event_{kind}", kind)

    def unreached(self, ticket: TicketRow, happened: Sequence[Happened]) -> str:
        """That the resident could not be told of the last answer, and what to do; empty: they were, or need not be."""
        if ticket.state not in ("open", "claimed"):
            return ""
        last = next((one.kind for one in reversed(happened) if one.kind in UNREACHED | SETTLES), "")
        return self.t(f"ticket_unreached_{last}") if last in UNREACHED else ""

    def actor(self, name: str) -> str:
        """Who did something: a member of staff, or the resident, the assistant, the system itself."""
        return self._or(f"ticket_actor_{name}", name) if name in NO_LOGINS else self.clerk(name)

    def given_to(self, ticket: TicketRow, kind: str, to: str) -> str:
        """To whom something that happened gave a ticket, or would: an agency, a member of staff, a team, a ticket."""
        if kind in TO_AGENCIES:
            return self._words.agency(ticket.city, to)
        return self.clerk(to) if kind == "assigned" else to

    def due(self, ticket: TicketRow) -> Due:
        """Which clock runs out first, and when."""
        names = DUES[1:] if ticket.is_mending else DUES  # its call-back is its first answer, too
        dues = [(at, name) for name in names if (at := getattr(ticket, name)) is not None]
        if not dues:
            if ticket.needs_a_person:
                return Due(self.t("ticket_unanswered_now"), "bad", None)
            if ticket.held_until is not None:
                return Due(self.t("ticket_held_until", at=shell.when(ticket.held_until)), "plain", ticket.held_until)
            return Due("", "plain", None)
        at, name = min(dues)
        late = at <= self._now
        text = self.t(f"ticket_{'late' if late else 'due'}_{name}", at=shell.when(at))
        return Due(text, "bad" if late or ticket.needs_a_person else "wait" if ticket.escalated else "good", at)

    def _or(self, key: str, otherwise: str) -> str:
        return self.t(key) if f"console.{key}" in self._known else otherwise
