"""What is asked about the account itself: who speaks, what it costs, who reads along, how long is kept what is written.

Facts answer (`nlu/account/facts.yml`; of payments some). Which one is meant: how likely the bot finds it, and how near
the message is to how it is asked for; less is enough where the situation hears such a question. Several in one message
are answered one after the other.
"""

from collections.abc import Mapping
from dataclasses import replace

from actions.dialogue.answers import facts
from actions.dialogue.ports import Claim
from actions.dialogue.reading import languages
from actions.dialogue.reading.inquiry import GUIDE
from actions.dialogue.reading.inquiry import LIKELY as MATTER
from actions.dialogue.reading.polar import asks_why
from actions.dialogue.reading.unsure import SURE
from actions.dialogue.rules import fact
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from actions.schema import BillService
from desk.city.facts import LocalFact
from desk.contract.commands import Command

SURELY, LIKELY, HEARD = 0.75, 0.45, 0.25
"""So near a fact is told; so near where the message may ask for it, and so near where the situation hears that.

With 0.7 for the first, of 358 sample questions, each left out in turn, 272 are told a fact, 243 the right one; by the
bot's probability alone 188 and 173. Of 2,192 messages about other things 10 were told one by the model before, and 4 of
these do ask it.
"""
WEIGHT = 0.7
"""What the bot's probability of a fact adds to its likeness."""
OF_A_REASON, REASON = "why", 0.25
"""The part of facts that give a reason; and what it adds to the likeness of one as near as `LIKELY`, where a reason is
asked for and nothing is open: what becomes of payments is no answer to why.
"""
HARDLY = 0.1
"""Less likely the bot finds a fact, a guide that is likely and named is meant."""
SURELY_A_GUIDE = 0.8
"""So likely a guide is meant though it is not named ("is that yearly check done on the telephone?")."""
AT_ONCE = 3
"""So many are told at once."""
COMMANDS: Mapping[str, Command] = {facts.ACCOUNT: "ask_account", "payment_status": "ask_payment"}
"""By service, the question that the situation hears."""
MAY_SOUND = NOT_UNDERSTOOD | {
    *("complain_about_bot", "delete_my_data", "human_agent", "list_services", "payment_status", "service_guide"),
    "request_status",
}
"""Intents that a question about the account is taken for."""
BEGINS: tuple[Command, ...] = ("start",)
WISHED, TIMES = 0.9, 1.5
"""So sure of a service by its words, and as sure in its situation as `NAMED`, that is wished; and so many times
likelier than the fact, a guide is meant."""
PLAINLY, NAMED = 0.99, 0.8
"""So sure are words that say nothing else (“to a person”, in Chinese: .994).

“Could you phone me and explain” has .981, and asks.
"""
ERASE, PERSON, ANGER = "delete_my_data", "human_agent", "complain_about_bot"
OF_DATA = frozenset(
    {"do_you_know_me", "how_long", "see_my_data", "what_clerks_see", "what_stays", "where_is_it_kept", "who_sees"}
)
"""What becomes of data: a question that sounds like a wish to erase them."""
SEES, SHOWS = "see_my_data", 0.9
"""So surely who asks what is kept is shown it."""
NAME = "person_name"
FREE, LANGUAGES, LANGUAGE = "is_it_free", "languages", "change_language"
SOMEBODY_ELSE, OTHERWISE_NOTHING = "somebody_else", 0.45
"""Where somebody else lives no service knows: so near that fact is told, where words alone are of none."""


async def run(at: At) -> Ran:
    if at.turn.kind != "text" or any(one.service is not None for one in at.turn.proposed):
        return None  # a larger model takes it for a wish
    if _wants_a_person(at.turn) or _complains(at.turn) or _is_anothers(at.turn) or _is_of_a_service(at):
        return None
    found = asked(at)
    if not found or (_may_give(at) and await at.claim() is Claim.SURE):
        return None
    session = replace(at.understood, pending=None)
    return at.but(session=session).answered(*(fact.said(at, one) for one in found))


def _may_give(at: At) -> bool:
    """Whether something of an open form may stand in the message: a marked value, or the name that is asked for."""
    question = None if at.front is None else at.front.question
    return question is not None and (bool(at.turn.entities) or question.asks_for == NAME)


def _is_of_a_service(at: At) -> bool:
    """Whether a service is surely wished, in words and situation (“I got a ticket, can I see it here?”), or a bill is
    named by its number ("where do I pay this", with a plate): nothing is asked of the account.
    """
    turn, declared = at.turn, at.offer.declared.get(at.turn.intent)
    if declared is None or turn.confidence < NAMED:
        return False
    names = isinstance(declared, BillService) and turn.has((declared.subject,))
    return names or (turn.confidence >= WISHED and turn.reading.probability(BEGINS) >= NAMED)


def _wants_a_person(turn: Turn) -> bool:
    """Whether a person is wished, and nothing is asked.

    Being like the question of a fact asks nothing where the situation hears the wish and the words alone are plain.
    """
    is_plain = turn.means("person") and turn.confidence >= PLAINLY
    near = _likeliest(turn) in COMMANDS and not is_plain
    asks = turn.inquiry is not None and (turn.inquiry.is_question or near)
    return turn.intent == PERSON and turn.confidence >= SURE[PERSON] and not asks


def _complains(turn: Turn) -> bool:
    """Whether somebody is angry, though being angry sounds like asking ("can you people do anything at all?").

    Words alone and what the message is about say so, or the situation does; but the bot finds no fact likely. Of 420
    sample questions seven sound so, three of them in what they are about, too; each of these has its likely fact, so
    none is withheld. Of 88 complaints 79 sound so, 49 are about that as well, and 43 find no likely fact beside it.
    """
    if _likeliest(turn) in COMMANDS:
        return False
    about = 0.0 if turn.inquiry is None else turn.inquiry.probability(ANGER)
    in_words = turn.intent == ANGER and turn.confidence >= SURE[ANGER] and about >= MATTER
    return in_words or turn.means("complain")


def _is_anothers(turn: Turn) -> bool:
    """Whether the bot finds a fact of another service all but surely meant (“can I do this anonymously?”), by the whole
    message or by its clauses.
    """
    if _likeliest(turn) in COMMANDS:
        return False
    meant = {_likeliest(turn), *(_likeliest(turn.only(part)) for part in turn.parts)} - {None}
    return bool(meant) and not meant & {*COMMANDS}


def _likeliest(turn: Turn) -> str | None:
    """The service whose fact the bot finds likely enough to be told."""
    found = () if turn.inquiry is None else turn.inquiry.facts
    return next((one.service for one in found if one.probability >= facts.TELLS), None)


def asked(at: At) -> list[LocalFact]:
    """The facts that a message asks for: several part by part, in their order; else that of the whole."""
    parts = (_meant(at, at.turn.only(part)) for part in at.turn.parts)
    several = {(one.service, one.name): one for one in parts if one is not None}
    whole = _meant(at, at.turn) if len(several) < 2 else None
    return [*several.values()][:AT_ONCE] if whole is None else [whole]


def _meant(at: At, part: Turn) -> LocalFact | None:
    """The fact that a part of the message, or all of it, asks for."""
    name, near = _nearest(at, part)
    found = None if name is None else facts.named(name, at.turn.city, at.offer)
    if found is None or near < min(_least(part, found), _least(at.turn, found)):
        return None
    of_account = found.service == facts.ACCOUNT
    if (at.front is not None or at.session.finished) and (not of_account or found.name == FREE):
        return None  # asked of what is talked about
    if (part is at.turn and _is_shown(part, found)) or _is_of_a_guide(at, found):
        return None
    return None if found.name == LANGUAGES and _wishes_a_language(at, part) else found


def _wishes_a_language(at: At, part: Turn) -> bool:
    """Whether a part wishes one, or tells why the whole surely does ("in Chinese? my English is poor")."""
    surely = at.turn.intent == LANGUAGE and at.turn.confidence >= WISHED
    said = (part.text, at.turn.text) if surely else (part.text,)
    return any(languages.wished(one, at.turn.language) is not None for one in said)


def _is_shown(turn: Turn, found: LocalFact) -> bool:
    """Whether what is kept of them is shown: that is more than the fact."""
    return found.name == SEES and turn.intent == ERASE and turn.confidence >= SHOWS


def _is_of_a_guide(at: At, found: LocalFact) -> bool:
    """Whether a guide is surely meant, or likely and named, where the bot hardly finds the fact.

    Such is “must I tell the police?”.
    """
    inquiry = at.turn.inquiry
    if inquiry is None or inquiry.likeliest_guide < MATTER or not inquiry.is_of_a_guide:
        return False
    name = (found.service, found.name)
    likely = max((one.probability for one in inquiry.facts if (one.service, one.name) == name), default=0.0)
    hardly = likely < HARDLY or inquiry.likeliest_guide >= max(SURELY_A_GUIDE - HARDLY, TIMES * likely)
    slug = inquiry.matters[0][0].removeprefix(GUIDE)
    surely = inquiry.likeliest_guide >= SURELY_A_GUIDE - HARDLY
    return hardly and (surely or at.offer.finder.names(at.turn.text, slug))


def _nearest(at: At, part: Turn) -> tuple[str | None, float]:
    """The fact that is the nearest, and how near, from 0 to 1 and, where the bot finds it likely, more.

    Of one service, where the situation hears a question that is its own.
    """
    near = dict(at.offer.asked_for.near(part.text))
    for one in () if part.inquiry is None else part.inquiry.facts:
        name = f"{one.service}.{one.name}"
        near[name] = near.get(name, 0.0) + WEIGHT * one.probability
    if at.front is None and asks_why(part.text):
        near |= {one: near[one] + REASON for one in near if near[one] >= LIKELY and _gives_a_reason(at, one)}
    heard = next((service for service, command in COMMANDS.items() if part.means(command)), None)
    names = [name for name in near if heard is None or name.partition(".")[0] == heard]
    best = max(names, key=lambda one: near[one], default=None)
    return (best, near[best]) if best is not None and best in at.offer.asked_for else (None, 0.0)


def _gives_a_reason(at: At, name: str) -> bool:
    found = facts.named(name, at.turn.city, at.offer)
    return found is not None and found.fact.part == OF_A_REASON


def _least(turn: Turn, found: LocalFact) -> float:
    """How near a fact must be."""
    asks = turn.inquiry is not None and turn.inquiry.is_question
    of_data = found.service == facts.ACCOUNT and found.name in OF_DATA and turn.intent == ERASE
    if turn.means(COMMANDS[found.service]) or (found.name == FREE and turn.means("ask_fee")):
        return HEARD
    if of_data and asks and not turn.means("erase"):
        return HEARD
    if found.name == SOMEBODY_ELSE and turn.intent in NOT_UNDERSTOOD:
        return OTHERWISE_NOTHING
    facts_found = () if turn.inquiry is None else turn.inquiry.facts
    likely = any((one.service, one.name) == (found.service, found.name) for one in facts_found)
    may = asks and likely and turn.intent in MAY_SOUND and not turn.means("ask_phone")
    return LIKELY if may else SURELY
