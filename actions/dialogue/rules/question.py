"""A question, or a wish of the account, that a message surely is in its situation: the table of answers below.

A value that is asked for is none, nor what a service answers itself; a fact of what is in front goes first.
"""

from dataclasses import replace

from actions.dialogue.ports import Claim
from actions.dialogue.reading import arbiter
from actions.dialogue.rules import fact
from actions.dialogue.rules.questions import about_the_matter, account, office, payment, what_i_have
from actions.dialogue.rules.rule import Answer, At, Question, Ran, matter_of

ANSWERS: tuple[Answer, ...] = (
    account.RULE,
    office.TELEPHONE,
    office.HOURS,
    payment.RULE,
    about_the_matter.RULE,
    what_i_have.RULE,
)


async def run(at: At) -> Ran:
    command = arbiter.asked(at.turn, at.session, at.offer)
    if command is None:
        return None
    matter = matter_of(at.turn, at.session, at.offer)
    frame = at.front or (None if matter is None else matter.frame)
    if command in fact.OF_COMMAND and at.front is not None and not at.turn.entities:
        told = fact.told(at.but(session=replace(at.understood, pending=None)))
        if told is not None:
            return told  # one fact, and not all that the form needs
    if await at.handlers.claim(at.turn, frame) is Claim.SURE:
        return None
    asked = Question(at.but(session=replace(at.understood, pending=None)), command, matter)
    answers = (answer.run(asked) for answer in ANSWERS if command in answer.commands)
    return next((outcome for outcome in answers if outcome is not None), None)
