"""Sentences that name a service only to refuse it ("not the fines, the water bill").

Which service a word means stands in the service files (`called`). What is refused is never begun; if it was open, it
ends, and that is said.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from actions.dialogue.answers import replies as say
from actions.dialogue.answers.offer import Offer
from actions.dialogue.reading.polar import is_polar
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import Turn
from actions.phrases import as_word, phrases, plain
from desk.contract.commands import Command
from desk.contract.messages import Reply
from values.lexicon import lexicon

_PERSON, _PLEA = lexicon(__file__).pattern("person"), lexicon(__file__).pattern("plea")
_NO, _PLURAL = re.compile(r"\bno(?: more)? (?:\w+ )?$"), re.compile(r"(?:\w+ )?\w+s\b")
_LETS_GO: tuple[Command, ...] = ("cancel_this", "withdraw")
_SURE, _HINTED = 0.6, 0.15
"""So sure of an end by the words of a part, what it names is what ends; and so likely by its words and its situation
both ("cancel the water": its name makes it sound like a wish)."""
_IN_WORDS, _IN_SITUATION, _BOTH = 0.02, 0.05, 0.002
"""So likely by its words, in its situation, and as the product of both, a text that names what is in front may end it:
of 18 such ends, on which the numbers were chosen, 12 are so, of 19 other sentences that name it none."""
_LIKELY = 0.005
"""Another meaning must be at least so likely to be what is wanted instead, where no word names it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Services that a sentence refuses, and those that it names otherwise, in the order of the text."""

    refused: frozenset[str] = frozenset()
    wanted: tuple[str, ...] = ()


def heard(turn: Turn, offer: Offer) -> Heard:
    """Read a sentence. Nothing is refused where the refusal goes with no service's word."""
    if turn.kind != "text":
        return Heard()
    refused, wanted = set[str](), dict[str, None]()
    let_go = {name for part in letting_go(turn) for name, _ in _named(plain(part), offer)}
    for clause in _clauses(plain(turn.text)):
        last = -1
        for name, place in sorted(_named(clause, offer), key=lambda one: one[1]):
            runs_on = name in refused and 0 <= last == place - 1  # of "shui-dian-fei" both names, one in the other
            refuses = phrases("refuses_next").within(clause[:place]) or _none_of(clause, place)
            if name in let_go or runs_on or refuses:
                refused.add(name)
                last = place
            else:
                wanted[name] = None
    refused -= set(wanted)  # "I never got the fine, I want to pay the fine"
    return Heard(frozenset(refused), tuple(name for name in wanted if name not in refused))


def _none_of(clause: str, place: int) -> bool:
    """Whether a clause wants none of what it names there, in the plural: "no water bills" ("no water" is a fault)."""
    return _NO.search(clause[:place]) is not None and _PLURAL.match(clause, place) is not None


def names_only(turn: Turn, service: str, offer: Offer) -> bool:
    """Whether a text names a service, and no other one."""
    return {name for name, _ in _named(plain(turn.text), offer)} == {service}


def refuses_a_person(turn: Turn) -> bool:
    """Whether a sentence names a person only to refuse one ("no need to put me through to a clerk")."""
    found = [
        phrases("refuses_next").within(clause[: name.start()])
        for clause in _clauses(plain(turn.text))
        for name in _PERSON.finditer(clause)
    ]
    return turn.kind == "text" and bool(found) and all(found)


def pleads_for_a_person(text: str) -> bool:
    """Whether a clause asks for a living person, and neither refuses one nor asks about one."""
    for clause in _clauses(plain(text)):
        found = _PLEA.search(clause)
        if found and not phrases("refuses_next").within(clause[: found.start()]) and not is_polar(clause):
            return True
    return False


def letting_go(turn: Turn) -> list[str]:
    """The parts of a message that surely end or put something off, by their words or as the situation hears them."""
    parts = [turn.only(part) for part in turn.parts] or [turn]
    return [part.text for part in parts if _ends(part) or part.means("cancel_this", "refuse", "later", "skip")]


def _ends(part: Turn) -> bool:
    """Whether a part that names a service ends it: surely by its words, or as words and situation both hint."""
    if part.intent == "cancel" and part.confidence >= _SURE:
        return True
    in_words = next((one.confidence for one in part.ranking if one.name == "cancel"), 0.0)
    heard = part.reading.of_model and part.reading.probability(_LETS_GO) >= _HINTED
    return heard and in_words >= _HINTED


def may_end(turn: Turn, service: str, offer: Offer) -> bool:
    """Whether a text that names a service, and no other one, may end it, though it sounds like a wish for it."""
    if turn.kind != "text" or not turn.reading.of_model or not names_only(turn, service, offer):
        return False
    in_words = next((one.confidence for one in turn.ranking if one.name == "cancel"), 0.0)
    heard = turn.reading.probability(_LETS_GO)
    return in_words >= _IN_WORDS and heard >= _IN_SITUATION and in_words * heard >= _BOTH


def meant(turn: Turn, session: Session, said: Heard, offer: Offer) -> Turn:
    """The turn with the service that is wanted in the place of the one that is refused.

    Where nothing else is wanted, what is refused is cancelled if it is open.
    """
    if turn.intent not in said.refused:
        return turn
    if said.wanted:
        likelihood = {one.name: one.confidence for one in turn.ranking}
        best = max(said.wanted, key=lambda name: (likelihood.get(name, 0.0), offer.offers(turn.city, name)))
        return replace(turn, intent=best)
    likely = [one.name for one in turn.ranking if one.confidence >= _LIKELY and one.name not in said.refused]
    wished = next((name for name in likely if offer.is_wish(name)), None)
    if wished is not None and _goes_on(turn):
        return replace(turn, intent=wished)
    front = session.front
    return replace(turn, intent="cancel") if front is not None and front.service == turn.intent else turn


def ended(session: Session, said: Heard, turn: Turn, offer: Offer) -> tuple[Session, tuple[Reply, ...]]:
    """End what is refused and waits, or where something else is wanted, with a word about it."""
    instead = offer.is_wish(turn.intent) and turn.intent not in said.refused
    refusable = session.open if instead else session.open[:-1]  # of what is in front, its own handler hears it
    gone = [frame for frame in refusable if frame.service in said.refused]
    if not gone:
        return session, ()
    kept = tuple(frame for frame in session.open if frame not in gone)
    args = {"service": say.nested(offer.title(gone[-1].service))}
    return replace(session, open=kept, pending=None), (Reply(key="common.set_aside", args=args),)


def _goes_on(turn: Turn) -> bool:
    """Whether anything stands after the clause that refuses."""
    clauses = [clause for clause in _clauses(plain(turn.text)) if clause.strip()]
    return len(clauses) > 1


def _clauses(text: str) -> Iterator[str]:
    last = 0
    for cut in phrases("clause_ends").every(text):
        yield text[last : cut.start()]
        last = cut.start()
    yield text[last:]


def _named(clause: str, offer: Offer) -> Iterator[tuple[str, int]]:
    """Services that a clause names, with the places where it does."""
    for name, declared in offer.declared.items():
        for word in declared.called:
            if word not in clause:  # before a pattern is made of each name that there is
                continue
            pattern = as_word(re.escape(word)) if word.isascii() else re.escape(word)
            yield from ((name, found.start()) for found in re.finditer(pattern, clause))
