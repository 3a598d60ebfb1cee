"""The console's pages of trainers: what they show, do, and refuse. Real stores, no browser."""

import re

import aiohttp
from fixtures.desks import Chair
from fixtures.house import House
from fixtures.taught import TRAINER, gathered, taught_texts, understood
from fixtures.tickets import seated

PATH = "/console/teaching"


async def waiting(house: House, *said: str) -> None:
    """Messages that wait for a trainer."""
    for one in said:
        await understood(house, await house.open(), one)
    await gathered(house)


async def bring(chair: Chair, content: bytes, form: str = "csv") -> str:
    """Send the form that brings a file; answers the page."""
    page = await chair.get(f"{PATH}/files")
    data = aiohttp.FormData()
    for name, value in (("csrf", page.csrf), ("form", form)):
        data.add_field(name, value)
    data.add_field("file", content, filename="lines.csv", content_type="text/csv")
    async with chair.http.post(f"{chair.url}{PATH}/import", data=data, headers=chair.extra) as answer:
        return await answer.text()


async def test_a_group_is_labelled_and_the_next_comes(house: House) -> None:
    """The largest first; what is cleared stays; undoing brings all back."""
    await waiting(house, "罚款怎么交", "罚款在哪交", "公交车呢")
    async with seated(house, TRAINER, login="mei") as (chair, _):
        page = await chair.get(PATH)
        assert "罚款在哪交" in page.text
        group = await chair.get(f"{PATH}/next?queue=inbox")
        ids = re.findall(r'name="line" value="(\d+)"', group.text)
        assert len(ids) == 2
        here = group.path.partition("?")[0]
        after = await chair.send(here, {"csrf": group.csrf, "queue": "inbox", "command": "ask_fee", "line": ids[0]})
        assert "Saved." in after.text
        assert await house.scalar("SELECT commands[1] FROM taught_lines") == "ask_fee"
        undone = await chair.post(f"{PATH}/undo", of=PATH)
        assert "the messages wait again" in undone.text
        assert await house.scalar("SELECT count(*) FROM taught_lines") == 0


async def test_each_choice_says_what_it_means_and_stands_once(house: House) -> None:
    """Also what has a letter of its own, and all that are in the list."""
    await waiting(house, "罚款怎么交", "罚款在哪交")
    async with seated(house, TRAINER, login="mei") as (chair, _):
        page = await chair.get(f"{PATH}/next?queue=inbox")
        assert "What do these messages want?" in page.text
        assert page.text.count('name="command" value="out_of_scope"') == 1
        assert "Wants something that no city account does" in page.text
        assert "Asks for a telephone number, whom to call" in page.text


async def test_undoing_leads_back_to_what_was_decided(house: House) -> None:
    """From the page of a message; whoever leaves the last for later is told that it was the last."""
    await waiting(house, "罚款怎么交", "公交车呢")
    async with seated(house, TRAINER, login="mei") as (chair, _):
        page = await chair.get(f"{PATH}/next?queue=inbox")
        here = page.path.partition("?")[0]
        fields = {"csrf": page.csrf, "queue": "inbox", "command": "ask_fee", "line": page.hidden("line")}
        after = await chair.send(here, fields)
        assert f'href="{here}?alone=1"' in (await chair.get(f"{PATH}/history")).text
        undone = await chair.send(f"{PATH}/undo", {"csrf": after.csrf, "queue": "inbox"})
        assert undone.path.partition("?")[0] == here
        skipped = await chair.get(f"{PATH}/next?queue=inbox&after=0-0")
        assert "That was the last group." in skipped.text


async def test_a_line_alone_is_labelled_with_its_values(house: House) -> None:
    """A value that is not there is refused, and what was typed stays."""
    await waiting(house, "小岚坐28路")
    async with seated(house, TRAINER, login="mei") as (chair, _):
        page = await chair.get(f"{PATH}/next?queue=inbox")
        here, line = page.path.partition("?")[0], page.hidden("line")
        fields = {"csrf": page.csrf, "queue": "inbox", "line": line, "do": "label", "other": "start:next_bus"}
        refused = await chair.send(here, {**fields, "marks": "bus_line 29路"})
        assert (refused.status, "bus_line 29路</textarea>" in refused.text) == (422, True)
        nothing = await chair.send(here, {**fields, "other": ""})
        assert "Choose one to three commands." in nothing.errors
        await chair.send(here, {**fields, "marks": "Name of a person 小岚\nbus_line 28路"})
        assert await taught_texts(house) == ["[person_name]坐28路"]
        decided = await chair.get(here)
        assert "This message has been decided." in decided.text


async def test_lines_are_passed_over_deleted_and_something_is_proposed(house: House) -> None:
    """Each leads on."""
    await waiting(house, "那个啥", "公交车呢")
    async with seated(house, TRAINER, login="mei") as (chair, _):
        page = await chair.get(f"{PATH}/next?queue=inbox")
        here = page.path.partition("?")[0]
        proposal = {"csrf": page.csrf, "do": "propose", "kind": "guide", "name": "Lost cards", "meaning": "What to do"}
        assert "Proposed." in (await chair.send(here, proposal)).text
        passed = await chair.send(here, {"csrf": page.csrf, "do": "pass", "line": page.hidden("line")})
        assert "Passed over." in passed.text
        here = passed.path.partition("?")[0]
        assert "Deleted here." in (await chair.send(here, {"csrf": page.csrf, "do": "remove"})).text
        assert (await chair.get(here)).status == 404
        listed = await chair.get(f"{PATH}/proposals")
        assert "Lost cards" in listed.text
        closed = await chair.post(f"{PATH}/proposals", {"number": "1", "do": "dropped"}, of=f"{PATH}/proposals")
        assert "dropped" in closed.text


async def test_files_go_out_and_come_in(house: House) -> None:
    """What is no such file is refused with the reason."""
    await waiting(house, "那个啥")
    async with seated(house, TRAINER, login="mei") as (chair, _):
        assert "Brought in." in await bring(chair, "text,commands\n你好,greet\n".encode())
        assert "names no columns text and commands" in await bring(chair, b"a,b\n1,2\n")
        page = await chair.post(f"{PATH}/export", {"form": "csv"}, of=f"{PATH}/files")
        assert page.headers["Content-Disposition"] == 'attachment; filename="taught-csv.csv"'
        assert "你好,greet" in page.text
        assert "brought from a file" in (await chair.get(f"{PATH}/history")).text


async def test_figures_have_the_week_and_its_interval(house: House) -> None:
    """Nothing was labelled yet: no share."""
    await waiting(house, "那个啥")
    async with seated(house, TRAINER, login="mei") as (chair, _):
        page = await chair.get(f"{PATH}/figures")
        assert "not over" in page.text
        assert "No message has two opinions yet." in page.text


async def test_pages_speak_three_languages(house: House) -> None:
    """Every page, with a line on it."""
    await waiting(house, "那个啥")
    for locale, word in (("zh_Hans", "训练"), ("zh_Hant", "訓練"), ("en", "Teaching")):
        async with seated(house, TRAINER, login=f"mei_{locale.lower()}", locale=locale) as (chair, _):
            chair.extra.clear()
            for path in ("", "/next?queue=inbox", "/figures", "/history", "/proposals", "/files"):
                page = await chair.get(f"{PATH}{path}")
                assert (page.status, word in page.text) == (200, True)
