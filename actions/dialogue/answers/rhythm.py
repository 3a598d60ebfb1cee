"""How often notices come: each at once, or what came since in one message, daily or weekly, at an hour.

It is wished by a button beside what was subscribed, or in words: "a daily digest at 7 pm", "weekly, on Friday at 8".
"""

import json
from dataclasses import replace

from pydantic import JsonValue

from actions.dialogue.answers.offer import Offer
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import Turn
from desk.contract.messages import Button, Reply, SetRhythm, Text
from values.lexicon import lexicon
from values.writing import plain

_WORDS = lexicon(__file__)
_DAILY, _WEEKLY, _AT_ONCE = (_WORDS.pattern(name) for name in ("daily", "weekly", "at_once"))
_COLLECTED, _NOTICES, _SENDS = (_WORDS.pattern(name) for name in ("collected", "notices", "sends"))
_COMPLAINS = _WORDS.pattern("complains")
_HOUR, _ENGLISH_HOUR, _WEEKDAY = (_WORDS.pattern(name) for name in ("hour", "english_hour", "weekday"))
_AFTERNOON, _NOON = frozenset(_WORDS["afternoon"]), frozenset(_WORDS["noon"])
_WEEKDAYS = _WORDS.by_name("weekdays")
_DIGITS = _WORDS.by_name("digits")
_TEN = _WORDS.text("ten")

HOUR, WEEKDAY = 18, 1
"""When it comes where nothing is said: at six in the evening; weekly on Mondays."""
HOURS = (8, 12, 18, 20)
"""Hours that stand on buttons."""


def read(text: str) -> SetRhythm | None:
    """What a sentence wishes; None where it wishes nothing of the kind."""
    said = plain(text)
    about = _NOTICES.search(said) is not None
    if _AT_ONCE.search(said) and (about or _COLLECTED.search(said)):
        return SetRhythm(rhythm="at_once")
    if _COMPLAINS.search(said):
        return None
    weekly, daily = _WEEKLY.search(said), _DAILY.search(said)
    collected = _COLLECTED.search(said) is not None
    if not (collected and (about or daily or weekly)) and not (about and (daily or weekly) and _SENDS.search(said)):
        return None
    hour = _hour(said)
    at = HOUR if hour is None else hour
    if weekly:
        return SetRhythm(rhythm="weekly", weekday=_weekday(said) or WEEKDAY, hour=at)
    return SetRhythm(rhythm="daily", hour=at)


def chosen(turn: Turn) -> SetRhythm | None:
    """What a button wishes: `{"rhythm": "daily 18"}`, `{"rhythm": "weekly 1 18"}`, `{"rhythm": "at_once"}`."""
    given = turn.first("rhythm") if turn.kind == "payload" else None
    match (given or "").split():
        case ["at_once"]:
            return SetRhythm(rhythm="at_once")
        case ["daily", hour] if hour in map(str, range(24)):
            return SetRhythm(rhythm="daily", hour=int(hour))
        case ["weekly", day, hour] if day in map(str, range(1, 8)) and hour in map(str, range(24)):
            return SetRhythm(rhythm="weekly", weekday=int(day), hour=int(hour))
    return None


def answered(turn: Turn, session: Session, offer: Offer, wish: SetRhythm) -> Outcome:
    """Say how notices come from now on; other hours stand on buttons."""
    args: dict[str, JsonValue] = {}
    if wish.rhythm != "at_once":
        args["at"] = _time(wish)
    if wish.rhythm == "weekly":
        args["day"] = {"text": {"key": f"announcements.weekday_{wish.weekday}", "args": {}}}
    reply = Reply(key=f"announcements.rhythm_{wish.rhythm}", args=args, buttons=_others(wish))
    outcome = stack.returned(session, turn, (reply,), offer)
    return replace(outcome, effects=(*outcome.effects, wish))


def button() -> Button:
    """The button beside what was subscribed."""
    return Button(title=Text(key="button.daily"), payload=_payload(SetRhythm(rhythm="daily", hour=HOUR)))


def _others(wish: SetRhythm) -> list[Button]:
    if wish.rhythm == "at_once":
        return [button()]
    hours = [wish.model_copy(update={"hour": hour}) for hour in HOURS if hour != wish.hour]
    weekly = SetRhythm(rhythm="weekly", weekday=WEEKDAY, hour=wish.hour)
    other = SetRhythm(rhythm="daily", hour=wish.hour) if wish.rhythm == "weekly" else weekly
    return [
        *(Button(title=Text(key="card.value", args={"value": _time(one)}), payload=_payload(one)) for one in hours),
        Button(title=Text(key=f"button.{other.rhythm}"), payload=_payload(other)),
        Button(title=Text(key="button.at_once"), payload=_payload(SetRhythm(rhythm="at_once"))),
    ]


def _time(wish: SetRhythm) -> JsonValue:
    return {"time": f"{wish.hour:02}:00"}


def _payload(wish: SetRhythm) -> str:
    words: list[str] = [wish.rhythm]
    if wish.rhythm == "weekly":
        words.append(str(wish.weekday))
    if wish.rhythm != "at_once":
        words.append(str(wish.hour))
    return f"/subscribe{json.dumps({'rhythm': ' '.join(words)})}"


def _hour(said: str) -> int | None:
    found = _HOUR.search(said) or _ENGLISH_HOUR.search(said)
    if found is None:
        return None
    groups = found.groupdict()
    hour = _number(groups["digits"] or groups["bare"])
    part = groups.get("part") or groups.get("half")
    if (part in _AFTERNOON and hour < 12) or (part in _NOON and hour < 3):
        hour += 12
    return hour if hour <= 23 else None


def _number(written: str) -> int:
    if written.isascii():
        return int(written)
    tens, ten, ones = written.rpartition(_TEN)
    if not ten:
        return int(_DIGITS[written])
    return int(_DIGITS[tens] if tens else 1) * 10 + int(_DIGITS[ones] if ones else 0)


def _weekday(said: str) -> int | None:
    found = _WEEKDAY.search(said)
    return None if found is None else int(_WEEKDAYS[found["day"] or found["english"]])
