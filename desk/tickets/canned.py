"""Answers that clerks send often, by agency and language; `{name}` in braces is filled in before one is sent."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.trail import record
from desk.contract.errors import Conflict
from desk.contract.messages import Text
from desk.contract.staff import WITHIN, Actor, Permission
from desk.contract.wire import LOCALES, Locale
from desk.store.database import transaction

LONGEST = 2000  # characters of an answer
LONGEST_NAME = 40
ARGUMENT = re.compile(r"\{[^{}\n]{1,30}\}")
"""What is to be filled in; the console's scripts look for the same."""

OF_AGENCY = text("""
    SELECT id, agency, name, texts FROM canned_answers
    WHERE city = :city AND (agency = '' OR agency = :agency) ORDER BY name, agency DESC
""")
SEEN = WITHIN.format(city="city", agency="agency")
ALL = text(f"""
    SELECT city, agency, name, texts FROM canned_answers
    WHERE {SEEN} OR (agency = '' AND EXISTS (
        SELECT FROM unnest(CAST(:in_agencies AS text[])) AS held (place) WHERE held.place LIKE city || '/%'))
    ORDER BY city, agency, name LIMIT 500
""")
KEEP = text("""
    INSERT INTO canned_answers (city, agency, name, texts, changed_by)
    VALUES (:city, :agency, :name, CAST(:texts AS jsonb), :by)
    ON CONFLICT (city, agency, name) DO UPDATE
    SET texts = EXCLUDED.texts, changed_by = EXCLUDED.changed_by, changed_at = clock_timestamp()
""")
DROP = text("DELETE FROM canned_answers WHERE city = :city AND agency = :agency AND name = :name RETURNING id")


@dataclass(frozen=True, slots=True)
class Canned:
    """An answer in one language, its `locale`."""

    name: str
    text: str
    locale: Locale


def unfilled_in(said: str) -> Sequence[str]:
    """What of a text is still to be filled in, with its braces, each once."""
    return list(dict.fromkeys(ARGUMENT.findall(said)))


async def canned_of(connection: AsyncConnection, city: str, agency: str, locale: Locale) -> list[Canned]:
    """The answers of an agency and of its whole city: those in a language, then the others as they first are."""
    rows = (await connection.execute(OF_AGENCY, {"city": city, "agency": agency})).all()
    named: dict[str, Canned] = {}
    for row in rows:  # the agency's own comes before the city's of the same name
        spoken = next((one for one in (locale, *LOCALES) if row.texts.get(one)), locale)
        named.setdefault(row.name, Canned(row.name, row.texts.get(spoken, ""), spoken))
    return sorted(named.values(), key=lambda one: one.locale != locale)


@dataclass(frozen=True, slots=True)
class CannedRow:
    """An answer as it is kept. `agency` empty: of all agencies of the city."""

    city: str
    agency: str
    name: str
    texts: Mapping[str, str]


@dataclass(frozen=True)
class CannedAnswers:
    """Keeping them."""

    engine: AsyncEngine

    async def all(self, actor: Actor) -> list[CannedRow]:
        """The answers that the actor may send, by city, agency and name."""
        values = actor.places(Permission.TICKET_ANSWER).values()
        async with self.engine.connect() as connection:
            return [CannedRow(**row._mapping) for row in await connection.execute(ALL, values)]

    async def keep(self, actor: Actor, city: str, agency: str, name: str, texts: Mapping[str, str]) -> None:
        """Write an answer, or change it. `agency` empty: for all of the city.

        Raises:
            NotPermitted: the actor may not answer tickets there.
            Conflict: it has no name or no text, or is too long.
        """
        actor.require(Permission.TICKET_ANSWER, city, agency or None)
        called = name.strip()
        said = {locale: texts[locale].strip() for locale in LOCALES if texts.get(locale, "").strip()}
        if not 0 < len(called) <= LONGEST_NAME or not said or max(map(len, said.values())) > LONGEST:
            args = {"longest": LONGEST_NAME, "most": LONGEST}
            raise Conflict("An answer needs a name and a text.", said=Text(key="console.error_canned", args=args))
        values = {"city": city, "agency": agency, "name": called, "by": actor.login}
        async with transaction(self.engine) as connection:
            await connection.execute(KEEP, {**values, "texts": json.dumps(said, ensure_ascii=False)})
            await record(connection, actor, "answer.keep", subject=called, city=city, agency=agency or None)

    async def drop(self, actor: Actor, city: str, agency: str, name: str) -> bool:
        """Delete an answer. Answers whether there was one.

        Raises:
            NotPermitted: the actor may not answer tickets there.
        """
        actor.require(Permission.TICKET_ANSWER, city, agency or None)
        async with transaction(self.engine) as connection:
            values = {"city": city, "agency": agency, "name": name}
            if (await connection.execute(DROP, values)).scalar_one_or_none() is None:
                return False
            await record(connection, actor, "answer.drop", subject=name, city=city, agency=agency or None)
        return True
