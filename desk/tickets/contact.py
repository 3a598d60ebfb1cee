"""A contact that a resident leaves while they wait: a telephone or an address of mail, so that a clerk reaches them.

It is optional, asked with its reason, recorded as a consent, sealed, and gone when the ticket ends or the resident
takes it back. All of it happens under the conversation's row lock, in the transaction of the turn.
"""

import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.city.files import City
from desk.contract.consent import Consent
from desk.contract.messages import Button, Reply, Text
from desk.conversations.answers import Answer
from desk.conversations.outcomes import Outcome
from desk.conversations.rows import ConversationRow
from desk.conversations.service import OF_STAFF
from desk.conversations.waiting import Waiting
from desk.sealing.vault import DataKey
from desk.texts.catalogs import Catalogs
from desk.texts.masking import masked
from desk.tickets.history import RESIDENT, happened
from desk.tickets.hours import agency_of
from desk.tickets.reaching.wishes import take_back
from desk.tickets.rows import TicketRow
from values.definition import Accepted, Rejected
from values.finding import find_asked
from values.lexicon import lexicon
from values.registry import value_types

type Kind = Literal["phone", "mail"]
KINDS: tuple[Kind, ...] = ("mail", "phone")
"""Types of value that are a contact; an address is looked for first, since it may hold a number."""
TELEPHONES: tuple[Kind, ...] = ("phone",)
SERVICE, FIELD, PURPOSE = "human_agent", "contact", "ticket.why_contact"
"""What stands in the consent."""

LEAVE, DECLINE, TAKE_BACK, KEEP_SAID = "/leave_contact", "/no_contact", "/take_back_contact", "/keep_contact"
PAYLOADS = frozenset({LEAVE, DECLINE, TAKE_BACK, KEEP_SAID})
LEAVE_BUTTON = Button(title=Text(key="button.leave_contact"), payload=LEAVE)
DECLINE_BUTTON = Button(title=Text(key="button.no_contact"), payload=DECLINE)
KEEP_BUTTON = Button(title=Text(key="button.keep_contact"), payload=KEEP_SAID)
TAKE_BACK_BUTTON = Button(title=Text(key="button.take_back_contact"), payload=TAKE_BACK)

LANDLINE = re.compile(r"\(?0\d{2,3}\)?[ -]?\d{7,8}(?:[ -]\d{1,4})?|[2-9]\d{3}[ -]?\d{4}|\+\d(?:[ -]?\d){7,14}")
"""A telephone that can be called and takes no codes: with its area code, of Hong Kong or Macao, or from abroad."""
WITH_AREA_CODE = re.compile(r"(?<![\d-])\(?0\d{2,3}\)?[ -]?\d{7,8}(?:-\d{1,4})?(?![\d-])")
"""One that its area code tells among other words, too."""

_WORDS = lexicon(__file__)
_WISHES = _WORDS.pattern("wishes", re.IGNORECASE)
_DECLINES = _WORDS.pattern("declines", re.IGNORECASE)
_TAKES_BACK = _WORDS.pattern("takes_back", re.IGNORECASE)
_MASKED = re.compile(r"\*{2,}[\dA-Za-z.@-]*")
_SIGNS = re.compile(r"[\s。.!！~～，,、;；:：?？]+")

ASK = text("""
    UPDATE tickets SET contact_asked_at = coalesce(contact_asked_at, clock_timestamp())
    WHERE id = :id AND state IN ('open', 'claimed')
""")
ASK_NO_MORE = text("UPDATE tickets SET contact_asked_at = NULL WHERE id = :id AND contact_asked_at IS NOT NULL")
KEEP = text("""
    UPDATE tickets SET contact = CAST(:contact AS jsonb), contact_kind = :kind, contact_asked_at = NULL
    WHERE id = :id AND state IN ('open', 'claimed')
""")
MASK = text("UPDATE inbound_messages SET body = CAST(:body AS jsonb) WHERE id = :id")
LOOKED_AT = 20  # messages in which a telephone is looked for
SAID = text(f"""
    SELECT body FROM inbound_messages
    WHERE conversation_id = :id AND kind = 'text' AND (outcome IS NULL OR outcome NOT IN ('erased', 'graded'))
      AND external_id NOT LIKE '{OF_STAFF}%'
      AND (CAST(:until AS timestamptz) IS NULL OR received_at < :until)
    ORDER BY received_at DESC LIMIT {LOOKED_AT}
""")
TAKE = text("""
    UPDATE tickets SET contact = NULL, contact_kind = NULL, contact_asked_at = NULL
    WHERE id = :id AND contact_kind IS NOT NULL RETURNING id
""")


IN_DANGER = text("""
    SELECT EXISTS (SELECT FROM tickets
                   WHERE conversation_id = :id AND matter LIKE 'emergency:%' AND state IN ('open', 'claimed'))
""")


class Reach(Protocol):
    """Counts open tickets by the contact that is left at them: `desk.attempts`."""

    async def may_be_left(
        self, connection: AsyncConnection, conversation: ConversationRow, kind: str, contact: str, *, always: bool
    ) -> bool:
        """Whether a contact may be left at the conversation's ticket as well; counts it then. `always`: it may."""
        ...


@dataclass(frozen=True, slots=True)
class Given:
    """A contact in its one form."""

    kind: Kind
    value: str


def given_in(said: str, kinds: Collection[Kind] = KINDS, *, is_asked: bool = True) -> Given | Rejected | None:
    """The contact in a text; why there is none in one that tries to give one; None: it does not.

    Where none is asked for, eight digits are no telephone: they may be any number.
    """
    normal, refusal = unicodedata.normalize("NFKC", said), None
    landline = LANDLINE.fullmatch(normal.strip())
    if landline is not None and is_asked:  # a call needs no text message
        return Given("phone", "".join(char for char in landline[0] if char.isdigit() or char == "+"))
    for kind in kinds:
        for written in find_asked(value_types()[kind], normal, None):
            read = _read(kind, written)
            if isinstance(read, Accepted):
                return Given(kind, read.value)
            refusal = refusal or read
    within = WITH_AREA_CODE.search(normal)
    if within is not None:
        return Given("phone", "".join(char for char in within[0] if char.isdigit()))
    tried = next((kind for kind in kinds if value_types()[kind].attempts(normal)), None)
    if refusal is None and tried is not None:
        read = _read(tried, normal)
        return Given(tried, read.value) if isinstance(read, Accepted) else read
    return refusal


def takes_texts(telephone: str) -> bool:
    """Whether a telephone that was left takes text messages, as those with a line of their own do not."""
    return isinstance(_read("phone", telephone), Accepted)


def wishes(said: str) -> bool:
    """Whether a text says nothing but that its writer wants to be called or written to; the number may stand in it."""
    return _WISHES.fullmatch(_words(said)) is not None


def declines(said: str) -> bool:
    """Whether a text says nothing but that its writer leaves no contact."""
    return _DECLINES.fullmatch(_words(said)) is not None


def takes_back(said: str) -> bool:
    """Whether a text says nothing but that a contact is to be forgotten."""
    return _TAKES_BACK.fullmatch(_words(said)) is not None


async def telephone_said(
    connection: AsyncConnection, key: DataKey, conversation_id: UUID, *, until: datetime | None = None
) -> Given | None:
    """The last telephone that stands in what a resident wrote lately, before `until`; None: there is none."""
    return await _said_last(connection, key, conversation_id, TELEPHONES, until)


async def _said_last(
    connection: AsyncConnection, key: DataKey, conversation_id: UUID, kinds: Collection[Kind], until: datetime | None
) -> Given | None:
    for row in await connection.execute(SAID, {"id": conversation_id, "until": until}):
        found = given_in(str(key.open(row.body, "message")["text"]), kinds, is_asked=False)
        if isinstance(found, Given):
            return found
    return None


class Contacts:
    """Asks for contacts, keeps them, and gives them up."""

    def __init__(self, catalogs: Catalogs, cities: Mapping[str, City], reach: Reach) -> None:
        self._catalogs = catalogs
        self._cities = cities
        self._reach = reach

    async def answer(
        self,
        connection: AsyncConnection,
        conversation: ConversationRow,
        waiting: Waiting,
        ticket: TicketRow,
        *,
        by_clerk: bool = False,
    ) -> Answer | None:
        """Answer what is said about a contact while a ticket is live. None: nothing is.

        `by_clerk`: the clerk who has the ticket has asked for it, and it is still waited for.
        """
        pressed = waiting.payload if waiting.payload in waiting.offered else None
        said = waiting.text or ""
        if pressed == TAKE_BACK or (ticket.contact_kind is not None and takes_back(said)):
            return await self._take_back(connection, conversation, ticket)
        if ticket.state != "open" and ticket.given_at is None and not by_clerk:  # a clerk has it, and has opened it
            return None
        if pressed == LEAVE:
            return await self._ask(connection, conversation, ticket)
        if pressed == DECLINE:
            return await self.decline(connection, conversation, ticket)
        if pressed == KEEP_SAID:
            given = await _said_last(connection, waiting.key, conversation.id, KINDS, None)
            if given is not None:
                return await self._keep(connection, conversation, waiting, ticket, given, by_clerk=by_clerk)
            return await self._ask(connection, conversation, ticket)
        if waiting.text is None:
            return None
        return await self._of_words(connection, conversation, waiting, ticket, by_clerk=by_clerk)

    def offered(self, conversation: ConversationRow, waiting: Waiting, ticket: TicketRow) -> Answer | None:
        """Ask whether the telephone or address in a message is left so that a clerk reaches its writer.

        Nobody guesses: it may be a neighbour's. None: none stands there, or one is left already.
        """
        if waiting.text is None or ticket.contact_kind is not None or ticket.conversation_id != conversation.id:
            return None
        found = given_in(waiting.text, is_asked=False)
        if not isinstance(found, Given):
            return None
        why = Text(key=PURPOSE, args=self._about(conversation, ticket))
        args: dict[str, JsonValue] = {
            "contact": value_types()[found.kind].shown(found.value),
            "why": {"text": why.model_dump(mode="json")},
        }
        reply = Reply(key="ticket.ask_contact_said", args=args, buttons=[KEEP_BUTTON, DECLINE_BUTTON])
        return self._said(reply, conversation, ticket)

    async def keep_said(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting, ticket: TicketRow
    ) -> Answer | None:
        """Keep the telephone that the resident was asked about, which they wrote before. None: they wrote none."""
        given = await telephone_said(connection, waiting.key, conversation.id, until=ticket.contact_asked_at)
        if given is None:
            return None
        return await self._keep(connection, conversation, waiting, ticket, given, by_clerk=True)

    async def _of_words(
        self,
        connection: AsyncConnection,
        conversation: ConversationRow,
        waiting: Waiting,
        ticket: TicketRow,
        *,
        by_clerk: bool,
    ) -> Answer | None:
        said, is_asked = waiting.text or "", ticket.contact_asked_at is not None
        is_wished = wishes(said)
        if not is_asked and not is_wished:
            return None
        found = given_in(said)
        if isinstance(found, Given):
            return await self._keep(connection, conversation, waiting, ticket, found, by_clerk=by_clerk)
        if is_asked and declines(said):
            return await self.decline(connection, conversation, ticket)
        if isinstance(found, Rejected):
            return await self._ask(connection, conversation, ticket, wrong=found)
        if is_wished:
            return await self._ask(connection, conversation, ticket)
        if not by_clerk:  # it was optional: something else is said; a clerk goes on talking of it
            await connection.execute(ASK_NO_MORE, {"id": ticket.id})
        return None

    async def _ask(
        self,
        connection: AsyncConnection,
        conversation: ConversationRow,
        ticket: TicketRow,
        *,
        wrong: Rejected | None = None,
    ) -> Answer:
        await connection.execute(ASK, {"id": ticket.id})
        why = Text(key=PURPOSE, args=self._about(conversation, ticket))
        args: dict[str, JsonValue] = {"why": {"text": why.model_dump(mode="json")}}
        if wrong is not None:
            args = {"wrong": {"text": Text(key=wrong.reason, args=dict(wrong.args)).model_dump(mode="json")}}
        key = "ticket.ask_contact" if wrong is None else "ticket.contact_wrong"
        return self._said(Reply(key=key, args=args, buttons=[DECLINE_BUTTON]), conversation, ticket)

    async def _keep(
        self,
        connection: AsyncConnection,
        conversation: ConversationRow,
        waiting: Waiting,
        ticket: TicketRow,
        given: Given,
        *,
        by_clerk: bool,
    ) -> Answer:
        # a clerk who asks for it, and whoever tells of an emergency, has it kept at however many tickets
        always = by_clerk or bool((await connection.execute(IN_DANGER, {"id": conversation.id})).scalar_one())
        if not await self._reach.may_be_left(connection, conversation, given.kind, given.value, always=always):
            return await self._left_too_often(connection, conversation, ticket, given)
        sealed = json.dumps(waiting.key.seal({"value": given.value}, "contact"))
        if waiting.text is not None:  # it goes with the contact, not the talk
            said = json.dumps(waiting.key.seal({"text": masked(waiting.text)}, "message"))
            await connection.execute(MASK, {"id": waiting.id, "body": said})
        await connection.execute(KEEP, {"id": ticket.id, "contact": sealed, "kind": given.kind})
        await happened(connection, ticket.id, "contact_left", actor=RESIDENT)
        shown = value_types()[given.kind].shown(given.value)
        args = {**self._about(conversation, ticket), "contact": shown}
        key = "ticket.contact_kept_by_clerk" if ticket.state == "claimed" else "ticket.contact_kept"
        if given.kind == "mail" or takes_texts(given.value):
            key = f"{key}_{given.kind}"
        reply = Reply(key=key, args=args, buttons=[TAKE_BACK_BUTTON])
        agency = agency_of(
            self._cities[ticket.city], ticket.agency, channel=conversation.channel, service=ticket.service
        )
        consent = Consent(
            city=ticket.city, agency=agency.slug, service=SERVICE, field=FIELD, entity=given.kind, purpose=PURPOSE
        )
        return self._said(reply, conversation, ticket, consent)

    async def _left_too_often(
        self, connection: AsyncConnection, conversation: ConversationRow, ticket: TicketRow, given: Given
    ) -> Answer:
        """Keep nothing, say why, and go on asking: another one may be left, or none."""
        await connection.execute(ASK, {"id": ticket.id})
        agency = agency_of(
            self._cities[ticket.city], ticket.agency, channel=conversation.channel, service=ticket.service
        )
        shown = value_types()[given.kind].shown(given.value)
        args = {**self._about(conversation, ticket), "contact": shown, "phone": agency.phone}
        reply = Reply(key="limits.too_many_by_contact", args=args, buttons=[DECLINE_BUTTON])
        return self._said(reply, conversation, ticket)

    async def decline(self, connection: AsyncConnection, conversation: ConversationRow, ticket: TicketRow) -> Answer:
        """Keep no contact, and say that the place stays."""
        await connection.execute(ASK_NO_MORE, {"id": ticket.id})
        key = "ticket.no_contact_to_clerk" if ticket.state == "claimed" else "ticket.no_contact"
        return self._said(Reply(key=key, args={"reference": ticket.reference}), conversation, ticket)

    async def _take_back(self, connection: AsyncConnection, conversation: ConversationRow, ticket: TicketRow) -> Answer:
        if (await connection.execute(TAKE, {"id": ticket.id})).one_or_none() is not None:
            await happened(connection, ticket.id, "contact_taken_back", actor=RESIDENT)
        await take_back(connection, ticket.id)
        reply = Reply(key="ticket.contact_taken_back", args={"reference": ticket.reference})
        return self._said(reply, conversation, ticket)

    def _about(self, conversation: ConversationRow, ticket: TicketRow) -> dict[str, JsonValue]:
        city = self._cities[ticket.city]
        agency = agency_of(city, ticket.agency, channel=conversation.channel, service=ticket.service)
        return {"agency": {"name": agency.names.model_dump(exclude_none=True)}, "reference": ticket.reference}

    def _said(self, reply: Reply, conversation: ConversationRow, ticket: TicketRow, *effects: Consent) -> Answer:
        message = self._catalogs.in_manner(conversation.manner).render(reply, conversation.locale)
        author: Literal["bot", "notice"] = "notice" if ticket.state == "claimed" else "bot"
        return Answer(Outcome.NOTICED, messages=[message], handed_over=True, author=author, effects=effects)


def _read(kind: Kind, written: str) -> Accepted | Rejected:
    read = value_types()[kind].read
    assert read is not None, "a contact is of a type that can be read"
    return read(written, None)


def without_contact(said: str) -> str:
    """A text without the contact that stands in it, whole or masked."""
    left = _MASKED.sub(" ", unicodedata.normalize("NFKC", said))
    for kind in KINDS:
        for written in find_asked(value_types()[kind], left, None):
            left = left.replace(written, " ")
    return left


def _words(said: str) -> str:
    """A text without signs, and without the contact that stands in it; in Chinese without blanks, too."""
    left = _SIGNS.sub(" ", without_contact(said)).strip()
    return left if left.isascii() else left.replace(" ", "")
