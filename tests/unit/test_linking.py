"""Linking channels in the dialogue: how it is wished, what is a code, and what the yes is to."""

import pytest
from fixtures.dialogue import CITIES, ELSEWHERE, MORNING, TESTVILLE, Resident
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.answers.linking import wished
from actions.dialogue.answers.offer import Offer
from actions.dialogue.state.session import Session
from desk.contract.linking import LinkChannels
from desk.contract.messages import Erase

OFFER = Offer(SERVICES, CITIES)
CODE = "4831726095"


def step(text: str) -> LinkChannels | None:
    """What a text wishes, where nothing is open."""
    outcome = wished(turn_of("c", "text", "inform", TESTVILLE, "zh_Hans", MORNING, text=text), Session(MORNING), OFFER)
    return None if outcome is None else next(one for one in outcome.effects if isinstance(one, LinkChannels))


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        *(
            (text, "offer")
            for text in ("把微博和这里绑定", "绑定我的Telegram", "绑定其他渠道", "我想关联支付宝", "绑定码")
        ),
        *(
            (text, "offer")
            for text in ("想將微博同呢度綁埋", "綁定淘寶", "可唔可以同我個Telegram帳號連埋", "關聯其他帳號")
        ),
        *((text, "offer") for text in ("link my Telegram", "connect this chat with Weibo", "get a linking code")),
        *(
            (text, "leave")
            for text in ("解除绑定", "不要绑定微博了", "解除綁定", "唔再綁", "unlink", "remove the link")
        ),
        *((text, "show") for text in ("绑定了哪些渠道", "綁咗邊啲", "which channels are linked")),
    ],
)
def test_what_is_wished_of_linking(text: str, wish: str) -> None:
    """In three languages, in residents' words."""
    found = step(text)
    assert found is not None
    assert found.step == wish


@pytest.mark.parametrize(
    "text", ["绑定 48317 26095", "綁定４８３１７２６０９５", "link 48317 26095", "48317 26095", "48317-26095."]
)
def test_what_is_a_code(text: str) -> None:
    """Beside a word for linking in any writing, or in the two halves in which it was shown."""
    assert step(text) == LinkChannels(step="enter", code=CODE)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "绑定银行卡",
            "支付宝绑定不了",
            "医保卡绑定支付宝",
            "4831726095",
            "水费户号48317 26095",
            "微博上看到停水",
            "手机号解绑",
        ),
        *("綁定電費戶號", "does bus 3 connect to the airport line", "link my bank account", "the website is down"),
        *("is there a connecting road", "where is the missing link road", "支付宝可以交水费吗", "网页打不开"),
    ],
)
def test_what_is_nothing_of_linking(text: str) -> None:
    """Cards, bills, roads, what fails and bare numbers are other matters."""
    assert step(text) is None


async def test_yes_is_to_the_code_and_only_just_after_it(resident: Resident) -> None:
    """A code, then a yes; a yes later is to nothing of the kind."""
    await resident.say("绑定 48317 26095", "inform")
    assert resident.effects == (LinkChannels(step="enter", code=CODE),)
    await resident.say("是的", "affirm")
    assert resident.effects == (LinkChannels(step="confirm"),)
    await resident.say("是的", "affirm")
    assert resident.effects == ()


async def test_no_links_nothing_and_a_bare_code_answers_the_offer(resident: Resident) -> None:
    """Whoever asks here and already has a code from there types it bare."""
    await resident.say("link my weibo", "inform", language="en")
    await resident.say("4831726095", "inform")
    assert resident.effects == (LinkChannels(step="enter", code=CODE),)
    await resident.say("no", "deny")
    assert resident.effects == (LinkChannels(step="refuse"),)


async def test_what_is_open_stays_open(resident: Resident) -> None:
    """Linking in the middle of the fines, and on with the fines."""
    await resident.ask_for_fines()
    await resident.say("把微博和这里绑定", "out_of_scope")
    assert resident.effects == (LinkChannels(step="offer"),)
    assert resident.state == ("traffic_fines", "vin_last6")


async def test_city_that_another_channel_moved_to_ends_what_is_open(resident: Resident) -> None:
    """It is said once; values of the other city are gone."""
    await resident.ask_for_fines()
    resident.city = ELSEWHERE
    said = await resident.say("733540", "inform", vin_last6="733540")
    assert "他城" in said
    assert "已停下" in said
    assert resident.register.asked == []
    assert "另一个渠道" not in await resident.say("谢谢", "thanks")


async def test_erasing_says_what_becomes_of_linked_channels(resident: Resident) -> None:
    """The desk is asked to say it, before the yes; then all is erased."""
    await resident.say("删除我的信息", "delete_my_data")
    assert LinkChannels(step="before_erasing") in resident.effects
    await resident.say("是", "affirm")
    assert resident.effects == (Erase(),)
