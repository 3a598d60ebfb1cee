"""Something is asked about notices themselves: how they begin, what they cost, which one has, whether some are on.

That is told, with a button for what may be wished; nothing begins or ends on a question.
"""

from dataclasses import replace

from actions.dialogue.answers import facts, notices, wishes
from actions.dialogue.ports import Claim
from actions.dialogue.reading.inquiry import LIKELY
from actions.dialogue.rules import fact
from actions.dialogue.rules.questions import what_i_have
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.turn import Turn
from desk.city.facts import LocalFact
from desk.contract.commands import Command
from desk.contract.messages import Reply

BEGINS, ENDS, LATEST = "subscribe", "unsubscribe", "latest_announcements"
"""Intents; the first is also whose facts are about notices."""
SOUNDS = frozenset({BEGINS, ENDS, LATEST})
"""Intents that a question about notices sounds like."""
HAS: tuple[Command, ...] = ("what_i_have",)
STANDS: tuple[Command, ...] = ("what_i_have", "status")
JUST_SAID = "announcements."
"""What was said last about notices begins so."""
HEARD, SURELY = 0.5, 0.8
"""So likely the situation must hear that somebody asks what they have: where notices are spoken of, and in any case."""
OTHERWISE = 6
"""So many times likelier a message is about having notices than about their end, it ends none."""


async def run(at: At) -> Ran:
    turn = at.turn
    if turn.kind != "text" or not turn.reading.of_model:
        return None
    if at.front is not None and turn.entities and await at.claim() is Claim.SURE:
        return None
    heard = at.but(session=replace(at.understood, pending=None))
    if _asks_what_is_had(at):
        return heard.answered(what_i_have.said(turn, at.offer))
    if (told := _of_facts(heard)) is not None:
        return told
    if turn.intent == ENDS and turn.context.subscriptions and _is_hardly_an_end(turn):
        had = what_i_have.said(turn, at.offer)
        return heard.answered(had.model_copy(update={"buttons": notices.had(turn, at.offer)}))
    if turn.intent == BEGINS and turn.context.subscriptions and not wishes.named(turn, at.offer.topics).topics:
        return notices.subscribe(turn, at.understood, at.offer).after([what_i_have.said(turn, at.offer)])
    return None


def _asks_what_is_had(at: At) -> bool:
    """Whether a message, or a clause of it, asks which notices one has, or whether they are on."""
    turn = at.turn
    clauses = [one for one in (turn, *(turn.only(part) for part in turn.parts)) if one.reading.of_model]
    if any(one.reading.probability(HAS) >= SURELY for one in clauses):
        return True
    just_said = any(reply.key.startswith(JUST_SAID) for reply in at.session.said)
    if not just_said and turn.intent not in SOUNDS:
        return False
    commands = HAS if turn.intent == LATEST else STANDS
    return any(one.reading.probability(commands) >= HEARD for one in clauses)


def _of_facts(at: At) -> Outcome | None:
    """The fact about notices that a question asks for, however sure its words are of a wish; or some, by name.

    What sounds like the announcements themselves is asked about notices only where the bot says so.
    """
    turn, inquiry = at.turn, at.turn.inquiry
    if inquiry is None or not inquiry.is_question or turn.intent not in SOUNDS:
        return None
    likely = [one for one in inquiry.facts if one.service == BEGINS]
    found = [(at.offer.fact(turn.city, BEGINS, one.name), one.probability) for one in likely]
    there = [(one, probability) for one, probability in found if one is not None]
    if there and there[0][1] >= facts.TELLS:
        return _told(at, there[0][0])
    if turn.intent != LATEST or inquiry.probability(BEGINS) < LIKELY:
        return None
    several = [one for one, _ in there[: facts.OFFERED]]
    enough = sum(probability for _, probability in there) >= facts.OFFERS
    return at.answered(_which(at, several)) if several and enough else None


def _which(at: At, found: list[LocalFact]) -> Reply:
    return facts.which(found, at.offer.account_agency(at.turn.city, at.turn.context.channel))


def _told(at: At, found: LocalFact) -> Outcome:
    """The fact, with the topics that were named on buttons."""
    said = fact.said(at, found)
    buttons = notices.named_buttons(at.turn, at.offer)
    return at.answered(said.model_copy(update={"buttons": [*buttons, *said.buttons]}))


def _is_hardly_an_end(turn: Turn) -> bool:
    """Whether the bot finds it about having notices, and hardly about their end ("did it work?")."""
    inquiry = turn.inquiry
    likely = 0.0 if inquiry is None else inquiry.probability(BEGINS)
    return inquiry is not None and likely >= LIKELY and likely >= OTHERWISE * inquiry.probability(ENDS)
