"""Choices that are numbered lines: what a typed number or title means."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

from channels import alipay, sms
from desk.contract.channel import Channel
from desk.contract.rendered import RenderedButton, RenderedCard, RenderedMessage
from desk.contract.wire import LOCALES, Locale
from desk.conversations.numbered import picked, wordings
from desk.sending.delivery import Deliverer
from desk.sending.outbox import Claimed
from desk.texts.catalogs import Catalogs


def message(*titles: str, cards: int = 0, text: str = "请选择") -> RenderedMessage:
    buttons = [RenderedButton(title=title, payload=f"/choose/{title}") for title in titles]
    card = RenderedCard(kind="bill", title="水费", buttons=[RenderedButton(title="缴费", payload="/pay")])
    return RenderedMessage(text=text, locale="zh_Hans", buttons=buttons, cards=[card] * cards)


ASKED = [message("拱墅区婚姻登记处", "Xihu District Registry", "取消")]


@pytest.mark.parametrize(
    "typed", ["2", "２", "②", "2.", "(2)", "2。", " 2、", "Xihu district registry", "XIHU DISTRICT REGISTRY!"]
)
def test_a_number_or_a_title_is_the_press(typed: str) -> None:
    """However it is written."""
    assert picked(typed, ASKED) == "/choose/Xihu District Registry"


@pytest.mark.parametrize(
    "typed", ["0", "4", "", "  ", "。", "第二个", "拱墅区", "浙A12345", "2 3", "-1", "2" * 5000, "二"]
)
def test_anything_else_is_left_to_the_bot(typed: str) -> None:
    """It may be an answer to the question, or another wish."""
    assert picked(typed, ASKED) is None


def test_what_moves_the_conversation_is_numbered_too() -> None:
    """The third line is 取消, also where it stands beside things to choose from."""
    assert picked("3", ASKED) == "/choose/取消"


def test_numbers_mean_the_last_lines_titles_any() -> None:
    """Of two messages with lines the later one counts; a message without lines does not end them."""
    said = [message("交这笔"), message("再查一辆", "转人工"), message(text="还有什么需要？")]
    assert picked("1", said) == "/choose/再查一辆"
    assert picked("交这笔", said) == "/choose/交这笔"
    assert picked("3", said) is None


def test_buttons_of_cards_follow_those_of_the_message() -> None:
    """In the order in which they are written; each once."""
    said = [message("再查一辆", cards=2)]
    assert picked("2", said) == "/pay"
    assert picked("3", said) is None


def test_without_lines_nothing_is_chosen() -> None:
    """A number is then what was asked for."""
    assert picked("1", [message()]) is None
    assert picked("1", []) is None


def sent(channel: Channel, catalogs: Catalogs, locale: Locale) -> str:
    """What a delivery of an announcement with two buttons is on a channel, as it is sent."""
    unused: Any = None
    said = message("退订", "最近的通知", text="文三路停水。").model_copy(update={"locale": locale})
    claimed = Claimed(
        **{name: unused for name in Claimed.__dataclass_fields__ if name != "message"}, message=said.model_dump()
    )
    deliverer = Deliverer(unused, unused, unused, unused, unused, wordings(catalogs))
    return "\n".join(piece.text for piece in deliverer.pieces(claimed, channel))


@pytest.mark.parametrize("locale", LOCALES)
def test_what_cannot_be_answered_asks_for_no_number(catalogs: Catalogs, locale: Locale) -> None:
    """News of a mini program lead into it: their choices have no number, and none is asked for. A text message's do."""
    hint = wordings(catalogs)[locale].hint
    news, texts = sent(alipay.CHANNEL, catalogs, locale), sent(sms.CHANNEL, catalogs, locale)
    assert (hint in news, "1. " in news, "· 退订" in news) == (False, False, True)
    assert (hint in texts, "1. 退订" in texts) == (True, True)


ROOT = Path(__file__).parents[2]
OF_BUTTONS = {
    "zh_Hans": re.compile(r"按钮|(?<!站)点“|点下面"),
    "zh_Hant": re.compile(r"按鈕|(?<!站)點「|按「|[點按]下面"),
    "en": re.compile(r"\bbuttons?\b|\b[Pp]ress\b|\b[Tt]ap\b|\b[Cc]lick\b"),
}
ELSEWHERE = ("web.", "console.", "payments.page", "button.")  # pages have buttons


def texts(locale: Locale) -> Iterator[tuple[str, str]]:
    """All texts of a language that a conversation may say, plural forms too, by their key."""
    for file in sorted((ROOT / "locales" / locale / "LC_MESSAGES").glob("*.po")):
        with file.open(encoding="utf-8") as opened:
            for entry in read_po(opened):
                if entry.id and not str(entry.id).startswith((*ELSEWHERE, "numbered.")):
                    forms = [entry.string] if isinstance(entry.string, str) else entry.string
                    yield from ((str(entry.id), form) for form in forms)


@pytest.mark.parametrize("locale", LOCALES)
def test_no_text_speaks_of_buttons_where_there_are_none(locale: Locale) -> None:
    """Every text that a conversation may say, in each language."""
    catalogs = Catalogs(ROOT / "locales", strict=True)
    wording = wordings(catalogs)[locale]
    left = {}
    for key, said in texts(locale):
        written = wording.of(RenderedMessage(text=said, locale=locale)).text
        if OF_BUTTONS[locale].search(written):
            left[key] = written
    assert left == {}


def test_text_that_does_not_lead_to_its_lines_gets_a_hint() -> None:
    """A question or a colon leads to them, and so do words of numbers; nothing is said where there is no choice."""
    wording = wordings(Catalogs(ROOT / "locales", strict=True))["zh_Hans"]
    assert wording.of(message("再查一辆", text="该车没有违章。")).text == "该车没有违章。\n回复数字即可选择："
    assert wording.of(message("9:00", text="请问您想约几点？")).text == "请问您想约几点？"
    assert wording.of(message("9:00", text="请说时间，或点下面的按钮。")).text == "请说时间，或回复下面的数字。"
    assert wording.of(message(text="该车没有违章。")).text == "该车没有违章。"
