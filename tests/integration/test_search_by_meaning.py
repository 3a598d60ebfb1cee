"""What the words do not find is found by meaning; without the bot words alone find."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from fixtures.bulletin import NINE, announced
from fixtures.house import House
from fixtures.services import SERVICES
from fixtures.web import Site, serving

from desk.contract.errors import BotUnreachable
from desk.contract.messages import Intent
from desk.contract.turns import Understood
from desk.web.parts import words_of
from desk.web.site.meaning import Meanings

SAID = "xyzzy plugh frotz"  # in no text
LATER = NINE + timedelta(hours=1)


class Bot:
    """Understands one thing, or is away."""

    def __init__(self, *, is_away: bool = False) -> None:
        self.is_away = is_away
        self.asked: list[str] = []

    def stands_at(self, url: str) -> None:
        """Stays where it is."""

    async def understand(
        self,
        text: str,
        compared: Sequence[str] = (),
        *,
        asked: bool = False,
        seconds: float,  # noqa: ARG002
    ) -> Understood:
        assert asked
        self.asked.append(text)
        if self.is_away:
            raise BotUnreachable("away")
        return Understood(
            intent=Intent(name="traffic_fines", confidence=0.9),
            follows={},
            passages=[("passport_lost", "answer", 0, 0.9), ("atlantis", "answer", 0, 0.9)],
            likeness=[0.9] * len(compared),
        )


async def searched(site: Site, written: str) -> str:
    status, page, _ = await site.ask("GET", "/hangzhou/search", params={"q": written, "lang": "en"})
    assert status == 200
    return str(page)


async def test_services_guides_and_announcements_are_found_by_meaning(house: House) -> None:
    """Those that the city offers, and that hold."""
    number = await announced(house)
    async with serving(house, services=words_of(SERVICES), meanings=Meanings(Bot()), now=lambda: LATER) as site:
        page = await searched(site, SAID)
    for found in ("start=traffic_fines", "/guides/passport_lost?", f"/announcements/{number}?"):
        assert found in page
    assert "atlantis" not in page


@pytest.mark.parametrize("meanings", [None, Meanings(Bot(is_away=True))], ids=["no bot", "away"])
async def test_without_the_bot_words_alone_find(house: House, meanings: Meanings | None) -> None:
    """The page is as good as it was, and comes as soon."""
    async with serving(house, services=words_of(SERVICES), meanings=meanings, now=lambda: LATER) as site:
        assert "start=utility_bills" in await searched(site, "electricty")
        assert "start=traffic_fines" not in await searched(site, SAID)


async def test_what_has_the_words_stands_first(house: House) -> None:
    """And what both find stands once."""
    async with serving(house, services=words_of(SERVICES), meanings=Meanings(Bot()), now=lambda: LATER) as site:
        page = await searched(site, "electricty")
        both = await searched(site, "traffic fines")
    assert page.index("start=utility_bills") < page.index("start=traffic_fines")
    assert both.count("start=traffic_fines") == 1


async def test_one_address_asks_the_bot_no_faster_than_people_type(house: House) -> None:
    """Beyond that words alone find; nobody is refused."""
    bot = Bot()
    async with serving(house, services=words_of(SERVICES), meanings=Meanings(bot), now=lambda: LATER) as site:
        for number in range(30):
            await searched(site, f"{SAID} {number}")
    assert 15 <= len(bot.asked) < 30
