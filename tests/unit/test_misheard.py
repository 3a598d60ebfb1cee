"""What was taken for a report, and was a look-up: its words belong to that."""

from types import SimpleNamespace
from typing import Any

from fixtures.hotline import Reporter
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.reading.misheard import heard_again, words_of
from desk.texts.catalogs import Catalogs


async def test_the_words_of_a_report_that_was_none_are_read_again(catalogs: Catalogs) -> None:
    """By a look-up that is wished instead; no form takes them."""
    resident = Reporter(catalogs, SERVICES)
    await resident.tell("在鼓楼等公交车，3路迟迟不来")
    front = resident.session.front
    assert words_of(front) == "在鼓楼等公交车，3路迟迟不来"
    city = resident.city
    known: Any = SimpleNamespace(declared=SERVICES)
    wished = turn_of("c", "text", "next_bus", city, "zh_Hans", resident.now, text="不是告状，就问3路几分钟")
    assert "鼓楼" in heard_again(wished, front, known).text
    other = turn_of("c", "text", "report_problem", city, "zh_Hans", resident.now, text="不是这个")
    assert heard_again(other, front, known) is other


async def test_a_report_that_got_more_is_no_mistake(catalogs: Catalogs) -> None:
    """Its place was given: it stays what it is."""
    resident = Reporter(catalogs, SERVICES)
    await resident.tell("路灯坏了，在文三路", place="文三路")
    assert words_of(resident.session.front) is None
