"""Names in any script: they switch no language, and agencies get them as resident identity cards have them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fixtures.counter import Counter, Talk, counter

from desk.texts.catalogs import Catalogs, traditional


@pytest.fixture
async def shenzhen(tmp_path: Path, catalogs: Catalogs) -> AsyncIterator[Counter]:
    async with counter(tmp_path, "shenzhen", catalogs) as city:
        yield city


async def begun(city: Counter) -> Talk:
    """An English form that asks for a name."""
    talk = city.talk(locale="en")
    await talk.say("renew my residence permit", "residence_permit")
    assert talk.asked == "person_name"
    return talk


async def test_a_chinese_name_switches_no_language(shenzhen: Counter) -> None:
    """The name alone, in characters that are Simplified only, is no wish for Chinese."""
    talk = await begun(shenzhen)
    said = await talk.say("陆正一", written_in="zh_Hans")
    assert (talk.locale, talk.asked) == ("en", "id_number")
    assert "identity card" in said


async def test_a_chinese_sentence_switches_it(shenzhen: Counter) -> None:
    """A sentence is a sign of a language, also where a name is asked for."""
    talk = await begun(shenzhen)
    await talk.say("为什么要姓名", written_in="zh_Hans")
    assert talk.locale == "zh_Hans"


async def test_agency_knows_a_name_in_traditional_characters(shenzhen: Counter) -> None:
    """Cards are in Simplified characters: who types 陳 is found as 陈, and sees the name as it was typed."""
    facts = await shenzhen.facts()
    talk = shenzhen.talk(locale="zh_Hant")
    await talk.say("居住證續簽", "residence_permit")
    name = traditional(facts["person_name"])
    await talk.say(name)
    await talk.say(facts["valid_id_number"])
    said = await talk.say(facts["phone"])
    assert talk.asked is None
    assert name in said
