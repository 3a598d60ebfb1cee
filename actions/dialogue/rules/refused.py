"""What is named only to be refused is never begun: a service, which ends if it was open, and that is said; a person."""

from dataclasses import replace

from actions.dialogue.answers import replies as say
from actions.dialogue.ports import Claim
from actions.dialogue.reading import negation
from actions.dialogue.reading.guided import guided
from actions.dialogue.reading.reservations import without_assent
from actions.dialogue.reading.third_party import about_a_record
from actions.dialogue.rules.rule import At, Ran
from desk.contract.messages import Reply


async def run(at: At) -> Ran:
    if at.turn.intent == "human_agent" and negation.refuses_a_person(at.turn):
        if at.front is not None:
            return at.answered(Reply(key="common.no_person_open"))
        return at.answered(Reply(key="common.no_person", buttons=[say.LIST]))
    turn = guided(about_a_record(at.turn, at.offer), at.offer)
    front, said = at.front, negation.heard(turn, at.offer)
    at = at.but(turn)
    one_of_it = front is not None and said.refused == {front.service} and not said.wanted  # of several bills one
    if front is not None and one_of_it and await at.claim() is Claim.SURE:
        return await at.handlers.hand(turn, at.session, front)
    turn = negation.meant(without_assent(turn, front), at.session, said, at.offer)
    session, ended = negation.ended(at.session, said, turn, at.offer)
    return replace(at, turn=turn, session=session, said_first=(*at.said_first, *ended))
