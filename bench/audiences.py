"""How long the console's count of each audience takes, on a store with a crowd in it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.announcements.audience.lists import MOST_LINES
from desk.announcements.content import Audience, Draft, LeftOut
from desk.announcements.service import Announcements
from desk.city.area import area_of
from desk.city.files import Point
from desk.contract.staff import Actor
from desk.contract.wire import Locale
from desk.store.database import transaction

COUNTS = 5
SMALL, LARGE = 0.01, 0.12  # degrees from the middle of the city to the borders of an area
LIST = text("""
    INSERT INTO announcement_lists (city, agency, name, kind, lines, known, made_by, made_at, good_until)
    VALUES (:city, :agency, 'bench', 'telephones', :lines, :lines, 'bench', now(), now() + interval '30 days')
    RETURNING id
""")
MEMBERS = text("""
    INSERT INTO announcement_list_members (list_id, account_id, conversation_id)
    SELECT :list, account_id, id FROM conversations WHERE city = :city ORDER BY id LIMIT :lines
""")


def audiences(topic: str, half: str, middle: Point, service: str, brought: int) -> dict[str, tuple[str, Audience]]:
    """Whom the console counts, and of which topic.

    Args:
        topic: what all follow.
        half: what every second one follows.
        middle: of the city.
        service: that every second one used.
        brought: number of a list.
    """

    def around(degrees: float, **changes: Any) -> Audience:
        south, north = middle.lat - degrees, middle.lat + degrees
        west, east = middle.lon - degrees, middle.lon + degrees
        ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
        return Audience(whom="area", area=area_of([[ring]]), **changes)

    return {
        "who follow the topic": (topic, Audience()),
        "of these, in one language": (topic, Audience(languages=("zh_Hans",))),
        "of these, on one channel": (topic, Audience(channels=("sms",))),
        "of these, without those who follow a topic that half follow": (topic, Audience(without_topics=(half,))),
        "of these, without those on a list": (
            topic,
            Audience(without=(LeftOut(whom="list", list=brought),)),
        ),
        "of these, without those near places in a large area": (
            topic,
            Audience(without=(LeftOut(whom="area", area=around(LARGE).area),)),
        ),
        "who used a service": (topic, Audience(whom="users", services=(service,))),
        "who are on a list": (topic, Audience(whom="list", list=brought)),
        "everybody in the city": (topic, Audience(whom="everybody")),
        "near places in a small area": (half, around(SMALL)),
        "near places in a large area": (half, around(LARGE)),
        "of those in the large area, in one language": (half, around(LARGE, languages=("zh_Hans",))),
        "near places in a large area, and who follow a topic that half follow": (
            half,
            around(LARGE, and_followers=True),
        ),
        "of both, in one language": (half, around(LARGE, and_followers=True, languages=("zh_Hans",))),
    }


@dataclass(frozen=True)
class Counting:
    """Who counts what: a city, the topics that all and every second one follow, and the words of a draft."""

    room: Announcements
    actor: Actor
    city: str
    topic: str
    half: str
    words: tuple[Mapping[Locale, str], Mapping[Locale, str]]

    @property
    def place(self) -> Mapping[str, str]:
        """The city, and the agency that counts."""
        return {"city": self.city, "agency": self.room.cities[self.city].agencies[0].slug}

    async def drafts(self, service: str, brought: int) -> list[dict[str, Any]]:
        """Each audience, by language and channel too: its residents, and seconds as the median of five counts."""
        wanted = audiences(self.topic, self.half, self.room.cities[self.city].middle, service, brought)
        return [await self._count(name, self._draft(about, audience)) for name, (about, audience) in wanted.items()]

    async def correction(self, number: int) -> dict[str, Any]:
        """The same of those whom an announcement reached."""
        return await self._count("whom an announcement reached", self._draft(self.topic, Audience()), number)

    def _draft(self, topic: str, audience: Audience) -> Draft:
        titles, texts = self.words
        return Draft(**self.place, topic=topic, titles=dict(titles), texts=dict(texts), audience=audience)

    async def _count(self, name: str, draft: Draft, corrects: int | None = None) -> dict[str, Any]:
        took, residents = list[float](), 0
        for _ in range(COUNTS):
            began = time.perf_counter()
            residents = (await self.room.reach(self.actor, draft, corrects)).residents
            took.append(time.perf_counter() - began)
        return {"audience": name, "residents": residents, "seconds": round(median(took), 3)}


async def bring_list(engine: AsyncEngine, place: Mapping[str, str], crowd: range) -> int:
    """Enter a list of an agency's, of a crowd as far as a list goes; its number."""
    lines = min(len(crowd), MOST_LINES)
    async with transaction(engine) as connection:
        number: int = (await connection.execute(LIST, {**place, "lines": lines})).scalar_one()
        await connection.execute(MEMBERS, {"city": place["city"], "list": number, "lines": lines})
    async with engine.connect() as connection:
        settled = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await settled.execute(text("VACUUM (ANALYZE) announcement_list_members"))
    return number
