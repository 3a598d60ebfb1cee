"""A service of the kind `application` in the dialogue."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from pydantic import JsonValue

from actions.backends.applications import Application, Applications, Terms
from actions.backends.references import Referenced
from actions.dialogue.answers import orders, refunds
from actions.dialogue.ports import Claim, Step
from actions.dialogue.state.session import NEEDS_TOLD, Frame, Question
from actions.dialogue.state.turn import Turn
from actions.forms import filling as forms
from actions.forms import identity, summary
from actions.forms.field import FormField
from actions.forms.filling import WITHOUT_MATTER, Filling, has_words, strings
from actions.forms.given import Given, given
from actions.forms.reading import readable
from actions.kinds.application import replies as say
from actions.kinds.fees import fee_order, settle_fee
from actions.kinds.replies import system_failed
from actions.kinds.statements import NotTaken
from actions.kinds.statements import Payment as Paid
from actions.phrases import phrases, plain
from actions.schema.application import ApplicationService
from actions.schema.eligibility import unmet
from actions.server.surroundings import Opened, Surroundings, by_city, zone_of
from desk.contract.agency_commands import StatusAnswer
from desk.contract.errors import BackendError, BackendNonsense, BackendRefused
from desk.contract.messages import Button, CaseNote, Effect, KeepCase, OpenOrder, Reply, Text
from values.definition import Accepted
from values.types.person_name import as_on_the_card

OVER = frozenset({"ready", "refused"})
"""Statuses after which nothing more happens here."""
UNKNOWN = "unknown"
"""Status of an application of which the agency has not said whether it was taken."""
SURE = 0.7
"""A meaning that is less likely is no other matter, in the middle of a form."""


class ApplicationHandler:
    """`agencies` by city."""

    def __init__(self, name: str, declared: ApplicationService, agencies: Mapping[str, Applications]) -> None:
        self._name = name
        self._declared = declared
        self._agencies = agencies

    @property
    def service(self) -> str:
        return self._name

    async def settle(self, city: str, payment: Paid) -> str | NotTaken:
        """Report a fee's payment to the agency; the same may be reported any number of times.

        Raises:
            BackendError: the agency's system failed.
        """
        return await settle_fee(self._agencies[city].pay, payment)

    async def status(self, case: CaseNote) -> StatusAnswer:
        """How an application stands at the agency.

        Raises:
            BackendError: the agency's system failed.
        """
        try:
            application = await self._agencies[case.city].application(str(case.facts["key"]))
        except BackendRefused as exc:
            if exc.code != "not-found":
                raise
            gone = case.model_copy(update={"status": "not_submitted", "over": True})
            return StatusAnswer(case=gone, said=Text(key="application.status_not_submitted"))
        known = {"status": application.status, "reference": application.reference}
        over = application.status in OVER
        return StatusAnswer(case=case.model_copy(update={**known, "over": over}), said=say.status(application))

    async def adopted(self, turn: Turn, case: str, found: Referenced) -> KeepCase:
        """Make a case of an application that was handed in elsewhere.

        Raises:
            BackendError: the agency's system failed, or does not say what was applied for.
        """
        application = await self._agencies[turn.city.slug].application(found.key)
        subject = next(one for one in self._fields(turn) if one.name == self._declared.subject)
        value = found.values.get(subject.name)
        if value is None or not isinstance(subject.kind.read(value), Accepted):
            raise BackendNonsense("The agency does not say what was applied for.")
        return self._case(turn, case, found.key, application, subject.kind.shown(value), found.on)

    async def claims(self, turn: Turn, frame: Frame) -> Claim:
        """A value that can be given here, a question what is needed; after submitting nothing."""
        if frame.finished:
            if not frame.shown.get(NEEDS_TOLD) or not _asks_of_a_case(turn):
                return Claim.NO
            return Claim.SURE if self._case_asked(turn) is not None else Claim.MAYBE
        if self._asks_what_is_needed(turn, frame):
            return self._aside(turn, frame)
        if _asks_of_a_case(turn) and self._case_asked(turn) is not None:
            return self._aside(turn, frame)
        claimed = forms.claim(turn, frame, self._given(turn, frame))
        return max(claimed, forms.chooses(turn, frame, self._fields(turn)))

    async def answer(self, turn: Turn, frame: Frame) -> Step:
        """Take what was given, ask for what is missing, sum up with the fee, submit on a yes."""
        found = self._given(turn, frame)
        agency = turn.city.agency(turn.city.services[self._name].agency)
        filling = forms.begun(turn, frame, agency, self._fields(turn))
        filling = replace(filling, values={**self._declared.defaults, **filling.values})
        if self._asks_what_is_needed(turn, frame):
            return self._requirements(filling, frame, self._declared.requirements)
        if turn.kind == "text" and not found.bare:
            if _asks_of_a_case(turn) and (frame.finished or self._case_asked(turn) is not None):
                return self._requirements(filling, frame, self._case_asked(turn) or "form.case_not_said")
            if not frame.values and has_words(turn, self._declared.status_words):
                return Step((Reply(key="application.where_status", buttons=[say.STATUS]),), finished=True)
        if summary.is_confirmed(turn, frame):
            return await self._submit(filling, frame)
        step = identity.announced(await self._filled(filling, found, frame), filling, frame)
        return summary.reserving(step, self._name, frame, filling.fields)

    def _fields(self, turn: Turn) -> list[FormField]:
        return readable(self._name, self._declared.fields, turn)

    def _given(self, turn: Turn, frame: Frame) -> Given:
        asked, before = forms.asked_field(frame), strings(frame.values)
        return given(self._fields(turn), turn, asked=asked, before=before, refused=forms.refused(frame))

    def _aside(self, turn: Turn, frame: Frame) -> Claim:
        """How surely a question about the papers is asked of the form that is open, and not of another matter."""
        of_nothing_else = turn.intent in WITHOUT_MATTER or turn.confidence < SURE
        return Claim.SURE if frame.question is not None and of_nothing_else else Claim.MAYBE

    def _asks_what_is_needed(self, turn: Turn, frame: Frame) -> bool:
        """Whether the papers are asked about; in the middle of the form also the fee or how long it takes."""
        if turn.kind != "text" or self._declared.requirements is None:
            return False
        terms = frame.question is not None and forms.says(turn, "asks_terms")
        return terms or has_words(turn, self._declared.requirements_words)

    def _case_asked(self, turn: Turn) -> str | None:
        """What is said of the special case that a question names."""
        return next((one.text for one in self._declared.further if has_words(turn, one.words)), None)

    def _requirements(self, filling: Filling, frame: Frame, key: str | None) -> Step:
        """Say what is needed; a form that is open goes on, else it can be begun."""
        assert key is not None
        begin = Button(title=Text(key="button.apply"), payload=f"/{self._name}")
        buttons = [] if frame.question else [begin]
        text = Reply(key=key, args=say.agency_args(filling), buttons=buttons)
        if frame.question is not None:
            return Step((text,), dict(filling.values), dict(filling.shown), frame.question)
        return Step((text,), shown={NEEDS_TOLD: True}, finished=True)

    async def _filled(self, filling: Filling, found: Given, frame: Frame) -> Step:
        turn = filling.turn
        wished = summary.field_to_change(turn, filling)
        if wished is not None:
            return forms.ask(filling.without(wished), wished)
        if summary.is_summed_up(frame) and turn.intent in ("deny", "correct") and not found.readings:
            return summary.change_what(filling, frame)
        if turn.intent == "go_back" and not found.readings:
            step = forms.gone_back(filling.without(*self._declared.defaults))
            return replace(step, values={**self._declared.defaults, **step.values})
        before = dict(filling.values)
        filling = forms.taken(forms.passed_over(filling, found, frame), found)
        if found.rejected:
            return forms.rejected(filling, found)
        missing = filling.missing
        if missing is not None:
            return forms.ask(forms.helped(filling, frame, before), missing.name)
        rule = unmet(self._declared.eligibility, filling.values, turn.now.astimezone(zone_of(turn.city)).date())
        if rule is not None:
            last = rule.of if isinstance(rule.of, str) else rule.of[-1]
            return forms.ask(filling.say(Reply(key=rule.text)).without(last), last)
        return await self._summed_up(filling)

    async def _summed_up(self, filling: Filling) -> Step:
        try:
            terms = await self._agencies[filling.turn.city.slug].check(_sent(filling))
        except BackendRefused as exc:
            return self._refused(filling, exc)
        except BackendError as exc:
            return filling.say(system_failed(self._name, exc.text_key)).step()
        if not terms.eligible:
            return Step((*filling.said, say.not_eligible(filling, terms)), finished=True, consents=filling.consents)
        return self._summary(filling, terms)

    def _summary(self, filling: Filling, terms: Terms) -> Step:
        title = Text(key=self._declared.title)
        more = say.terms_rows(terms)
        rule = refunds.rule_of(filling.turn, self._name, self._declared.refund)
        if terms.fee is not None and rule is not None and filling.turn.context.pays:
            more += [refunds.rule_row(rule, None, filling.turn.now)]
        return summary.summed_up(filling, "application.summary", title, confirms="apply", more=more)

    def _refused(self, filling: Filling, refusal: BackendRefused) -> Step:
        """Say why it cannot be submitted."""
        match refusal.code:
            case "unknown-person":
                name = self._declared.proved_by
                said = Reply(key=f"{self._name}.refused_person", args=say.agency_args(filling))
                return forms.ask(filling.say(said).without(name), name)
            case "pending":
                said = Reply(key="application.pending", args=say.agency_args(filling), buttons=[say.STATUS])
            case "not-eligible":
                said = Reply(key="application.not_eligible", args=say.agency_args(filling))
            case _:
                raise refusal
        return Step((*filling.said, said), finished=True, consents=filling.consents)

    async def _submit(self, filling: Filling, frame: Frame) -> Step:
        turn, key = filling.turn, _key(filling.turn, frame)
        agency = self._agencies[turn.city.slug]
        try:
            try:
                application = await agency.submit(key, _sent(filling))
            except BackendRefused as exc:
                if exc.code != "key-reused":
                    return self._refused(filling, exc)
                # an attempt whose answer was lost had arrived, before something was changed: it stands
                application = await agency.application(key)
                filling = filling.say(Reply(key="application.first_stands", args=say.agency_args(filling)))
        except BackendError as exc:
            kept = self._made(filling, frame, key, None)
            said = (
                *filling.said,
                Reply(key=exc.text_key),
                Reply(key="application.not_known", args=say.agency_args(filling)),
            )
            question = Question(None, say.try_again(), confirms="apply")
            return Step(said, dict(filling.values), dict(filling.shown), question, effects=(kept,))
        case = self._made(filling, frame, key, application)
        filling = filling.say(say.submitted(self._name, case.about, application, filling))
        effects: list[Effect] = [case]
        order = self._order(turn, key, case, application)
        if order is not None:
            filling = filling.say(orders.offered(order, turn))
            effects.append(order)
        elif application.fee is not None and not application.paid:
            args = {**say.agency_args(filling), "amount": {"money": application.fee}}
            filling = filling.say(Reply(key="application.pay_there", args=args))
        return Step(
            filling.said, shown={"case": case.case}, finished=True, effects=tuple(effects), consents=filling.consents
        )

    def _made(self, filling: Filling, frame: Frame, key: str, application: Application | None) -> KeepCase:
        subject, today = filling.named(self._declared.subject), f"{filling.turn.now:%Y-%m-%d}"
        return self._case(filling.turn, frame.id, key, application, subject, today)

    def _case(
        self, turn: Turn, case: str, key: str, application: Application | None, subject: JsonValue, on: str
    ) -> KeepCase:
        """What the desk keeps of an application; `on` is its day."""
        args: dict[str, JsonValue] = {"subject": subject, "date": {"date": on}}
        return KeepCase(
            case=case,
            city=turn.city.slug,
            service=self._name,
            agency=turn.city.services[self._name].agency,
            kind="application",
            reference=application.reference if application else key[:20].upper(),
            about=Text(key=f"{self._name}.about", args=args),
            facts={"key": key},
            status=application.status if application else UNKNOWN,
            over=application is not None and application.status in OVER,
        )

    def _order(self, turn: Turn, key: str, case: KeepCase, application: Application) -> OpenOrder | None:
        title = Text(key=self._declared.title).model_dump()
        subject = Text(key="application.fee_of", args={"service": {"text": title}})
        return None if application.paid else fee_order(turn, self._name, key, application.fee, case.about, subject)


def _asks_of_a_case(turn: Turn) -> bool:
    return turn.kind == "text" and phrases("what_about").whole(plain(turn.text))


def _sent(filling: Filling) -> dict[str, str]:
    """What the agency gets: names as cards have them."""
    names = {one.name for one in filling.fields if one.declared.validation == "person_name"}
    return {name: as_on_the_card(value) if name in names else value for name, value in filling.known.items()}


def _key(turn: Turn, frame: Frame) -> str:
    """The key of the command: the same whenever this form is answered again."""
    return hashlib.sha256(f"{turn.conversation}\n{frame.id}".encode()).hexdigest()[:32]


def open_application(name: str, declared: ApplicationService, at: Surroundings, opened: Opened) -> ApplicationHandler:
    """Open a service of the kind.

    Raises:
        ConfigurationError: a city file lacks its address or key.
    """
    agencies = by_city(name, declared.backend, lambda endpoint, _: Applications(endpoint), at, opened)
    return ApplicationHandler(name, declared, agencies)
