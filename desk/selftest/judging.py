"""Judging one answer of the bot: the right service, the right text, a source for every fact. Pure.

A fact is an argument that only a city's system or a published guide can give: money, a day, a time. An answer that
holds one names who says so, whatever the question expects.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from pydantic import JsonValue

from desk.contract.messages import Reply, Text
from desk.contract.turns import TurnResult
from desk.contract.wire import Locale
from desk.selftest.questions import Question
from desk.texts.catalogs import Catalogs, TextFault

FACTS = frozenset({"money", "date", "month", "time", "datetime"})
SOURCES = frozenset({"agency", "source", "sources", "phone", "as_of", "at", "stop", "station"})
"""Arguments that name who says so, of when it is, or what was looked up at whom."""
PAGES = frozenset({"page", "pay_page", "receipt_page", "calendar_page", "cities_page"})
"""Arguments that are addresses; the desk makes them when it speaks to a resident."""
AWAY = frozenset({"common.backend_failed", "common.backend_unavailable", "common.action_slow"})


class Verdict(StrEnum):
    """What came of a question."""

    RIGHT = "right"
    WRONG = "wrong"
    UNSOURCED = "unsourced"
    UNAVAILABLE = "unavailable"  # an agency's system, or the bot, did not answer: nothing false was said


def judge(question: Question, locale: Locale, result: TurnResult, catalogs: Catalogs) -> tuple[Verdict, str]:
    """The verdict on an answer, with what is not as it should be; `catalogs` are strict."""
    keys = {key for reply in result.replies for key in _keys(reply)}
    if keys & AWAY:
        return Verdict.UNAVAILABLE, f"an agency's system did not answer ({', '.join(sorted(keys & AWAY))})"
    wrong = list(_wrong(question, locale, result, keys, catalogs))
    if wrong:
        return Verdict.WRONG, "; ".join(wrong)
    arguments = [argument for reply in result.replies for argument in _arguments(reply.args)]
    names = {name for name, _ in arguments}
    if question.sources and not names & set(question.sources):
        return Verdict.UNSOURCED, f"none of {', '.join(question.sources)} is named"
    facts = sorted(name for name, value in arguments if isinstance(value, dict) and FACTS & set(value))
    if facts and not names & SOURCES:
        return Verdict.UNSOURCED, f"{', '.join(facts)} without a source"
    return Verdict.RIGHT, ""


def _wrong(question: Question, locale: Locale, result: TurnResult, keys: set[str], catalogs: Catalogs) -> Iterator[str]:
    if result.service != question.service:
        yield f"service is {result.service}, not {question.service}"
    if result.asks_for != question.asks_for:
        yield f"asks for {result.asks_for}, not {question.asks_for}"
    if result.locale != locale:
        yield f"answered in {result.locale}, asked in {locale}"
    if not any(_is(key, wanted) for key in keys for wanted in question.keys):
        yield f"says {', '.join(sorted(keys)) or 'nothing'}, not {' or '.join(question.keys)}"
    try:
        for reply in result.replies:
            catalogs.render(_linked(reply), result.locale)
    except TextFault as fault:
        yield str(fault)


def _linked(reply: Reply) -> Reply:
    """The reply with an address where only the desk can make one."""
    return Reply.model_validate(_filled(reply.model_dump(mode="json")))


def _filled(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return "https://" if len(value) == 1 and PAGES & set(value) else {k: _filled(v) for k, v in value.items()}
    return [_filled(one) for one in value] if isinstance(value, list) else value


def _is(key: str, wanted: str) -> bool:
    """Whether a key is the one that is wanted; one that ends in `*` wants all that begin so."""
    return key.startswith(wanted[:-1]) if wanted.endswith("*") else key == wanted


def _keys(text: Text) -> Iterator[str]:
    yield text.key
    for nested in _nested(list(text.args.values())):
        yield from _keys(nested)


def _nested(values: Sequence[JsonValue]) -> Iterator[Text]:
    for value in values:
        if isinstance(value, dict) and isinstance(value.get("text"), dict):
            yield Text.model_validate(value["text"])
        elif isinstance(value, dict) and isinstance(value.get("items"), list):
            yield from (Text.model_validate(one) for one in _list(value["items"]))


def _arguments(args: dict[str, JsonValue]) -> Iterator[tuple[str, JsonValue]]:
    for name, value in args.items():
        yield name, value
        for nested in _nested([value]):
            yield from _arguments(nested.args)


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
