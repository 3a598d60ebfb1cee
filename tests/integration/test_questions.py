"""What residents ask is read for the clerk who answers while the bot is silent; nothing is said by itself."""

import html
import re
from collections.abc import Sequence

import pytest
from fixtures.desks import desks_at, hire
from fixtures.fake_bot import FakeBot
from fixtures.house import KEYS, ROOT, SITE, House, until
from fixtures.staffed import actor

from desk.city.guides import LocalGuide, guides_by_city
from desk.contract.errors import BotUnreachable
from desk.contract.messages import Intent
from desk.contract.rendered import RenderedMessage
from desk.contract.staff import Grant, Role
from desk.contract.turns import Understood
from desk.contract.wire import LOCALES, Locale
from desk.conversations.bot import BotClient
from desk.conversations.erasure import erase
from desk.conversations.live import Live
from desk.conversations.rows import ConversationRow
from desk.store.database import transaction
from desk.tickets.rows import TicketRow
from desk.tickets.service import LONGEST_REPLY, insist_said
from desk.tickets.suggesting.answers import PARTS, answer_of, parts_of
from desk.tickets.suggesting.near_guides import CANDIDATES, NEAR, TEXTS, Candidate, by_meaning, words_of
from desk.tickets.suggesting.questions import Questions
from desk.tickets.workbench import Workbench

LI = actor("li")
ASKED = "身份证丢了怎么补办"
QUEUED = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'tickets.read_questions'"


class Reads:
    """A bot that finds a text as near to one question as it is told, and to all others not at all."""

    def __init__(self, near: str = "", likeness: float = 1.0) -> None:
        self.near, self.likeness = near, likeness
        self.asked: list[str] = []
        self.away = False
        self.intent = "service_guide"
        self.about: list[tuple[str, float]] = []
        self.passages: list[tuple[str, str, int, float]] = []

    async def understand(
        self, text: str, compared: Sequence[str] = (), *, asked: bool = False, seconds: float
    ) -> Understood:
        if self.away:
            raise BotUnreachable(f"away for {seconds} s")
        self.asked.append(text)
        likeness = [self.likeness if one == self.near else 0.0 for one in compared]
        intent = Intent(name=self.intent, confidence=0.9)
        follows = {"goes_on": 1.0}
        found = {"about": self.about, "passages": self.passages} if asked else {}
        return Understood.model_validate({"intent": intent, "likeness": likeness, "follows": follows, **found})


def guides(house: House) -> dict[str, dict[str, LocalGuide]]:
    """The published guides of each city."""
    return guides_by_city(ROOT / "guides", house.cities, ["service_guide"])


def questions(house: House, reader: Reads) -> Questions:
    return Questions(house.engine, Live(house.redis), reader, guides(house))


async def claimed(house: House, *said: str, locale: Locale = "zh_Hans") -> tuple[ConversationRow, TicketRow]:
    """A conversation that a clerk has, in which something was said meanwhile."""
    conversation = await house.open(locale=locale)
    async with transaction(house.engine) as connection:
        await house.hand_over().open(connection, conversation, opened_by="resident", reason="asked", service=None)
    ticket = (await house.clerks.waiting(LI))[-1]
    await house.clerks.claim(LI, ticket.id)
    async with FakeBot() as bot, house.worker(bot.url):
        for one in said:
            await house.say(conversation, one)
        await house.settle(conversation)
    assert bot.requests == [], "the bot is silent"
    return conversation, ticket


async def test_what_is_asked_of_a_clerk_is_understood(house: House) -> None:
    """Once somebody looks; the page then has the intent and the guide, and nothing was said to the resident."""
    conversation, ticket = await claimed(house, ASKED)
    said, desk = await house.texts(conversation), Workbench(house.clerks)
    before = await desk.open(LI, ticket.id)
    assert (before.understood, before.asked.is_read, await house.scalar(QUEUED)) == (None, False, 1)
    reader = Reads("身份证丢了去哪补办")
    assert await questions(house, reader).read(conversation.id) == 1
    sheet = await desk.open(LI, ticket.id, again=True)
    assert sheet.understood is not None
    assert (sheet.understood.intent, sheet.asked.is_read) == ("service_guide", True)
    assert (await house.texts(conversation), await house.scalar(QUEUED)) == (said, 1)
    assert (await questions(house, reader).read(conversation.id), reader.asked) == (0, [ASKED])


@pytest.mark.parametrize(
    ("intent", "said"),
    [
        ("inform", "Gives what is asked"),
        ("latest_announcements", "Latest announcements"),
        ("traffic_fines", "Services"),
        ("nlu_fallback", ""),
        ("a_name_of_a_later_model", ""),
    ],
)
async def test_what_was_understood_stands_in_words(house: House, intent: str, said: str) -> None:
    """Of the command or the service (as tests call it), never the model's name; nothing where nothing was."""
    conversation, ticket = await claimed(house, ASKED)
    reader = Reads()
    reader.intent = intent
    await questions(house, reader).read(conversation.id)
    known = await hire(house.engine, "lin", Grant(Role.CLERK, "hangzhou"))
    async with desks_at(house) as desks, desks.chair(known) as chair:
        page = await chair.get(f"/console/tickets/{ticket.reference}")
    shown = re.findall(r"Understood last</dt><dd>([^<]*) <span class=\"quiet\">90", page.text)
    assert (shown, intent in page.text.partition('id="understood"')[2]) == ([said] if said else [], False)


async def test_what_is_understood_is_sealed_and_erased(house: House) -> None:
    """Nothing of it can be read at rest, and a job that comes after erasing keeps nothing."""
    conversation, ticket = await claimed(house, ASKED)
    await questions(house, Reads()).read(conversation.id)
    kept = str(await house.scalar("SELECT understanding FROM inbound_messages"))
    assert "service_guide" not in kept
    await Workbench(house.clerks).open(LI, ticket.id)

    class Late(Reads):
        async def understand(
            self, text: str, compared: Sequence[str] = (), *, asked: bool = False, seconds: float
        ) -> Understood:
            await erase(
                house.engine,
                Live(house.redis),
                conversation.id,
                RenderedMessage(text="gone", locale="en"),
                house.parts(),
            )
            return await super().understand(text, compared, asked=asked, seconds=seconds)

    await house.say(conversation, "居住证怎么办")
    async with FakeBot() as bot, house.worker(bot.url):
        await house.settle(conversation)
    assert await questions(house, Late()).read(conversation.id) == 0
    assert await house.scalar("SELECT count(understanding) FROM inbound_messages") == 0


async def test_without_the_bot_words_alone_suggest(house: House) -> None:
    """Nothing fails, nothing is kept, and it is read the next time that somebody looks."""
    conversation, ticket = await claimed(house, ASKED)
    reader = Reads()
    reader.away = True
    assert await questions(house, reader).read(conversation.id) == 0
    sheet = await Workbench(house.clerks).open(LI, ticket.id)
    assert (sheet.understood, sheet.asked.is_read, await house.scalar(QUEUED)) == (None, False, 1)


async def test_what_the_bot_answered_keeps_what_it_understood_then(house: House) -> None:
    """Only the guides are new."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await house.say(conversation, "ticket")
        await house.settle(conversation)
        [ticket] = await house.clerks.waiting(LI)
        desk = Workbench(house.clerks)
        first = await desk.open(LI, ticket.id)
        await questions(house, Reads()).read(conversation.id)
        second = await desk.open(LI, ticket.id)
    assert first.understood == second.understood
    assert (first.asked.is_read, second.asked.is_read) == (False, True)


async def test_a_running_product_reads_by_a_job(house: House) -> None:
    """Opening the page queues it; pages that are open hear that there is something new."""
    _, ticket = await claimed(house, ASKED)
    await Workbench(house.clerks).open(LI, ticket.id)
    async with FakeBot() as bot, BotClient(bot.url, 2.0, KEYS) as client:
        reads = Questions(house.engine, Live(house.redis), client, guides(house))
        async with house.jobs({Questions: reads}):
            await until(lambda: _read(house))
    assert bot.understood == [ASKED]


async def _read(house: House) -> bool:
    return bool(await house.scalar("SELECT count(understanding) FROM inbound_messages"))


@pytest.mark.parametrize(("locale", "label"), [("zh_Hans", "要带的材料"), ("zh_Hant", "要帶的文件"), ("en", "bring")])
async def test_what_is_put_into_the_box_answers_what_was_asked(house: House, locale: Locale, label: str) -> None:
    """What was asked about first, the nearest case, and where all of it stands; each part can also be put in alone."""
    conversation, ticket = await claimed(house, ASKED, locale=locale)
    reader = Reads("身份证丢了去哪补办")
    reader.about = [("papers", 0.6), ("fee", 0.1)]
    cases = [("id_card_lost", "case", 1, 0.5), ("id_card_lost", "case", 0, 0.6)]
    reader.passages = [*cases, ("id_card_lost", "case", 2, 0.2), ("passport", "case", 2, 0.9)]
    await questions(house, reader).read(conversation.id)
    known = await hire(house.engine, "li", Grant(Role.CLERK, "hangzhou"))
    async with desks_at(house) as desks, desks.chair(known) as chair:
        page = await chair.get(f"/console/tickets/{ticket.reference}")
    said = html.unescape(re.findall(r'data-text="([^"]*)" data-key="3"', page.text)[0])
    guide, names = guides(house)["hangzhou"]["id_card_lost"].guide, house.catalogs.name
    has = [names(one.model_dump(), locale) in said for one in (*guide.papers, guide.cases[0].said)]
    lacks = [names(one.model_dump(), locale) in said for one in (guide.answer, *guide.steps, guide.cases[1].said)]
    assert (set(has), set(lacks), label in said.split("\n")[0]) == ({True}, {False}, True)
    assert said.endswith(f"{SITE}/hangzhou/guides/id_card_lost?lang={locale}")
    alone = page.text.partition('id="guide-part"')[2].partition("</select>")[0]
    values = [html.unescape(one) for one in re.findall(r'<option value="([^"]+)"', alone)]
    assert [bool(guide.fee and one.endswith(names(guide.fee.model_dump(), locale))) for one in values].count(True) == 1
    assert len(values) == len(parts_of(house.catalogs, guides(house)["hangzhou"]["id_card_lost"], locale))


async def test_a_guide_that_was_sent_comes_last(house: House) -> None:
    """Marked; the next one has its key, though what was sent is nearer to the newest question."""
    near = guides(house)["hangzhou"]
    reader = Reads(near["household_register_lost"].guide.asked.all[0])
    conversation, ticket = await claimed(house, reader.near)
    await questions(house, reader).read(conversation.id)
    await house.say(conversation, ASKED)
    async with FakeBot() as bot, house.worker(bot.url):
        await house.settle(conversation)
    reader.near = "身份证丢了去哪补办"
    await questions(house, reader).read(conversation.id)
    known = await hire(house.engine, "li", Grant(Role.CLERK, "hangzhou"))
    titles = []
    async with desks_at(house) as desks, desks.chair(known) as chair:
        for said in ("", near["id_card_lost"].guide.answer.zh_Hans):
            if said:
                await house.clerks.reply(LI, ticket.id, said)
            page = (await chair.get(f"/console/tickets/{ticket.reference}")).text.partition('id="suggested"')[2]
            titles.append(re.findall(r"/hangzhou/guides/([a-z_]+)[^<]*</a>( <span class=\"tag wait)?", page))
    assert titles == [
        [("id_card_lost", ""), ("household_register_lost", "")],
        [("household_register_lost", ""), ("id_card_lost", ' <span class="tag wait')],
    ]


async def test_of_thanks_after_a_question_nothing_is_asked(house: House) -> None:
    """What the question asked about is still put into the box."""
    conversation, ticket = await claimed(house, ASKED)
    reader = Reads("身份证丢了去哪补办")
    reader.about = [("papers", 0.6)]
    await questions(house, reader).read(conversation.id)
    await house.say(conversation, "谢谢")
    async with FakeBot() as bot, house.worker(bot.url):
        await house.settle(conversation)
    reader.near, reader.about = "", []
    await questions(house, reader).read(conversation.id)
    sheet = await Workbench(house.clerks).open(LI, ticket.id)
    assert (sheet.asked.is_read, [*sheet.asked.about]) == (True, ["papers"])


def test_an_answer_of_any_guide_can_be_sent(house: House) -> None:
    """With all of its parts, in each language, it has room in the box and nothing left to fill in."""
    for local in guides(house)["hangzhou"].values():
        for locale in LOCALES:
            cases, page = range(len(local.guide.cases)), "https://city.example/guide"
            said = answer_of(house.catalogs, local, locale, about=PARTS, cases=cases, page=page, longest=LONGEST_REPLY)
            assert insist_said(said, "reply") == said
            alone = parts_of(house.catalogs, local, locale).values()
            assert [one for one in alone if insist_said(one, "reply") != one] == []
            short = answer_of(house.catalogs, local, locale, about=(), cases=(), page=page, longest=700)
            assert (len(short) <= 700, short.endswith(page)) == (True, True)


def test_guides_are_near_by_words_and_by_meaning(house: House) -> None:
    """The right one is among the candidates; meaning alone makes it near, and no more than some texts are compared."""
    words = words_of(guides(house)["hangzhou"])
    found = words.candidates(ASKED)
    assert "id_card_lost" in [one.slug for one in found]
    assert len(found) <= CANDIDATES
    assert max(len(one.questions) for one in found) <= TEXTS
    assert words.candidates("") == []
    assert words_of(guides(house)["ningbo"]) is words, "cities that offer the same share them"
    assert words.by_words(["？？", "!!"]) == []


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        (["我的罚款交了两次，怎么退"], []),
        (["罚款交重复了"], []),
        (["are you there?", "在吗", "怎么办", "ticket"], []),
        (["怎么办", ASKED], ["id_card_lost"]),
        ([ASKED], ["id_card_lost"]),
        (["谢谢", ASKED, "居住证怎么办"], ["id_card_lost"]),
    ],
)
def test_words_alone_name_little(house: House, lines: list[str], named: list[str]) -> None:
    """Nothing rather than what shares words only; the first line that anything is near to, and no other."""
    assert words_of(guides(house)["hangzhou"]).by_words(lines) == named


@pytest.mark.parametrize(("likeness", "named"), [(NEAR, ["near"]), (NEAR - 0.3, [])])
def test_what_is_far_off_is_not_named(likeness: float, named: list[str]) -> None:
    """Words and meaning together decide; each candidate counts by its nearest question."""
    candidates = [Candidate("far", 0.1, ["a", "b"]), Candidate("near", 0.1, ["c", "d"])]
    assert by_meaning(candidates, [0.1, 0.2, 0.0, likeness]) == named


@pytest.mark.parametrize(("second", "named"), [(0.9, ["first", "second"]), (0.75, ["first"])])
def test_what_is_much_further_off_is_not_named(second: float, named: list[str]) -> None:
    """Though it is near enough alone."""
    candidates = [Candidate("first", 0.1, ["a"]), Candidate("second", 0.1, ["b"])]
    assert by_meaning(candidates, [1.0, second]) == named
