"""What trainers are shown, why, and what is made of what they say: without a store."""

from datetime import UTC, datetime
from typing import Any

import pytest
from fixtures.taught import ASKED_BACK, entity

from desk.contract.commands import COMMANDS
from desk.contract.wire import LOCALES, Locale
from desk.teaching.agreement import agreements, wilson
from desk.teaching.deciding import settled
from desk.teaching.formats import FORMS, SPECIMENS, Form, NoFile, filled, read, written
from desk.teaching.hiding import (
    ENTITIES,
    Value,
    hidden,
    hide_marked,
    read_marks,
    shown_values,
    without_values,
    written_marks,
)
from desk.teaching.rows import Taught
from desk.teaching.signals import Heard, Next, Signal, offered, pressed_command, signals_of
from desk.texts.catalogs import Catalogs
from values.definition import Accepted
from values.registry import value_types

MARKERS = {
    "plate": ("帮我查浙A8K37P", "浙A8K37P"),
    "new plate": ("沪AD05529有没有违章", "AD05529"),
    "plate with spaces": ("车牌 沪 B D03961", "D03961"),
    "phone": ("我电话13812345678", "12345678"),
    "phone with spaces": ("call 138 1234 5678", "1234 5678"),
    "phone in full width": ("电话１３８１２３４５６７８", "２３４５６７"),
    "landline": ("0571-87654321打不通", "87654321"),
    "id": ("身份证330106199003071236", "199003071236"),
    "id said": ("身份证三三零一零六一九九零零三零七一二三六", "九九零零三零七一二三六"),
    "account": ("户号7702184536", "7702184536"),
    "grouped account": ("户号 7702 1845 36", "7702 1845"),
    "permit": ("通行证C30482917", "30482917"),
    "passport": ("passport E38204716", "38204716"),
    "mail": ("write to qing.lan@example.com", "qing.lan"),
    "wechat": ("微信号 qinglan_hz", "qinglan"),
    "name": ("我叫周清岚，想预约", "周清岚"),
    "name of husband": ("老公叫何雨辰", "何雨辰"),
    "name in English": ("my name is Lan Qing, hello", "Lan Qing"),
    "applicant": ("申请人：林知夏", "林知夏"),
    "house": ("采荷玉荷7幢2单元301漏水", "7幢2单元301"),
    "vin": ("车架号后六位291846", "291846"),
    "vin of letters": ("VIN ends J51073", "J51073"),
    "booking": ("单号 GD-20261101-77", "20261101"),
    "notice": ("决定书3301059292091567", "9292091567"),
    "code": ("验证码 482913", "482913"),
}
"""What of a person may stand in a message, and a part of it that nobody may see."""
SAID = "明天28路到武林广场要多久"
LINE = Taught(
    id=1,
    city="hangzhou",
    language="zh_Hans",
    text="明天[plate]能走28路吗",
    commands=("ask_what", "start:next_bus"),
    spans=[{"entity": "date", "start": 0, "end": 2}, {"entity": "bus_line", "start": 11, "end": 14}],
    situation={"step": "idle", "said": ["common.greeting"]},
    by="mei",
    settled_at=datetime(2026, 11, 29, tzinfo=UTC),
)


def heard(**more: Any) -> Heard:
    return Heard(**{"commands": [("ask_fee", 0.9)], "intent": ("traffic_fines", 0.5), **more})


@pytest.mark.parametrize("name", MARKERS)
def test_what_says_who_somebody_is_is_hidden(name: str) -> None:
    """Twenty-five kinds of it."""
    said, secret = MARKERS[name]
    assert len(MARKERS) == 25
    assert secret in said
    assert secret not in hidden(said)


def test_what_the_bot_found_of_a_person_is_hidden() -> None:
    """A name that no rule knows, and a place; a bus line stays."""
    said = "帮阿依古丽看看文三路的28路"
    found = [entity(said, "person_name", "阿依古丽"), entity(said, "place", "文三路"), entity(said, "bus_line", "28路")]
    assert hidden(said, found) == "帮[person_name]看看[place]的28路"


def test_an_answer_to_the_question_for_a_name_is_hidden_whole() -> None:
    """Unless the bot has found the name in it, or it is surely something else."""
    assert hidden("司徒", asked_for="person_name") == "[person_name]"
    assert hidden("为什么要问", asked_for="person_name", gives=False) == "为什么要问"


def test_values_that_stay_are_found_in_what_is_shown() -> None:
    """Each once, in the order of the text."""
    found = [entity(SAID, "stop", "武林广场"), entity(SAID, "bus_line", "28路"), entity(SAID, "date", "明天")]
    assert [(one.entity, SAID[one.start : one.end]) for one in shown_values(SAID, found)] == [
        ("date", "明天"),
        ("bus_line", "28路"),
        ("stop", "武林广场"),
    ]


def test_what_a_trainer_marks_as_a_persons_is_hidden() -> None:
    """And the other marks stay where their words are."""
    text, kept = hide_marked("小岚坐28路", read_marks("person_name 小岚\nbus_line 28路", "小岚坐28路"))
    assert text == "[person_name]坐28路"
    assert written_marks(text, [one.said() for one in kept]) == "bus_line 28路"


@pytest.mark.parametrize(
    "line", ["公交线路 28路", "公交线路：28路", "bus_line 28路", "Bus line 28路", "bus line: 28路"]
)
def test_a_type_is_marked_by_what_pages_call_it(line: str) -> None:
    """Of names that begin alike the longest counts; large and small letters are the same."""
    called = {"公交": "city", "公交线路": "bus_line", "Bus": "city", "Bus line": "bus_line"}
    [value] = read_marks(line, SAID, called)
    assert (value.entity, SAID[value.start : value.end]) == ("bus_line", "28路")


@pytest.mark.parametrize("line", ["bus_line 29路", "what 28路", "bus_line", "28路"])
def test_a_mark_that_is_not_in_the_line_is_refused(line: str) -> None:
    """And named."""
    with pytest.raises(ValueError, match=line):
        read_marks(line, SAID)


def test_a_situation_keeps_no_value() -> None:
    """Neither arguments of titles, nor what payloads carry."""
    title = {"key": "button.pay", "args": {"amount": {"money": "200.00"}}}
    payload = '/choose{"reference": "3301059292091567"}'
    stood = {
        "step": "idle",
        "said": ["a", "b"],
        "buttons": [{"command": "pay_some", "title": title, "payload": payload}],
    }
    told = without_values(stood, {"a", "button.pay"})
    assert told == {
        "step": "idle",
        "said": ["a"],
        "buttons": [{"command": "pay_some", "title": {"key": "button.pay", "args": {}}, "payload": "/choose"}],
        "shown": [],
    }
    assert without_values(None, set()) is None


@pytest.mark.parametrize(
    ("name", "message", "outcome", "after", "wanted"),
    [
        ("sure", heard(), "answered", Next(), []),
        ("unsure", heard(commands=[("ask_fee", 0.59)]), "answered", Next(), [Signal.UNSURE]),
        ("asked back", heard(), "answered", Next(ASKED_BACK), [Signal.ASKED_BACK]),
        (
            "pressed",
            heard(),
            "answered",
            Next(ASKED_BACK, "/report_problem"),
            [Signal.PRESSED, Signal.ASKED_BACK],
        ),
        ("pressed what was not asked", heard(), "answered", Next({"said": ["common.greeting"]}, "/report_problem"), []),
        ("corrected", heard(), "answered", Next(None, None, heard(commands=[("change", 0.9)])), [Signal.CORRECTED]),
        (
            "changed a value",
            heard(commands=[("provide", 0.9)]),
            "answered",
            Next(None, None, heard(commands=[("change", 0.9)])),
            [],
        ),
        ("handed over", heard(), "handed_over", Next(), [Signal.HANDED_OVER]),
        ("asked for a person", heard(commands=[("person", 0.9)]), "handed_over", Next(), []),
        (
            "words say otherwise",
            heard(commands=[("confirm", 0.9)], intent=("deny", 0.9)),
            "answered",
            Next(),
            [Signal.DISAGREEMENT],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_signals(name: str, message: Heard, outcome: str, after: Next, wanted: list[Signal]) -> None:
    """Why a message is worth a look, and why not."""
    assert signals_of(message, outcome, after) == wanted, name


@pytest.mark.parametrize("key", ["guide.none", "guide.none_alone"])
def test_a_question_that_no_guide_answers_is_told(key: str) -> None:
    """By what the account said next; of any other answer nothing is told."""
    assert signals_of(heard(), "answered", Next({"said": [key]})) == [Signal.NO_GUIDE]
    assert signals_of(heard(), "answered", Next({"said": ["guide.overview"]})) == []


def test_a_start_of_no_service_is_not_offered() -> None:
    """It is no label: a decision by its digit would be refused."""
    unsure = heard(commands=[("start", 0.5), ("ask_fee", 0.3)], intent=("affirm", 0.4))
    assert offered(unsure, Next()) == ["ask_fee", "confirm"]


def test_a_button_pressed_after_asking_back_is_a_label() -> None:
    """A start with its service, and it is offered first."""
    after = Next(ASKED_BACK, "/report_problem")
    assert pressed_command(after) == "start:report_problem"
    assert offered(heard(commands=[("start", 0.5), ("ask_fee", 0.3)]), after) == [
        "start:report_problem",
        "start:traffic_fines",
        "ask_fee",
    ]


@pytest.mark.parametrize(
    ("is_blind", "said", "wanted"),
    [
        (False, [], ("open", None)),
        (False, ["a"], ("settled", ["a"])),
        (True, ["a"], ("second", None)),
        (True, ["a", "a"], ("settled", ["a"])),
        (True, ["a", "b"], ("third", None)),
        (True, ["a", "b", "c"], ("settled", ["c"])),
    ],
)
def test_when_a_line_is_settled(is_blind: bool, said: list[str], wanted: tuple[str, list[str] | None]) -> None:
    """By one, or by two who say the same, or by a third."""
    assert settled([(str(place), [one]) for place, one in enumerate(said)], is_blind=is_blind) == wanted


def test_kappa_is_agreement_beyond_chance() -> None:
    """By hand: 8 of 10 the same, half of each by both: (0.8 - 0.5) / 0.5."""
    said = [("a", "a")] * 4 + [("b", "b")] * 4 + [("a", "b"), ("b", "a")]
    of_all, of_a, of_b = agreements(said)
    assert (of_all.lines, of_all.same, of_a.command, of_a.lines) == (10, 8, "a", 6)
    assert [one.kappa for one in (of_all, of_a, of_b)] == pytest.approx([0.6, 0.6, 0.6])
    assert agreements([]) == []
    assert agreements([("a", "a")])[0].kappa is None


def test_the_interval_is_wilsons() -> None:
    """80 of 100: 71.1 to 86.7 %, as tables have it; none of nothing."""
    share = wilson(80, 100)
    assert share is not None
    assert (round(share.low, 3), round(share.high, 3)) == (0.711, 0.867)
    assert wilson(0, 0) is None


def test_what_was_hidden_is_written_as_an_invented_value() -> None:
    """Always the same in the same line, and marked as what it is."""
    text, values = filled(LINE)
    assert (text, values) == filled(LINE)
    assert "[plate]" not in text
    marked = [(one.entity, text[one.start : one.end]) for one in values]
    assert marked[0] == ("date", "明天")
    assert marked[1][0] == "plate"
    assert marked[1][1] in SPECIMENS["plate"]
    assert marked[2] == ("bus_line", "28路")


@pytest.mark.parametrize("form", FORMS)
def test_a_file_is_read_as_it_was_written(form: Form) -> None:
    """Text, commands, values, language and situation, in each kind."""
    [found] = read(written([LINE], form).encode(), form)
    text, values = filled(LINE)
    assert (found.text, found.commands, list(found.spans)) == (text, LINE.commands, values)
    assert (found.language, found.situation) == (LINE.language, LINE.situation)


def test_training_data_of_rasa_are_read_as_people_write_them() -> None:
    """A block of lines, with values in brackets; the intent says the command."""
    content = "nlu:\n- intent: next_bus\n  examples: |\n    - [28路](bus_line)还有多久\n    - 车呢\n"
    first, second = read(content.encode(), "rasa")
    assert (first.text, first.commands, first.spans) == (
        "28路还有多久",
        ("start:next_bus",),
        (Value("bus_line", 0, 3),),
    )
    assert second.text == "车呢"


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("csv", b"\xff\xfe"),
        ("csv", b"a,b\n1,2\n"),
        ("csv", b"text,commands\n"),
        ("csv", "text,commands,values\n车呢,wait,bus_line 28路\n".encode()),
        ("rasa", b"nlu: 3"),
        ("rasa", b"- 1"),
        ("turns", b"turns: [{say: a}]"),
        ("turns", b"turns: [{say: '', commands: [wait]}]"),
        ("turns", b"a: [b"),
        ("word", b"x"),
    ],
)
def test_what_is_no_such_file_is_refused(form: str, content: bytes) -> None:
    """With what is wrong."""
    with pytest.raises(NoFile):
        read(content, form)


def test_specimens_are_values_of_their_types() -> None:
    """So that a model never learns a plate that is none."""
    reads = {name: value_types()[name].read for name in ("plate", "id_number", "phone")}
    refused = {
        one
        for name, read_value in reads.items()
        for one in SPECIMENS[name]
        if read_value is None or not isinstance(read_value(one, None), Accepted)
    }
    assert refused == set()


@pytest.mark.parametrize("locale", LOCALES)
def test_commands_and_values_have_names(locale: Locale, catalogs: Catalogs) -> None:
    """In every language of the console."""
    known = catalogs.keys(locale)
    wanted = {f"console.command_{one}" for one in COMMANDS} | {f"console.value_{one}" for one in ENTITIES}
    wanted |= {f"console.signal_{one}" for one in (*Signal, "growing")}
    assert sorted(wanted - known) == []
