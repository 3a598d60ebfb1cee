"""Guides: what may stand in their files, what a city changes, and what a resident is told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from fixtures import loaded
from fixtures.dialogue import MORNING, TESTVILLE
from fixtures.turns import turn_of

from actions.dialogue.ports import Claim
from actions.dialogue.reading.inquiry import Inquiry, Passage
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import Part, Turn
from actions.kinds.guide import GuideHandler
from actions.kinds.guide.replies import PART_CHARACTERS, in_parts
from actions.schema import GuideService, load_service
from desk.city.amended import Amended, write
from desk.city.files import City, Names
from desk.city.guides import Case, Guide, guide_problems, holding, load_guide, offered_in
from desk.city.yaml_files import parse_yaml
from desk.contract.errors import ConfigurationError
from desk.contract.messages import Entity, Reply
from desk.contract.wire import Locale
from desk.texts.addresses import filled
from desk.texts.catalogs import Catalogs

ROOT = Path(__file__).parents[2]
FILE = ROOT / "guides" / "dog_licence.yml"
TODAY = date(2026, 11, 28)
OFFICE_HOURS = [{"days": [1, 2, 3, 4, 5], "opens": "09:00", "closes": "17:00"}]


def town(**guides: Any) -> City:
    """A city that offers guides, with an agency of the police beside the hall."""
    data = TESTVILLE.model_dump()
    data["agencies"].append(
        {
            "slug": "population",
            "names": {"zh_Hans": "试城公安局", "en": "Testville Police"},
            "phone": "0000-110",
            "hours": OFFICE_HOURS,
        }
    )
    data["services"] = {"service_guide": {"agency": "hall", "guides": guides or None}}
    return City.model_validate(data)


@pytest.fixture(scope="module")
def guides() -> dict[str, Guide]:
    return loaded.all_guides()


@pytest.fixture(scope="module")
def declared() -> GuideService:
    service = load_service(ROOT / "nlu" / "service_guide" / "service.yml")
    assert isinstance(service, GuideService)
    return service


def asking(*matters: str, about: str = "other", asks: float = 0.9, passages: tuple[Passage, ...] = ()) -> Inquiry:
    """What a question asks whose matters are as likely as each other."""
    return Inquiry(asks, tuple((name, 0.9 / len(matters)) for name in matters), ((about, 0.9),), passages)


class Talk:
    """A resident who asks one city's guides."""

    def __init__(self, catalogs: Catalogs, declared: GuideService, guides: dict[str, Guide], city: City) -> None:
        self._catalogs, self.city = catalogs, city
        self.handler = GuideHandler("service_guide", declared, guides, {city.slug: city})
        self.frame = Frame("service_guide-1", "service_guide", MORNING)
        self.titles: list[str] = []
        self.payloads: list[str] = []

    def turn(
        self, text: str, intent: str = "service_guide", locale: Locale = "zh_Hans", inquiry: Inquiry | None = None
    ) -> Turn:
        return turn_of("c", "text", intent, self.city, locale, MORNING, text=text, inquiry=inquiry)

    async def ask(
        self,
        *matters: str,
        about: str = "other",
        intent: str = "service_guide",
        locale: Locale = "zh_Hans",
        passages: tuple[Passage, ...] = (),
    ) -> str:
        return await self.answered(self.turn("…?", intent, locale, asking(*matters, about=about, passages=passages)))

    async def press(self, locale: Locale = "zh_Hans", **values: str) -> str:
        entities = tuple(Entity(entity=name, value=value) for name, value in values.items())
        return await self.answered(replace(self.turn("", locale=locale), kind="payload", entities=entities))

    async def claims(self, intent: str, inquiry: Inquiry | None) -> Claim:
        return await self.handler.claims(self.turn("…", intent, inquiry=inquiry), self.frame)

    async def answered(self, turn: Turn) -> str:
        step = await self.handler.answer(turn, self.frame)
        assert step.finished
        self.frame = replace(self.frame, values=step.values, shown=step.shown, finished=True)
        return self._rendered(step.replies, turn.locale)

    def _rendered(self, replies: Sequence[Reply], locale: Locale) -> str:
        addressed = [filled(reply, {"page": lambda path: f"https://desk.example{path}"}) for reply in replies]
        messages = [self._catalogs.render(reply, locale) for reply in addressed]
        self.titles = [button.title for one in messages for button in one.buttons]
        self.payloads = [button.payload for one in messages for button in one.buttons]
        return "\n".join(one.text for one in messages)


@pytest.fixture
def talk(catalogs: Catalogs, declared: GuideService, guides: dict[str, Guide]) -> Talk:
    return Talk(catalogs, declared, guides, town())


# Files


def test_guides_of_the_house_are_whole(guides: dict[str, Guide]) -> None:
    """There are at least 45 guides, and nothing is wrong with them."""
    assert len(guides) >= 45
    assert guide_problems(guides, loaded.cities(), TODAY) == []


def test_every_city_offers_guides_of_its_own_agencies(guides: dict[str, Guide]) -> None:
    """Each guide in each city that offers them has a telephone."""
    cities = loaded.cities()
    offered = {slug: offered_in(city, "service_guide", guides) for slug, city in cities.items()}
    assert all(local.agency.phone for here in offered.values() for local in here.values())
    assert {len(here) for here in offered.values()} == {len(guides)}


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"dated": date(2027, 1, 1)}, "lies in the future"),
        ({"agency": "ministry"}, "no city has the agency ministry"),
        ({"service": "poems"}, "no city offers the service poems"),
        ({"place": {"zh_Hans": "Hall", "en": "Hall"}}, "place is empty or not in its language"),
        ({"steps": [{"zh_Hans": "排队", "en": "排队"}]}, "steps 1 is empty or not in its language"),
        ({"fee": {"zh_Hans": "", "en": ""}}, "fee is empty"),
    ],
    ids=["future", "agency", "service", "chinese", "english", "empty"],
)
def test_check_names_what_is_wrong(changes: dict[str, Any], part: str) -> None:
    """What the schema cannot see is found, with the file and the field."""
    guide = Guide.model_validate(parse_yaml(FILE.read_text(encoding="utf-8")) | changes)
    [problem] = guide_problems({"dog_licence": guide}, loaded.cities(), TODAY)
    assert problem.startswith("guides/dog_licence.yml: ")
    assert part in problem


@pytest.mark.parametrize(
    ("name", "change", "part"),
    [
        ("dog_licence.yml", {"price": "10"}, "price"),
        ("dog_licence.yml", {"steps": []}, "steps"),
        ("dog_licence.yml", {"sources": []}, "sources"),
        ("dog_licence.yml", {"link": "http://example.com"}, "link"),
        ("Dog-Licence.yml", {}, "lower-case"),
    ],
)
def test_faults_of_a_file_stop_the_start(tmp_path: Path, name: str, change: dict[str, Any], part: str) -> None:
    """A file that breaks the schema is named with the mend."""
    path = tmp_path / name
    data = parse_yaml(FILE.read_text(encoding="utf-8")) | change
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=part):
        load_guide(path)


def test_a_city_chooses_and_changes(guides: dict[str, Guide]) -> None:
    """A city offers some guides, with a fee and a place of its own; the rest of the text holds."""
    here = {"dog_licence": {"agency": "population", "fee": {"zh_Hans": "每年200元。", "en": "200 yuan a year."}}}
    offered = offered_in(town(only=["dog_licence", "passport_first"], besides=["passport_first"], here=here),
                         "service_guide", guides)  # fmt: skip
    local = offered["dog_licence"]
    assert (list(offered), local.agency.slug, local.guide.fee) == (
        ["dog_licence"], "population", Names(zh_Hans="每年200元。", en="200 yuan a year."),
    )  # fmt: skip
    assert local.guide.steps == guides["dog_licence"].steps


def test_a_city_cannot_name_a_guide_that_there_is_not(guides: dict[str, Guide]) -> None:
    """A slip in a city file stops the start."""
    with pytest.raises(ConfigurationError, match="fishing_licence"):
        offered_in(town(besides=["fishing_licence"]), "service_guide", guides)


# Answers


async def test_the_answer_says_what_where_papers_source_and_date(talk: Talk) -> None:
    """Everything stands in the guide, under labels; the agency is the city's."""
    assert await talk.ask("guide:id_card_lost", about="steps") == (
        "居民身份证丢失补领\n"
        "身份证丢失的，本人到公安机关申报丢失并申请补领；户口在外地的，可在居住地的异地受理点办理。\n"
        "在哪办：户口所在地派出所或户政窗口；在外地的，居住地的异地受理点\n"
        "咨询电话：试城公安局，0000-110\n"
        "要带的材料：\n1. 户口簿（异地受理点可查验信息的，以窗口告知为准）\n"
        "请注意：等候期间急需用证的，可以申领临时居民身份证。\n"
        "依据：《中华人民共和国居民身份证法》和《公安部关于印发〈关于建立居民身份证异地受理挂失申报和丢失招领制度的意见〉"
        "的通知》。指南日期：2026年11月20日。\n"
        "指南全文：https://desk.example/testville/guides/id_card_lost?lang=zh_Hans"
    )
    assert talk.titles == ["办理步骤", "费用", "办理时限", "电话和办公时间"]


@pytest.mark.parametrize(
    ("about", "locale", "part"),
    [
        ("fee", "zh_Hans", "费用：工本费40元。"),
        ("days", "zh_Hans", "时限：提交申领登记表之日起60日内发放"),
        ("place", "zh_Hans", "在哪办：户口所在地派出所"),
        ("papers", "zh_Hans", "1. 户口簿"),
        ("days", "zh_Hant", "時限：提交申領登記表之日起60日內發放"),
        ("fee", "en", "Fee: 40 yuan."),
        ("papers", "en", "1. The household register"),
        ("hours", "zh_Hans", "办公时间：周一至周五 09:00–17:00"),
        ("steps", "zh_Hans", "1. 本人到派出所"),
    ],
)
async def test_follow_ups_are_of_the_same_guide(talk: Talk, about: str, locale: Locale, part: str) -> None:
    """A bare question about a part belongs to the guide that was shown, whatever it is understood as."""
    await talk.ask("guide:id_card_lost")
    assert await talk.claims("utility_bills", asking("unsaid", about=about)) is Claim.SURE
    said = await talk.ask("unsaid", about=about, intent="utility_bills", locale=locale)
    assert part in said
    assert "2026" in said


async def test_another_matter_is_looked_for_anew(talk: Talk) -> None:
    """A follow-up that names a matter leaves the guide that was shown."""
    await talk.ask("guide:id_card_lost")
    assert await talk.claims("nlu_fallback", asking("guide:dog_licence")) is Claim.SURE
    assert "养犬登记" in await talk.ask("guide:dog_licence", intent="nlu_fallback")
    said = await talk.ask("unsaid", about="fee", intent="nlu_fallback")
    assert "指南没有写明费用，请向试城政务中心咨询，电话0000-12345。" in said


@pytest.mark.parametrize(
    ("intent", "inquiry"),
    [
        ("utility_bills", asking("utility_bills")),
        ("thanks", asking("none", asks=0.1)),
        ("affirm", None),
        ("nlu_fallback", asking("none", asks=0.1)),
    ],
)
async def test_other_matters_are_not_claimed(talk: Talk, intent: str, inquiry: Inquiry | None) -> None:
    """What names something else, or nothing, is not taken."""
    await talk.ask("guide:id_card_lost")
    assert await talk.claims(intent, inquiry) is Claim.NO


async def test_a_question_about_a_part_is_answered_by_it(talk: Talk) -> None:
    """Who asks for the fee at once is told the fee."""
    said = await talk.ask("guide:id_card_lost", about="fee")
    assert "费用：工本费40元。" in said
    assert "要带的材料" not in said


async def test_where_and_which_papers_are_answered_alone(talk: Talk) -> None:
    """The short answer, and what was asked; the other is a button."""
    where = await talk.ask("guide:id_card_lost", about="place")
    assert ("在哪办" in where, "要带的材料" in where, "要带的材料" in talk.titles) == (True, False, True)
    papers = await talk.ask("guide:dog_licence", about="papers")
    assert ("在哪办" in papers, "要带的材料" in papers, "咨询电话" in papers) == (False, True, True)


async def test_what_it_is_not_for_is_said_where_it_is_not_all_but_sure(talk: Talk) -> None:
    """A lost card and an expired one are near to each other."""
    turn = talk.turn("证没了", inquiry=Inquiry(0.9, (("guide:id_card_lost", 0.88),), (("steps", 0.9),)))
    [reply] = (await talk.handler.answer(turn, talk.frame)).replies
    assert "不适用于到期" in str(reply.args)
    assert "不适用于到期" not in await talk.ask("guide:id_card_lost", about="steps")


async def test_each_clause_of_a_first_question_isanswered(talk: Talk) -> None:
    """How long and how much, each asked in a clause, and no page of steps."""
    parts = tuple(
        Part(text, "nlu_fallback", 0.3, inquiry=Inquiry(0.9, (("guide:id_card_lost", 0.6),), ((about, 0.8),)))
        for text, about in (("几天拿到", "days"), ("收多少", "fee"))
    )
    turn = replace(talk.turn("几天拿到，收多少", inquiry=asking("guide:id_card_lost", about="days")), parts=parts)
    said = await talk.answered(turn)
    assert ("60日" in said, "40元" in said, "要带的材料" in said) == (True, True, False)


async def test_what_a_guide_does_not_say_is_no_list_of_steps(talk: Talk) -> None:
    """A question after it, of which it says nothing: that is said, with who knows and when."""
    await talk.ask("guide:id_card_lost", about="fee")
    said = await talk.ask("unsaid", about="what_if", intent="nlu_fallback")
    assert "没有写到您问的这一点" in said
    assert "办公时间：周一至周五" in said


async def test_a_special_case_is_answered_by_it(
    catalogs: Catalogs, declared: GuideService, guides: dict[str, Guide]
) -> None:
    """A question that is near to a case is told that case, and whom to ask about another one."""
    case = Case(about=Names(zh_Hans="别人代办", en="By somebody else"), said=Names(zh_Hans="不能代办。", en="No."))
    lost = guides["id_card_lost"].model_copy(update={"cases": [case]})
    talk = Talk(catalogs, declared, {**guides, "id_card_lost": lost}, town())
    near = (Passage("id_card_lost", "case", 0, 0.95), Passage("dog_licence", "case", 0, 0.99))
    said = await talk.ask("guide:id_card_lost", about="who", passages=near)
    assert "别人代办：不能代办。" in said
    assert "指南里没有写到的，请打试城公安局电话0000-110核实" in said
    far = (Passage("id_card_lost", "case", 0, 0.1),)
    assert "别人代办" not in await talk.ask("guide:id_card_lost", about="what_if", passages=far)


async def test_several_guides_are_offered_with_what_was_asked(talk: Talk) -> None:
    """护照几天 may be of several guides; the chosen one answers how long."""
    passports = ("guide:passport_first", "guide:passport_renewal")
    assert "哪一件事" in await talk.ask(*passports, about="days")
    assert '/service_guide{"guide": "passport_first", "about": "days"}' in talk.payloads
    assert "15日内签发" in await talk.press(guide="passport_renewal", about="days")


async def test_a_bare_name_of_several_guides_says_not_which(talk: Talk) -> None:
    """However likely one is; a question, or the name of one alone, is told that one."""
    matters = (("guide:passport_first", 0.95), ("guide:passport_renewal", 0.01), ("guide:passport_lost", 0.006))
    assert "哪一件事" in await talk.answered(talk.turn("护照", inquiry=Inquiry(0.01, matters)))
    assert len([one for one in talk.payloads if "passport" in one]) == 3
    talk.frame = Frame("service_guide-2", "service_guide", MORNING)
    assert "哪一件事" not in await talk.answered(talk.turn("护照", inquiry=Inquiry(0.9, matters)))
    talk.frame = Frame("service_guide-3", "service_guide", MORNING)
    assert "哪一件事" not in await talk.answered(talk.turn("首次办理护照", inquiry=Inquiry(0.01, matters)))


async def test_what_is_asked_of_a_choice_stays_a_choice(talk: Talk) -> None:
    """多少钱, before one of several was chosen, offers them again for the fee."""
    await talk.ask("guide:passport_first", "guide:passport_renewal")
    await talk.ask("unsaid", about="fee")
    assert '/service_guide{"guide": "passport_first", "about": "fee"}' in talk.payloads


@pytest.mark.parametrize(
    ("locale", "part"),
    [
        ("zh_Hans", "不能凭猜测答您。请问试城政务中心，电话0000-12345"),
        ("zh_Hant", "不宜憑猜測回答"),
        ("en", "we will not guess"),
    ],
)
async def test_nothing_is_invented(talk: Talk, locale: Locale, part: str) -> None:
    """Without a guide the resident is told so, with the city's telephone and a person."""
    assert part in await talk.ask("none", locale=locale)
    assert "/human_agent" in talk.payloads


async def test_a_wish_without_a_matter_is_asked_for_one(talk: Talk) -> None:
    """The service's button alone asks which matter, with some to choose from."""
    assert "哪一件事" in await talk.press()
    assert len(talk.titles) == 6


async def test_a_service_that_settles_it_is_offered_where_there_is_one(
    catalogs: Catalogs, declared: GuideService, guides: dict[str, Guide]
) -> None:
    """The button of a service stands only in a city that offers it."""
    data = town().model_dump()
    data["services"]["housing_fund"] = {"agency": "hall"}
    with_it = Talk(catalogs, declared, guides, City.model_validate(data))
    without = Talk(catalogs, declared, guides, town())
    await with_it.ask("guide:housing_fund_withdrawal")
    await without.ask("guide:housing_fund_withdrawal")
    assert ("/housing_fund" in with_it.payloads, "/housing_fund" in without.payloads) == (True, False)


async def test_every_guide_can_be_said_in_every_language(talk: Talk, guides: dict[str, Guide]) -> None:
    """No guide lacks a text; all payloads fit a button."""
    for slug in guides:
        for locale in ("zh_Hans", "zh_Hant", "en"):
            assert await talk.press(guide=slug, locale=locale)
            assert await talk.press(guide=slug, locale=locale, about="fee days who steps papers place hours source")


def test_long_steps_are_split_and_numbered_on() -> None:
    """Steps beyond what is read at once become several messages; the numbers run on."""
    steps = [Names(zh_Hans="步" * (PART_CHARACTERS // 2 + 1), en="step") for _ in range(3)]
    assert [[number for number, _ in chunk] for chunk in in_parts(steps, "zh_Hans")] == [[1], [2], [3]]
    assert len(in_parts(steps, "en")) == 1


def test_a_guide_is_told_until_its_day(guides: dict[str, Guide]) -> None:
    """On that day still; who looks through the files is told that it is over."""
    city, until = town(), date(2026, 11, 30)
    ending = {**guides, "dog_licence": guides["dog_licence"].model_copy(update={"until": until})}
    here = offered_in(city, "service_guide", ending)
    assert "dog_licence" in holding(here, until)
    assert set(here) - set(holding(here, date(2026, 12, 1))) == {"dog_licence"}
    assert [one for one in guide_problems(ending, {"testville": city}, TODAY) if "told until" in one] == []
    [problem] = [one for one in guide_problems(ending, {"testville": city}, date(2026, 12, 1)) if "told until" in one]
    assert problem.startswith("guides/dog_licence.yml: told until 2026-11-30")


async def test_a_guide_that_is_over_answers_nobody(guides: dict[str, Guide], declared: GuideService) -> None:
    """Who asks for it is told what is told where there is none."""
    over = {**guides, "dog_licence": guides["dog_licence"].model_copy(update={"until": date(2026, 1, 1)})}
    found = {}
    for name, known in (("held", guides), ("over", over)):
        city = town()
        handler = GuideHandler("service_guide", declared, known, {city.slug: city})
        turn = turn_of("c", "text", "service_guide", city, "en", MORNING, text="how do I get a dog licence")
        turn = replace(turn, inquiry=asking("guide:dog_licence"))
        step = await handler.answer(turn, Frame("service_guide-1", "service_guide", MORNING))
        found[name] = (step.shown or {}).get("guide")
    assert found == {"held": "dog_licence", "over": None}


async def test_a_guide_is_told_as_it_was_changed_last(
    guides: dict[str, Guide], declared: GuideService, tmp_path: Path
) -> None:
    """Without a start; a case that the model knows by its number is told only where it is still that case."""
    clock = iter(range(0, 100, 2))
    city = town()
    handler = GuideHandler(
        "service_guide", declared, guides, {city.slug: city}, amended=Amended(tmp_path, lambda: next(clock))
    )
    passages = (Passage("dog_licence", "case", 6, 0.9),)
    turn = turn_of("c", "text", "service_guide", city, "en", MORNING, text="may guide dogs go everywhere")
    turn = replace(turn, inquiry=asking("guide:dog_licence", passages=passages))
    [first, *_] = (await handler.answer(turn, Frame("service_guide-1", "service_guide", MORNING))).replies
    assert "Guide dogs" in first.model_dump_json()
    text = FILE.read_text("utf-8").replace("Guide dogs", "Dogs of the police").replace("please call", "kindly call")
    write(tmp_path, {"dog_licence": text})
    told = "".join(
        one.model_dump_json()
        for one in (await handler.answer(turn, Frame("service_guide-1", "service_guide", MORNING))).replies
    )
    assert "kindly call" in told
    assert "Dogs of the police" not in told


@pytest.mark.parametrize(
    ("matters", "told", "offered"),
    [
        pytest.param((("guide:a", 0.86), ("guide:b", 0.12)), "a", ["a"], id="surely one"),
        pytest.param((("guide:a", 0.8), ("none", 0.1)), None, ["a"], id="nearly surely one"),
        pytest.param((("guide:a", 0.8), ("guide:b", 0.11)), None, ["a", "b"], id="the next one beside it"),
        pytest.param((("guide:a", 0.8), ("guide:b", 0.09)), None, ["a"], id="hardly the next one"),
        pytest.param((("guide:a", 0.39), ("guide:b", 0.11), ("none", 0.3)), None, [], id="too little together"),
        pytest.param((("guide:a", 0.6), ("none", 0.3)), None, ["a"], id="one, not surely"),
        pytest.param((("guide:a", 0.4), ("guide:b", 0.3), ("none", 0.2)), None, ["a", "b"], id="one of two"),
        pytest.param((("guide:a", 0.45), ("none", 0.3)), None, [], id="likelier none"),
        pytest.param((("none", 0.5), ("guide:a", 0.3), ("guide:b", 0.2)), None, [], id="nothing is published"),
    ],
)
def test_a_guide_is_told_where_it_is_sure_and_else_offered(
    matters: tuple[tuple[str, float], ...], told: str | None, offered: list[str]
) -> None:
    """Or nothing is, where it is likelier that none answers."""
    inquiry = Inquiry(0.9, matters)
    assert (inquiry.told({"a", "b"}), inquiry.guides({"a", "b"})) == (told, offered)
