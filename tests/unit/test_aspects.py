"""What is asked beside the parts of a guide is answered by the text that speaks of it, or said by name not to be known.

The residents are Mr Ho of Macau, Mrs Bai, whose father does not walk far, and Ms Lindqvist.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from fixtures import loaded
from fixtures.asker import FINDER, TOWN, Asker
from fixtures.dialogue import FACTS
from fixtures.services import SERVICES

from actions.dialogue.answers.facts import not_known
from actions.dialogue.answers.offer import Offer
from actions.dialogue.manager import Dialogue
from actions.dialogue.reading.aspects import ASPECTS, asked_in
from actions.kinds.guide.of_an_aspect import said_of
from actions.samples.likeness import is_han
from desk.contract.commands import Command
from desk.contract.messages import Entity, Text
from desk.contract.wire import LOCALES, Locale
from desk.texts.addresses import filled
from desk.texts.catalogs import Catalogs

GUIDES = loaded.all_guides()
HMT, MACAU, DOG = "guide:hmt_residence_permit", "guide:hk_macau_permit", "guide:dog_licence"


@pytest.mark.parametrize(
    ("text", "aspects"),
    [
        ("我爸腿脚不好，能不能我替他去办", ["in_person"]),
        ("阿爸行唔到，可唔可以我代佢去交", ["in_person"]),
        ("does my father have to come in person", ["in_person"]),
        ("can I go and collect it for him", ["in_person"]),
        ("相要唔要自己影定去到先影", ["photo"]),
        ("do they take the picture there", ["photo"]),
        ("有没有加急的", ["urgent"]),
        ("is there a faster way, I fly on Sunday", ["urgent"]),
        ("张证唔见咗点补", ["lost"]),
        ("I lost mine, and is the new one sent by post", ["lost", "post"]),
        ("人在国外能不能委托弟弟", ["in_person", "abroad"]),
        ("每月最多提几千", ["limit"]),
        ("上车投币找零吗", ["cash"]),
        ("这条扣几分，还要跑一趟吗", ["points", "visit"]),
        ("我先住咗两个月，要等够半年先办得？", ["how_long_before"]),
        ("do I have to wait six months", ["how_long_before"]),
        ("要带哪些东西", []),
        ("how much is it", []),
        ("几天能拿到", []),
        ("where is the office", []),
    ],
)
def test_an_aspect_is_found_by_how_it_is_asked_for(text: str, aspects: list[str]) -> None:
    """In any of the languages; the parts of a guide are none."""
    assert [one.name for one in asked_in(text)] == aspects


def test_every_aspect_has_a_name_in_every_language(catalogs: Catalogs) -> None:
    """What is not known is said by it."""
    for one in ASPECTS.values():
        names = {locale: catalogs.text(one.title, locale) for locale in LOCALES}
        assert all(names.values()), one.name
        assert is_han(names["zh_Hans"])
        assert names["en"].isascii()


@pytest.mark.parametrize(
    ("guide", "aspect", "case", "text"),
    [
        ("hk_macau_permit", "in_person", "必须本人去吗，网上行不行", ""),
        ("hmt_residence_permit", "photo", "", "采集照片"),
        ("hmt_residence_permit", "lost", "到期、搬家、丢了", ""),
        ("hmt_residence_permit", "urgent", "", ""),
        ("hmt_residence_permit", "how_long_before", "", "居住半年以上"),
        ("dog_licence", "urgent", "", ""),
    ],
)
def test_what_a_guide_says_of_an_aspect(guide: str, aspect: str, case: str, text: str) -> None:
    """A special case that is called so, else the items that name it, else nothing."""
    [said] = said_of(GUIDES[guide], [ASPECTS[aspect]])
    cases = [GUIDES[guide].cases[at].about.zh_Hans for at in said.cases]
    assert cases == ([case] if case else [])
    assert any(text in one.zh_Hans for one in said.texts) is bool(text)
    assert said.is_absent == (not case and not text)


def test_what_a_guide_is_all_about_is_no_aspect_of_it() -> None:
    """Who lost a passport asks the guide on lost passports for all of it."""
    assert said_of(GUIDES["passport_lost"], [ASPECTS["lost"]]) == []


# Conversations


@dataclass(frozen=True)
class Says:
    """A message, as it is read, and what the answer holds and does not hold."""

    text: str
    holds: Sequence[str]
    holds_not: Sequence[str] = ()
    matters: Sequence[tuple[str, float]] = (("unsaid", 0.8),)
    intent: str = "service_guide"
    commands: Sequence[tuple[Command, float]] = ()
    asks: float = 0.9


class Town(Asker):
    """A resident who reads what is said."""

    def __init__(self, catalogs: Catalogs) -> None:
        super().__init__(catalogs)
        self._texts = catalogs

    async def hears(self, says: Says) -> str:
        await self.hear(says.text, says.intent, *says.matters, asks=says.asks, commands=tuple(says.commands))
        pages: dict[str, Any] = {"page": lambda path: f"https://desk.example{path}"}
        messages = [self._texts.render(filled(one, pages), self.locale) for one in self.outcome.replies]
        return "\n".join(one.text for one in messages)


TALKS: dict[str, tuple[Locale, list[Says]]] = {
    "Mr Ho asks thrice about his photo": (
        "zh_Hant",
        [
            Says("我係澳門人，想攞居住證", ["港澳臺居民居住證"], (), [(HMT, 0.95)]),
            Says("張相要唔要自己帶去", ["照片：交驗材料，採集照片"], ("住址證明",), commands=[("ask_papers", 0.9)]),
            Says("我問緊張相喎", ["關於照片只寫了剛才說的這些", "0000-122"], (), intent="nlu_fallback", asks=0.2),
        ],
    ),
    "Mr Ho is in a hurry": (
        "zh_Hant",
        [
            Says("我係澳門人，想攞居住證", ["港澳臺居民居住證"], (), [(HMT, 0.95)]),
            Says(
                "趕住用，有冇得加急呀",
                ["沒有寫到加急", "0000-122"],
                ("20個工作日",),
                commands=[("ask_duration", 0.5)],
            ),
            Says("唔見咗補領要幾錢", ["丟了可以補領", "要交工本費"]),
        ],
    ),
    "Mr Ho asks about the housing fund": (
        "zh_Hant",
        [
            Says("我係澳門人，想攞居住證", ["港澳臺居民居住證"], (), [(HMT, 0.95)]),
            Says("攞到之後供唔供得公積金", ["繳存公積金"], (), [("housing_fund", 0.8)], "housing_fund", asks=0.95),
        ],
    ),
    "Mrs Bai asks whether her father must go": (
        "zh_Hans",
        [
            Says("老爸想去澳门，证怎么办", ["往来港澳通行证和签注"], (), [(MACAU, 0.95)]),
            Says("他走不动，我能不能替他去办", ["第一次办要本人去"], ("旅游签注每次一般不超过7天", "跟团")),
            Says("就是说非要他本人去咯？", ["只写了刚才说的这些", "0000-122"], ("跟团",)),
        ],
    ),
    "Ms Lindqvist asks whether somebody may go for her": (
        "en",
        [
            Says("how do I register a dog", ["dog"], (), [(DOG, 0.95)]),
            Says(
                "can my neighbour apply for me in person instead",
                ["whether somebody must come in person", "0000-122"],
            ),
        ],
    ),
}


@pytest.mark.parametrize("name", TALKS)
async def test_a_follow_up_is_answered_or_said_not_to_be_known(catalogs: Catalogs, name: str) -> None:
    """By the one text that speaks of it; asked again, by whom to call; never by a text that is merely near."""
    locale, talk = TALKS[name]
    resident = Town(catalogs)
    resident.locale = locale
    for says in talk:
        told = await resident.hears(says)
        assert [part for part in says.holds if part not in told] == [], told
        assert [part for part in says.holds_not if part in told] == [], told


async def test_an_aspect_asked_beside_a_choice_is_told_of_the_guide_that_is_chosen(catalogs: Catalogs) -> None:
    """What was asked first is not lost by the press."""
    resident = Town(catalogs)
    resident.locale = "zh_Hans"
    await resident.hear("去澳门的证要本人去办吗", "service_guide", (MACAU, 0.6), asks=0.95)
    [button, *_] = resident.outcome.replies[0].buttons
    assert "in_person" in button.payload


# Not known, by name


@pytest.mark.parametrize(
    ("locale", "text", "part"),
    [
        ("zh_Hans", "能用现金吗", "关于用现金，这里没有公布"),
        ("zh_Hant", "可唔可以用現金", "關於用現金"),
        ("en", "do they take cash", "on this: cash"),
        ("en", "does it snow there", "no published answer to that"),
    ],
)
def test_what_is_not_known_is_said_by_its_name(catalogs: Catalogs, locale: Locale, text: str, part: str) -> None:
    """By the resident's own topic where there is one, with who knows."""
    agency = TOWN.agency("hall")
    whom = {"agency": {"name": agency.names.model_dump(exclude_none=True)}, "phone": agency.phone}
    said = catalogs.text(
        Text.model_validate(not_known(text, whom, agency.hours, []).model_dump(include={"key", "args"})), locale
    )
    assert part in said
    assert agency.phone in said


def test_facts_are_asked_for_with_the_aspect_that_they_answer() -> None:
    """The limit of what is withdrawn for rent, and the points of a fine, are found though no model has learnt them."""
    for service, aspect, name in (
        ("housing_fund", "limit", "rent_limit"),
        ("traffic_fines", "points", "points_of_a_fine"),
    ):
        about = FACTS[service].facts[name].about.zh_Hans
        asked = [one for text in FACTS[service].facts[name].asked.all for one in asked_in(text)]
        assert ASPECTS[aspect] in [*asked, *asked_in(about)]


# What no rule answers


async def test_a_question_after_a_guide_is_not_asked_back(catalogs: Catalogs) -> None:
    """That the guide does not say it is said, with whom to call."""
    resident = Town(catalogs)
    resident.locale = "en"
    await resident.hears(Says("how do I register a dog", ["dog"], (), [(DOG, 0.95)]))
    told = await resident.hears(
        Says("what colour is the tag?", [], (), [("none", 0.75)], "nlu_fallback", [("unclear", 0.5)], asks=0.9)
    )
    assert "0000-122" in told
    assert [reply.key for reply in resident.outcome.replies if reply.key.startswith("common.not_understood")] == []


async def test_what_ends_leaves_the_guide_that_was_told(catalogs: Catalogs) -> None:
    """A form that was begun by mistake takes nothing with it that somebody had asked before."""
    resident = Town(catalogs)
    await resident.hears(Says("我係澳門人，想攞居住證", [], (), [(HMT, 0.95)]))
    await resident.ask_for_fines()
    await resident.hear("不查了", "cancel", asks=0.0)
    assert resident.told == "hmt_residence_permit"


async def test_after_a_fine_what_is_asked_of_it_goes_before_a_guide_of_another_matter(catalogs: Catalogs) -> None:
    """Its points, and whether one must go there: a fact each, and no page on points in general."""
    asker = Asker(catalogs)
    asker._dialogue = Dialogue(asker.handlers, Offer(SERVICES, {"town": TOWN}, facts=FACTS, finder=FINDER))
    await asker.ask_for_fines()
    await asker.hear("733540", "inform", asks=0.0, entities=(Entity(entity="vin_last6", value="733540"),))
    asks: tuple[tuple[Command, float], ...] = (("ask_next", 0.9),)
    points = ("guide:licence_points", 0.9)
    keys = await asker.hear("这单扣几分，还用不用再去交警那边", "traffic_fines", points, commands=asks)
    assert keys == ["facts.message", "facts.message"]
