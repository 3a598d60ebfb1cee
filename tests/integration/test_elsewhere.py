"""The city's accounts on other platforms, on its page: named, with a code of the desk's own drawing."""

import pytest
from fixtures.house import House
from fixtures.web import Site, serving

from desk.city.files import City, Elsewhere
from desk.web.qr import qr_svg

ADDRESS = "https://t.me/city_example_bot?start=a&b=c"
NAMES = {"zh_Hans": "市民小助手（Telegram）", "en": "City helper (Telegram)"}


def with_account(house: House) -> dict[str, City]:
    account = Elsewhere.model_validate({"names": NAMES, "address": ADDRESS})
    return {**house.cities, "hangzhou": house.cities["hangzhou"].model_copy(update={"elsewhere": [account]})}


async def test_each_account_stands_there_by_name_with_its_code(house: House) -> None:
    """In the language of the page; the picture comes from the desk, and is loaded once it is scrolled to."""
    async with serving(house, cities=with_account(house)) as site:
        for lang, name in (("zh_Hans", "市民小助手（Telegram）"), ("en", "City helper (Telegram)")):
            _, page, _ = await site.ask("GET", f"/hangzhou?lang={lang}")
            assert f'href="{ADDRESS.replace("&", "&amp;")}" rel="external noopener">{name}</a>' in page
            assert '<img src="/hangzhou/elsewhere/1.svg" width="112" height="112" loading="lazy"' in page
        status, drawn, headers = await site.ask("GET", "/hangzhou/elsewhere/1.svg")
    assert (status, headers["Content-Type"], drawn) == (200, "image/svg+xml", qr_svg(ADDRESS).decode())


async def test_where_none_is_named_nothing_stands(site: Site) -> None:
    """Neither the heading nor a picture."""
    _, page, _ = await site.ask("GET", "/hangzhou?lang=en")
    assert 'id="elsewhere"' not in page


@pytest.mark.parametrize(
    "path", ["/hangzhou/elsewhere/2.svg", "/hangzhou/elsewhere/0.svg", "/atlantis/elsewhere/1.svg"]
)
async def test_there_is_no_code_of_what_is_not_named(house: House, path: str) -> None:
    """No text that somebody asks for is ever drawn."""
    async with serving(house, cities=with_account(house)) as site:
        assert (await site.ask("GET", path))[0] == 404


@pytest.mark.parametrize("address", ["http://t.me/x", "javascript:alert(1)", "weixin://x", "https://a b"])
def test_an_address_is_one_of_the_web(address: str) -> None:
    """What a phone would be led to is checked when the file is read."""
    with pytest.raises(ValueError, match="address"):
        Elsewhere.model_validate({"names": NAMES, "address": address})
