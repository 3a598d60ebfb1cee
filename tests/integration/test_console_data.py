"""The console's pages of changes: what they show, take and refuse. Real stores, no browser."""

import html
import re

from fixtures.desks import Chair, desks_at, hire
from fixtures.house import House
from fixtures.taught import TRAINER, gathered, stands, understood
from fixtures.tickets import seated
from sqlalchemy import text

from desk.contract.staff import Grant, Role
from desk.store.database import transaction
from desk.teaching.editing.corpus import LANGUAGES

PATH = "/console/data"
GUIDE = "kind=guide&name=dog_licence"
EDITOR = Grant(Role.EDITOR, "hangzhou", "city_hall")
PAST = text("""
    INSERT INTO past_answers (city, agency, locale, question, answer, kept_by) VALUES
    ('hangzhou', 'city_hall', 'en', 'May I keep pigeons?', 'Ask the district first.', 'lin') RETURNING id
""")
NONE: dict[str, object] = {"version": 1, "said": ["guide.none"], "step": "idle", "buttons": []}


async def propose(chair: Chair, query: str, **fields: str) -> str:
    """Fill in the form of an entry and send it; answers where that led, or the errors."""
    page = await chair.get(f"{PATH}/write?{query}")
    given = dict(one.split("=") for one in query.split("&"))
    answer = await chair.send(f"{PATH}/write", {"csrf": page.csrf, "reason": "it ends", **given, **fields})
    return answer.errors or answer.path


async def test_a_name_is_found_by_what_it_is_called(house: House) -> None:
    """In the reader's language: a guide, lines of a yes and of a service, whose facts are called like it."""
    async with seated(house, TRAINER, login="mei") as (chair, _):
        page = html.unescape((await chair.get(PATH)).text)
        called = dict(re.findall(r'<option value="([^"]*)">([^<]*)</option>', page))
        assert (called["dog_licence"], called["common/affirm"]) == ("Dog licence", "Says yes")
        assert called["next_bus/next_bus"] == called["next_bus/look_up_cost"]
        assert called["next_bus/next_bus"] not in ("", "next_bus")


async def test_a_guide_is_changed_by_two(house: House) -> None:
    """One proposes its end, sees it stand, and may not allow it; another does, and takes the patch."""
    async with seated(house, TRAINER, login="mei") as (chair, _):
        page = await chair.get(f"{PATH}/write?{GUIDE}")
        assert "First have the dog vaccinated" in html.unescape(page.text)
        where = await propose(chair, GUIDE, until="2027-03-01")
        assert where.startswith(f"{PATH}/change?number=")
        one = await chair.get(where)
        assert "2027-03-01</ins>" in one.text
        number = one.hidden("number")
        refused = await chair.send(
            f"{PATH}/change", {"csrf": one.csrf, "number": number, "do": "allow", "reason": "mine"}
        )
        assert "Somebody else decides on it." in refused.errors
    async with seated(house, TRAINER, login="lin") as (chair, _):
        start = await chair.get("/console")
        assert "Guide: dog_licence" in start.text
        page = await chair.get(f"{PATH}/change?number={number}")
        done = await chair.send(f"{PATH}/change", {"csrf": page.csrf, "number": number, "do": "allow", "reason": "yes"})
        assert "Allowed." in done.text
        patch = await chair.get(f"{PATH}/changes.patch")
        assert "+until: 2027-03-01\n" in patch.text
        assert patch.text.startswith("diff --git a/guides/dog_licence.yml b/guides/dog_licence.yml\n")


async def test_what_is_typed_is_looked_at(house: House) -> None:
    """Before it is proposed, and again when it is."""
    async with seated(house, TRAINER, login="mei") as (chair, _):
        page = await chair.get(f"{PATH}/write?kind=lines&name=next_bus/next_bus")
        fields = {"csrf": page.csrf, "kind": "lines", "name": "next_bus/next_bus", "add_en": "Next bus"}
        looked = await chair.send(f"{PATH}/look", fields)
        assert "is there already: Next bus" in html.unescape(looked.text)
        refused = await chair.send(f"{PATH}/write", {**fields, "reason": "more"})
        assert (refused.status, "It cannot be taken as it is" in refused.errors) == (422, True)
        assert ">Next bus</textarea>" in refused.text
        named = await chair.send(f"{PATH}/look", {**fields, "add_en": "call me on 13812345678"})
        assert "12345678" not in named.text


async def test_a_new_meaning_ends_in_the_patch(house: House) -> None:
    """Its form asks what it is called, and for no line to take out; what is missing is told before it is proposed."""
    query = "kind=lines&name=keep_pigeons/keep_pigeons"
    lines = {f"add_{one}": f"pigeons {one} a\npigeons {one} b\npigeons {one} c" for one in LANGUAGES}
    titles = {"title_zh_Hans": "养鸽子", "title_zh_Hant": "養鴿子", "title_en": "Keeping pigeons"}
    async with seated(house, TRAINER, login="mei") as (chair, _):
        page = await chair.get(f"{PATH}/write?{query}")
        assert "What residents read that it is called: English" in page.text
        assert 'name="drop_en"' not in page.text
        looked = await chair.send(
            f"{PATH}/look", {"csrf": page.csrf, "kind": "lines", "name": "keep_pigeons/keep_pigeons", **titles}
        )
        assert "at least three lines in each language: en: 0" in looked.text
        where = await propose(chair, query, **titles, **lines)
        number = (await chair.get(where)).hidden("number")
    async with seated(house, TRAINER, login="lin") as (chair, _):
        page = await chair.get(f"{PATH}/change?number={number}")
        await chair.send(f"{PATH}/change", {"csrf": page.csrf, "number": number, "do": "allow", "reason": "yes"})
        patch = await chair.get(f"{PATH}/changes.patch")
        assert "+- intent: keep_pigeons\n" in patch.text
        assert '+msgid "keep_pigeons.title"\n+msgstr "Keeping pigeons"\n' in patch.text


async def test_a_question_without_a_guide_is_listed_and_becomes_one(house: House) -> None:
    """With how many asked; the form begins with what they asked."""
    for said in ("养鸽子要办证吗", "养鸽子要不要登记"):
        conversation = await house.open()
        await understood(house, conversation, said, commands=(("start", 0.9), ("ask_fee", 0.1)))
        await stands(house, conversation, NONE)
    await gathered(house)
    async with seated(house, TRAINER, login="mei") as (chair, _):
        page = await chair.get(f"{PATH}/guides")
        assert "养鸽子要办证吗" in page.text
        link = html.unescape(page.text.split('href="/console/data/write?kind=guide&amp;line=')[1].split('"')[0])
        form = await chair.get(f"{PATH}/write?kind=guide&line={link}")
        assert "- 养鸽子要" in form.text


async def test_a_clerks_answer_becomes_a_proposal(house: House) -> None:
    """What was kept for others stands in the form of a new guide."""
    async with transaction(house.engine) as connection:
        kept = (await connection.execute(PAST)).scalar_one()
    async with seated(house, Grant(Role.CLERK, "hangzhou", "city_hall"), login="lin") as (chair, _):
        page = await chair.get("/console/answers")
        assert f"kind=guide&amp;past={kept}" in page.text
        form = await chair.get(f"{PATH}/write?kind=guide&past={kept}")
        assert "- May I keep pigeons?" in form.text
        assert "Ask the district first." in form.text


async def test_an_agency_changes_its_own_guides_alone(house: House) -> None:
    """Of others it may read them, and is told no."""
    async with desks_at(house) as desks:
        wei = await hire(house.engine, "wei", EDITOR)
        async with desks.chair(wei) as chair:
            assert (await propose(chair, GUIDE, until="2027-03-01")).startswith(f"{PATH}/change")
            assert "not permitted" in await propose(chair, GUIDE, agency="traffic_police")
            texts = await chair.get(f"{PATH}/write?kind=text&name=account.how_long")
            assert "<h1>Guide" in texts.text
            assert (await chair.get(f"{PATH}/changes.patch")).status == 403


async def test_pages_speak_three_languages(house: House) -> None:
    """Every page, with a change on it."""
    async with seated(house, TRAINER, login="mei") as (chair, _):
        where = await propose(chair, GUIDE, until="2027-03-01")
    for locale, word in (("zh_Hans", "指南与数据"), ("zh_Hant", "指南與資料"), ("en", "Guides and data")):
        async with seated(house, TRAINER, login=f"mei_{locale.lower()}", locale=locale) as (chair, _):
            chair.extra.clear()
            writes = [f"{PATH}/write?{one}" for one in (GUIDE, "kind=fact&name=next_bus/look_up_cost", "kind=guide")]
            writes += [
                f"{PATH}/write?kind=text&name=account.how_long",
                f"{PATH}/write?kind=lines&name=next_bus/next_bus",
                f"{PATH}/write?kind=lines&name=keep_pigeons/keep_pigeons",
            ]
            for path in (PATH, f"{PATH}/guides", f"{PATH}/checks", where, *writes):
                page = await chair.get(path)
                assert (path, page.status, word in page.text) == (path, 200, True)
