"""Another of what is being made is told of in the middle of it: a second report waits until the first is submitted."""

from dataclasses import replace

from actions.dialogue.answers import replies as say
from actions.dialogue.ports import Told
from actions.dialogue.rules import wish
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state import stack
from actions.dialogue.state.turn import Turn
from actions.fields.correction import correction
from actions.phrases import phrases, plain
from desk.contract.messages import Reply

SURE = 0.85
"""So sure of the service by its words, a text tells of something; less sure it may be an answer."""


async def run(at: At) -> Ran:
    turn, front = at.turn, at.front
    if turn.kind != "text" or front is None or at.session.pending is not None:
        return None
    if turn.intent != front.service or turn.confidence < SURE:
        return None
    known, told = at.handlers.told_in(front), await at.handlers.told(turn, front.service)
    if known is None or told is None or told.sort is None or not _is_another(turn, known, told):
        return None
    begun = await wish.granted(at.but(session=replace(at.understood, open=())))
    opened = begun.session.front
    if opened is None:
        return None
    opened = replace(opened, named=told.named)
    session = replace(begun.session, open=(*at.session.open[:-1], opened, front))
    noted = Reply(key="common.then_next_alone", args={"services": say.nested(told.named)})
    return stack.returned(session, turn, (noted,), at.offer)


def _is_another(turn: Turn, known: Told, told: Told) -> bool:
    """Whether it is another thing than the one that is open: said so, or of another kind elsewhere."""
    if correction(turn.text).refused or not told.is_apart(known):
        return False
    elsewhere = told.place is not None and known.place is not None and told.is_of_another_kind(known)
    return phrases("one_more_report").within(plain(turn.text)) or (elsewhere and told.place != known.place)
