"""Own data are erased, or said how, whoever is waited for; a name in another language is no wish for that language."""

from dataclasses import dataclass, replace

import pytest
from fixtures.dialogue import TESTVILLE, Resident
from fixtures.hotline import Reporter
from fixtures.paying import Payer
from fixtures.services import SERVICES
from fixtures.turns import knowing, turn_of

from actions.dialogue.reading import languages
from actions.dialogue.reading.own_data import to_erase
from actions.dialogue.state.turn import Part
from actions.transit.gazetteer import Gazetteer, KnownPlace, Named
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("我以前在这里写过身份证号。光把它清掉行不行", "id_number"),
        ("身份证号可不可以只删这一样", "id_number"),
        ("可唔可以淨係刪咗個電話", "phone"),
        ("please wipe my phone number from here", "phone"),
        ("can you delete just my ID number", "id_number"),
        ("把我的姓名、电话都删了", "all"),
        ("有没有删除个人信息的地方", "all"),
        ("erase everything about me", "all"),
    ],
)
def test_what_is_to_be_erased(text: str, kind: str) -> None:
    """Wished or asked, of one kind or all."""
    assert to_erase(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "几天以后删我的资料",
        "别删我的资料",
        "把墙上的电话广告清除掉",
        "改一下手机号",
        "what do you keep about me",
        "cancel my appointment",
    ],
)
def test_what_is_asked_of_erasing_or_is_elsewhere_is_another_matter(text: str) -> None:
    """A fact tells when; a wall is nobody's data."""
    assert to_erase(text) is None


@pytest.mark.parametrize(
    ("locale", "text", "alone"),
    [
        ("zh_Hans", "身份证号可以只删这一样吗", "身份证号不能单独删除"),
        ("zh_Hant", "淨係刪我個身份證號得唔得", "身份證號碼不能單獨刪除"),
        ("en", "I only want my ID number deleted", "cannot be deleted by itself"),
    ],
)
@pytest.mark.parametrize("in_line", [True, False])
async def test_one_number_alone_is_said_not_to_be_and_all_is_offered(
    catalogs: Catalogs, locale: Locale, text: str, alone: str, in_line: bool
) -> None:
    """While a clerk is waited for, too; the place in the line stays."""
    payer = Payer(catalogs, SERVICES, locale=locale)
    turn = turn_of("c", "text", "request_status", TESTVILLE, locale, payer.now, text=text)
    payer.commands = (("status", 0.5), ("erase", 0.2))
    said = await payer.take(knowing(replace(turn, confidence=0.4), in_line=in_line))
    assert alone in said
    assert payer.session.pending == {"kind": "erase"}
    assert [type(effect).__name__ for effect in payer.effects] == ["LinkChannels"]


async def test_a_number_of_the_form_is_put_right_there(catalogs: Catalogs) -> None:
    """A report can do without: nothing else is erased."""
    resident = Reporter(catalogs, SERVICES)
    await resident.summed_up()
    await resident.tell("把电话删掉", "correct")
    assert resident.session.pending is None


HARBOUR = KnownPlace({"zh_Hans": "海港路", "en": "Harbour Road"}, 1)


@dataclass(frozen=True)
class Stops(Gazetteer):
    """Knows one stop."""

    def find(self, city: str, written: str) -> Named:  # noqa: ARG002 - one city
        known = written.casefold() in ("harbour road", "海港路")
        return Named(known, (HARBOUR,) if known else ())


@pytest.fixture
def rider(catalogs: Catalogs) -> Resident:
    return Resident(catalogs, SERVICES, locale="en", gazetteer=Stops())


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("what is Harbour Road in chinese? I will copy it down", "traffic_fines"),
        ("and the Chinese characters for Harbour Road?", "change_language"),
        ("how would you write Harbour Road?", "service_guide"),
    ],
)
async def test_a_name_in_the_other_language_is_told(rider: Resident, text: str, intent: str) -> None:
    """The account goes on in the language that it spoke, and nothing begins."""
    said = await rider.say(text, intent, language="en")
    assert "海港路" in said
    assert (rider.locale, rider.outcome.service) == ("en", None)


async def test_an_english_name_is_told_to_who_writes_chinese(catalogs: Catalogs) -> None:
    """A visitor is told it."""
    resident = Resident(catalogs, SERVICES, gazetteer=Stops())
    assert "Harbour Road" in await resident.say("海港路英文怎么说", "nlu_fallback")


async def test_a_name_that_nobody_knows_changes_no_language(rider: Resident) -> None:
    """It is not understood, and that is said in the language that was spoken."""
    await rider.say("and the Chinese characters for Elm Lane?", "change_language", language="en")
    assert rider.locale == "en"


@pytest.mark.parametrize("text", ["can we do this in Chinese?", "in English, please", "说中文"])
def test_a_language_is_wished_all_the_same(text: str) -> None:
    """Who wishes to speak it asks for no name."""
    assert not languages.asks_for_a_name(text)


async def test_a_fact_of_the_account_is_told_in_the_line(catalogs: Catalogs) -> None:
    """It is no letter to the clerk, though nothing in the situation hears a question."""
    payer = Payer(catalogs, SERVICES)
    asks = "这个对话都有谁看得到"
    turn = turn_of(
        "c", "text", "nlu_fallback", TESTVILLE, "zh_Hans", payer.now, text=asks, parts=(Part(asks, "nlu_fallback"),)
    )
    await payer.take(knowing(turn, in_line=True))
    assert "StayInLine" in [type(effect).__name__ for effect in payer.effects]  # it does not ask, as far as is heard


async def test_a_no_to_erasing_is_heard_in_the_line(catalogs: Catalogs) -> None:
    """It answers the question, and is no message to the clerk."""
    payer = Payer(catalogs, SERVICES)
    wish = turn_of("c", "text", "delete_my_data", TESTVILLE, "zh_Hans", payer.now, text="把我的信息删掉")
    await payer.take(knowing(wish, in_line=True))
    answer = turn_of("c", "text", "deny", TESTVILLE, "zh_Hans", payer.now, text="不删了")
    await payer.take(knowing(answer, in_line=True))
    assert [reply.key for reply in payer.outcome.replies] == ["common.erase_kept"]
    assert payer.session.pending is None
