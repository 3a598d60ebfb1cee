"""The kind `bill`: identify, look up, show, pay.

All fields are there before anything is looked up. A finished look-up is kept with its values: another subject, a
corrected one, or "pay" continue it. For money, what was shown is the summary: the next yes yields the payment.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import JsonValue

from actions.dialogue.ports import Claim, Step
from actions.dialogue.session import Frame
from actions.dialogue.turn import Turn
from actions.kinds import bill_replies as say
from actions.kinds import paying
from actions.kinds.given import Given, given
from actions.kinds.settling import settled
from actions.kinds.statements import BillSource, NotTaken, Payment, Refusal
from actions.services import BillService
from desk.cities import Agency, City
from desk.errors import BackendError
from desk.messages import Reply

WRONG_PROOFS = 3
"""So many wrong proofs in a row, and no further one is tried for REST: nobody may guess their way in."""
REST = timedelta(minutes=10)

ANSWERS = frozenset({"inform", "correct", "nlu_fallback", "out_of_scope"})
"""Intents under which a value that is given means this service, if it was just spoken of."""
QUESTIONS = (
    *("为什么", "為什麼", "为啥", "為啥", "干嘛", "幹嘛", "點解", "做乜"),
    *("哪里", "哪裡", "哪儿", "在哪", "邊度", "怎么", "怎麼", "點樣", "什么是", "什麼是", "乜嘢"),
    *("why", "where", "what is", "what's", "how do", "how can"),
)
"""Words of a question about what is being asked, where the understanding has no meaning for it."""
AGREEMENTS = frozenset({"affirm", "choose"})


@dataclass(frozen=True, slots=True)
class _Talk:
    """One turn being answered."""

    turn: Turn
    agency: Agency
    values: dict[str, str]
    shown: dict[str, JsonValue]
    said: tuple[Reply, ...] = ()
    consents: tuple[str, ...] = ()

    @property
    def noticed(self) -> list[str]:
        """Fields that were asked for with their notice."""
        names = self.shown.get("noticed")
        return [str(name) for name in names] if isinstance(names, list) else []

    def say(self, *replies: Reply) -> "_Talk":
        return replace(self, said=(*self.said, *replies))


class Bill:
    """A service of the kind `bill`; `sources` are the agencies' systems by city."""

    def __init__(self, name: str, declared: BillService, sources: Mapping[str, BillSource]) -> None:
        self._name = name
        self._declared = declared
        self._sources = sources

    @property
    def service(self) -> str:
        return self._name

    async def settle(self, city: str, payment: Payment) -> str | NotTaken:
        """Report a payment to a city's agency; the same may be reported any number of times.

        Raises:
            BackendError: the agency's system failed.
            KeyError: no such city offers the service.
        """
        return await self._sources[city].settle(payment)

    async def claims(self, turn: Turn, frame: Frame) -> Claim:
        """A value that can be given here; after a look-up another value, or agreement to what is due."""
        found = self._given(turn, frame)
        own = turn.intent == self._name
        if frame.finished:
            if found.readings:
                return Claim.SURE if own or turn.intent in ANSWERS else Claim.NO
            if turn.kind == "text" and turn.intent == "correct":
                return Claim.MAYBE  # something was wrong; what, is asked
            if turn.kind == "payload" and turn.intent == "choose" and turn.first("reference") is not None:
                return Claim.SURE if frame.shown.get("due") else Claim.NO
            words = (*self._declared.settle_words, *self._declared.again_words)
            settles = turn.intent in AGREEMENTS or (not turn.understood and _has(turn, words))
            continues = turn.kind == "text" and (own or settles) and not _has(turn, self._declared.other_words)
            return Claim.SURE if continues and frame.shown.get("due") else Claim.NO
        if not found.readings:
            return Claim.MAYBE if frame.question is not None and _has(turn, QUESTIONS) else Claim.NO
        return Claim.SURE if found.bare and found.accepted else Claim.MAYBE

    async def answer(self, turn: Turn, frame: Frame) -> Step:
        """Take what was given, ask for what is missing, look up when nothing is."""
        found = self._given(turn, frame)
        talk = self._begin(turn, frame, found)
        if turn.intent in ("go_back", "correct") and not found.readings:
            return self._go_back(talk, to_the_subject=frame.finished)
        if frame.finished and frame.shown.get("due") and not found.readings and self._agrees(turn):
            return settled(self._name, self._declared, turn, frame, talk.agency)
        before = dict(talk.values)
        talk = self._take(talk, found)
        if found.rejected:
            return self._reject(talk, found)
        field = next((one for one in self._declared.fields if one.entity not in talk.values), None)
        if field is None:
            return await self._look_up(talk)
        if frame.question is not None and talk.values == before:
            talk = talk.say(Reply(key=self._declared.field(frame.question.asks_for).help))
        return self._ask(talk, field.entity)

    def _given(self, turn: Turn, frame: Frame) -> Given:
        asked = frame.question.asks_for if frame.question is not None else None
        return given(self._declared, turn, asked=asked, before=_strings(frame.values))

    def _begin(self, turn: Turn, frame: Frame, found: Given) -> _Talk:
        agency = agency_of(turn.city, self._name)
        values, shown = _strings(frame.values), dict(frame.shown)
        if frame.finished:
            subject = found.accepted.get(self._declared.subject)
            other = subject is not None and subject.value != values.get(self._declared.subject)
            # the proof belongs to the other subject
            if other or _has(turn, self._declared.other_words) or found.rejected:
                corrected = other and turn.intent == "correct"
                values = {name: value for name, value in values.items() if corrected and name == self._declared.subject}
            shown = {"noticed": shown.get("noticed", [])}
        return _Talk(turn, agency, values, shown)

    def _take(self, talk: _Talk, found: Given) -> _Talk:
        """Take accepted values. What was taken is said only if it changed, or if a part was taken; the rest shows."""
        values, said, consents = dict(talk.values), list(talk.said), list(talk.consents)
        complete = all(one.entity in {**values, **found.accepted} for one in self._declared.fields)
        for field in self._declared.fields:
            reading = found.accepted.get(field.entity)
            if reading is None:
                continue
            changed = values.get(field.entity) not in (None, reading.value)
            if reading.remark is not None:
                said.append(say.remark(reading.remark, reading.value))
            elif changed or not complete:
                said.append(say.noted(field, reading, changed=changed))
            values[field.entity] = reading.value
            if field.entity in talk.noticed:
                consents.append(field.entity)
        return replace(talk, values=values, said=tuple(said), consents=tuple(consents))

    def _reject(self, talk: _Talk, found: Given) -> Step:
        """Say what is wrong with a value and ask for it again; what was known of it before is not meant, either."""
        name = next(one.entity for one in self._declared.fields if one.entity in found.rejected)
        kept = {field: value for field, value in talk.values.items() if field != name}
        reason = say.rejected(self._declared.field(name), found.rejected[name])
        return self._ask(replace(talk, values=kept).say(reason), name)

    def _go_back(self, talk: _Talk, *, to_the_subject: bool) -> Step:
        """Ask again for the last thing that was given; after a look-up for all of it."""
        given_fields = [one.entity for one in self._declared.fields if one.entity in talk.values]
        if to_the_subject or not given_fields:
            return self._ask(replace(talk, values={}), self._declared.fields[0].entity)
        kept = {field: value for field, value in talk.values.items() if field != given_fields[-1]}
        return self._ask(replace(talk, values=kept), given_fields[-1])

    def _agrees(self, turn: Turn) -> bool:
        if turn.intent in AGREEMENTS:
            return True
        if turn.kind != "text" or _has(turn, self._declared.other_words):
            return False
        if turn.intent == self._name:
            return turn.pays and paying.wants_to_pay(turn)
        return not turn.understood and _has(turn, self._declared.settle_words)

    def _ask(self, talk: _Talk, name: str) -> Step:
        field = self._declared.field(name)
        fresh = field.personal and name not in talk.noticed
        shown: dict[str, JsonValue] = dict(talk.shown)
        if fresh:
            shown["noticed"] = [*talk.noticed, name]
        question = say.question(field, talk.agency, with_notice=fresh)
        return Step(talk.said, dict(talk.values), shown, question, consents=talk.consents)

    async def _look_up(self, talk: _Talk) -> Step:
        wait = _rest_left(talk)
        if wait is not None:
            return self._wait(talk, wait)
        try:
            found = await self._sources[talk.turn.city.slug].look_up(talk.values)
        except BackendError as exc:
            said = talk.say(say.failed(self._name, exc.text_key))
            return Step(said.said, dict(talk.values), dict(talk.shown), consents=talk.consents)
        if isinstance(found, Refusal):
            return self._refuse(talk, found)
        subject = talk.values[self._declared.subject]
        talk = talk.say(say.result(self._name, self._declared, subject, found))
        if found.items:
            offered = paying.due({"items": paying.remembered(f"{self._name}.item_short", found.items)})
            pays = talk.turn.pays and offered
            talk = talk.say(say.pay_offer(self._name, offered) if pays else say.next_step(self._name, talk.agency))
        shown: dict[str, JsonValue] = {
            "noticed": list(talk.noticed),
            "due": bool(found.items),
            "items": paying.remembered(f"{self._name}.item_short", found.items),
        }
        return Step(talk.said, dict(talk.values), shown, finished=True, consents=talk.consents)

    def _refuse(self, talk: _Talk, refusal: Refusal) -> Step:
        """Ask again for what the agency did not know. A wrong proof counts; what else was given stays."""
        said = say.refused(self._name, refusal.field, talk.values)
        kept = {field: value for field, value in talk.values.items() if field != refusal.field}
        talk = replace(talk, values=kept)
        if refusal.field == self._declared.subject:
            return self._ask(talk.say(said), refusal.field)
        wrong = _count(talk.shown.get("wrong")) + 1
        if wrong >= WRONG_PROOFS:
            until = (talk.turn.now + REST).isoformat()
            return self._wait(replace(talk, shown={**talk.shown, "wrong": 0, "rest_until": until}), REST)
        return self._ask(replace(talk, shown={**talk.shown, "wrong": wrong}).say(said), refusal.field)

    def _wait(self, talk: _Talk, wait: timedelta) -> Step:
        """Try nothing for a while, and ask nothing: a proof that comes afterwards is taken. The subject stays."""
        kept: dict[str, JsonValue] = {
            name: value for name, value in talk.values.items() if name == self._declared.subject
        }
        said = talk.say(say.too_many_wrong(self._name, wait))
        return Step(said.said, kept, dict(talk.shown), consents=talk.consents)


def agency_of(city: City, service: str) -> Agency:
    """The agency that is responsible for a service that the city offers."""
    return city.agency(city.services[service].agency)


def _has(turn: Turn, words: Iterable[str]) -> bool:
    text = turn.text.lower()
    return any(word in text for word in words)


def _strings(values: Mapping[str, JsonValue]) -> dict[str, str]:
    return {name: value for name, value in values.items() if isinstance(value, str)}


def _count(value: JsonValue) -> int:
    return value if isinstance(value, int) else 0


def _rest_left(talk: _Talk) -> timedelta | None:
    until = talk.shown.get("rest_until")
    left = datetime.fromisoformat(until) - talk.turn.now if isinstance(until, str) else timedelta()
    return left if left > timedelta() else None
