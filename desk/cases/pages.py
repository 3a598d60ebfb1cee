"""What a calendar page shows of its case."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.cases.calendar import LENGTH, Entry
from desk.cases.links import hash_of
from desk.cases.register import Register
from desk.cases.rows import CaseRow
from desk.city.files import City
from desk.contract.messages import Text
from desk.contract.wire import LOCALES
from desk.store.keys import Keys
from desk.texts.catalogs import LANGUAGE_TAGS, Catalogs

CANCELLED = "cancelled"
"""The status of an appointment that was called off; one that took place is over too, and stays in the calendar."""

LOCALE = text("SELECT locale FROM conversations WHERE id = :id")


class CalendarPages:
    """The desk's side of calendar pages."""

    def __init__(
        self, engine: AsyncEngine, register: Register, catalogs: Catalogs, cities: Mapping[str, City], keys: Keys
    ) -> None:
        self._engine = engine
        self._register = register
        self._catalogs = catalogs
        self._cities = cities
        self._keys = keys

    async def find(self, code: str) -> tuple[Entry, ZoneInfo] | None:
        """Find the entry that a code opens, with its city's time zone; None: there is none, or it has no time."""
        async with self._engine.connect() as connection:
            case = await self._register.find_by_code(connection, code)
            if case is None or case.at is None or case.city not in self._cities:
                return None
            spoken = (await connection.execute(LOCALE, {"id": case.conversation_id})).scalar_one()
        return self._entry(code, case, case.at, spoken), ZoneInfo(self._cities[case.city].timezone)

    def _entry(self, code: str, case: CaseRow, begins: datetime, spoken: str) -> Entry:
        locale = next(one for one in LOCALES if one == spoken)
        city = self._cities[case.city]
        agency = city.agency(case.agency)
        private = case.opened(self._keys)
        minutes = private.facts.get("minutes")
        phone = Text(
            key="cases.calendar_description",
            args={"agency": {"name": agency.names.model_dump(exclude_none=True)}, "phone": agency.phone},
        )
        return Entry(
            uid=f"{hash_of(code).hex()[:32]}@citydesk",
            revision=case.revision,
            summary=self._catalogs.text(private.about, locale),
            description=self._catalogs.text(phone, locale),
            location=None if private.place is None else self._catalogs.text(private.place, locale),
            begins=begins,
            length=timedelta(minutes=minutes) if isinstance(minutes, int) else LENGTH,
            cancelled=case.over and case.status == CANCELLED,
            changed_at=case.changed_at,
            language=LANGUAGE_TAGS[locale],
        )
