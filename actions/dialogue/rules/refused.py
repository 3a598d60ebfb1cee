"""A service that is named only to be refused is never begun; if it was open it ends, and that is said."""

from dataclasses import replace

from actions.dialogue.ports import Claim
from actions.dialogue.reading import negation
from actions.dialogue.reading.guided import guided
from actions.dialogue.reading.reservations import without_assent
from actions.dialogue.reading.third_party import about_a_record
from actions.dialogue.rules.rule import At, Ran


async def run(at: At) -> Ran:
    turn = guided(about_a_record(at.turn, at.offer), at.offer)
    front, said = at.front, negation.heard(turn, at.offer)
    at = at.but(turn)
    one_of_it = front is not None and said.refused == {front.service} and not said.wanted  # of several bills one
    if front is not None and one_of_it and await at.claim() is Claim.SURE:
        return await at.handlers.hand(turn, at.session, front)
    turn = negation.meant(without_assent(turn, front), at.session, said, at.offer)
    session, ended = negation.ended(at.session, said, turn, at.offer)
    return replace(at, turn=turn, session=session, said_first=(*at.said_first, *ended))
