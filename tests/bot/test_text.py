"""The normalised text of a text, its tokens, its language, and what of a message is read."""

from typing import Optional

import pytest

from bot.components.text.language import language_of
from bot.components.text.tokenizer import split
from bot.contract import BadRequest, clean, read_payload, shielded
from values.writing import normalised

TEXTS = ["我要交違章罰款", "Ｂ支４　路", "㎏㈱ﬁ…①İß", "😀👨‍👩‍👧", "裏裡線綫衞", "", "a\u0301e", "\u202eabc", "𠮷野家"]


@pytest.mark.parametrize("text", TEXTS)
def test_normalised_text_is_as_long_as_its_text(text: str) -> None:
    """Its offsets are offsets in the text, even where a normal form or a capital letter would grow."""
    assert len(normalised(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("我要交違章罰款", "我要交违章罚款"), ("ＮＥＸＴ　Ｂｕｓ", "next bus"), ("裏面 線路 綫", "里面 线路 线")],
)
def test_normalised_text_is_simplified_lower_case_and_half_width(text: str, expected: str) -> None:
    """One spelling for what is one word."""
    assert normalised(text) == expected


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("B支4到拱宸桥", ["B", "支", "4", "到", "拱", "宸", "桥"]),
        ("我的浙A12345 next bus", ["我", "的", "浙", "A12345", "next", "bus"]),
        ("it's 28路!", ["it", "'", "s", "28", "路", "!"]),
        ("  ", []),
    ],
)
def test_tokens_are_han_characters_and_whole_words(text: str, tokens: list) -> None:
    """A Han character is a token; Latin words and numbers stay whole; blanks are none."""
    found = split(text)
    assert [token.text for token in found] == tokens
    assert [text[token.start : token.end] for token in found] == tokens


LANGUAGES = [
    ("我要交违章罚款", "zh_Hans"),
    ("我要交違章罰款", "zh_Hant"),
    ("唔該晒", "zh_Hant"),
    ("係咪呢度搭車", "zh_Hant"),
    ("when is the next bus", "en"),
    ("hello", None),
    ("ok", None),
    ("好的", None),
    ("ccc", None),
    ("zhang san", None),
    ("wo yao jiao fakuan", None),
    ("change it", "en"),
    ("pay", "en"),
    ("change", "en"),
    ("nihao", None),
    ("cancel", "en"),
    ("fines", "en"),
    ("where's my bus", "en"),
    ("今天", None),
    ("B1 K155", None),
    ("next bus吗", "zh_Hans"),
    ("幫我check下bus幾時到", "zh_Hant"),
    ("😀 123", None),
    ("台北后里", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "language"), LANGUAGES, ids=[text or "nothing" for text, _ in LANGUAGES])
def test_language_is_told_only_by_a_clear_signal(text: str, language: Optional[str]) -> None:
    """Characters of one script alone, Cantonese words, English words; what everybody writes says nothing."""
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("text", "entity", "start", "end"),
    [
        ("龙翔桥", "stop", 0, 3),
        ("滬A93F28", "plate", 0, 7),
        ("到體育中心", "stop", 1, 5),
        ("Wulin Square", "stop", 0, 12),
    ],
)
def test_names_and_values_are_no_signal(text: str, entity: str, start: int, end: int) -> None:
    """Who types a stop or a plate has said nothing about a language."""
    assert language_of(text, [{"entity": entity, "start": start, "end": end}]) is None


def test_a_name_in_another_script_does_not_hide_the_sentence() -> None:
    """An English sentence about 拱宸桥 is English."""
    text = "when does B支4 get to 拱宸桥"
    assert language_of(text, [{"entity": "stop", "start": 22, "end": 25}]) == "en"


@pytest.mark.parametrize("text", ["/greet", "  /greet", "\n/", "//x", "/"])
def test_a_shielded_text_starts_with_no_slash_and_keeps_its_length(text: str) -> None:
    """A slash in front becomes its full-width form, so Rasa sees no command and offsets stay."""
    assert not shielded(text).strip().startswith("/")
    assert len(shielded(text)) == len(text)


def test_slashes_within_a_text_stay() -> None:
    """Only one in front would be a command."""
    assert shielded("12/3 去/回") == "12/3 去/回"


def test_clean_keeps_a_thousand_storable_characters() -> None:
    """NUL and halves of surrogate pairs are replaced one for one; the rest is cut."""
    assert clean("a\x00\ud800b") == "a\ufffd\ufffdb"
    assert len(clean("公" * 4_000)) == 1_000


@pytest.mark.parametrize("payload", ["/Greet", "greet", "/greet{}x", "/greet {}", "/", "/greet[]", "/greet\n"])
def test_payloads_of_another_form_are_refused(payload: str) -> None:
    """Only `/intent` and `/intent{…}` are payloads."""
    with pytest.raises(BadRequest):
        read_payload(payload)
