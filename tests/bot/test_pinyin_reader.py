"""Messages in pinyin: what was meant, where it was typed, and what is none."""

from pathlib import Path

import pytest

from bot.components.text.language_model import LanguageModel
from bot.components.text.latin_words import LatinWords
from bot.components.text.pinyin_reader import PinyinReader
from values.writing import normalised

CHINESE = [
    *(
        "我要查养老保险",
        "我要查违章",
        "违章罚款怎么交",
        "28路公交车什么时候到",
        "帮我改到牙科",
        "我要交电费",
        "电费怎么交",
    ),
    *(
        "哪个医院看牙",
        "富阳区哪个医院看牙",
        "你好",
        "谢谢",
        "绿卡怎么办",
        "浙A12345有违章吗",
        "我要查公交",
        "西安",
        "先查",
    ),
]
ENGLISH = [
    *("pay the fine", "when is the next bus to West Lake", "he can take me there", "she is here", "change the date"),
    *("can you name a man", "a long line", "no", "hello", "take care", "menu", "use Chongqing", "Hangzhou", "name"),
]


@pytest.fixture(scope="module")
def reader() -> PinyinReader:
    """One that has learnt a few lines; lines are long, so each is said several times."""
    lines = [normalised(line) for line in CHINESE] * 3
    return PinyinReader(LanguageModel.fit(lines, {"医院": 5.0}), LatinWords.fit(map(normalised, ENGLISH)), {"西安"})


READ = [
    ("spaced", "wo yao cha yang lao bao xian", "我要查养老保险"),
    ("joined", "woyaochayanglaobaoxian", "我要查养老保险"),
    ("in words", "weizhang fakuan zenme jiao", "违章罚款怎么交"),
    ("a capital at first", "Bangwo gai dao yake", "帮我改到牙科"),
    ("tones as digits", "wo3 yao4 cha2 wei2zhang1", "我要查违章"),
    ("tones as marks", "wǒ yào chá gōngjiāo", "我要查公交"),
    ("tones as marks of their own", "wo\u030c ya\u0300o cha\u0301 go\u0304ngjia\u0304o", "我要查公交"),
    ("a number", "28lu gongjiaoche shenme shihou dao", "28路公交车什么时候到"),
    ("a plate", "浙A12345 you weizhang ma", "浙A12345有违章吗"),
    ("v for ü", "lvka zenme ban", "绿卡怎么办"),
    ("an apostrophe", "wo yao cha xi'an", "我要查西安"),
    ("no retroflexes", "wo yao ca weizang", "我要查违章"),
    ("letters moved", "wo yao cha wiezhang", "我要查违章"),
    ("full width", "ｗｏ　ｙａｏ　ｃｈａ　ｗｅｉｚｈａｎｇ", "我要查违章"),
]


@pytest.mark.parametrize(("typed", "meant"), [line[1:] for line in READ], ids=[line[0] for line in READ])
def test_pinyin_is_read_as_the_chinese_that_is_meant(reader: PinyinReader, typed: str, meant: str) -> None:
    """However it is typed."""
    read = reader.read(typed)
    assert read is not None
    assert read.text == meant


@pytest.mark.parametrize(
    "text",
    [
        *ENGLISH,
        *("he", "she", "me", "can", "", "👍", "A12345", "wo-12345", "zhang@example.com", "https://example.com/yiyuan"),
        *("我要查违章", "我叫 Li Wei", "Zhang Wei", "Li Na and Zhang Wei", "Xi'an", "not Wang Fang, Fang Wang"),
    ],
)
def test_english_names_and_codes_stay(reader: PinyinReader, text: str) -> None:
    """So does whatever is Chinese already, and a name as English writes it."""
    assert reader.read(text) is None


@pytest.mark.parametrize("letters", ["z" * 1000, "zhaung" * 160, "xian" * 250])
def test_rows_of_letters_without_end_are_read_or_stay(reader: PinyinReader, letters: str) -> None:
    """They are likelier than nothing, and no number is too small for that."""
    read = reader.read(letters)
    assert read is None or len(read.text) == len(read.starts) == len(read.ends)


def test_a_word_in_capitals_is_the_name_that_sounds_so() -> None:
    """富阳 sounds like 抚养, of which more is said."""
    names = [*["富阳区"] * 3, "富阳", "去医院", "区医院"]
    model = LanguageModel.fit([*["抚养费怎么办", "抚养去医院"] * 3, *names], {})
    reader = PinyinReader(model, LatinWords.fit(map(normalised, ENGLISH)), {"富阳", "富阳区"})
    typed = ("Fuyang qu yiyuan", "fuyang qu yiyuan", "Fuyang fei zenme ban", "Fuyang")
    assert [one and one.text for one in map(reader.read, typed)] == ["富阳区医院", "抚养去医院", "抚养费怎么办", None]


def test_each_character_knows_where_it_was_typed(reader: PinyinReader) -> None:
    """So that what is found in the text can be shown in the message."""
    typed = "Wo yao  cha 浙A12345 weizhang"
    read = reader.read(typed)
    assert read is not None
    assert [typed[start:end] for start, end in zip(read.starts, read.ends, strict=True)] == [
        *("Wo", "yao", "cha", "浙", "A", "1", "2", "3", "4", "5", "wei", "zhang")
    ]


def test_what_was_learnt_is_the_same_when_it_is_read_again(reader: PinyinReader, tmp_path: Path) -> None:
    """A model's folder keeps all of it."""
    lines = [normalised(line) for line in CHINESE] * 3
    LanguageModel.fit(lines, {"医院": 5.0}).save(tmp_path)
    LatinWords.fit(map(normalised, ENGLISH)).save(tmp_path)
    again = PinyinReader(LanguageModel.load(tmp_path), LatinWords.load(tmp_path), {"西安"})
    assert [again.read(line[1]) for line in READ] == [reader.read(line[1]) for line in READ]
