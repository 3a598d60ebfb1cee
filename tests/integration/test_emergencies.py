"""An emergency is answered before everything else, in any situation. Real PostgreSQL and Valkey."""

import re
from typing import Any

import pytest
from fixtures.fake_bot import FakeBot
from fixtures.house import House, until
from fixtures.staffed import actor
from sqlalchemy import text

from desk.contract.rendered import RenderedMessage
from desk.conversations import service
from desk.conversations.bell import Bell
from desk.conversations.live import Live
from desk.conversations.rows import ConversationRow
from desk.kill_switch.service import KillSwitch, Scope
from desk.safety.keeping import Keeping
from desk.store.database import transaction
from desk.store.terms import Tally, Term

FIRE = "着火了！！快来人"


async def messages(house: House, conversation: ConversationRow) -> list[dict[str, Any]]:
    """All messages of a conversation, as the stream shows them."""
    return [event.body["message"] for event in await house.events(conversation) if event.type == "message"]


async def done(house: House, conversation: ConversationRow) -> dict[str, Any]:
    """The end of the last turn."""
    return [event.body for event in await house.events(conversation) if event.type == "turn_done"][-1]


async def said(house: House, conversation: ConversationRow, *words: str, kind: str = "text") -> dict[str, Any]:
    """Write something and wait; answers the last message."""
    for one in words:
        await house.say(conversation, one, kind=kind)
    await house.settle(conversation)
    return (await messages(house, conversation))[-1]


async def test_a_fire_is_answered_at_once_with_what_to_do_and_whom_to_call(house: House) -> None:
    """The first message of all: acts, numbers as digits and as links that dial, no question, no service."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        answer = await said(house, conversation, FIRE)
    assert "119" in answer["text"]
    assert "走楼梯" in answer["text"]
    assert "？" not in answer["text"]
    assert [button["url"] for button in answer["buttons"] if "url" in button] == ["tel:119", "tel:120"]
    ended = await done(house, conversation)
    assert (ended["service"], ended["asks_for"], ended["handed_over"]) == (None, None, False)
    assert ended["nlu"]["intent"] == "emergency"
    assert bot.requests == []


async def test_what_only_the_model_hears_is_answered_alike(house: House) -> None:
    """The bot's effect brings the same answer; of the bot's state nothing is kept."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        answer = await said(house, conversation, "quiet words hears=poisoning")
    assert "120" in answer["text"]
    state = await house.scalar("SELECT state FROM dialogue_states WHERE conversation_id = :id", id=conversation.id)
    assert state is None


CAUTION = {"effects": [{"type": "caution", "kind": "medical"}]}
DROOPS = "老伴嘴歪了，话也含糊，挂哪个科"


async def test_named_signs_are_told_to_the_bot_and_bring_a_word_of_caution(house: House) -> None:
    """Before the answer, which is given as ever; one press says that it is so now, and what to do in that case."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        bot.answers = [{}, CAUTION]
        await said(house, conversation, "挂号")
        await said(house, conversation, DROOPS)
        assert [one["message"].get("signs") for one in bot.requests] == [{}, {"medical": 2}]
        nothing, caution, answer = await messages(house, conversation)
        assert (nothing["text"], answer["text"]) == ("1:挂号", f"2:{DROOPS}")
        assert "马上打120" in caution["text"]
        now = caution["buttons"][-1]
        told = await said(house, conversation, now["payload"], kind="payload")
    assert "中风" in told["text"]
    assert len(bot.requests) == 2
    assert (await done(house, conversation))["nlu"]["intent"] == "emergency"


OF_A_CHILD = {"effects": [{"type": "caution", "kind": "child"}]}
MAGNETS = "囡囡吞咗几粒磁珠"


async def test_a_named_sign_that_is_all_that_was_understood_is_that_emergency(house: House) -> None:
    """It is told with its case and whom to call for that, and nothing is asked back; once it was denied, no more."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        bot.answers = [{"replies": [{"key": "common.not_understood_1"}], **OF_A_CHILD}] * 2
        told = await said(house, conversation, MAGNETS)
        assert "催吐" in told["text"]
        assert [one["url"] for one in told["buttons"] if "url" in one] == ["tel:120"]
        assert len(await messages(house, conversation)) == 1
        assert await house.scalar("SELECT kind FROM emergencies") == "child"
        answer = await said(house, conversation, "/no_emergency", kind="payload")
    assert "催吐" not in answer["text"]


async def test_a_named_sign_that_somebody_is_down_goes_before_what_yields(house: House) -> None:
    """A cry for help, or blows: at once, and in the midst; the ticket says so."""
    conversation, other = await house.open(), await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await said(house, conversation, "救命，我弟叫不应了 hears=help")
        assert await house.scalar("SELECT kind FROM emergencies") == "medical"
        await said(house, other, "quiet words hears=crime")
        answer = await said(house, other, "他胸口不动了")
    assert "没呼吸" in answer["text"]
    assert await house.scalar("SELECT kind FROM emergencies ORDER BY id DESC LIMIT 1") == "medical"


async def test_who_is_named_not_to_respond_is_told_of_first(house: House) -> None:
    """Also where the model hears the gas alone: windows, out of the room, and how to lie or press."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        answer = await said(house, conversation, "屋里有味儿，奶奶叫不应 hears=gas")
    assert "没呼吸" in answer["text"]
    assert "120" in answer["text"]


async def test_a_named_sign_beside_what_was_understood_is_a_word_of_caution(house: House) -> None:
    """With the telephone of the case; the answer follows."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        bot.answers = [OF_A_CHILD]
        answer = await said(house, conversation, MAGNETS)
        caution, _ = await messages(house, conversation)
    assert answer["text"] == f"1:{MAGNETS}"
    assert "120" in caution["text"]
    assert "110" not in caution["text"]


async def test_a_telephone_that_nobody_answers_ends_nothing(house: House) -> None:
    """What to do then is told beside the next step, by the telephone; then help is there, and that is the end."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await said(house, conversation, "quiet words hears=medical")
        answer = await said(house, conversation, "还有气 但120没人接 next=over")
        assert "最近医院" in answer["text"]
        other = await said(house, conversation, "110也打不通 next=over")
        assert "最近医院" not in other["text"]
        assert "12110" in other["text"]
        over = await said(house, conversation, "救护车到了 next=over")
    assert "那就好" in over["text"]


async def test_who_breathes_is_not_yet_out_of_danger(house: House) -> None:
    """More must be said than that."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await said(house, conversation, "quiet words hears=medical")
        answer = await said(house, conversation, "他还有呼吸 next=over")
        assert "那就好" not in answer["text"]
        assert "侧躺" in answer["text"]
        over = await said(house, conversation, "next=over 他还有呼吸")
    assert "那就好" in over["text"]


async def test_who_still_does_not_breathe_is_told_of_pressing_each_time(house: House) -> None:
    """Whatever was told before; no two answers are alike."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await said(house, conversation, "quiet words hears=medical down", "他没呼吸", "按胸口按到手软", "胸口还是不动")
        told = await house.texts(conversation)
    assert "每分钟压100到120下" in told[1]
    assert "每2分钟换一个人" in told[2]
    assert "每分钟压100到120下" in told[3]
    assert len({*told}) == 4


async def test_a_kind_with_words_of_its_own_is_warned_of_in_them(house: House) -> None:
    """Who only may be in despair is told who listens, beside the answer; a press brings help."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        bot.answers = [{"effects": [{"type": "caution", "kind": "self_harm"}]}]
        answer = await said(house, conversation, "这日子没法过了")
        caution, _ = await messages(house, conversation)
        assert answer["text"] == "1:这日子没法过了"
        assert "12356" in caution["text"]
        help_now = next(one for one in caution["buttons"] if one["title"] == "我现在需要帮助")
        told = await said(house, conversation, help_now["payload"], kind="payload")
    assert "远离刀和药" in told["text"]


async def test_who_said_that_it_is_none_is_not_warned(house: House) -> None:
    """Of the same kind, for a while; nor is what is no case's sign answered by a press."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await said(house, conversation, "quiet words hears=medical")
        await said(house, conversation, "/no_emergency", kind="payload")
        bot.answers = [CAUTION]
        answer = await said(house, conversation, DROOPS)
        assert answer["text"].endswith(DROOPS)
        before = len(await messages(house, conversation))
        await said(house, conversation, '/emergency_now{"case": "medical:99"}', kind="payload")
    assert not any("马上打120" in one["text"] for one in (await messages(house, conversation))[before - 1 :])


async def test_a_ticket_of_its_own_priority_is_opened_and_holds_nobody(house: House) -> None:
    """The duty clerk sees it before older tickets; the resident's next wish is served."""
    waiting = await house.open()
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await said(house, waiting, "ticket")
        await said(house, conversation, FIRE)
        first, second = await house.clerks.waiting(actor("li"))
        assert (first.reason, first.priority, first.conversation_id) == ("emergency_fire", 1, conversation.id)
        assert second.reason == "asked"
        answer = await said(house, conversation, "the bus please next=wish")
    assert "1:the bus please" in answer["text"]
    assert (await done(house, conversation))["handed_over"] is False


async def test_no_two_answers_in_a_row_are_alike_and_none_asks(house: House) -> None:
    """Details, fear, thanks, silence: each brings the next step and the numbers again."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await said(house, conversation, FIRE)
        await said(
            house, conversation, *("he is on the third floor", "……", "ok", "nobody answers", "thank you", "smoke")
        )
    texts = [one["text"] for one in await messages(house, conversation)]
    assert len(texts) == len(set(texts)) == 7
    assert all("119" in one for one in texts)
    assert bot.requests == []


async def test_a_place_and_a_file_are_kept_for_the_ticket(house: House) -> None:
    """What is shared while it lasts is said to be kept, and is named in the emergency."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await said(house, conversation, FIRE)
        for kind, body in (
            ("location", {"lat": 30.2, "lon": 120.1}),
            ("media", {"id": "x", "content_type": "image/png"}),
        ):
            await service.receive(
                house.engine,
                Bell(house.redis),
                conversation=conversation,
                external_id=f"{conversation.id}:{kind}",
                kind=kind,
                body={kind: body},
            )
            await house.settle(conversation)
    place, file = (await house.texts(conversation))[1:]
    assert "位置已记下" in place
    assert "收到了" in file
    assert len(await house.scalar("SELECT kept FROM emergencies")) == 2


async def test_when_it_is_over_what_was_open_is_taken_up_again(house: House) -> None:
    """The desk says that it is good to hear; the bot is asked to go on, and the ticket waits like others."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        bot.answers = [{"situation": {"service": "next_bus", "step": "asking", "asks_for": "stop"}}]
        await said(house, conversation, "bus")
        await said(house, conversation, FIRE)
        await said(house, conversation, "all is well next=over")
        assert bot.requests[-1]["message"]["payload"] == "/emergency_over"
        [ticket] = await house.clerks.waiting(actor("li"))
        assert ticket.priority == 0
        answer = await said(house, conversation, "hello")
    assert answer["text"].endswith("hello")
    assert "那就好" in (await house.texts(conversation))[2]


async def test_where_nothing_was_open_its_end_is_one_sentence(house: House) -> None:
    """The ambulance is there: no list of services, no telephones to press, and the bot is not asked for more."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        answer = await said(house, conversation, FIRE, "they are here next=over")
    assert answer["text"].startswith("那就好")
    assert answer.get("buttons", []) == []
    assert bot.requests == []


async def test_what_was_denied_is_not_raised_again_by_less(house: House) -> None:
    """The same kind must be heard surely; another kind, and the same surely, are answered as ever."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await said(house, conversation, "give me a human hears=self_harm faintly")
        await said(house, conversation, "/no_emergency", kind="payload")
        answer = await said(house, conversation, "nobody wants to die hears=self_harm faintly")
        assert "nobody wants to die" in answer["text"]
        assert bot.requests[-1]["message"]["harmless"] is True
        assert "96110" in (await said(house, conversation, "they want my code hears=fraud faintly"))["text"]
        await said(house, conversation, "/no_emergency", kind="payload")
        assert "12356" in (await said(house, conversation, "i will do it now hears=self_harm"))["text"]


async def test_what_was_hardly_heard_ends_with_plain_words(house: House) -> None:
    """Of a kind that people play down, too: where its first words were doubtful, "no danger" is believed."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await said(house, conversation, "move that car hears=domestic_violence faintly")
        answer = await said(house, conversation, "没有危险！我说挪车")
    assert "move that car" in answer["text"]


async def test_who_was_taken_wrongly_goes_on_with_one_press(house: House) -> None:
    """“Nobody is in danger” lets the bot answer the words as they were written, and closes the ticket."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await said(house, conversation, "drill hears=fire")
        answer = await said(house, conversation, "/no_emergency", kind="payload")
        assert bot.requests[-1]["message"] == {
            **bot.requests[-1]["message"],
            "text": "drill hears=fire",
            "harmless": True,
        }
        assert "drill" in answer["text"]
    assert await house.clerks.waiting(actor("li")) == []


async def test_its_first_words_are_enough_beside_others(house: House) -> None:
    """Of what lasts (a wish to die) words that are played down end nothing."""
    taken, lasting = await house.open(), await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await said(house, taken, "drill hears=fire")
        assert "drill" in (await said(house, taken, "没有危险！我是问演习的事"))["text"]
        await said(house, lasting, "quiet words hears=self_harm")
        assert "12356" in (await said(house, lasting, "没有危险"))["text"]


async def test_the_words_of_that_button_are_its_press(house: House) -> None:
    """Typed on a platform without buttons, in any language."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await said(house, conversation, FIRE, "nobody is in danger, go on")
    assert bot.requests[-1]["message"]["text"] == FIRE


async def test_in_the_queue_it_is_answered_and_the_queue_stays(house: House) -> None:
    """A ticket waits: the emergency is answered, `handed_over` stays true, the next message gets the notice."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await said(house, conversation, "ticket")
        answer = await said(house, conversation, FIRE)
        assert "119" in answer["text"]
        assert (await done(house, conversation))["handed_over"] is True
        assert "那就好" in (await said(house, conversation, "火灭了 next=over"))["text"]
        assert "T-" in (await said(house, conversation, "hello?"))["text"]


async def test_beside_a_clerk_the_numbers_are_a_notice_and_the_clerk_is_alerted(house: House) -> None:
    """It is said once, by nobody who speaks; what follows is the clerk's; an urgent ticket stands first."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await said(house, conversation, "ticket")
        [ticket] = await house.clerks.waiting(actor("li"))
        await house.clerks.claim(actor("li"), ticket.id)
        notice = await said(house, conversation, FIRE)
        assert notice["author"] == "notice"
        assert "119" in notice["text"]
        count = len(await messages(house, conversation))
        await said(house, conversation, "smoke everywhere", FIRE)
        assert len(await messages(house, conversation)) == count
        assert [(one.reason, one.priority) for one in await house.clerks.waiting(actor("li"))] == [
            ("emergency_fire", 1),
            ("asked", 0),
        ]
    assert [line.author for line in await house.clerks.transcript(actor("wang"), ticket)][-3] == "notice"


async def test_the_kill_switch_does_not_silence_it(house: House) -> None:
    """With the voice stopped the bot is not asked for a turn, and the emergency is answered."""
    conversation = await house.open()
    await KillSwitch(house.engine).stop(Scope("city", "hangzhou"), reason="r", actor=actor("op"))
    async with FakeBot() as bot, house.worker(bot.url):
        answer = await said(house, conversation, FIRE)
        again = await said(house, conversation, "楼梯里有烟")
        quiet = await said(house, await house.open(), "有点闷 hears=gas")
    assert "119" in answer["text"]
    assert "119" in again["text"]
    assert "阀" in quiet["text"]
    assert bot.requests == []


async def test_without_the_bot_the_worker_answers_by_itself(house: House) -> None:
    """The bot is away: an emergency and what follows are answered; anything else waits for the bot."""
    conversation = await house.open()
    async with FakeBot() as bot:
        await bot.down()
        async with house.worker(bot.url):
            answer = await said(house, conversation, "grandpa is not breathing")
            assert "120" in answer["text"]
            assert "120" in (await said(house, conversation, "his lips are blue"))["text"]
            assert {"119", "120"} <= {*re.findall("[0-9]+", (await said(house, conversation, FIRE))["text"])}
            assert await house.scalar("SELECT kind FROM emergencies") == "medical"
            other = await house.open()
            await house.say(other, "hello")

            async def waited() -> bool:
                return bool(await house.scalar("SELECT count(*) FROM inbound_messages WHERE waits > 0"))

            await until(waited)
            await bot.up()
            await house.settle(other)


@pytest.mark.parametrize(
    ("words", "locale", "number"),
    [
        ("my husband is beating me", "en", "12338"),
        ("阿媽暈咗冇呼吸", "zh_Hant", "120"),
        ("我不想活了", "zh_Hans", "12356"),
    ],
)
async def test_the_answer_is_in_the_language_of_the_message(house: House, words: str, locale: str, number: str) -> None:
    """Whatever the conversation's language was, and so it stays."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        answer = await said(house, conversation, words)
    assert answer["locale"] == locale
    assert number in answer["text"]
    assert await house.scalar("SELECT locale FROM conversations WHERE id = :id", id=conversation.id) == locale


async def test_another_kind_adds_its_telephone_and_does_not_begin_anew(house: House) -> None:
    """What the model hears beside the emergency that lasts is no change of subject."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await said(house, conversation, FIRE)
        answer = await said(house, conversation, "那边有人 hears=crime")
    assert "119" in answer["text"]
    assert "110" in answer["text"]
    assert await house.scalar("SELECT kind FROM emergencies") == "fire"


async def test_who_is_down_is_told_of_what_saves_a_life_first(house: House) -> None:
    """Also in the midst of blows that were heard at first: the body leads then, and the ticket says so."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await said(house, conversation, "help me hears=domestic_violence")
        answer = await said(house, conversation, "grey in the face hears=medical down")
    assert "Watch the chest" in answer["text"]
    assert await house.scalar("SELECT kind FROM emergencies") == "medical"
    assert await house.scalar("SELECT reason FROM tickets") == "emergency_medical"


async def test_a_kind_that_is_denied_makes_room_for_the_one_that_is_told_of(house: House) -> None:
    """Neither its steps nor its telephones come again."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await said(house, conversation, "help me hears=domestic_violence")
        answer = await said(house, conversation, "nobody struck him rather=poisoning", "and now")
    assert await house.scalar("SELECT kind FROM emergencies") == "poisoning"
    assert await house.scalar("SELECT kinds FROM emergencies") == ["poisoning"]
    assert "12338" not in answer["text"]


async def test_a_correction_within_the_same_kind_goes_on(house: House) -> None:
    """It is no end, and no other kind: another fuel is the same danger."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await said(house, conversation, "help me hears=gas")
        answer = await said(house, conversation, "none of that rather=gas")
    assert "119" in answer["text"]
    assert await house.scalar("SELECT kind FROM emergencies WHERE ended_at IS NULL") == "gas"


async def test_after_an_hour_of_silence_it_is_over(house: House) -> None:
    """The next message is answered as usual; a new emergency is a new one."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await said(house, conversation, FIRE)
        async with transaction(house.engine) as connection:
            await connection.execute(text("UPDATE emergencies SET touched_at = now() - interval '61 minutes'"))
        assert "1:hello" in (await said(house, conversation, "hello"))["text"]
        await said(house, conversation, FIRE)
    assert await house.scalar("SELECT count(*) FROM emergencies") == 2
    assert await house.scalar("SELECT count(*) FROM emergencies WHERE ended_as = 'silence'") == 1


async def test_after_the_days_of_the_setting_nothing_of_it_is_left(house: House) -> None:
    """Words, answers, kind and the ticket's reason go; the conversation goes on."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await said(house, conversation, FIRE, "在三楼")
        await said(house, conversation, "the bus next=wish")
        async with transaction(house.engine) as connection:
            await connection.execute(text("UPDATE emergencies SET touched_at = now() - interval '8 days'"))
            await connection.execute(text("UPDATE inbound_messages SET answered_at = now() - interval '8 days'"))
        assert await Keeping(house.engine, house.catalogs).forget(Term(7)) == Tally({"hangzhou": 1})
        assert "hello" in (await said(house, conversation, "hello"))["text"]
    texts = await house.texts(conversation)
    assert texts[0] == texts[1] == "这段内容已按规定删除。"
    assert "the bus" in texts[2]
    assert [body.get("text") for body in await house.bodies()] == [None, None, "the bus next=wish", "hello"]
    assert await house.scalar("SELECT count(*) FROM emergencies") == 0
    assert await house.scalar("SELECT reason FROM tickets") == "emergency"


async def test_erasing_takes_emergencies(house: House) -> None:
    """What a resident has erased says nothing of an emergency, nor does the ticket that stays with the clerks."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await said(house, conversation, FIRE)
    confirmation = RenderedMessage(text="erased", locale="zh_Hans")
    await service.erase(house.engine, Live(house.redis), conversation.id, confirmation, house.parts())
    assert await house.scalar("SELECT count(*) FROM emergencies") == 0
    assert await house.scalar("SELECT reason FROM tickets") == "emergency"
