"""The catalogs say everything the code asks for, in every language, in that language's own characters."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import opencc
import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from fixtures.services import SERVICES

from actions.dialogue.answers.misunderstanding import ASKABLE
from actions.dialogue.answers.replies import VARIANTS
from actions.dialogue.reading.intents import WISHES
from desk.contract.errors import ConfigurationError
from desk.contract.wire import LOCALES
from desk.texts.catalog_files import catalog_problems, compile_catalogs

ROOT = Path(__file__).parents[2]
FILES = sorted({path.stem for path in (ROOT / "locales" / "zh_Hans" / "LC_MESSAGES").glob("*.po")} - {"web", "tickets"})
KEY = re.compile(
    rf"(?:button|card|form|plate|vin_last6|date|time|id_number|phone|person_name|{'|'.join(FILES)})\.[a-z_0-9]+\Z"
)
VARIED = re.compile(r'varied\("([a-z_.]+)"')

# Words that stand in Simplified on plates and papers, whoever reads of them.
ON_PAPER = ("行驶证", "车辆识别代号", "浙", "沪", "粤")
ALIKE = ("公里",)  # in both scripts, though one of its characters alone is not
# Texts that are in one language whoever reads them: they name it.
IN_ITS_OWN_LANGUAGE = re.compile(r"_zh_han[st]\Z", re.IGNORECASE)


def messages(locale: str) -> list[Message]:
    found: list[Message] = []
    for path in sorted((ROOT / "locales" / locale / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            found += [message for message in read_po(file, locale=locale) if message.id]
    return found


def key_of(message: Message) -> str:
    return str(message.id[0] if isinstance(message.id, tuple) else message.id)


def forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else [str(one) for one in message.string]


def strings_in(folder: str) -> Iterator[str]:
    """All string literals of a folder's code."""
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def keys_of_services() -> Iterator[str]:
    """Keys that service files name, and those that their kinds build from names."""
    for name, service in SERVICES.items():
        yield from service.texts(name)


def keys_used() -> set[str]:
    """All keys that the actions may say."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "actions").rglob("*.py"))
    varied = {key for stem in VARIED.findall(sources) for key in (f"{stem}_{n + 1}" for n in range(VARIANTS))}
    stems = {key.rpartition("_")[0] for key in varied}
    literal = {text for text in strings_in("actions") if KEY.match(text) and not text.endswith("_")} - stems
    built = {f"{wish}.title" for wish in WISHES} | {f"button.{intent}" for intent in ASKABLE}
    return literal | varied | built | {f"button.language_{one.lower()}" for one in LOCALES} | set(keys_of_services())


def test_keys_that_are_built_have_beginnings_that_there_are() -> None:
    """A key that code completes (`payments.status_` and a status) is the beginning of some."""
    keys = {key_of(message) for message in messages("zh_Hans")}
    stems = {text for text in strings_in("actions") if KEY.match(text) and text.endswith("_")}
    assert [stem for stem in sorted(stems) if not any(key.startswith(stem) for key in keys)] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_every_key_that_is_used_is_said(locale: str) -> None:
    """No key of code or service files is missing in a language."""
    assert sorted(keys_used() - {key_of(message) for message in messages(locale)}) == []


def test_keys_that_are_used_are_found() -> None:
    """The search finds keys of code, of variants and of service files, so that the test above can fail."""
    assert {"common.cancelled", "common.thanks_3", "traffic_fines.why_plate", "next_bus.ask_stop"} <= keys_used()


def test_languages_name_the_same_arguments() -> None:
    """Catalogs are whole: no text is missing, empty or fuzzy, and all languages use the same arguments."""
    assert catalog_problems(ROOT / "locales") == []


@pytest.mark.parametrize(("locale", "to_other"), [("zh_Hant", "s2t"), ("zh_Hans", "t2s")])
def test_chinese_texts_hold_no_characters_of_the_other_script(locale: str, to_other: str) -> None:
    """Traditional texts hold no Simplified-only characters, and the other way round."""
    converter = opencc.OpenCC(to_other)
    strange = set()
    for message in messages(locale):
        if IN_ITS_OWN_LANGUAGE.search(key_of(message)):
            continue
        said = "".join(forms(message))
        for words in (*ON_PAPER, *ALIKE):
            said = said.replace(words, "")
        strange |= {f"{key_of(message)}: {char}" for char in said if converter.convert(char) != char}
    assert sorted(strange) == []


NOT_A_VERB = re.compile("(?<![已經併])(?<!沒有)記錄")
"""What is kept is 紀錄 in Traditional texts; 記錄 is to keep it (`docs/glossary.md`)."""


def test_traditional_texts_tell_a_record_from_recording() -> None:
    """One word, one thing."""
    assert [key_of(one) for one in messages("zh_Hant") if any(map(NOT_A_VERB.search, forms(one)))] == []


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant"])
def test_chinese_texts_quote_as_their_readers_do(locale: str) -> None:
    """Simplified texts quote “so”, Traditional ones 「so」."""
    wrong = "「」" if locale == "zh_Hans" else "“”"
    assert [key_of(one) for one in messages(locale) if any(sign in form for form in forms(one) for sign in wrong)] == []


def test_a_key_that_stands_twice_in_one_file_is_refused(tmp_path: Path) -> None:
    """Of two texts of one key the first would be lost without a word."""
    for locale in LOCALES:
        folder = tmp_path / locale / "LC_MESSAGES"
        folder.mkdir(parents=True)
        entry = 'msgid "one.key"\nmsgstr "{}"\n\n'
        (folder / "some.po").write_text("".join(map(entry.format, ("first", "second"))), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"one\.key stands twice in some\.po"):
        compile_catalogs(tmp_path)
