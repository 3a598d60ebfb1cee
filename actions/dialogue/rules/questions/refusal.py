"""What an agency just refused is asked about ("who booked that?"): what is known of it here, and who knows the rest."""

from collections.abc import Mapping

from actions.dialogue.answers import office_hours
from actions.dialogue.answers import replies as say
from actions.dialogue.reading.reading import ASKS
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state.outcome import Outcome
from desk.contract.commands import Command
from desk.contract.messages import Reply

EXPLAINED: Mapping[str, str] = {"appointment.already_booked": "appointment.whose_it_is"}
"""By the refusal that stands as the question, what is said of it."""
WONDERS: frozenset[Command] = ASKS | {"what_i_have", "unclear", "complain", "status"}
"""What wonders at a refusal; anything else goes on from it."""
ASKED = 0.5
"""So likely it wonders, in its situation or by its words."""


async def run(at: At) -> Ran:
    turn, question = at.turn, None if at.front is None else at.front.question
    key = None if question is None else EXPLAINED.get(question.reply.key)
    if question is None or key is None or turn.kind != "text" or turn.entities or not turn.reading.of_model:
        return None
    if any(case.kind == "appointment" and not case.over for case in turn.context.cases):
        return None  # it may be that one, which is shown
    asks = turn.inquiry is not None and turn.inquiry.asks >= ASKED
    if turn.reading.sure not in WONDERS | {None} or not (asks or turn.reading.probability(WONDERS) >= ASKED):
        return None
    args = say.agency_args(office_hours.concerned(turn, at.session, at.offer))
    return Outcome(at.understood, turn.locale, (Reply(key=key, args=args, buttons=[*question.reply.buttons]),))
