"""A service of the kind `report` in the dialogue."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from pydantic import ValidationError

from actions.backends.http import Endpoint
from actions.backends.open311 import Open311, Protocol
from actions.backends.references import Referenced
from actions.dialogue.ports import Claim, Step, Told
from actions.dialogue.state.session import Frame, Question
from actions.dialogue.state.turn import Turn
from actions.fields.correction import correction
from actions.fields.place import is_extended
from actions.forms import filling as forms
from actions.forms import replies as asks
from actions.forms import summary
from actions.forms.filling import SKIPPED, Filling, has_words
from actions.forms.given import Given
from actions.forms.naming import named
from actions.kinds.report import following
from actions.kinds.report import replies as say
from actions.kinds.report.agency import Agency, Asked, Sort
from actions.kinds.report.form import (
    ANSWERS,
    ATTRIBUTE,
    Form,
    answer_to,
    answered_in,
    answers,
    has_no_photo,
    in_words,
    wants_no_name,
)
from actions.kinds.report.inference import FEW, Inferred, inferred, likeliest
from actions.kinds.report.pinyin import of_city
from actions.kinds.report.recategorising import recategorised, redescribed, unrefused
from actions.kinds.report.rewording import reworded, rewrites
from actions.kinds.report.submitting import NOT_SENT, OPEN, SENT_AT, Counter, given_up
from actions.kinds.report.withdrawing import LEAVES, WITHDRAWS, withdrawn
from actions.phrases import phrases, plain
from actions.schema import ReportService
from actions.schema.report import CATEGORY, DESCRIPTION, PHONE, PHOTO, PLACE
from actions.server.surroundings import Opened, Surroundings, by_city, key_of
from actions.transit.gazetteer import Gazetteer
from desk.city.files import City
from desk.contract.agency_commands import StatusAnswer
from desk.contract.errors import BackendError, BackendRefused, ConfigurationError
from desk.contract.messages import CaseNote, KeepCase, Reply, Text
from desk.media.links import MediaLinks
from values.definition import Accepted
from values.lexicon import lexicon
from values.place_told import mentions_where

ASKS = 0.5
"""So likely a text wants to know something, it tells nothing of the report."""
SORT = "sort"
"""Remembered beside the values: the category with its names."""
CONFIRMING = lexicon(__file__)["confirming"]
JOINT, LONGEST_DESCRIPTION = "；", 500
"""Between what was said first and what was added; characters of both together."""


class Report:
    """`agencies` are by city; `links` make addresses of photos, without them none is asked for; `gazetteer` knows how
    the cities' names are spelt.
    """

    def __init__(
        self,
        name: str,
        declared: ReportService,
        agencies: Mapping[str, Agency],
        links: MediaLinks | None,
        clock: Callable[[], datetime],
        gazetteer: Gazetteer | None = None,
    ) -> None:
        self._gazetteer = gazetteer or Gazetteer()
        self._name = name
        self._declared = declared
        self._agencies = agencies
        self._links = links
        self._clock = clock

    @property
    def service(self) -> str:
        return self._name

    async def status(self, case: CaseNote) -> StatusAnswer:
        """How a report stands at the agency.

        Raises:
            BackendError: the agency's system failed.
        """
        return await following.status(self._agencies[case.city], case, self._clock())

    async def adopted(self, turn: Turn, case: str, found: Referenced) -> KeepCase:
        """Make a case of a report that was made elsewhere.

        Raises:
            BackendError: the agency's system failed, or does not say what was reported, and where.
        """
        sorts = await self._agencies[turn.city.slug].sorts(turn.now)
        return following.adopted(self._name, turn, case, found, sorts)

    def withdraws(self, case: CaseNote) -> bool:
        """Whether a report can be taken back from here: the server admits it, and has given its number."""
        agency = self._agencies.get(case.city)
        return agency is not None and agency.protocol.withdraw_path is not None and case.status == OPEN

    async def told(self, turn: Turn) -> Told | None:
        """The category and the place that a text surely tells of; what it says nothing of is none."""
        form = self._form((), turn.city)
        words = form.description(turn)
        try:
            sorts = () if words is None else await self._agencies[turn.city.slug].sorts(turn.now)
        except BackendError:
            return None
        sort = inferred(words or "", sorts, turn.values(PLACE)).sort
        found = form.given(turn, Frame("", self._name, turn.now)).accepted.get(PLACE)
        place = None if found is None else found.value
        if words is None or (sort is None and (place is None or not turn.values(PLACE))):
            return None
        return say.told(sort, place)

    def told_in(self, frame: Frame) -> Told | None:
        """The category and the place of a report that is being made."""
        sort = _remembered(frame)
        return None if sort is None or WITHDRAWS in frame.shown else say.told(sort, frame.text(PLACE))

    async def claims(self, turn: Turn, frame: Frame) -> Claim:
        """A place, a photo, a telephone or an answer that can be given here; what skips or confirms."""
        if frame.finished:
            return Claim.NO
        if WITHDRAWS in frame.shown:
            return Claim.SURE if turn.intent in ("affirm", *LEAVES) else Claim.NO
        if turn.intent == "cancel" and NOT_SENT in frame.shown:
            return Claim.SURE  # what is kept of it ends
        form, asked = self._form((), turn.city), forms.asked_field(frame)
        if await self._puts_the_category_right(turn, frame):
            return Claim.SURE
        found = form.given(turn, frame)
        if turn.kind in ("location", "media"):
            return Claim.SURE if found.readings else Claim.NO
        if turn.kind == "payload":
            return Claim.SURE if turn.intent == "inform" and turn.has((CATEGORY, "attribute")) else Claim.MAYBE
        if phrases("no_photo").whole(plain(turn.text)) or wants_no_name(turn):
            return Claim.SURE
        if (
            asked == PHOTO
            and len(turn.text) <= 12
            and (forms.says(turn, "skips_briefly") or has_words(turn, CONFIRMING))
        ):
            return Claim.SURE
        if asked is not None and asked.startswith(ATTRIBUTE) and in_words(turn, self._name):
            return Claim.SURE if turn.intent in ("inform", "choose", "correct") else Claim.MAYBE
        if asked is not None and asked.startswith(ATTRIBUTE) and len(turn.text) <= 8 and turn.has(("bus_line",)):
            return Claim.SURE
        if asked in (CATEGORY, PLACE, DESCRIPTION) and in_words(turn, self._name):
            return max(Claim.MAYBE, forms.claim(turn, frame, found))
        return forms.claim(turn, frame, found)

    async def puts_right(self, turn: Turn, frame: Frame) -> bool:
        """Whether words put the category right, say how the place goes on, or how the description is to read."""
        if frame.finished or frame.question is None or {WITHDRAWS, SENT_AT, NOT_SENT} & frame.shown.keys():
            return False
        if frame.text(PLACE) and is_extended(turn.text):
            return True
        return (summary.is_summed_up(frame) and rewrites(turn)) or await self._puts_the_category_right(turn, frame)

    async def _puts_the_category_right(self, turn: Turn, frame: Frame) -> bool:
        """Whether words say that the category of what is being made is another."""
        known = frame.text(CATEGORY)
        if known is None or turn.kind != "text" or frame.question is None:
            return False
        try:
            sorts = await self._agencies[turn.city.slug].sorts(turn.now)
        except BackendError:
            return False
        return recategorised(turn, sorts, known, frame.text(PLACE) or "") is not None

    async def answer(self, turn: Turn, frame: Frame) -> Step:
        """Take what was given, ask for what is missing, sum up, submit on a yes."""
        agency = self._agencies[turn.city.slug]
        if WITHDRAWS in frame.shown:
            return await self._withdrawn(turn, frame, agency)
        if turn.intent == "cancel" and NOT_SENT in frame.shown:
            return given_up(turn, frame, Text(key=self._declared.title))
        office = turn.city.agency(turn.city.services[self._name].agency)
        confirmed = summary.is_confirmed(turn, frame) or (turn.intent == "affirm" and SENT_AT in frame.shown)
        failed: BackendError | None = None
        sorts: tuple[Sort, ...] = () if not confirmed else tuple(filter(None, [_remembered(frame)]))
        if not sorts:
            try:
                sorts = await agency.sorts(turn.now)
            except BackendError as exc:
                failed = exc
        form = self._form(sorts, turn.city)
        filling = forms.begun(turn, frame, office, form.fields())
        if SENT_AT in frame.shown and not confirmed and frame.question is not None:
            return _asking(filling, frame.question)  # what may have been sent is not changed any more
        if confirmed and failed is None and (sort := _remembered(frame)) is not None:
            return await self._submit(filling, frame, agency, sort)
        page = turn.first(CATEGORY) if turn.kind == "payload" else None
        if page is not None and page.startswith(say.PAGE) and sorts:
            return _asking(filling, say.which(sorts, (), "report.which_category", int(page.removeprefix(say.PAGE))))
        step = await self._filled(filling, form, frame, agency, failed)
        return summary.reserving(step, self._name, frame, filling.fields)

    async def _withdrawn(self, turn: Turn, frame: Frame, agency: Agency) -> Step:
        """What becomes of a report that is taken back; who tells of another problem instead lets it stand."""
        asked = frame.question is not None
        if not asked or turn.kind != "text" or turn.intent != self._name or turn.means("withdraw"):
            return await withdrawn(turn, frame, agency)
        left = await withdrawn(replace(turn, intent="deny"), frame, agency)
        step = await self.answer(turn, replace(frame, shown={}, question=None))
        return replace(step, replies=(*left.replies, *step.replies))

    async def _filled(
        self, filling: Filling, form: Form, frame: Frame, agency: Agency, failed: BackendError | None
    ) -> Step:
        turn, found = filling.turn, form.given(filling.turn, frame)
        summed_up = summary.is_summed_up(frame)
        wished_anew = turn.intent == self._name and turn.kind == "text"
        if summed_up and wished_anew and phrases("one_more_report").within(plain(turn.text)):
            assert frame.question is not None
            return _asking(filling.say(Reply(key="report.one_at_a_time")), frame.question)
        known, place = filling.values.get(CATEGORY), filling.values.get(PLACE, "")
        otherwise = None if summed_up and rewrites(turn) else recategorised(turn, form.sorts, known, place)
        surely = otherwise is not None and otherwise.sort is not None
        instead = reworded(turn) if summed_up and not surely and (not found.accepted or rewrites(turn)) else None
        if otherwise is not None and instead is None:
            return await self._recategorised(filling, form, frame, agency, otherwise)
        found = found if instead is None else Given()
        wished = self._to_change(filling, found, summed_up=summed_up and instead is None)
        if wished is not None:
            return self._ask_for(filling.without(wished), form, wished)
        if instead is not None:
            guessed, filling = self._instead(filling, form, instead)
            if guessed.guesses:
                return _asking(filling, say.which(form.sorts, guessed.guesses, "report.which_of_these"))
            return await self._next(filling, form, frame, agency, guessed)
        guessed, filling = self._about(filling, form, frame, found)
        if summed_up and turn.intent in ("deny", "correct") and not found.readings and guessed.sort is None:
            return summary.change_what(filling, frame)
        if turn.intent == "go_back" and not found.readings:
            return forms.gone_back(_own_only(filling))
        before = dict(filling.values)
        filling = forms.passed_over(filling, found, frame)
        if self._confirms_without_photo(turn, frame):
            filling = forms.skipped(filling, PHOTO)
        if form.with_photo and PHOTO not in filling.values and has_no_photo(turn):  # said before it is asked
            filling = forms.skipped(filling, PHOTO).say(Reply(key="report.without_photo"))
        filling = forms.taken(self._anonymous(filling, form, found, before), found)
        filling = _with_what_else_is_told(filling, form, frame, found)
        if found.rejected:
            return forms.rejected(filling, found)
        if failed is not None:
            return filling.say(_failed(self._name, failed.text_key)).step()
        filling = _without_old_answers(filling, before)
        filling = forms.helped(filling, frame, before)
        return await self._next(filling, form, frame, agency, guessed)

    async def _recategorised(
        self, filling: Filling, form: Form, frame: Frame, agency: Agency, otherwise: Inferred
    ) -> Step:
        """Another category, which words say; what else stands there is no place. Of the problem the description tells
        what is meant now, and neither what was refused nor the words that do so.
        """
        turn = filling.turn
        given = form.given(turn, frame).accepted
        kept = {name: one for name, one in given.items() if name not in (PLACE, DESCRIPTION, CATEGORY)}
        filling = forms.taken(filling, Given(kept)).without(ANSWERS)
        if not summary.is_summed_up(frame) or correction(turn.text).refused:
            filling = _redescribed(filling, form)
        if otherwise.sort is None and otherwise.guesses:
            return _asking(filling, say.which(form.sorts, otherwise.guesses, "report.which_of_these"))
        if otherwise.sort is None:
            return self._ask_for(filling, form, CATEGORY)
        filling = filling.say(Reply(key="report.changed_category", args={"category": say.named(otherwise.sort)}))
        filling = replace(filling, values={**filling.values, CATEGORY: otherwise.sort.code})
        return await self._next(filling, form, frame, agency, otherwise)

    async def _next(self, filling: Filling, form: Form, frame: Frame, agency: Agency, guessed: Inferred) -> Step:
        """Ask for the first thing that is missing; else sum up."""
        sort = next((one for one in form.sorts if one.code == filling.values.get(CATEGORY)), None)
        if sort is None and (words := filling.values.get(DESCRIPTION)) and not guessed.guesses:
            guessed = inferred(words, form.sorts, [filling.values.get(PLACE, "")])
            sort = guessed.sort
        if sort is None:
            return _asking(filling.without(CATEGORY), self._which(filling, form, frame, guessed))
        values = {**filling.values, CATEGORY: sort.code}
        filling = replace(filling, values=values, shown={**filling.shown, SORT: sort.kept()})
        if DESCRIPTION not in filling.values:
            filling = forms.skipped(filling, DESCRIPTION)
        if PLACE not in filling.values:
            return forms.ask(filling, PLACE)
        try:
            asked = await agency.asked(sort)
        except BackendError as exc:
            return filling.say(_failed(self._name, exc.text_key)).step()
        filling, missing = self._answered(filling, frame, asked)
        if missing is not None:
            typed = filling.turn.kind == "text" and not filling.said and missing.is_list
            if typed and forms.asked_field(frame) == f"{ATTRIBUTE}{missing.code}":
                filling = filling.say(Reply(key="report.one_of_these"))
            return _asking(filling, say.asks(missing))
        if (field := filling.missing) is not None:
            return forms.ask(filling, field.name)
        given = answers(filling.values)
        more = [say.answer_row(one, given[one.code]) for one in asked if one.code in given]
        title = Text(key=self._declared.title)
        return summary.summed_up(filling, "report.summary", title, confirms="submit", more=more)

    def _which(self, filling: Filling, form: Form, frame: Frame, guessed: Inferred) -> Question:
        """Ask for the category: with what may be meant, the first time else with all there are."""
        guesses = guessed.guesses
        if not guesses and forms.asked_field(frame) == CATEGORY and filling.turn.kind == "text":
            guesses = likeliest(filling.turn.text, form.sorts, filling.turn.values("place"))
            if not guesses:
                return say.otherwise()
        if guesses:
            return say.which(form.sorts, guesses, "report.which_of_these")
        key = "report.which_category" if DESCRIPTION in filling.values else self._declared.field(CATEGORY).ask
        return say.which(form.sorts, (), key)

    def _instead(self, filling: Filling, form: Form, turn: Turn) -> tuple[Inferred, Filling]:
        """The report in other words: they become the description, and the category follows where they surely say one.

        Where they may say another one than before, the two likeliest are to be asked about.
        """
        words = form.description(turn) or turn.text
        field, known = filling.field(DESCRIPTION), filling.values.get(CATEGORY)
        before = "" if rewrites(filling.turn) else filling.values.get(DESCRIPTION, "")
        words = JOINT.join([*unrefused(before, filling.turn.text), words])[:LONGEST_DESCRIPTION]
        filling = replace(filling, values={**filling.values, DESCRIPTION: words})
        guessed = inferred(words, form.sorts, turn.values("place"))
        if guessed.sort is None:
            others = tuple(one for one in guessed.guesses[:FEW] if one.code != known)
            told = filling.say(asks.noted(field, Accepted(words), changed=True))
            return Inferred(None, guessed.guesses[:FEW] if others else ()), told
        if guessed.sort.code == known:
            return guessed, filling.say(asks.noted(field, Accepted(words), changed=True))
        filling = replace(filling, values={**filling.values, CATEGORY: guessed.sort.code}).without(ANSWERS)
        return guessed, filling.say(Reply(key="report.changed_category", args={"category": say.named(guessed.sort)}))

    def _about(self, filling: Filling, form: Form, frame: Frame, found: Given) -> tuple[Inferred, Filling]:
        """What the words say of the problem: they become the description, and the category follows from them."""
        turn = filling.turn
        asked = forms.asked_field(frame)
        begins = turn.intent == self._name or asked == CATEGORY
        corrects = summary.is_summed_up(frame) and in_words(turn, self._name) and not found.bare
        words = form.description(turn) if begins or corrects or asked == DESCRIPTION else None
        if words is None or (found.bare and asked != DESCRIPTION):
            return Inferred(None), filling
        places = turn.values("place")
        guessed = _without_refused(words, form, places) if asked == CATEGORY else inferred(words, form.sorts, places)
        known = filling.values.get(CATEGORY)
        if corrects and known is not None and _adds(turn):
            filling = replace(filling, values={**filling.values, DESCRIPTION: _with(filling, words)})
            return Inferred(None), filling.say(Reply(key="report.added"))
        if known is None or (corrects and guessed.sort is not None and guessed.sort.code != known):
            new = {DESCRIPTION: words} if known is not None or not filling.values.get(DESCRIPTION) else {}
            filling = replace(filling, values={**filling.values, **new})
            if guessed.sort is not None:
                key = "report.changed_category" if known is not None else "report.noted_category"
                filling = filling.say(Reply(key=key, args={"category": say.named(guessed.sort)}))
                filling = replace(filling, values={**filling.values, CATEGORY: guessed.sort.code})
        return guessed, filling

    def _answered(self, filling: Filling, frame: Frame, asked: tuple[Asked, ...]) -> tuple[Filling, Asked | None]:
        """Answers to what the category asks, with those of this turn; and the first that is missing."""
        given = answers(filling.values)
        given = {**answered_in(filling.turn, asked, self._declared.attribute_entities), **given}
        wanted = forms.asked_field(frame) or ""
        for one in asked:
            if wanted == f"{ATTRIBUTE}{one.code}" and (value := answer_to(one, filling.turn, self._name)) is not None:
                given[one.code] = value
        filling = replace(filling, values={**filling.values, ANSWERS: json.dumps(given, ensure_ascii=False)})
        return filling, next((one for one in asked if one.code not in given), None)

    async def _submit(self, filling: Filling, frame: Frame, agency: Agency, sort: Sort) -> Step:
        counter = Counter(self._name, self._declared, agency, self._links)
        try:
            return await counter.submit(filling, frame, sort, answers(filling.values))
        except BackendRefused:
            agency.forget()
            sorts = await agency.sorts(filling.turn.now)
            filling = filling.say(Reply(key="report.category_gone", args={"category": say.named(sort)}))
            return _asking(filling.without(CATEGORY, ANSWERS), say.which(sorts, (), "report.which_category"))

    def _to_change(self, filling: Filling, found: Given, *, summed_up: bool) -> str | None:
        """The field that is to be changed: a button or a word names it."""
        turn = filling.turn
        if (wished := summary.field_to_change(turn, filling)) is not None:
            return wished
        if not summed_up or turn.kind != "text" or turn.intent not in ("correct", "deny") or found.readings:
            return None
        return next((one.name for one in named(turn, filling.fields)), None)

    def _ask_for(self, filling: Filling, form: Form, name: str) -> Step:
        if name == CATEGORY and form.sorts:
            return _asking(filling.without(ANSWERS), say.which(form.sorts, (), "report.which_category"))
        return forms.ask(filling, name)

    def _anonymous(self, filling: Filling, form: Form, found: Given, before: Mapping[str, str]) -> Filling:
        """The form without a telephone number, where that is wished and admitted; else who takes it so is said."""
        if not wants_no_name(filling.turn) or PHONE in found.readings or before.get(PHONE) == SKIPPED:
            return filling
        if form.anonymous:
            return forms.skipped(filling, PHONE).say(Reply(key="report.anonymous"))
        return filling.say(Reply(key="report.not_anonymous", args=say.called(filling.agency)))

    def _confirms_without_photo(self, turn: Turn, frame: Frame) -> bool:
        return forms.asked_field(frame) == PHOTO and turn.kind == "text" and has_words(turn, CONFIRMING)

    def _form(self, sorts: tuple[Sort, ...], city: City) -> Form:
        anonymous = self._agencies[city.slug].protocol.anonymous
        return Form(
            self._name,
            self._declared,
            sorts,
            city,
            with_photo=self._links is not None,
            anonymous=anonymous,
            known=of_city(self._gazetteer, city.slug),
        )


def _without_refused(words: str, form: Form, places: Sequence[str]) -> Inferred:
    """What an answer to which category it is says: not the one that it only refuses ("no, not the light")."""
    guessed = inferred(words, form.sorts, places)
    refused = [one for one in correction(words).refused if inferred(one, form.sorts).sort == guessed.sort]
    if guessed.sort is None or not refused:
        return guessed
    for one in refused:
        words = words.replace(one, " ")
    return inferred(words, form.sorts, places)


def _adds(turn: Turn) -> bool:
    """Whether something more is told of what is reported already."""
    return turn.means("provide") and turn.intent not in ("affirm", "deny", "correct")


def _with_what_else_is_told(filling: Filling, form: Form, frame: Frame, found: Given) -> Filling:
    """The description with what comes beside a telephone number and tells where it is, in the resident's words."""
    turn = filling.turn
    asks = turn.inquiry is not None and turn.inquiry.asks >= ASKS
    if forms.asked_field(frame) != PHONE or PHONE not in found.accepted or turn.kind != "text" or asks:
        return filling
    words = form.description(turn)
    if words is None or found.bare or len(found.accepted) > 1 or not mentions_where(words):
        return filling
    added = replace(filling, values={**filling.values, DESCRIPTION: _with(filling, words)})
    return added.say(Reply(key="report.added"))


def _redescribed(filling: Filling, form: Form) -> Filling:
    """The form with the description as the words that put the category right leave it."""
    before, turn = filling.values.get(DESCRIPTION, ""), filling.turn
    stays, meant = redescribed(before, turn.text, form.sorts, filling.values.get(CATEGORY))
    told = (form.description(turn.saying(one)) for one in meant)
    words = JOINT.join([*stays, *(one for one in told if one)])[:LONGEST_DESCRIPTION]
    return replace(filling, values={**filling.values, DESCRIPTION: words}) if words else filling.without(DESCRIPTION)


def _with(filling: Filling, words: str) -> str:
    """The description with more of it."""
    before = filling.values.get(DESCRIPTION)
    return words if not before else f"{before}{JOINT}{words}"[:LONGEST_DESCRIPTION]


def _asking(filling: Filling, question: Question) -> Step:
    return Step(filling.said, dict(filling.values), dict(filling.shown), question, consents=filling.consents)


def _failed(service: str, key: str) -> Reply:
    """Say that the system failed; what was given stays, and it can be tried again."""
    return Reply(key=key, buttons=[say.go_on(service), asks.HUMAN])


def _own_only(filling: Filling) -> Filling:
    """Without answers of other sorts, so that going back means a field."""
    return filling.without(ANSWERS)


def _without_old_answers(filling: Filling, before: Mapping[str, str]) -> Filling:
    """Another category asks other things."""
    return filling.without(ANSWERS) if before.get(CATEGORY) != filling.values.get(CATEGORY) else filling


def _remembered(frame: Frame) -> Sort | None:
    """The category as it was when it was chosen: submitting needs no list."""
    sort = Sort.remembered(frame.shown.get(SORT))
    return sort if sort is not None and sort.code == frame.values.get(CATEGORY) else None


def open_report(name: str, declared: ReportService, at: Surroundings, opened: Opened) -> Report:
    """Open a service of the kind.

    Raises:
        ConfigurationError: a city file lacks its address or key, or has a wrong setting.
    """

    def agency(endpoint: Endpoint, city: City) -> Agency:
        settings = city.services[name].settings.get(declared.backend, {})
        try:
            protocol = Protocol.model_validate(settings)
            server = Open311(replace(endpoint, headers={}), protocol, key_of(name, declared.backend, city, at))
        except ValidationError as exc:
            raise ConfigurationError(
                f"{city.slug}.yml: {name}: {exc}. Mend it: docs/how-to/connect-an-open311-server.md"
            ) from exc
        return Agency(server, protocol)

    agencies = by_city(name, declared.backend, agency, at, opened)
    links = None if at.public_url is None else MediaLinks(at.keys, at.public_url)
    return Report(name, declared, agencies, links, lambda: datetime.now(UTC), Gazetteer(opened.buses))
