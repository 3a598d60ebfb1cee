"""The self-test's judgement: what is right, wrong, unsourced or not to be had; and its questions."""

from pathlib import Path

import pytest
from fixtures import loaded
from fixtures.services import SERVICES
from pydantic import JsonValue

from desk.contract.messages import Intent, Reply, Text, Understanding
from desk.contract.turns import TurnResult
from desk.selftest.judging import Verdict, judge
from desk.selftest.questions import Question, load_questions
from desk.texts.catalogs import Catalogs

ROOT = Path(__file__).parents[2]
QUESTIONS = load_questions(ROOT)
PLATE: dict[str, JsonValue] = {"example": "浙A12345"}
AGENCY: JsonValue = {"name": {"zh_Hans": "交警", "en": "Police"}}
FINES = Question(
    id="fines",
    say={"zh_Hans": "查违章", "zh_Hant": "查違章", "en": "fines"},
    offered="traffic_fines",
    service="traffic_fines",
    asks_for="plate",
    keys=["traffic_fines.ask_plate"],
    sources=["agency"],
)
NOTICE = Reply(
    key="common.question_with_notice",
    args={
        "question": {"text": {"key": "traffic_fines.ask_plate", "args": PLATE}},
        "notice": {"text": {"key": "traffic_fines.why_plate", "args": {"agency": AGENCY}}},
    },
)


def answer(*replies: Reply, service: str | None = "traffic_fines", asks_for: str | None = "plate") -> TurnResult:
    nlu = Understanding(intent=Intent(name="traffic_fines", confidence=1.0))
    return TurnResult(replies=list(replies), state={}, nlu=nlu, service=service, asks_for=asks_for, locale="zh_Hans")


def test_right_answer_is_right(catalogs: Catalogs) -> None:
    """The expected text, nested, with its agency."""
    assert judge(FINES, "zh_Hans", answer(NOTICE), catalogs) == (Verdict.RIGHT, "")


@pytest.mark.parametrize(
    ("result", "why"),
    [
        (answer(NOTICE, service="next_bus"), "service is next_bus"),
        (answer(NOTICE, asks_for="stop"), "asks for stop"),
        (answer(Reply(key="common.thanks_1")), "says common.thanks_1"),
        (answer(), "says nothing"),
        (answer(NOTICE, Reply(key="no.such_text")), "no.such_text"),
        (answer(NOTICE, Reply(key="common.greeting")), "needs argument"),
    ],
)
def test_wrong_answer_is_wrong(catalogs: Catalogs, result: TurnResult, why: str) -> None:
    """Another service, question or text, a text that cannot be said: wrong, with what it is."""
    verdict, said = judge(FINES, "zh_Hans", result, catalogs)
    assert verdict is Verdict.WRONG
    assert why in said


def test_answer_in_another_language_is_wrong(catalogs: Catalogs) -> None:
    """Asked in English, answered in Chinese."""
    assert judge(FINES, "en", answer(NOTICE), catalogs)[0] is Verdict.WRONG


def test_answer_that_names_no_source_is_unsourced(catalogs: Catalogs) -> None:
    """What the question expects to be named is not; or a fact stands there that nobody gave."""
    bare = Reply(key="traffic_fines.ask_plate", args=PLATE)
    assert judge(FINES, "zh_Hans", answer(bare), catalogs)[0] is Verdict.UNSOURCED
    free = FINES.model_copy(update={"sources": [], "keys": ["common.name"]})
    fact = Reply(key="common.name", args={"name": {"money": "12.00"}})
    assert judge(free, "zh_Hans", answer(fact), catalogs) == (Verdict.UNSOURCED, "name without a source")


def test_agency_that_does_not_answer_alarms_nobody(catalogs: Catalogs) -> None:
    """Nothing false was said."""
    away = Reply(key="common.backend_unavailable")
    assert judge(FINES, "zh_Hans", answer(away), catalogs)[0] is Verdict.UNAVAILABLE


def test_every_account_is_asked_a_dozen_questions_in_each_language() -> None:
    """In all cities, of services that there are, of texts that there are."""
    few = {
        slug: asked
        for slug, city in loaded.cities().items()
        if (asked := sum(one.offered is None or one.offered in city.services for one in QUESTIONS)) < 12
    }
    assert few == {}
    assert {one.offered for one in QUESTIONS if one.offered} <= set(SERVICES)
    assert all(set(one.say) == {"zh_Hans", "zh_Hant", "en"} for one in QUESTIONS)


def test_questions_expect_texts_that_there_are(catalogs: Catalogs) -> None:
    """Each expected key, or the beginning of some, is in the catalogs."""
    keys = catalogs.keys("zh_Hans")
    unknown = [
        wanted
        for one in QUESTIONS
        for wanted in one.keys
        if not (any(key.startswith(wanted[:-1]) for key in keys) if wanted.endswith("*") else wanted in keys)
    ]
    assert unknown == []
    assert Text(key="common.greeting").key in keys
