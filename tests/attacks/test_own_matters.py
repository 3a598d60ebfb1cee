"""Who wants to see another's matters: by their telephone, by codes, by pages of others, by what was over long ago."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from fixtures.cases import appointment, report
from fixtures.house import House
from fixtures.visiting import OTHER, PHONE, Hall, Looked

from desk.attempts import limits
from desk.store.one_time import GOOD, SENDINGS, TRIES


def soon() -> str:
    return (datetime.now(UTC) + timedelta(days=3)).isoformat(timespec="minutes")


async def victim(hall: Hall) -> None:
    """Somebody with an appointment, made with a telephone that was proved."""
    chat, _ = await hall.chat()
    await hall.keep(chat, appointment(1, soon()), PHONE)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def neutral(page: Looked) -> str:
    """A page without the digits that the visitor typed."""
    return re.sub(r"\*+\d{4}", "#", page.text)


async def test_a_telephone_alone_shows_nothing(hall: Hall) -> None:
    """Typed without its code, with another code, or with a code of one's own telephone."""
    await victim(hall)
    stranger = await hall.come()
    await stranger.press("send", phone=OTHER)
    own = await hall.code()
    await stranger.press("send", phone=PHONE)
    await hall.texts()
    assert (await stranger.look()).rows == []
    page = await stranger.press("prove", code=own)
    assert (page.status, page.rows) == (422, [])


async def test_known_and_unknown_telephones_are_answered_alike(house: House, hall: Hall) -> None:
    """The same page, the same statements, a code to both: whether anything is known plays no part before the proof."""
    await victim(hall)
    known, unknown = await hall.come(), await hall.come()
    pages = [await known.press("send", phone=PHONE), await unknown.press("send", phone="13700137000")]
    assert neutral(pages[0]) == neutral(pages[1])
    assert {one["to"] for one in await hall.texts()} == {PHONE, "13700137000"}
    wrong = [await known.press("prove", code="000000"), await unknown.press("prove", code="000000")]
    assert neutral(wrong[0]) == neutral(wrong[1])
    assert await house.scalar("SELECT count(*) FROM visits WHERE telephone IS NOT NULL") == 0


async def test_a_code_bears_three_tries(hall: Hall) -> None:
    """Then not even the right one counts; how many are left is said."""
    await victim(hall)
    stranger = await hall.come()
    await stranger.press("send", phone=PHONE)
    code = await hall.code()
    for left in range(TRIES - 1, 0, -1):
        assert f"{left}次" in await stranger.press("prove", code=other_than(code))
    assert "已作废" in await stranger.press("prove", code=other_than(code))
    page = await stranger.press("prove", code=code)
    assert (page.status, page.rows) == (422, [])


async def test_guesses_at_once_are_guesses_one_after_the_other(hall: Hall) -> None:
    """Eight at the same moment: three are looked at."""
    await victim(hall)
    stranger = await hall.come()
    await stranger.press("send", phone=PHONE)
    code = await hall.code()
    wrong = [f"{(int(code) + 1 + number) % 10**6:06}" for number in range(8)]
    await asyncio.gather(*(stranger.press("prove", code=one) for one in wrong))
    assert (await stranger.press("prove", code=code)).rows == []


async def test_codes_to_a_telephone_are_few_from_wherever(hall: Hall) -> None:
    """Strangers of many addresses have as few sent as in conversations; one address still fewer."""
    sent = 0
    for _ in range(limits.CODES_BY_STRANGERS[0].most + 3):
        page = await (await hall.come()).press("send", phone=PHONE)
        sent += page.status == 200
    assert sent == limits.CODES_BY_STRANGERS[0].most
    assert len(await hall.texts()) == sent
    again = await hall.come("203.0.113.5")
    mine = [(await again.press("send", phone=OTHER)).status for _ in range(4)]
    assert mine.count(200) <= limits.CODES_BY_STRANGER[0].most
    assert mine.count(200) <= SENDINGS


async def test_guesses_from_one_address_end(hall: Hall) -> None:
    """Each at another telephone, in a browser of its own: after a dozen wrong ones not even the right one counts."""
    refused = 0
    for number in range(limits.WRONG_BY_ADDRESS[0].most + 2):
        guesser = await hall.come("203.0.113.9")
        await guesser.press("send", phone=f"1370013{number:04}")
        code = await hall.code()
        refused += "输错次数过多" in await guesser.press("prove", code=other_than(code))
    assert refused == 2


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}],
    ids=["origin", "fetch metadata", "sandboxed"],
)
@pytest.mark.parametrize("do", ["send", "prove", "keep", "begin", "leave"])
async def test_pages_of_others_press_nothing(house: House, hall: Hall, headers: dict[str, str], do: str) -> None:
    """A form of another site, with the visitor's cookie or without."""
    chat, token = await hall.chat()
    await hall.keep(chat, appointment(1, soon()))
    browser = await hall.come()
    await browser.from_chat(token)
    await hall.prove(browser)
    browser.extra |= headers
    page = await browser.press(do, phone=OTHER, code="000000", matter="case-1", way="give_up")
    assert page.status == 403
    counts = ("kept_conversations", "inbound_messages")
    assert [await house.scalar(f"SELECT count(*) FROM {one}") for one in counts] == [0, 0]
    assert await house.scalar("SELECT count(*) FROM visits WHERE telephone IS NOT NULL") == 1


async def test_other_sites_open_no_visit(hall: Hall) -> None:
    """A chat on a listed site has its token; the page of this origin alone may have a visit made of it."""
    _, token = await hall.chat()
    browser = await hall.come()
    browser.extra["Sec-Fetch-Site"] = "cross-site"
    assert await browser.from_chat(token) == 403
    assert await browser.from_chat("x" * 43) in (401, 403)


async def test_looking_changes_nothing(house: House, hall: Hall) -> None:
    """By GET nothing is begun, kept, ended or sent, whatever the address says."""
    chat, token = await hall.chat()
    await hall.keep(chat, appointment(1, soon()))
    browser = await hall.come()
    await browser.from_chat(token)
    before = await house.scalar("SELECT jsonb_agg(to_jsonb(visits)) FROM visits")
    for more in ("&do=leave", "&do=begin&matter=case-1&way=give_up", "&do=keep", f"&do=send&phone={PHONE}"):
        assert (await browser.look(more)).groups == ["to_do"]
    assert await house.scalar("SELECT jsonb_agg(to_jsonb(visits)) FROM visits") == before
    assert await house.scalar("SELECT count(*) FROM inbound_messages") == 0


async def test_a_code_that_is_old_proves_nothing(hall: Hall) -> None:
    """Five minutes, as everywhere."""
    await victim(hall)
    late = await hall.come()
    await late.press("send", phone=PHONE)
    code = await hall.code()
    hall.clock.jump(seconds=GOOD.total_seconds() + 1)
    page = await late.press("prove", code=code)
    assert (page.status, page.rows, "已过期" in page) == (422, [], True)


async def test_a_code_is_good_once_and_in_its_own_browser(hall: Hall) -> None:
    """Typed in another visit, or a second time, it opens nothing."""
    await victim(hall)
    owner, thief = await hall.come(), await hall.come()
    await owner.press("send", phone=PHONE)
    code = await hall.code()
    assert (await thief.press("prove", code=code)).rows == []
    assert (await owner.press("prove", code=code)).groups == ["to_do"]
    assert (await owner.press("prove", code=code)).status == 422


async def test_a_planted_cookie_dies_with_the_proof(hall: Hall) -> None:
    """Who has put their visit into a victim's browser sees nothing of what is proved, or opened, in it."""
    await victim(hall)
    attacker, other = await hall.come(), await hall.come()
    await attacker.press("send", phone=OTHER)
    [planted] = [one.value for one in attacker.http.cookie_jar if one.key == "my-matters"]
    chat, token = await hall.chat()
    await hall.keep(chat, report(9))
    other.extra["Cookie"] = f"my-matters={planted}"
    assert await other.from_chat(token) == 204
    assert (await attacker.look()).rows == []


async def test_another_telephone_takes_the_place_of_the_one_before(hall: Hall) -> None:
    """Asking for a code to another one ends what the first had opened: nobody sees both."""
    await victim(hall)
    browser = await hall.come()
    assert (await hall.prove(browser)).groups == ["to_do"]
    await browser.press("send", phone=OTHER)
    assert (await browser.look()).rows == []
    assert (await browser.press("prove", code=await hall.code())).rows == []


async def test_what_is_anothers_is_not_begun(house: House, hall: Hall) -> None:
    """The number of a matter says nothing: only what is of the chat in this browser begins."""
    other, _ = await hall.chat()
    await hall.keep(other, appointment(1, soon()))
    _, token = await hall.chat()
    browser = await hall.come()
    await browser.from_chat(token)
    matter = f"case-{await house.scalar('SELECT max(id) FROM cases')}"
    for way in ("give_up", "move", "calendar", "nothing"):
        assert "这件事已有变化" in await browser.press("begin", matter=matter, way=way)
    assert await house.scalar("SELECT count(*) FROM inbound_messages") == 0


async def test_of_a_telephone_nothing_can_be_read_in_the_store(house: House, hall: Hall) -> None:
    """Typed it is sealed, proved it is a keyed hash; jobs and counters name a number alone."""
    await victim(hall)
    await hall.prove(await hall.come())
    for table in ("visits", "kept_conversations", "cases", "attempts", "procrastinate_jobs"):
        rows = await house.scalar(f"SELECT coalesce(string_agg(to_jsonb(one)::text, ' '), '') FROM {table} AS one")
        assert PHONE not in str(rows), table
        assert PHONE.encode().hex() not in str(rows), table
