"""Texts of the catalogs: argument forms, plurals, names, and what happens when one cannot be said."""

from pathlib import Path

import pytest
from pydantic import JsonValue
from structlog.testing import capture_logs

from desk.contract.errors import ConfigurationError, StartError
from desk.contract.messages import Button, Card, Reply, Row, Text
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs, TextFault, catalog_problems, compile_catalogs, seal_of, traditional

TEXTS: dict[Locale, dict[str, str]] = {
    "zh_Hans": {
        "common.error": "系统开小差了。",
        "t.value": "值：{value}",
        "t.plain": "你好",
        "t.only_hans": "仅简体",
    },
    "zh_Hant": {"common.error": "系統暫時無法處理。", "t.value": "值：{value}", "t.plain": "你好"},
    "en": {"common.error": "Something went wrong.", "t.value": "Value: {value}", "t.plain": "Hello"},
}
PLURALS: dict[Locale, list[str]] = {
    "zh_Hans": ["{count}条违章"],
    "zh_Hant": ["{count}筆"],
    "en": ["{count} fine", "{count} fines"],
}
HEADERS: dict[Locale, str] = {
    "zh_Hans": "nplurals=1; plural=0;",
    "zh_Hant": "nplurals=1; plural=0;",
    "en": "nplurals=2; plural=(n != 1);",
}


def write_catalog(folder: Path, locale: Locale, texts: dict[str, str]) -> Path:
    lines = [
        'msgid ""',
        'msgstr ""',
        '"Content-Type: text/plain; charset=UTF-8\\n"',
        f'"Plural-Forms: {HEADERS[locale]}\\n"',
        "",
    ]
    for key, said in texts.items():
        lines += [f'msgid "{key}"', f'msgstr "{said}"', ""]
    lines += ['msgid "t.count"', 'msgid_plural "t.count"']
    lines += [f'msgstr[{number}] "{form}"' for number, form in enumerate(PLURALS[locale])]
    path = folder / locale / "LC_MESSAGES" / "citydesk.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for locale, texts in TEXTS.items():
        write_catalog(tmp_path, locale, texts)
    compile_catalogs(tmp_path)
    return tmp_path


@pytest.fixture
def strict(folder: Path) -> Catalogs:
    return Catalogs(folder, strict=True)


SQUARE: JsonValue = {"name": {"zh_Hans": "武林广场", "en": "Wulin Square"}}
PLAIN: JsonValue = {"key": "t.plain", "args": {}}


@pytest.mark.parametrize(
    ("value", "hans", "hant", "en"),
    [
        pytest.param("浙A12345", "浙A12345", "浙A12345", "浙A12345", id="text as it is"),
        pytest.param("{x} %s <b>", "{x} %s <b>", "{x} %s <b>", "{x} %s <b>", id="no placeholder inside a value"),
        pytest.param(3, "3", "3", "3", id="integer"),
        pytest.param({"money": "200.00"}, "200.00元", "200.00元", "¥200.00", id="money"),
        pytest.param({"money": "1234.5"}, "1234.50元", "1234.50元", "¥1234.50", id="money always has two decimals"),
        pytest.param({"date": "2026-11-24"}, "2026年11月24日", "2026年11月24日", "24 November 2026", id="date"),
        pytest.param(
            {"day": "2026-11-24"},
            "2026年11月24日星期二",
            "2026年11月24日 星期二",
            "Tuesday 24 November 2026",
            id="day",
        ),
        pytest.param({"time": "09:05"}, "09:05", "09:05", "09:05", id="time"),
        pytest.param(
            {"datetime": "2026-11-24T15:20:00+08:00"},
            "2026年11月24日 15:20",
            "2026年11月24日 15:20",
            "24 November 2026, 15:20",
            id="datetime in its own offset",
        ),
        pytest.param(SQUARE, "武林广场", "武林廣場", "Wulin Square", id="zh_Hant derived"),
        pytest.param({"name": {"zh_Hans": "拱宸桥"}}, "拱宸桥", "拱宸橋", "拱宸桥", id="en falls back to zh_Hans"),
        pytest.param({"name": {"zh_Hans": "里", "zh_Hant": "里"}}, "里", "里", "里", id="given zh_Hant wins"),
        pytest.param({"text": PLAIN}, "你好", "你好", "Hello", id="nested text"),
        pytest.param(
            {"items": [PLAIN, PLAIN], "join": "lines"}, "你好\n你好", "你好\n你好", "Hello\nHello", id="lines"
        ),
        pytest.param(
            {"items": [PLAIN, PLAIN], "join": "numbered"},
            "1. 你好\n2. 你好",
            "1. 你好\n2. 你好",
            "1. Hello\n2. Hello",
            id="numbered",
        ),
        pytest.param(
            {"items": [PLAIN, PLAIN, PLAIN], "join": "and"},
            "你好、你好和你好",
            "你好、你好和你好",
            "Hello, Hello and Hello",
            id="and",
        ),
        pytest.param({"items": [PLAIN, PLAIN], "join": "or"}, "你好或你好", "你好或你好", "Hello or Hello", id="or"),
    ],
)
def test_text_renders_each_argument_form(strict: Catalogs, value: JsonValue, hans: str, hant: str, en: str) -> None:
    """Every argument form of `desk.contract.messages.Text` reads as a resident of that language writes it."""
    text = Text(key="t.value", args={"value": value})
    assert [strict.text(text, locale) for locale in TEXTS] == [f"值：{hans}", f"值：{hant}", f"Value: {en}"]


@pytest.mark.parametrize(("count", "en"), [(0, "0 fines"), (1, "1 fine"), (2, "2 fines")])
def test_text_chooses_the_plural_by_count(strict: Catalogs, count: int, en: str) -> None:
    """`count` chooses the plural form, by the language's own rule."""
    assert strict.text(Text(key="t.count", args={"count": count}), "en") == en


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(Text(key="t.unknown"), id="key"),
        pytest.param(Text(key="t.value"), id="argument missing"),
        pytest.param(Text(key="t.value", args={"value": {"money": "much"}}), id="money malformed"),
        pytest.param(Text(key="t.value", args={"value": {"date": "24.11."}}), id="date malformed"),
        pytest.param(Text(key="t.value", args={"value": {"colour": "red"}}), id="unknown form"),
        pytest.param(Text(key="t.value", args={"value": {"money": "1", "date": "2026-01-01"}}), id="two forms"),
        pytest.param(Text(key="t.value", args={"value": {"name": {"en": "x"}}}), id="name without zh_Hans"),
        pytest.param(Text(key="t.value", args={"value": {"text": {"key": "t.unknown"}}}), id="nested key"),
        pytest.param(Text(key="t.value", args={"value": {"items": [PLAIN], "join": "but"}}), id="unknown join"),
        pytest.param(Text(key="t.value", args={"value": 1.5}), id="float"),
        pytest.param(Text(key="t.value", args={"value": True}), id="boolean"),
    ],
)
def test_strict_catalogs_raise_what_cannot_be_said(strict: Catalogs, text: Text) -> None:
    """Under tests and `desk check`, a text that cannot be said whole is an error."""
    with pytest.raises(TextFault, match=r"t\.(unknown|value)"):
        strict.text(text, "zh_Hans")


def test_catalogs_in_service_report_a_fault_and_say_the_text_in_another_language(folder: Path) -> None:
    """In service a missing key is logged with its name, and the resident reads the text in a language that has it."""
    with capture_logs() as logs:
        said = Catalogs(folder).text(Text(key="t.only_hans"), "en")
    assert (said, [(line["event"], line["key"], line["locale"]) for line in logs]) == (
        "仅简体",
        [("text_fault", "t.only_hans", "en")],
    )


def test_catalogs_in_service_apologise_and_log_no_value(folder: Path) -> None:
    """A text that no language can say becomes the apology in the resident's own; values never reach the log."""
    with capture_logs() as logs:
        said = Catalogs(folder).text(Text(key="t.value", args={"value": {"money": "浙A12345"}}), "zh_Hant")
    assert (said, "浙A12345" in str(logs)) == ("系統暫時無法處理。", False)


def test_render_leaves_out_a_button_or_card_at_fault(folder: Path) -> None:
    """The text is complete by itself: a button or card that cannot be said is left out, never shown half."""
    reply = Reply(
        key="t.plain",
        buttons=[Button(title=Text(key="t.plain"), payload="/greet"), Button(title=Text(key="t.no"), payload="/deny")],
        cards=[
            Card(kind="fine", title=Text(key="t.plain"), rows=[Row(label=Text(key="t.plain"), value=Text(key="t.no"))]),
            Card(kind="fine", title=Text(key="t.plain")),
        ],
    )
    rendered = Catalogs(folder).render(reply, "en")
    assert (rendered.text, [b.payload for b in rendered.buttons], len(rendered.cards)) == ("Hello", ["/greet"], 1)


def test_section_gives_the_texts_of_a_prefix(strict: Catalogs) -> None:
    """A page's scripts get their texts by the part of the key after the prefix."""
    assert strict.section("t.", "en") == {"count": "{count} fine", "plain": "Hello", "value": "Value: {value}"}


def test_catalogs_refuse_to_start_uncompiled(folder: Path) -> None:
    """A catalog that is not compiled stops the start, with the mend."""
    (folder / "en" / "LC_MESSAGES" / "citydesk.mo").unlink()
    with pytest.raises(StartError, match="make setup"):
        Catalogs(folder)


def test_catalogs_refuse_to_start_stale(folder: Path) -> None:
    """A source that changed after compiling stops the start, whatever the files' times say."""
    write_catalog(folder, "en", TEXTS["en"] | {"t.plain": "Good day"})
    with pytest.raises(StartError, match="make setup"):
        Catalogs(folder)


def test_compile_names_the_broken_catalog(folder: Path) -> None:
    """A source that is not gettext is refused by name."""
    path = folder / "en" / "LC_MESSAGES" / "citydesk.po"
    path.write_text('msgid "a\nnonsense', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"citydesk\.po"):
        compile_catalogs(folder)


def test_catalog_problems_names_what_differs_between_languages(folder: Path) -> None:
    """A text that a language lacks, and placeholders that differ, are listed by key and language."""
    write_catalog(folder, "en", TEXTS["en"] | {"t.value": "Value: {amount}"})
    problems = catalog_problems(folder)
    assert [problem.split(":")[0] for problem in problems] == ["zh_Hant", "en", "t.value"]


@pytest.mark.parametrize(
    ("simplified", "expected"),
    [("余杭区", "餘杭區"), ("里仁坊巷口", "里仁坊巷口"), ("软件园", "軟件園"), ("群众", "群眾"), ("卫生院", "衛生院")],
)
def test_traditional_changes_characters_and_no_words(simplified: str, expected: str) -> None:
    """A name in Traditional script is the same name: 软件 becomes 軟件, never 軟體."""
    assert traditional(simplified) == expected


@pytest.mark.parametrize(
    ("simplified", "expected"),
    [
        ("签合同、免签、签证、续签", "簽合同、免簽、簽證、續簽"),
        ("往来港澳通行证和签注的公告，备注、注册", "往來港澳通行證和簽注的公告，備註、註冊"),
        ("标签、抽签、书签", "標籤、抽籤、書籤"),
        ("露天干活，打扫干净，干电池，干部，干扰", "露天幹活，打掃乾淨，乾電池，幹部，干擾"),
        ("不准外放，不准确，没有准备，以公布为准", "不准外放，不準確，沒有準備，以公佈為準"),
        ("水发黄和表不准，电表不准，填表不准代签", "水發黃和錶不準，電錶不準，填表不准代簽"),
        ("医保卡里的钱，楼道里充电，七里河区，五公里", "醫保卡裏的錢，樓道裏充電，七里河區，五公里"),
        ("别只收钱，不是只能认身份证，带一只猫，犬只照片", "別只收錢，不是只能認身份證，帶一隻貓，犬隻照片"),
        ("没有回音，年度汇算清缴，汇款", "沒有回音，年度匯算清繳，匯款"),
        ("接着办，带着，著名，著作权，显著", "接着辦，帶着，著名，著作權，顯著"),
        ("什么证，那里，年满16周岁，每周", "甚麼證，那裏，年滿16周歲，每週"),
        ("见“办事指南”", "見「辦事指南」"),
    ],
)
def test_what_the_conversion_takes_for_another_word_is_put_right(simplified: str, expected: str) -> None:
    """And what it takes right stays."""
    assert traditional(simplified) == expected


def test_papers_are_issued_and_hair_is_hair() -> None:
    """发 of issuing papers is 發, of hair 髮."""
    assert traditional("换发补发核发，头发理发发型") == "換發補發核發，頭髮理髮髮型"


@pytest.mark.parametrize(("locale", "seal"), [("zh_Hans", "广"), ("zh_Hant", "廣"), ("en", "广")])
def test_seal_is_in_the_script_of_the_page(locale: Locale, seal: str) -> None:
    """A page in Traditional characters shows no Simplified one."""
    assert seal_of({"zh_Hans": "广州", "en": "Guangzhou"}, locale) == seal
