"""Answers that clerks gave and marked for others: a question in general words, and what was said to it.

Conversations are sealed and cannot be searched, so what is to be found again is kept beside them, in words that hold
nothing of anybody: both texts are refused while they hold a number of a person, or what is left of one that was masked.
Staff see that the names in them are gone. Erasing the conversation deletes them all the same, since no rule finds every
name; one that is forgotten after its time leaves them (`docs/decisions/0022-past-answers.md`).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.audit.trail import record
from desk.contract.errors import Conflict
from desk.contract.messages import Text
from desk.contract.staff import WITHIN, Actor, Permission
from desk.store.database import transaction
from desk.texts.masking import masked
from desk.tickets.room import Room, insist_conversation

LONGEST_QUESTION, LONGEST = 300, 2000  # characters
LOOKED_AT = 500
"""Of so many an agency's newest, those that are near are suggested: comparing them takes some milliseconds."""
HIDDEN = "****"  # what masking leaves

KEEP = text("""
    INSERT INTO past_answers (city, agency, locale, question, answer, conversation_id, kept_by)
    VALUES (:city, :agency, :locale, :question, :answer, :conversation_id, :by)
    ON CONFLICT (city, agency, md5(question || answer)) DO NOTHING RETURNING id
""")
OF_AGENCY = text(f"""
    SELECT id, city, agency, question, answer, kept_by, kept_at FROM past_answers
    WHERE city = :city AND agency = :agency AND locale = :locale ORDER BY id DESC LIMIT {LOOKED_AT}
""")
SEEN = WITHIN.format(city="city", agency="agency")
ALL = text(f"""
    SELECT id, city, agency, question, answer, kept_by, kept_at FROM past_answers
    WHERE {SEEN} ORDER BY id DESC LIMIT {LOOKED_AT}
""")
FIND = text("SELECT city, agency FROM past_answers WHERE id = :id")
DROP = text("DELETE FROM past_answers WHERE id = :id RETURNING id")


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """An answer that was given, and the question in general words."""

    id: int
    city: str
    agency: str
    question: str
    answer: str
    kept_by: str
    kept_at: datetime


async def past_of(connection: AsyncConnection, city: str, agency: str, locale: str) -> list[PastAnswer]:
    """The newest of an agency in a language, the newest first."""
    values = {"city": city, "agency": agency, "locale": locale}
    return [PastAnswer(**row._mapping) for row in await connection.execute(OF_AGENCY, values)]


def holds_numbers(said: str, published: frozenset[str]) -> bool:
    """Whether a text holds a number that may be somebody's, or the rest of one; published telephones are not."""
    return HIDDEN in masked(said, published)


class PastAnswers:
    """Keeping them, and deleting them."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def keep(self, actor: Actor, ticket_id: int, question: str, answer: str) -> None:
        """Keep an answer for the other clerks of the ticket's agency. Once, however often it is asked for.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: the actor may not answer it.
            Conflict: a text is missing or too long, holds a number of a person, or the conversation was erased.
        """
        asked, said = (one.replace("\x00", "").strip() for one in (question, answer))
        if not 0 < len(asked) <= LONGEST_QUESTION or not 0 < len(said) <= LONGEST:
            args = {"longest": LONGEST_QUESTION, "most": LONGEST}
            raise Conflict("It needs a question and an answer.", said=Text(key="console.error_past", args=args))
        async with self._room.act(actor, ticket_id) as act:
            conversation, ticket = insist_conversation(act), act.ticket
            if holds_numbers(asked, self._room.published) or holds_numbers(said, self._room.published):
                raise Conflict(
                    "It holds a number of a person: write it in general words.",
                    said=Text(key="console.error_past_personal"),
                )
            values = {"city": ticket.city, "agency": ticket.agency, "locale": conversation.locale, "by": actor.login}
            texts = {"question": asked, "answer": said, "conversation_id": conversation.id}
            kept = (await act.connection.execute(KEEP, {**values, **texts})).scalar_one_or_none()
            if kept is None:
                act.drop()
                return
            act.done("answer_kept", "past_answer.keep", answer=int(kept))

    async def all(self, actor: Actor) -> list[PastAnswer]:
        """Those that the actor may be suggested, the newest first."""
        values = actor.places(Permission.TICKET_ANSWER).values()
        async with self._room.engine.connect() as connection:
            return [PastAnswer(**row._mapping) for row in await connection.execute(ALL, values)]

    async def drop(self, actor: Actor, answer_id: int) -> bool:
        """Delete one. Answers whether there was one.

        Raises:
            NotPermitted: the actor may not answer tickets there.
        """
        async with transaction(self._room.engine) as connection:
            found = (await connection.execute(FIND, {"id": answer_id})).one_or_none()
            if found is None:
                return False
            actor.require(Permission.TICKET_ANSWER, found.city, found.agency)
            if (await connection.execute(DROP, {"id": answer_id})).scalar_one_or_none() is None:
                return False
            await record(
                connection,
                actor,
                "past_answer.drop",
                subject=str(answer_id),
                of=found,
            )
        return True
