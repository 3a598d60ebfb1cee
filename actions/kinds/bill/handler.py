"""The kind `bill`: identify, look up, show, pay.

All fields are there before anything is looked up. A finished look-up is kept with its values: another subject, a
corrected one, or "pay" continue it. For money, what was shown is the summary: the next yes yields the payment. What is
remembered of a frame (`shown`) is read and written here and in `looking`.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from pydantic import JsonValue

from actions.dialogue.answers import orders
from actions.dialogue.ports import Claim, Step
from actions.dialogue.reading.against_paying import pays_at_last, speaks_against, surely_pays
from actions.dialogue.reading.pay_intent import wants_to_pay
from actions.dialogue.reading.reading import ASKS
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import Turn
from actions.forms import filling as forms
from actions.forms.field import FormField
from actions.forms.filling import Filling, has_words, strings
from actions.forms.given import Given, given
from actions.forms.reading import readable
from actions.kinds.bill import accounts, paying
from actions.kinds.bill import replies as say
from actions.kinds.bill.accounts import Heard
from actions.kinds.bill.keeping import Keeping, looked_up
from actions.kinds.bill.looking import LookUp, after_timeout, responsible, waiting
from actions.kinds.bill.settling import is_on_order, not_ordered, settled, shown_still, without_ordered
from actions.kinds.sources import SOURCES
from actions.kinds.statements import BillSource, NotTaken, Payment
from actions.phrases import phrases, plain
from actions.schema import BillService
from actions.schema.bill import Note
from actions.server.surroundings import Opened, Surroundings, by_city, zone_of
from desk.city.files import Agency, OfferedService
from desk.contract.errors import ConfigurationError
from desk.contract.messages import Reply
from values.definition import Accepted

ANSWERS = frozenset({"inform", "correct", "nlu_fallback", "out_of_scope"})
"""Intents under which a value that is given means this service, if it was just spoken of."""
AGREEMENTS = frozenset({"affirm", "choose"})
STATUS = frozenset({"payment_status", "request_status"})
"""Intents that ask how something stands: what was shown and not ordered is not paid."""
_CLAUSES = re.compile(r"[,，。;；!！?？、]+|(?<=[\u3400-\u9fff])\s+")
OF_CONSEQUENCES = ASKS - {"ask_fee", "ask_payment"}
"""Questions after which nothing is ordered: how much it is, and whether one can pay here, are another matter."""


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

    def owes(self, frame: Frame) -> bool:
        """What was shown last, also in the middle of several look-ups."""
        return any(frame.finished or one.fresh for one in paying.due(frame.shown))

    def is_unpaid(self, turn: Turn, frame: Frame) -> bool:
        """What was shown, as far as it is neither paid nor on an order that is open."""
        return bool(without_ordered(self._name, turn, paying.due(frame.shown)))

    def sums(self, frame: Frame) -> frozenset[Decimal]:
        """Each thing that is due, and all of them that were shown last, or ever."""
        dues = paying.due(frame.shown)
        every = [Decimal(one.amount) for one in dues]
        fresh = [Decimal(one.amount) for one in dues if one.fresh]
        return frozenset([*every, sum(every, Decimal(0)), sum(fresh, Decimal(0))])

    async def claims(self, turn: Turn, frame: Frame) -> Claim:
        """A value that can be given here; after a look-up another value, or agreement to what is due."""
        frame = after_timeout(frame, turn.now, self._declared)
        fields = self._fields(turn)
        heard = self._heard(turn, frame, fields)
        found, own = self._given(turn, frame, heard), turn.intent == self._name
        if paying.is_pressed(turn):
            return Claim.SURE if paying.due(frame.shown) else Claim.NO
        if self._keeping(turn).wished(frame) and (own or turn.intent in ANSWERS or turn.intent in AGREEMENTS):
            return Claim.SURE
        if not frame.finished and heard.refused and frame.question is not None and self._several(frame):
            return Claim.SURE
        if not frame.finished:
            return forms.claim(turn, frame, found, fields)
        if found.readings:
            settles = turn.intent in AGREEMENTS and bool(heard.wishes) and self._settles(turn, frame, found, heard)
            return Claim.SURE if own or settles or turn.intent in ANSWERS else Claim.NO
        if turn.means(*OF_CONSEQUENCES):  # what is asked is answered, and nothing is ordered
            return Claim.SURE if self._notes(turn) else Claim.NO
        grumbles = not turn.understood or turn.intent == "complain_about_bot"  # of what was shown, not of whom shows it
        if self._puts_off(turn, frame) or (grumbles and self._notes(turn)):
            return Claim.SURE
        if turn.kind == "text" and turn.intent == "correct":
            return Claim.MAYBE  # something was wrong; what, is asked
        if turn.kind == "text" and own and self._declared.divided and has_words(turn, self._declared.other_words):
            return Claim.SURE  # another account of the same option
        words = (*self._declared.settle_words, *self._declared.again_words)
        settles = turn.intent in AGREEMENTS or (not turn.understood and has_words(turn, words))
        continues = turn.kind == "text" and (own or settles) and not has_words(turn, self._declared.other_words)
        return Claim.SURE if continues and frame.shown.get("due") else Claim.NO

    async def answer(self, turn: Turn, frame: Frame) -> Step:
        """Take what was given, ask for what is missing, look up when nothing is."""
        frame = after_timeout(frame, turn.now, self._declared)
        keeping = self._keeping(turn)
        if keeping.wished(frame):
            return keeping.answer(frame)
        fields = self._fields(turn)
        heard = self._heard(turn, frame, fields)
        found = self._given(turn, frame, heard)
        filling = self._begin(turn, frame, found, heard)
        if (told := self._of_what_was_shown(turn, frame, found, heard, filling)) is not None:
            return told
        if turn.intent in ("go_back", "correct") and not (found.readings or heard.refused):
            return self._asked(forms.gone_back(filling, to_the_first=frame.finished), turn)
        if (let_go := self._let_go(turn, frame, heard)) is not None:
            return let_go
        if (
            self._settles(turn, frame, found, heard)
            and speaks_against(turn)
            and not (heard.only or pays_at_last(turn, self._declared.called))
        ):
            notes = [say.noted(self._name, one, filling.agency) for one in self._notes(turn)]
            return shown_still(frame, *notes) if notes else not_ordered(self._name, turn, frame)
        if self._settles(turn, frame, found, heard):
            options = [one.option for one in heard.wishes if one.option is not None]
            return settled(self._name, turn, self._without_refused(frame, heard), filling.agency, options)
        if heard.not_here and not found.readings:
            return self._not_here(turn, frame, heard)
        paid = self._paid_first(turn, frame, heard, filling.agency)
        before = dict(filling.values)
        filling = responsible(forms.taken(forms.passed_over(filling, found, frame), found), self._name, self._declared)
        filling = filling.say(*self._said_first(filling, heard), *self._of_several(filling, frame, heard))
        look_up = LookUp(self._name, self._declared, self._sources[turn.city.slug], keeping)
        if found.rejected:
            step = forms.rejected(filling, found)
        elif filling.missing is None:
            step = await look_up.answer(filling)
        elif heard.refused and not (filling.values or frame.finished) and looked_up(frame):
            return look_up.finished(filling)  # the last of several is not wanted
        else:
            helped = filling if filling.said or heard.refused else forms.helped(filling, frame, before)
            step = forms.ask(helped, filling.missing.name)
        step = replace(step, replies=(*paid.replies, *step.replies), effects=(*paid.effects, *step.effects))
        return self._asked(replace(step, agency=filling.agency.slug), turn)

    def _of_what_was_shown(self, turn: Turn, frame: Frame, found: Given, heard: Heard, filling: Filling) -> Step | None:
        """What is said to a text that neither gives nor pays anything after a look-up: it is put off, asked about."""
        if not frame.finished or found.readings:
            return None
        if self._puts_off(turn, frame):
            return shown_still(frame, say.not_now(self._name, pays=turn.context.pays))
        if (not turn.understood or turn.means(*OF_CONSEQUENCES)) and self._notes(turn):
            return shown_still(frame, *self._said_first(filling, heard))
        if turn.intent in STATUS and self.owes(frame):
            return not_ordered(self._name, turn, frame)
        return None

    def _paid_first(self, turn: Turn, frame: Frame, heard: Heard, agency: Agency) -> Step:
        """The order for what was shown just now, where a clause says to pay it and others are wished beside it."""
        due = {one.about.option for one in paying.due(frame.shown) if one.fresh}
        named = [one.option for one in heard.wishes if one.option in due and one.subject is None]
        others = {one.option for one in heard.wishes} - {*named}
        if turn.kind != "text" or not (due and others and turn.context.pays) or due & others or speaks_against(turn):
            return Step()
        said = accounts.unnamed(turn.text, self._declared, named)
        if not any(wants_to_pay(clause) for clause in _CLAUSES.split(said)):
            return Step()
        step = settled(self._name, turn, frame, agency, [one for one in named if one is not None])
        return step if step.effects else Step()

    def _fields(self, turn: Turn) -> list[FormField]:
        return readable(self._name, self._declared.fields, turn)

    def _keeping(self, turn: Turn) -> Keeping:
        return Keeping(self._name, self._declared, turn, self._fields(turn))

    def _heard(self, turn: Turn, frame: Frame, fields: list[FormField]) -> Heard:
        heard, divided = accounts.heard(turn, self._declared, fields), self._declared.divided
        if divided is None or frame.finished or frame.question is None:
            return heard
        passing = self._several(frame) or not phrases("passes_over").whole(plain(turn.text))
        return accounts.in_turn(heard, frame.text(divided.field), turn) if passing else heard

    def _several(self, frame: Frame) -> bool:
        """Whether the open form is about several things: some wait, or some were shown."""
        return bool(waiting(frame.shown) or looked_up(frame))

    def _given(self, turn: Turn, frame: Frame, heard: Heard) -> Given:
        """What a turn gives; of several things that it wants, the first."""
        asked, before = forms.asked_field(frame), strings(frame.values)
        found = given(self._fields(turn), turn, asked=asked, before=before, refused=forms.refused(frame))
        divided, subject = self._declared.divided, self._declared.subject
        if divided is None or not (heard.wishes or heard.not_here or heard.refused):
            return found
        readings = {name: one for name, one in found.readings.items() if name != divided.field}
        if isinstance(readings.get(subject), Accepted):
            del readings[subject]
        if heard.wishes:
            readings |= {name: Accepted(value) for name, value in heard.wishes[0].values(self._declared).items()}
        return Given(readings, found.bare)

    def _begin(self, turn: Turn, frame: Frame, found: Given, heard: Heard) -> Filling:
        """The form as this turn finds it: what belongs to another subject is left out."""
        filling = forms.begun(turn, frame, turn.city.responsible(self._name), self._fields(turn))
        if self._declared.divided is not None:
            filling = self._begin_divided(filling, frame, found, heard)
            return responsible(filling, self._name, self._declared)
        if not frame.finished:
            return filling
        subject = forms.value_of(found, self._declared.subject)
        other = subject is not None and subject != filling.values.get(self._declared.subject)
        # the proof belongs to the other subject
        if other or has_words(turn, self._declared.other_words) or found.rejected:
            corrected = other and turn.intent == "correct"
            kept = {
                name: value for name, value in filling.values.items() if corrected and name == self._declared.subject
            }
            filling = replace(filling, values=kept)
        return replace(filling, shown={"noticed": list(filling.noticed)})

    def _begin_divided(self, filling: Filling, frame: Frame, found: Given, heard: Heard) -> Filling:
        """A subject belongs to its option: with another option it is not carried over. What was shown stays payable."""
        assert self._declared.divided is not None
        divider, subject = self._declared.divided.field, self._declared.subject
        option, account = forms.value_of(found, divider), forms.value_of(found, subject)
        now = filling.values.get(divider)
        other, corrected = (
            now is not None and option not in (None, now),
            filling.turn.intent == "correct" or now in heard.refused,
        )
        dues, shown_before, queue = paying.due(filling.shown), looked_up(frame), waiting(filling.shown)
        values = dict(filling.values)
        if frame.finished:
            dues, queue = paying.stale(dues), []
            if corrected and shown_before:  # what was shown last was not meant
                dues = [one for one in dues if one.about.subject_of.get(subject) != shown_before[-1][subject]]
                shown_before = shown_before[:-1]
        elif other and queue and now is not None and not corrected:
            queue = [{divider: now}, *queue]
        queue = [one for one in queue if one.get(divider) not in heard.refused]
        if now in heard.refused and option is None:
            values = queue.pop(0) if queue else {}
        elif other:
            values = {divider: now} if now is not None and (corrected or not frame.finished) else {}
            known = {one[subject] for one in shown_before if one[divider] == option}
            if account is None and len(known) == 1 and not corrected:
                values[subject] = known.pop()
        elif frame.finished and not corrected and (account is not None or self._means_another(filling.turn, found)):
            values = {divider: now} if now is not None else {}
        again = frame.finished or has_words(filling.turn, self._declared.other_words)
        shown = {one.about.option for one in dues if one.fresh and not again}  # it stands there, to be paid
        rest = [one.values(self._declared) for one in heard.wishes[1:] if one.subject or one.option not in shown]
        wanted = {option, *(one.get(divider) for one in rest)}
        queue = [*rest, *(one for one in queue if one.get(divider) not in wanted)]
        noticed: list[JsonValue] = [name for name in filling.noticed if name != subject or not other]
        return replace(
            filling,
            values=values,
            shown={
                "noticed": noticed,
                "items": paying.to_json(dues),
                "looked_up": [dict[str, JsonValue](one) for one in shown_before],
                "waiting": [dict[str, JsonValue](one) for one in queue],
            },
        )

    def _means_another(self, turn: Turn, found: Given) -> bool:
        return bool(found.rejected) or has_words(turn, self._declared.other_words)

    def _settles(self, turn: Turn, frame: Frame, found: Given, heard: Heard) -> bool:
        """Whether a turn wants to pay what was shown; in the middle of several look-ups what was shown just now."""
        dues = [one for one in paying.due(frame.shown) if frame.finished or one.fresh]
        if not dues:
            return False
        if paying.is_pressed(turn):
            return True
        if self._declared.subject in found.readings or (heard.refused and not heard.wishes):
            return False
        options = {one.option for one in heard.wishes}
        if options:
            known = options <= {one.about.option for one in dues}
            clauses = [turn.only(part) for part in turn.parts] if heard.refused or heard.only else []
            pays = any(paying.wants_to_pay(one) for one in (turn, *clauses))  # “not the power, just pay the water”
            return known and turn.context.pays and turn.kind == "text" and pays
        return not found.readings and not heard.not_here and self._agrees(turn)

    def _puts_off(self, turn: Turn, frame: Frame) -> bool:
        """Whether what was shown is not to be paid now; an order that is open is another matter."""
        if turn.kind != "text" or not self.owes(frame) or is_on_order(self._name, turn, paying.due(frame.shown)):
            return False
        own = turn.intent in (*ANSWERS, *AGREEMENTS, self._name)
        if turn.intent == "goodbye":  # "later": no farewell, where something was just shown as due
            return paying.is_put_off(turn, alone=True)
        return turn.intent == "deny" or (
            own and paying.is_put_off(turn) and not (surely_pays(turn) or pays_at_last(turn, self._declared.called))
        )

    def _let_go(self, turn: Turn, frame: Frame, heard: Heard) -> Step | None:
        """Close the orders for what the resident does not want to pay after all."""
        if turn.kind != "text" or turn.open_order is None or not paying.is_called_off(turn):
            return None
        named = {one.option for one in heard.wishes} | heard.refused
        dues = [one for one in paying.due(frame.shown) if not named or one.about.option in named]
        said, effects = orders.let_go(turn, self._name, {one.reference for one in dues})
        return shown_still(frame, *said, effects=effects) if said else None

    def _without_refused(self, frame: Frame, heard: Heard) -> Frame:
        """The frame, which asks nothing more where the last of several that is asked for is not wanted."""
        divided = self._declared.divided
        refused = divided is not None and not frame.finished and frame.text(divided.field) in heard.refused
        return replace(frame, finished=True, question=None) if refused and not waiting(frame.shown) else frame

    def _agrees(self, turn: Turn) -> bool:
        if turn.intent in AGREEMENTS:
            return True
        if turn.kind != "text" or has_words(turn, self._declared.other_words):
            return False
        if turn.intent == self._name:
            return turn.context.pays and paying.wants_to_pay(turn)
        return not turn.understood and has_words(turn, self._declared.settle_words)

    def _not_here(self, turn: Turn, frame: Frame, heard: Heard) -> Step:
        """Say what cannot be had here, and go on with what was being done."""
        step = shown_still(frame, *self._refusals(turn, heard))
        return step if frame.finished or frame.question is not None else replace(step, finished=True)

    def _refusals(self, turn: Turn, heard: Heard) -> list[Reply]:
        offered = turn.city.services[self._name].agencies
        return [
            say.not_here(self._name, one, turn.city.responsible(self._name, one.value), its_own=one.value in offered)
            for one in heard.not_here
        ]

    def _said_first(self, filling: Filling, heard: Heard) -> list[Reply]:
        """What cannot be done here, before what can."""
        notes = (say.noted(self._name, one, filling.agency) for one in self._notes(filling.turn))
        return [*self._refusals(filling.turn, heard), *notes]

    def _notes(self, turn: Turn) -> list[Note]:
        return [one for one in self._declared.notes if turn.kind == "text" and has_words(turn, one.words)]

    def _of_several(self, filling: Filling, frame: Frame, heard: Heard) -> list[Reply]:
        """What is passed over of several, or that they come one after the other."""
        if self._declared.divided is None or frame.finished:
            return []
        field = filling.field(self._declared.divided.field)
        refused = [one for one in sorted(heard.refused) if self._several(frame)]
        if refused:
            return [say.passed_over(self._name, [field.kind.shown(one) for one in refused])]
        options = list(dict.fromkeys(one.option for one in heard.wishes if one.option is not None))
        asks = filling.missing is not None and len(options) > 1
        return [say.in_turn(self._name, [field.kind.shown(one) for one in options])] if asks else []

    def _asked(self, step: Step, turn: Turn) -> Step:
        """A step whose question offers what is kept from earlier times."""
        if step.question is None:
            return step
        return replace(step, question=self._keeping(turn).asked(step.question, strings(step.values)))


def open_bill(name: str, declared: BillService, at: Surroundings, opened: Opened) -> Bill:
    """Open a service of the kind.

    Raises:
        ConfigurationError: the backend is unknown, or a city file lacks its address or key, or the agency of an option.
    """
    if declared.backend not in SOURCES:
        known = ", ".join(sorted(SOURCES))
        raise ConfigurationError(f"{name}/service.yml: backend {declared.backend!r} is unknown; there are {known}.")
    for slug, city in at.cities.items():
        if name in city.services and (missing := _without_agency(declared, city.services[name])):
            wanted = ", ".join(missing)
            raise ConfigurationError(f"{slug}.yml: {name} names no agency of {wanted}; add it to its `agencies`.")
    make = SOURCES[declared.backend]
    sources = by_city(
        name, declared.backend, lambda endpoint, city: make(endpoint, zone_of(city), declared), at, opened
    )
    return Bill(name, declared, sources)


def _without_agency(declared: BillService, offered: OfferedService) -> list[str]:
    """Options for which a city names no agency."""
    if declared.divided is None:
        return []
    options = declared.field(declared.divided.field).options
    return [one.value for one in options if one.value not in offered.agencies]
