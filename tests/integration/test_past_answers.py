"""Answers that clerks kept for others: what they may hold, who is shown them, and what erasing does. Real stores."""

import html
import re

import pytest
from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.staffed import actor
from fixtures.tickets import CLERK, QUEUE, seated, waits

from desk.console.suggesting import past_for
from desk.contract.errors import Conflict
from desk.contract.rendered import RenderedMessage
from desk.contract.staff import Grant, NotPermitted, Role
from desk.conversations import service
from desk.conversations.erasure import forget_idle
from desk.conversations.live import Live
from desk.store.database import transaction
from desk.store.terms import Term
from desk.tickets.room import utc_now
from desk.tickets.suggesting.past import LOOKED_AT, PastAnswer, PastAnswers, past_of

LI = actor("li")
QUESTION, ANSWER = "居住证丢了怎么补办", "请带身份证到街道服务中心补办，当场可取。"
CONFIRMATION = RenderedMessage(text="erased", locale="zh_Hans")
COUNT = "SELECT count(*) FROM past_answers"


async def test_an_answer_is_kept_once_and_stands_in_the_audit(house: House) -> None:
    """However often the button is pressed."""
    _, ticket = await waits(house)
    past = PastAnswers(house.clerks)
    for _ in range(2):
        await past.keep(LI, ticket.id, QUESTION, ANSWER)
    async with house.engine.connect() as connection:
        [kept] = await past_of(connection, ticket.city, ticket.agency, "zh_Hans")
        assert await past_of(connection, ticket.city, ticket.agency, "en") == []
        assert await past_of(connection, ticket.city, "another", "zh_Hans") == []
    assert (kept.question, kept.answer, kept.kept_by) == (QUESTION, ANSWER, "li")
    assert await house.scalar("SELECT count(*) FROM audit_records WHERE act = 'past_answer.keep'") == 1


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("", ANSWER),
        (QUESTION, " "),
        ("问" * 301, ANSWER),
        ("我的电话是13800138000", ANSWER),
        ("我的电话是****8000", ANSWER),
        (QUESTION, "您的身份证号 330102199001011235 已登记"),
    ],
)
async def test_what_holds_a_number_of_a_person_is_not_kept(house: House, question: str, answer: str) -> None:
    """Nor what is left of one, or what says nothing."""
    _, ticket = await waits(house)
    with pytest.raises(Conflict):
        await PastAnswers(house.clerks).keep(LI, ticket.id, question, answer)
    assert await house.scalar(COUNT) == 0


async def test_the_telephone_of_an_office_may_stand_in_it(house: House) -> None:
    """It is published."""
    _, ticket = await waits(house)
    phone = house.cities["hangzhou"].agencies[0].phone
    await PastAnswers(house.clerks).keep(LI, ticket.id, QUESTION, f"请致电 {phone}。")
    assert await house.scalar(COUNT) == 1


async def test_it_is_suggested_put_into_the_box_and_never_sent(house: House) -> None:
    """To who is asked something alike; who kept it stands beside it; any clerk of the agency may delete it."""
    async with FakeBot() as bot, house.worker(bot.url):
        _, first = await waits(house)
        await PastAnswers(house.clerks).keep(LI, first.id, QUESTION, ANSWER)
        conversation, second = await waits(house)
        await house.say(conversation, "您好，居住证丢了，怎么补办？")
        await house.settle(conversation)
        said = await house.texts(conversation)
        async with seated(house) as (chair, _):
            here = f"{QUEUE}/{second.reference}"
            page = await chair.post(f"{here}/claim", of=here)
            assert f'data-text="{ANSWER}"' in page.text
            assert await house.texts(conversation) == said
            answers = await chair.get("/console/answers")
            assert QUESTION in answers.text
            gone = await chair.post("/console/answers/past/drop", {"answer": answers.hidden("answer")}, of=here)
            assert QUESTION not in gone.text
    assert await house.scalar("SELECT act FROM audit_records ORDER BY number DESC LIMIT 1") == "past_answer.drop"


async def test_a_guide_comes_with_its_telephone_and_says_that_the_resident_has_it(house: House) -> None:
    """What was asked stands above the ticket, so that nobody looks for it above what the assistant said."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        await house.say(conversation, "居住证丢了怎么补办？")
        await house.settle(conversation)
        async with seated(house) as (chair, _):
            here = f"{QUEUE}/{ticket.reference}"
            page = await chair.post(f"{here}/claim", of=here)
            assert ("居住证丢了怎么补办？</q>" in page.text, "resident has it" in page.text) == (True, False)
            answer = html.unescape(re.findall(r'data-insert="message" data-text="([^"]*)"', page.text)[0])
            assert re.search(r"：[\d-]{5,}\n指南全文：https?://\S+/guides/\w+\?lang=zh_Hans$", answer)
            page = await chair.post(f"{here}/reply", {"message": answer}, of=here)
            assert "resident has it" in page.text
            page = await chair.post(f"{here}/close", {"why": "solved"}, of=here)
            assert "You have no tickets.</p>" in page.text
            await waits(house)
            assert "1 waiting: press n" in (await chair.get(f"{QUEUE}?show=mine")).text


async def test_the_page_keeps_the_last_answer_in_general_words(house: House) -> None:
    """The form is filled with what was asked and said, masked: as it stands it is refused, and what was typed stays."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        await house.say(conversation, "我13800138000的居住证丢了")
        await house.settle(conversation)
        async with seated(house) as (chair, _):
            here = f"{QUEUE}/{ticket.reference}"
            await chair.post(f"{here}/claim", of=here)
            page = await chair.post(f"{here}/reply", {"message": ANSWER}, of=here)
            assert "我****8000的居住证丢了</textarea>" in page.text
            asked = {"question": "我****8000的居住证丢了", "answer": ANSWER}
            refused = await chair.post(f"{here}/keep", asked, of=here)
            assert (refused.status, "There is still a number of a person in it" in refused.text) == (422, True)
            kept = await chair.post(f"{here}/keep", {"question": QUESTION, "answer": ANSWER}, of=here)
            assert "Kept for your colleagues." in kept.text
    assert await house.scalar(COUNT) == 1


async def test_clerks_of_other_places_neither_keep_nor_delete(house: House) -> None:
    """Nor are they shown them."""
    _, ticket = await waits(house)
    past, other = PastAnswers(house.clerks), actor("wang", Grant(Role.CLERK, "ningbo"))
    await past.keep(LI, ticket.id, QUESTION, ANSWER)
    with pytest.raises(NotPermitted):
        await past.keep(other, ticket.id, QUESTION, "x")
    [kept] = await past.all(actor("lin", CLERK))
    with pytest.raises(NotPermitted):
        await past.drop(other, kept.id)
    assert await past.all(other) == []


async def test_erasing_deletes_what_came_of_it_and_forgetting_leaves_it(house: House) -> None:
    """A wish to be erased is not argued with; what is only old has parted from its conversation."""
    past = PastAnswers(house.clerks)
    (erased, first), (old, second) = await waits(house), await waits(house)
    await past.keep(LI, first.id, QUESTION, ANSWER)
    await past.keep(LI, second.id, QUESTION, "另一个答复")
    async with transaction(house.engine) as connection:
        given = await service.data_of(connection, erased.id, house.parts())
    assert [one["question"] for one in given["past_answers"]] == [QUESTION]
    await service.erase(house.engine, Live(house.redis), erased.id, CONFIRMATION, house.parts())
    assert await house.scalar("SELECT string_agg(answer, ' ') FROM past_answers") == "另一个答复"
    await house.clerks.claim(LI, second.id)
    await house.clerks.close(LI, second.id)
    await forget_idle(house.engine, Term(0), parts=house.parts())
    assert await house.scalar("SELECT count(*) FROM conversations WHERE id = :id", id=old.id) == 0
    assert await house.scalar("SELECT count(*) FROM past_answers WHERE conversation_id IS NULL") == 1


def test_the_nearest_come_first() -> None:
    """Of many; what shares no words is not among them."""
    kept = [PastAnswer(at, "c", "a", f"{at} 号线几点末班车", "x", "li", utc_now()) for at in range(LOOKED_AT)]
    kept.append(PastAnswer(LOOKED_AT, "c", "a", QUESTION, ANSWER, "li", utc_now()))
    found = past_for(kept, ["居住证丢了，怎么补办？"], 3)
    assert [one.question for one in found] == [QUESTION]
