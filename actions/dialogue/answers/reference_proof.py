"""Cases that were not made in this conversation: shown by the agency's number, once it is proved whose it is.

A one-time code goes to the telephone that the agency holds for the number; nothing of it is said. Once the code is
given, the case is one of this conversation.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

import structlog
from pydantic import JsonValue

from actions.backends.references import Referenced
from actions.dialogue.answers.replies import HUMAN
from actions.dialogue.ports import Adopts, Claim, Proves, Step
from actions.dialogue.state.session import Frame, Question
from actions.dialogue.state.turn import Turn
from actions.proof import replies as proof
from actions.proof.checks import ReferenceCheck
from actions.proof.codes import Sending, count, given_code, remembered, sent, unsent
from actions.schema.record import CODE
from desk.city.files import Agency, City
from desk.contract.agency_commands import CodeCommand
from desk.contract.errors import BackendError, BackendRefused, BackendTimeout
from desk.contract.messages import Button, CaseNote, Effect, KeepCase, OpenTicket, Reply, Text
from desk.contract.proving import SendCode, Tried
from desk.contract.refunds import RefundRule
from desk.store.one_time import SENDINGS, TRIES
from values.types.reference import normal

TRACE, WISH, PROVED = "trace", "wish", "proved"
"""Remembered: the number that is being proved, which question about its payment is meant, and that it was proved."""
PAYMENTS = frozenset({"payment_status", "refund"})
"""Questions about the payment of a number; any other one is about its case."""
FIND_SECONDS = 3.0
"""So long the agencies of a city are waited for that are asked whose a number is."""
LONGEST = 64

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """An agency has given out the number, or (None) none of those that answered; `failed`: one did not answer."""

    service: str | None
    failed: BackendError | None = None


class ProvedService:
    """Proves the numbers of one service. A handler of its own, for frames that are about a number."""

    def __init__(
        self, service: str, adopts: Adopts | None, checks: Mapping[str, ReferenceCheck], rule: RefundRule | None = None
    ) -> None:
        self._service, self._adopts, self._checks, self._rule = service, adopts, checks, rule

    @property
    def service(self) -> str:
        return self._service

    def is_here(self, city: str, *, paying: bool) -> bool:
        """Whether the agency of a city can be asked: of a payment, or of a case that can be shown here."""
        return city in self._checks and (paying or self._adopts is not None)

    async def knows(self, city: str, reference: str) -> bool:
        """Whether the agency has given out a number.

        Raises:
            BackendError: its system failed.
        """
        try:
            await self._checks[city].references.find(normal(reference))
        except BackendRefused as exc:
            if exc.status != 404:
                raise
            return False
        return True

    async def claims(self, turn: Turn, frame: Frame) -> Claim:
        """The code, what is said of it, or the wish for another one."""
        if frame.finished or frame.question is None:
            return Claim.NO
        if turn.kind == "payload":
            return Claim.SURE if turn.first(CODE) == proof.AGAIN else Claim.NO
        if turn.kind != "text":
            return Claim.NO
        agency = turn.city.responsible(self._service)
        about = given_code(turn.text) is not None or proof.about_the_code(turn, agency) is not None
        return Claim.SURE if about else Claim.NO

    async def answer(self, turn: Turn, frame: Frame) -> Step:
        """Send a code, take it, show how the case stands."""
        agency = turn.city.responsible(self._service)
        try:
            if frame.shown.get(PROVED):
                return await self._paid(turn, frame, agency)
            sending = sent(frame.shown)
            if sending is None or (turn.kind == "payload" and turn.first(CODE) == proof.AGAIN):
                return self._send(turn, frame, agency)
            code = given_code(turn.text)
            if code is None:
                said = proof.about_the_code(turn, agency) or Reply(key="record.help_code")
                return Step((said,), shown=frame.shown, question=frame.question)
            return await self._check(turn, frame, agency, sending, code)
        except BackendError as exc:
            return self._failed(frame, agency, exc)

    def _send(self, turn: Turn, frame: Frame, agency: Agency, why: str | None = None, *effects: Effect) -> Step:
        """Wish a code; `why` another one is wished is said."""
        sending = Sending(count(frame.shown, "sendings") + 1, turn.now)
        if sending.number > SENDINGS:
            return Step((proof.no_proof("record.too_many_codes", agency),), finished=True, effects=effects)
        value = normal(_reference(frame))
        wished = SendCode(service=self._service, of="reference", value=value, frame=frame.id, number=sending.number)
        said = () if why is None else (Reply(key=why),)
        shown = remembered(frame.shown, sending)
        return Step(said, shown=shown, question=self._question(frame, agency), effects=(wished, *effects))

    def _question(self, frame: Frame, agency: Agency) -> Question:
        return proof.code_question("cases.ask_code", agency, reference=_reference(frame))

    async def _check(self, turn: Turn, frame: Frame, agency: Agency, sending: Sending, code: str) -> Step:
        if sending.is_over(turn.now):
            return self._send(turn, replace(frame, shown=unsent(frame.shown)), agency, "record.code_is_old")
        codes = self._checks[turn.city.slug].codes
        right = codes.is_right(turn.conversation, frame.id, sending, code)
        tried = Tried(what="reference", service=self._service, subject=normal(_reference(frame)), right=right)
        if right:
            paying = frame.shown.get(WISH) in PAYMENTS
            step = await (self._paid if paying else self._adopted)(turn, frame, agency)
            return replace(step, effects=(*step.effects, tried))
        wrong = count(frame.shown, "wrong") + 1
        if wrong >= TRIES:
            frame = replace(frame, shown=unsent(frame.shown))
            return self._send(turn, frame, agency, "record.code_is_void", tried)
        shown: dict[str, JsonValue] = {**frame.shown, "wrong": wrong}
        said = (proof.wrong_code(TRIES - wrong),)
        return Step(said, shown=shown, question=self._question(frame, agency), effects=(tried,))

    async def holder(self, city: str, value: str) -> str | None:
        """The telephone that the agency of a city holds for a number.

        Raises:
            BackendRefused: `unknown-reference`.
            BackendError: its system failed.
        """
        return (await self._checks[city].references.find(value)).phone

    async def send_code(self, city: City, command: CodeCommand) -> None:
        """Send a code. Raises `BackendError`."""
        await self._checks[city.slug].codes.send(command, city.responsible(self._service))

    async def _paid(self, turn: Turn, frame: Frame, agency: Agency) -> Step:
        """Whose number it is is proved: say what was paid for it; a wish for it back is the agency's to decide."""
        found = await self._checks[turn.city.slug].references.find(normal(_reference(frame)))
        args: dict[str, JsonValue] = {
            "agency": {"name": _names(agency)},
            "phone": agency.phone,
            "reference": found.reference,
        }
        shown: dict[str, JsonValue] = {TRACE: frame.shown[TRACE], PROVED: True}
        consents = () if frame.shown.get(PROVED) else (CODE,)
        if found.payment is None:
            said = Reply(key="payments.proved_unpaid", args=args, buttons=[HUMAN])
            return Step((said,), shown=shown, finished=True, consents=consents)
        args |= {
            "amount": {"money": found.payment.amount},
            "at": {"datetime": found.payment.paid_at.astimezone(turn.now.tzinfo).isoformat()},
            "receipt": found.payment.receipt or found.reference,
        }
        if frame.shown.get(WISH) != "refund":
            back = Button(title=Text(key="refund.title"), payload=f'/refund{{"reference": "{_reference(frame)}"}}')
            said = Reply(key="payments.proved", args=args, buttons=[back])
            return Step((said,), shown=shown, finished=True, consents=consents)
        rule = turn.city.services[self._service].refund or self._rule
        if rule is not None and rule.full_until_hours is None and rule.otherwise == "none":
            said = Reply(key="payments.proved_kept", args=args, buttons=[HUMAN])
            return Step((said,), shown=shown, finished=True, consents=consents)
        ticket = OpenTicket(reason="refund", service=self._service)
        said = Reply(key="payments.proved_refund", args=args)
        return Step((said,), shown=shown, finished=True, effects=(ticket,), consents=consents)

    async def _adopted(self, turn: Turn, frame: Frame, agency: Agency) -> Step:
        """The case is the resident's: say how it stands, and keep it with this conversation."""
        assert self._adopts is not None
        found: Referenced = await self._checks[turn.city.slug].references.find(normal(_reference(frame)))
        case = await self._adopts.adopted(turn, frame.id, found)
        answer = await self._adopts.status(case)
        kept = answer.case.model_dump(exclude={"known_at"})
        case = KeepCase.model_validate({**kept, "proved_phone": found.phone})
        line = Text(
            key="cases.status",
            args={"about": _nested(case.about), "reference": case.reference, "said": _nested(answer.said)},
        )
        reply = Reply(
            key="cases.adopted_over" if case.over else "cases.adopted",
            args={"status": _nested(line), "agency": {"name": _names(agency)}, "phone": agency.phone},
            buttons=_changing(case),
        )
        return Step((reply,), finished=True, effects=(case,), consents=(CODE,))

    def _failed(self, frame: Frame, agency: Agency, failed: BackendError) -> Step:
        """The agency or the gateway failed: what was asked stays asked; where nothing was, it can be tried again."""
        log.warning("reference_not_proved", service=self._service, error=type(failed).__name__)
        args: dict[str, JsonValue] = {"agency": {"name": _names(agency)}, "phone": agency.phone}
        said = (
            Reply(key=failed.text_key),
            Reply(
                key="cases.not_proved",
                args=args,
                buttons=[again(_reference(frame), str(frame.shown.get(WISH, "request_status")))],
            ),
        )
        if frame.question is None:
            return Step(said, finished=True)
        return Step(said[:1], shown=frame.shown, question=frame.question)


class ReferenceProof:
    """Finds out which agency of a city gave out a number. `services` are by name."""

    def __init__(self, services: Mapping[str, ProvedService]) -> None:
        self._services = services

    def handler(self, frame: Frame) -> ProvedService | None:
        """Who answers a frame that is about a number; None for any other frame."""
        return self._services.get(frame.service) if TRACE in frame.shown else None

    @property
    def provers(self) -> Mapping[str, Proves]:
        """Who has codes sent for numbers, by service."""
        return self._services

    async def find(self, turn: Turn, reference: str, *, paying: bool = False) -> Found:
        """Ask all agencies of the city, together and not for long; those that are paid, too, where it is about that."""
        asked = [one for one in self._services.values() if one.is_here(turn.city.slug, paying=paying)]
        if not 4 <= len(normal(reference)) <= LONGEST:
            return Found(None)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._knows(one, turn.city.slug, reference)) for one in asked]
        answers = [task.result() for task in tasks]
        for one, answer in zip(asked, answers, strict=True):
            if answer is True:
                return Found(one.service)
        return Found(None, next((one for one in answers if isinstance(one, BackendError)), None))

    async def _knows(self, one: ProvedService, city: str, reference: str) -> bool | BackendError:
        try:
            async with asyncio.timeout(FIND_SECONDS):
                return await one.knows(city, reference)
        except BackendError as exc:
            return exc
        except TimeoutError:
            return BackendTimeout("The agency did not say in time whose a number is.")


def proved_by(
    handlers: Mapping[str, object],
    checks: Mapping[str, Mapping[str, ReferenceCheck]],
    rules: Mapping[str, RefundRule] | None = None,
) -> ReferenceProof:
    """The services whose numbers can be proved: those with checks. Cases are shown of those that have them here."""
    return ReferenceProof(
        {
            name: ProvedService(name, one if isinstance(one, Adopts) else None, checks[name], (rules or {}).get(name))
            for name, one in handlers.items()
            if name in checks
        }
    )


def again(reference: str, wish: str = "request_status") -> Button:
    """Asks for a number once more."""
    return Button(title=Text(key="button.try_again"), payload=f'/{wish}{{"reference": "{normal(reference)}"}}')


def _reference(frame: Frame) -> str:
    return str(frame.shown[TRACE])


def _changing(case: CaseNote | KeepCase) -> list[Button]:
    """Buttons that move or cancel an appointment."""
    if case.kind != "appointment" or case.over:
        return []
    give_up = f'/change_appointment{{"case": "{case.case}", "field": "give_up"}}'
    return [
        Button(title=Text(key="button.move_appointment"), payload=f'/change_appointment{{"case": "{case.case}"}}'),
        Button(title=Text(key="button.drop_appointment"), payload=give_up),
    ]


def _nested(text: Text) -> JsonValue:
    return {"text": Text(key=text.key, args=text.args).model_dump()}


def _names(agency: Agency) -> JsonValue:
    return agency.names.model_dump(exclude_none=True)
