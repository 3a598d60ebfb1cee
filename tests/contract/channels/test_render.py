"""How every channel writes messages: within its bounds, words and links whole, and nothing left out."""

import json
import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.contract.channel import Channel, token_of
from desk.contract.rendered import RenderedButton, RenderedCard, RenderedImage, RenderedMessage
from desk.texts.splitting import choices, measure
from tests.contract.channels.tables import channels

EACH = [pytest.param(channel, id=name) for name, channel in channels().items() if channel.abilities.pushes != "nothing"]
LINK = "https://desk.example/pay/202611240000000000000001?t=ABCDEF"
SENTENCES = ["您有一笔罚款待缴。", "请在三十分钟内付款，", "（武林广场）", "浙A12345", "B支4"]
FAMILY = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}"
WORDS = st.sampled_from([*SENTENCES, "traffic", "fine", "200.00", LINK, FAMILY, "e\u0301", "\n", "\n\n"])
TEXTS = st.builds(
    lambda words, times: " ".join(words * times), st.lists(WORDS, min_size=1, max_size=20), st.integers(1, 40)
).filter(lambda text: bool(text.strip()))
TITLES = st.sampled_from(["缴纳罚款", "是", "No, another plate", "杭州市婚姻登记处（上城区）窗口", "12月3日 09:30"])
PAYLOADS = st.one_of(
    st.integers(0, 10**6).map(lambda number: f'/choose{{"ordinal": "{number}"}}'),
    st.integers(0, 10**6).map(lambda number: f'/inform{{"office": "{"杭州市婚姻登记处" * 6}{number}"}}'),
)
BUTTONS = st.lists(
    st.builds(RenderedButton, title=TITLES, payload=PAYLOADS), max_size=14, unique_by=lambda b: b.payload
)
MESSAGES = st.builds(
    lambda text, buttons, on_card: RenderedMessage(
        text=text, locale="zh_Hans", buttons=buttons, cards=[RenderedCard(kind="fine", title="罚款", buttons=on_card)]
    ),
    TEXTS,
    BUTTONS,
    BUTTONS,
)


def strings(value: object) -> list[str]:
    """All strings in a JSON value, also in JSON that stands in a string."""
    if isinstance(value, str):
        try:
            inner = json.loads(value)
        except ValueError:
            return [value]
        return strings(inner) if isinstance(inner, dict | list) else [value]
    if isinstance(value, dict):
        return [text for one in value.values() for text in strings(one)]
    return [text for one in value for text in strings(one)] if isinstance(value, list) else []


def bare(text: str) -> str:
    """A text without white space: what must not be lost."""
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("channel", EACH)
@settings(max_examples=25, deadline=None)
@given(message=MESSAGES)
def test_nothing_is_left_out_and_every_piece_fits(channel: Channel, message: RenderedMessage) -> None:
    """All of the text in its order, every link whole, every choice; each piece within the bounds; always the same."""
    pieces = channel.render(message)
    said = bare("".join(piece.text for piece in pieces))
    assert bare(message.text) in said
    abilities = channel.abilities
    assert all(0 < measure(piece.text, abilities.unit) <= abilities.text_limit for piece in pieces)
    assert sum(piece.text.count(LINK) for piece in pieces) >= message.text.count(LINK)
    everything = [text for piece in pieces for text in strings(piece.content)]
    for button in choices(message):
        title = button.title if abilities.button_title is None else button.title[: abilities.button_title - 1]
        assert any(title in text for text in everything)
        if abilities.buttons:
            assert button.payload in everything or token_of(button.payload) in everything
    if abilities.payload_limit is not None:
        carried = [text for text in everything if text.startswith("/") or text.startswith("~")]
        assert all(len(one.encode()) <= abilities.payload_limit for one in carried)
    assert list(channel.render(message)) == list(pieces)
    assert json.loads(json.dumps([piece.content for piece in pieces])) == [piece.content for piece in pieces]


@pytest.mark.parametrize("channel", EACH)
@settings(max_examples=25, deadline=None)
@given(text=TEXTS)
def test_no_piece_begins_or_ends_within_a_word(channel: Channel, text: str) -> None:
    """Latin words and numbers are never cut, no piece begins with a mark that closes, no character loses its marks."""
    pieces = [piece.text for piece in channel.render(RenderedMessage(text=text, locale="zh_Hans"))]
    end = 0
    for before, after in pairwise(pieces):
        end = text.index(before, end) + len(before)
        cut = text[end - 1 : end + 1]  # what stood there: white space at a cut falls away
        assert not re.fullmatch(r"[A-Za-z0-9]{2}", cut), cut
        assert after[0] not in "，。、）"
        assert before[-1] != "\u200d"
        assert after[0] != "\u200d"
        assert unicodedata.category(after[0]) not in {"Mn", "Me"}


@pytest.mark.parametrize("channel", EACH)
def test_an_image_goes_last_and_beside(channel: Channel) -> None:
    """With what is to be seen on it, where the platform shows images; all that is to be read comes before it."""
    plain = RenderedMessage(text="您好" * 400, locale="zh_Hans")
    image = RenderedImage(url="https://desk.example/a.jpg", text="停水范围地图", width=800, height=600)
    before, after = channel.render(plain), channel.render(plain.model_copy(update={"image": image}))
    if not channel.abilities.images:
        assert list(after) == list(before)
        return
    assert list(after[:-1]) == list(before)
    assert not any(piece.beside for piece in before)
    assert (after[-1].beside, image.text in after[-1].text, image.url in strings(after[-1].content)) == (True,) * 3
