"""The telephone of a booking, proved by a one-time code where a city demands it: after the summary, before booking.

It shows that somebody holds the telephone, not who they are.
"""

from dataclasses import dataclass, replace

from pydantic import JsonValue

from actions.dialogue.ports import Step
from actions.dialogue.reading.declining import asks_why
from actions.dialogue.state.session import Frame, Question
from actions.dialogue.state.turn import Turn
from actions.forms import filling as forms
from actions.forms import summary
from actions.forms.filling import Filling
from actions.forms.replies import CANCEL
from actions.kinds.appointment import replies as say
from actions.kinds.appointment.commands import PROVED
from actions.phrases import phrases, plain
from actions.proof import replies as proof
from actions.proof.codes import Codes, Sending, count, given_code, remembered, sent, unsent
from actions.schema.appointment import PHONE
from actions.schema.record import CODE
from desk.contract.messages import Effect, Reply
from desk.contract.proving import SendCode, Tried
from desk.store.one_time import SENDINGS, TRIES

LEAVING = frozenset({"cancel", "correct", "deny", "go_back"})
"""Intents that are about the form while a code is asked for."""
LONGEST = 8
"""Longer digits are no code that was mistyped, but another number."""


def asks_code(frame: Frame) -> bool:
    """Whether the code is being asked for."""
    return not frame.finished and forms.asked_field(frame) == CODE


def is_about_code(turn: Turn) -> bool:
    """Whether a turn gives the code, wishes another one, or asks about it."""
    if turn.kind == "payload":
        return turn.first(CODE) == proof.AGAIN
    return turn.kind == "text" and (_code(turn) is not None or _about(turn) is not None)


def is_another(turn: Turn) -> bool:
    """Whether the telephone is said to be another one."""
    is_short = turn.kind == "text" and len(turn.text) <= proof.LONGEST
    return is_short and phrases("phone_is_another").within(plain(turn.text))


def set_aside(frame: Frame) -> Frame:
    """The frame as it is when the form is spoken of again: summed up, and not booked."""
    return replace(frame, question=say.retry("/affirm"))


@dataclass(frozen=True, slots=True)
class Telephone:
    """Proves telephones for one service in one city."""

    service: str
    codes: Codes

    def is_proved(self, filling: Filling) -> bool:
        """Whether nothing is asked: it was proved in this form, or the channel's platform says who the resident is."""
        return filling.turn.context.certificate is not None or filling.shown.get(PROVED) == filling.values[PHONE]

    def send(self, filling: Filling, frame: Frame, why: str | None = None) -> Step:
        """Wish a code to the telephone; `why` another one is wished is said."""
        sending = Sending(count(filling.shown, "sendings") + 1, filling.turn.now)
        if sending.number > SENDINGS:
            filling = filling.say(proof.no_proof("appointment.too_many_codes", filling.agency))
            return Step(filling.said, finished=True, consents=filling.consents)
        phone = filling.values[PHONE]
        wished = SendCode(service=self.service, of="phone", value=phone, frame=frame.id, number=sending.number)
        filling = filling if why is None else filling.say(Reply(key=why))
        return self._ask(replace(filling, shown=remembered(filling.shown, sending)), wished)

    def taken(self, filling: Filling, frame: Frame) -> Step | tuple[Filling, Tried]:
        """What a turn does while the code is asked for: a step, or the form with its telephone proved."""
        turn, sending = filling.turn, sent(filling.shown)
        if turn.kind == "payload" and turn.first(CODE) == proof.AGAIN:
            return self.send(filling, frame)
        if is_another(turn):
            return forms.ask(replace(filling, shown=unsent(filling.shown)).without(PHONE), PHONE)
        code = _code(turn) if turn.kind == "text" else None
        if sending is None or code is None:
            return self._ask(filling.say(_about(turn) or Reply(key="appointment.help_code")))
        if sending.is_over(turn.now):
            return self.send(filling, frame, "record.code_is_old")
        right = self.codes.is_right(turn.conversation, frame.id, sending, code)
        tried = Tried(what="phone", service=self.service, subject=filling.values[PHONE], right=right)
        if right:
            shown: dict[str, JsonValue] = {**unsent(filling.shown), PROVED: filling.values[PHONE]}
            return replace(filling, shown=shown, consents=(*filling.consents, CODE)), tried
        wrong = count(filling.shown, "wrong") + 1
        if wrong >= TRIES:  # a new one is sent when it is asked for: so no try is left out of the count
            filling = replace(filling, shown=unsent(filling.shown))
            return self._ask(filling.say(Reply(key="appointment.code_is_void")), tried)
        filling = replace(filling, shown={**filling.shown, "wrong": wrong})
        return self._ask(filling.say(proof.wrong_code(TRIES - wrong)), tried)

    def _ask(self, filling: Filling, *effects: Effect) -> Step:
        reply = Reply(
            key="appointment.ask_code",
            args={"phone": filling.named(PHONE)},
            buttons=[proof.RESEND, summary.CHANGE, CANCEL],
        )
        question = Question(CODE, reply, field=CODE)
        return Step(
            filling.said,
            dict(filling.values),
            dict(filling.shown),
            question,
            effects=effects,
            consents=filling.consents,
        )


def _code(turn: Turn) -> str | None:
    code = turn.first(CODE) or given_code(turn.text)
    return code if code is not None and len(code) <= LONGEST else None


def _about(turn: Turn) -> Reply | None:
    """What the code is for, if that is asked; what can be done if it did not come."""
    if turn.kind != "text" or len(turn.text) > proof.LONGEST:
        return None
    if asks_why(turn):
        return Reply(key="appointment.why_code")
    return Reply(key="appointment.help_code") if phrases("code_did_not_come").within(plain(turn.text)) else None
