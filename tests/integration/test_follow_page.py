"""The page to follow notices: what is chosen, and what it has residents say. Over a real store."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest
from fixtures import loaded
from fixtures.house import House
from fixtures.post import post_office
from fixtures.web import Site

CHOSEN = "topic=water&topic=power&district=xihu&district=shangcheng"


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("zh_Hans", "订阅上城区、西湖区的停水、停电的通知"),
        ("zh_Hant", "訂閱上城區、西湖區的停水、停電的通知"),
        ("en", "Subscribe to notices about Water supply and Power supply for Shangcheng District and Xihu District"),
    ],
)
async def test_what_is_chosen_becomes_a_sentence(site: Site, locale: str, said: str) -> None:
    """In the resident's language, for the chat beside it; without a choice there is nothing to say."""
    status, chosen, _ = await site.ask("GET", f"/hangzhou/follow?lang={locale}&{CHOSEN}")
    _, empty, headers = await site.ask("GET", f"/hangzhou/follow?lang={locale}")
    assert status == 200
    assert "form-action 'self'" in headers["Content-Security-Policy"]  # or the browser would keep the choice
    assert said in chosen
    assert "city-chat" not in empty


async def test_unknown_topics_and_cities_are_none(site: Site) -> None:
    """What is not offered is not chosen."""
    _, page, _ = await site.ask("GET", "/hangzhou/follow?topic=gossip&district=mars")
    status, _, _ = await site.ask("GET", "/atlantis/follow")
    assert "city-chat" not in page
    assert status == 404


async def test_the_city_page_links_it(site: Site) -> None:
    """Where services stand."""
    _, page, _ = await site.ask("GET", "/hangzhou?lang=en")
    assert 'href="/hangzhou/follow?lang=en"' in page


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_a_text_message_is_the_keyword_that_the_desk_reads(house: House, tmp_path: Path, locale: str) -> None:
    """Where the city has such an account its number is there, with a link that begins the message."""
    async with post_office(house, tmp_path, channel="sms") as office:
        async with office.http.get(f"{office.desk_url}/hangzhou/follow?lang={locale}&{CHOSEN}") as response:
            page = await response.text()
        [(number, body)] = re.findall(r'href="sms:(\d+)\?body=([^"]+)"', page)
        keyword = loaded.keywords().read(unquote(unescape(body)), house.cities["hangzhou"])
        assert number == office.account.platform_id
        assert keyword is not None
        assert (keyword.verb, keyword.topics, set(keyword.districts)) == (
            "subscribe",
            ("water", "power"),
            {"xihu", "shangcheng"},
        )
