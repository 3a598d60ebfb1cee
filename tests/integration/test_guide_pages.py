"""The public pages of guides over a real store."""

import pytest
from fixtures.web import Site


@pytest.mark.parametrize(
    ("locale", "parts"),
    [
        ("zh_Hans", ["居民身份证丢失补领", "工本费40元", "0571-", "《中华人民共和国居民身份证法》", "2026年11月20日"]),
        ("zh_Hant", ["居民身份證丟失補領", "要帶的文件", "工本費40元", "《中華人民共和國居民身份證法》"]),
        ("en", ["Replacing a lost ID card", "40 yuan", "Resident Identity Card Law", "20 November 2026"]),
    ],
)  # fmt: skip
async def test_a_guide_is_shown_whole(site: Site, locale: str, parts: list[str]) -> None:
    """The page has the text, the city's agency, the source and the date, in each language."""
    status, page, _ = await site.ask("GET", f"/hangzhou/guides/id_card_lost?lang={locale}")
    assert (status, [part for part in parts if part not in page]) == (200, [])


async def test_the_list_links_every_guide(site: Site) -> None:
    """All guides of a city stand on its list, which the city's page links."""
    _, listed, _ = await site.ask("GET", "/hangzhou/guides?lang=en")
    _, city, _ = await site.ask("GET", "/hangzhou?lang=en")
    assert listed.count('href="/hangzhou/guides/') >= 45
    assert 'href="/hangzhou/guides?lang=en"' in city


@pytest.mark.parametrize(
    "path", ["/hangzhou/guides/fishing_licence", "/atlantis/guides", "/atlantis/guides/id_card_lost"]
)
async def test_what_there_is_not_is_not_found(site: Site, path: str) -> None:
    """An unknown city or guide is a 404."""
    status, _, _ = await site.ask("GET", path)
    assert status == 404
