"""The phrase files: what they must have in common, and how a sentence is held against them."""

import pytest

from actions.phrases import phrases, plain
from actions.phrases.book import PhraseFile, Phrases, files
from desk.contract.errors import ConfigurationError

GROUPS = sorted({group for file in files().values() for group in file.phrases})


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_is_read_in_every_language(group: str) -> None:
    """A group that one file has stands in all, empty if need be, and each phrase is a regular expression."""
    assert not phrases(group).whole("")


@pytest.mark.parametrize(
    ("group", "said", "found"),
    [
        ("try_again", "再試一次！", True),
        ("try_again", "再试试吧", True),
        ("try_again", "Try again, please", False),
        ("try_again", "please try again", True),
        ("try_again", "再试一次别的户号", False),
        ("passes_over", "先跳過呢個", True),
        ("passes_over", "Skip it.", True),
        ("no_photo", "没有照片", True),
        ("no_photo", "冇相", True),
        ("no_photo", "照片", False),
        ("what_about", "外國人呢？", True),
        ("what_about", "what about a foreigner", True),
    ],
)
def test_sentences_are_folded_first(group: str, said: str, found: bool) -> None:
    """Traditional, wide and capital letters and signs at the ends make no difference."""
    assert phrases(group).whole(plain(said)) is found


def test_phrases_of_a_spaced_language_begin_and_end_where_words_do() -> None:
    """ "fee" is not found in "coffee"; "pay" not in "paper"."""
    assert not phrases("of_the_fee").within("coffee and paper")
    assert phrases("of_the_fee").within("just the fee")


@pytest.mark.parametrize("said", ["我要cancel the fee吧", "個fee呢", "付款the payment啦"])
def test_chinese_characters_stand_around_words_as_blanks_do(said: str) -> None:
    """A sentence that changes language on the way has no blank there."""
    assert phrases("of_the_fee").within(plain(said))


def test_what_is_cut_out_leaves_the_rest_as_it_was_written() -> None:
    """A name keeps its own characters and capitals."""
    assert phrases("no_photo").cut_from("沒有照片，鹽湖路Gate A").strip(" ，") == "鹽湖路Gate A"


def test_a_word_that_no_list_has_is_refused() -> None:
    """The message names the word and where it goes."""
    file = PhraseFile(spaced=False, phrases={"asks": ["<nobody>吗"]})
    with pytest.raises(ConfigurationError, match="<nobody> is no list of words"):
        file.written("asks")


def test_a_phrase_that_is_no_expression_is_refused() -> None:
    """The message names the group."""
    with pytest.raises(ConfigurationError, match="asks has a phrase that cannot be read"):
        Phrases("asks", ["(?:"])
