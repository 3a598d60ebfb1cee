"""A person is asked for beside a matter ("a person please: my fine is paid and still shows"): the rest is for them.

Who says so has decided whom to tell, whatever else the sentence sounds like. The ticket comes to the agency of what is
wished beside it.
"""

from collections.abc import Sequence
from dataclasses import replace

from actions.dialogue.answers.global_commands import human_agent
from actions.dialogue.ports import Claim
from actions.dialogue.reading import negation
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.turn import Turn
from actions.phrases import phrases, plain
from actions.schema import ReportService
from desk.contract.commands import Command
from desk.contract.messages import OpenTicket
from values.joins import CUT

LOOK_UP = "code"  # the kind of services that look something up
SURE = 0.8
"""So likely a part must want a person by itself: more than a whole sentence, since a part says less."""
PLAINLY = 0.98
"""And so likely behind what is reported: somebody to mend it is no clerk."""
HEARD = 0.3
"""And so likely in its situation: which number to call, or that nobody need call, sounds like a wish for a person."""
HARDLY = 0.1
"""Less likely a whole message that surely reports wants a person, "send somebody" is about the problem."""
GIVES: tuple[Command, ...] = ("provide",)
LEFT_OUT = "deny"
LEAVES_OUT: tuple[Command, ...] = ("skip",)
MOST_READ = 5
"""A message of more clauses is read as a whole alone."""
GIVEN = 0.9
"""So likely the whole message gives what is asked for, that its clauses are about that."""
WANTS: tuple[Command, ...] = ("person", "complain")


async def run(at: At) -> Ran:
    turn = at.turn
    declared = at.offer.declared.get(turn.intent)
    if turn.kind != "text" or turn.context.in_line:
        return None
    if not turn.parts:
        return _handed_over(at) if _pleads_in_a_story(at) else None
    if len(turn.parts) < 2:
        return None
    if declared is not None and declared.kind == LOOK_UP:  # it is answered at once, and a person can still be got
        return None
    if isinstance(declared, ReportService) and _hardly_wants_one(turn):
        return None
    parts = [turn.only(part) for part in turn.parts]
    if not any(
        _asks_for_a_person(one) and not _is_of_a_report(at, one, parts[:place]) for place, one in enumerate(parts)
    ):
        return None
    if await _is_about_what_it_gives(at, parts):
        return None
    if _is_about_what_it_leaves_out(at, parts):
        return at.but(replace(turn, intent=LEFT_OUT))
    return _handed_over(at)


def _pleads_in_a_story(at: At) -> bool:
    """Whether a message of so many clauses that none was read alone asks for a living person in one of them, before
    anything was begun ("…, and nobody came. I want a real person").
    """
    begun = at.front is not None or at.session.pending is not None
    clauses = 1 + sum(1 for _ in CUT.finditer(at.turn.text))
    return not begun and clauses > MOST_READ and negation.pleads_for_a_person(at.turn.text)


def _handed_over(at: At) -> Outcome:
    turn = at.turn
    outcome = human_agent(turn, at.session, at.offer)
    if turn.intent not in turn.city.services:
        return outcome
    effects = [
        effect.model_copy(update={"service": turn.intent}) if isinstance(effect, OpenTicket) else effect
        for effect in outcome.effects
    ]
    return replace(outcome, effects=tuple(effects))


async def _is_about_what_it_gives(at: At, clauses: Sequence[Turn]) -> bool:
    """Whether the whole surely gives what is asked for, and no clause says plainly that a person is wanted ("138…, ring
    me there, not her"): the rest is about the value.
    """
    question = None if at.front is None else at.front.question
    asked = None if question is None else question.asks_for
    if asked is None or not at.turn.has((asked,)) or at.turn.reading.probability(GIVES) < GIVEN:
        return False
    plainly = any(_asks_for_a_person(one) and one.confidence >= PLAINLY for one in clauses)
    return not plainly and await at.claim() is Claim.SURE


def _is_about_what_it_leaves_out(at: At, clauses: Sequence[Turn]) -> bool:
    """Whether a clause surely leaves out what is asked for, and no clause says plainly that a person is wanted ("I am
    deaf, I cannot answer calls"): the rest is about that.
    """
    asked = None if at.front is None or at.front.question is None else at.front.question.asks_for
    leaves_out = any(one.reading.probability(LEAVES_OUT) >= GIVEN for one in (at.turn, *clauses))
    plainly = any(_asks_for_a_person(one) and one.confidence >= PLAINLY for one in clauses)
    return asked is not None and leaves_out and not plainly


def _hardly_wants_one(turn: Turn) -> bool:
    """Whether the whole message surely reports something, and its situation hardly hears a person."""
    reading = turn.reading
    return reading.of_model and turn.confidence >= SURE and reading.probability(WANTS) < HARDLY


def _is_of_a_report(at: At, clause: Turn, before: Sequence[Turn]) -> bool:
    """Whether somebody shall come and mend what was told of just before ("a hole in the road, send a person")."""
    told = before[-1] if before else None
    declared = None if told is None else at.offer.declared.get(told.intent)
    reports = told is not None and isinstance(declared, ReportService) and told.confidence >= SURE
    return reports and clause.confidence < PLAINLY


def _asks_for_a_person(turn: Turn) -> bool:
    asks = turn.inquiry is not None and turn.inquiry.is_question  # "is there a person at the counter"
    said, refuses_next = plain(turn.text), phrases("refuses_next")
    refuses = any(refuses_next.within(said[:place]) for place in range(1, len(said)))  # "do not put me through"
    heard = not turn.reading.of_model or turn.reading.probability(WANTS) >= HEARD
    return turn.intent == "human_agent" and turn.confidence >= SURE and heard and not asks and not refuses
