"""Moving a conversation to another city: by name, by a shared place, by an account that is followed.

A city's services, orders and look-ups stay behind: what is open there ends, and that is said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import JsonValue

from actions.dialogue.answers import orders
from actions.dialogue.answers import replies as say
from actions.dialogue.answers.offer import Offer
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from actions.phrases import phrases, plain
from desk.city.files import City
from desk.contract.messages import Button, Location, Reply, Text
from values.lexicon import lexicon

_WORDS = lexicon(__file__)

WHICH: dict[str, JsonValue] = {"kind": "which_city"}
"""The dialogue asked which city is wished."""
ANSWERING = frozenset({"change_city", "inform", "correct", "choose", "affirm"}) | NOT_UNDERSTOOD
"""Intents under which a city that is named answers that question."""
MOVE = "move"
"""Kind of the question whether to move to where a shared place lies."""
NAME_LENGTH = 20
"""A name longer than this is not said back."""
UNKNOWN = _WORDS.pattern("unknown")
"""How a sentence that wishes another city names one that nobody knows here."""


def change_city(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """Move to the wished city, or say why not: it is this one, it is not served, or which one is not yet said."""
    found, name = wished(turn, offer)
    if found is not None and found.slug != turn.city.slug:
        return moved(turn, session, offer, found)
    if found is not None:
        here = Reply(key="common.city_is_here", args={"city": say.named(turn.city)})
        return stack.returned(session, turn, (here,), offer)
    others = offer.others(turn.city)
    args: dict[str, JsonValue] = {"city": say.named(turn.city)}
    if not others:
        return stack.returned(session, turn, (Reply(key="common.only_this_city", args=args),), offer)
    followed = _followed(turn, offer)
    if name is None and followed:
        which = say.choosing_followed(args, followed, others)
        return Outcome(replace(session, pending=WHICH), turn.locale, (which,))
    if name is None:
        which = say.choosing("cities.which", args, others)
        return Outcome(replace(session, pending=WHICH), turn.locale, (which,))
    reply = say.choosing("cities.not_served", args | {"wished": name}, others)
    return stack.returned(session, turn, (reply,), offer)


def wished(turn: Turn, offer: Offer) -> tuple[City | None, str | None]:
    """The city that is wished: one of ours, else its name as it was said. The last that is named and not this one."""
    names = turn.values("city")
    here = False
    for name in reversed(names):
        cities = offer.cities_in(name)
        if not cities and any(char.isalpha() for char in name):
            return None, name.strip()[:NAME_LENGTH]
        if found := _elsewhere(turn, cities):
            return found, None
        here = here or bool(cities)
    cities = offer.cities_in(turn.text)  # a name that was not seen to be one
    known = _elsewhere(turn, cities) or (turn.city if here or cities else None)
    unknown = None if known is not None or turn.kind != "text" else UNKNOWN.search(turn.text)
    return known, unknown and (unknown["zh"] or unknown["en"])


def names_city(turn: Turn, offer: Offer) -> bool:
    """Whether a message answers the question which city is wished."""
    if turn.kind != "text" or turn.intent not in ANSWERING:
        return False
    return turn.has(["city"]) or bool(offer.cities_in(turn.text))


def moved(turn: Turn, session: Session, offer: Offer, city: City) -> Outcome:
    """Move: what was open ends with a word, look-ups go, and the new city greets with its services."""
    said: list[Reply] = []
    if session.open:
        left = offer.titles(turn.city, dict.fromkeys(frame.service for frame in session.open))
        args: dict[str, JsonValue] = {"city": say.named(turn.city), "services": say.listed(left.values(), "and")}
        said.append(Reply(key="cities.left", args=args))
    said += orders.closed(turn)
    titles = offer.titles(city)
    args = {"city": say.named(city), "services": say.listed(titles.values(), "and")}
    said.append(Reply(key="cities.changed", args=args, buttons=say.service_buttons(titles)))
    locale = turn.locale if turn.locale in city.languages else city.languages[0]
    fresh = replace(session, open=(), finished=(), shelved=None, pending=None, failures=0)
    return Outcome(fresh, locale, tuple(said), orders.closing(turn), city=city.slug)


def followed(turn: Turn, session: Session, offer: Offer) -> tuple[Session, tuple[Reply, ...]]:
    """The session in the city of this turn, where a linked channel has moved to it, and what is said of that.

    What was open in the other city ends, as by a move here.
    """
    before = offer.cities.get(session.city)
    if session.city in ("", turn.city.slug):
        return session, ()
    fresh = replace(session, open=(), finished=(), choices=(), said=(), shelved=None, pending=None, failures=0)
    args: dict[str, JsonValue] = {"city": say.named(turn.city)}
    if before is None or not session.open:
        return fresh, (Reply(key="linking.city_followed", args=args),)
    left = offer.titles(before, dict.fromkeys(frame.service for frame in session.open))
    args["services"] = say.listed(left.values(), "and")
    return fresh, (Reply(key="linking.city_followed_and_left", args=args),)


def offered(turn: Turn, session: Session, offer: Offer, city: City, location: Location) -> Outcome:
    """Ask whether to move to where a shared place lies. Nothing is dropped before the answer."""
    service = next(
        (
            frame.service
            for frame in (*reversed(session.open), *reversed(session.finished))
            if frame.service in offer.taking_location(city)
        ),
        None,
    )
    pending: dict[str, JsonValue] = {
        "kind": MOVE,
        "city": city.slug,
        "service": service,
        "location": location.model_dump(mode="json"),
    }
    args: dict[str, JsonValue] = {"there": say.named(city), "here": say.named(turn.city)}
    reply = Reply(key="cities.of_location", args=args, buttons=_move_or_stay(city, turn))
    return Outcome(replace(session, pending=pending), turn.locale, (reply,))


def asked_about(turn: Turn, session: Session, city: City) -> Outcome:
    """Ask whether to move to the city that a question is about: here only what holds here is known."""
    args: dict[str, JsonValue] = {"there": say.named(city), "here": say.named(turn.city)}
    reply = Reply(key="cities.of_question", args=args, buttons=_move_or_stay(city, turn))
    return Outcome(replace(session, pending={"kind": MOVE, "city": city.slug}), turn.locale, (reply,))


def welcomed_back(turn: Turn, session: Session, offer: Offer) -> Outcome | None:
    """Ask whether to move to the city of the account that was come to; None where the conversation is there."""
    followed = _followed(turn, offer)
    if turn.kind != "payload" or not followed or followed[0].slug != turn.context.followed[0]:
        return None
    pending: dict[str, JsonValue] = {"kind": MOVE, "city": followed[0].slug}
    reply = Reply(
        key="cities.of_account",
        args={"there": say.named(followed[0]), "here": say.named(turn.city)},
        buttons=_move_or_stay(followed[0], turn),
    )
    return Outcome(replace(session, pending=pending), turn.locale, (reply,))


def stayed(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """The resident stays; what was open goes on."""
    titles = {} if session.open else offer.titles(turn.city)
    args: dict[str, JsonValue] = {"city": say.named(turn.city)}
    reply = Reply(key="cities.kept", args=args, buttons=say.service_buttons(titles))
    return stack.returned(session, turn, (reply,), offer)


def arrival(turn: Turn, outcome: Outcome, city: City, pending: Mapping[str, JsonValue]) -> Turn:
    """The turn as the new city has it: the shared place, with the service that it is for as the intent, if known."""
    return replace(
        turn,
        city=city,
        kind="location",
        intent=str(pending["service"] or "inform"),
        text="",
        entities=(),
        location=Location.model_validate(pending["location"]),
        locale=outcome.locale,
    )


def goes_on_there(turn: Turn) -> bool:
    """Whether a text asks for the same in another city ("and in the next city?")."""
    return turn.kind == "text" and phrases("what_about").whole(plain(turn.text))


def same_there(turn: Turn, session: Session, outcome: Outcome, offer: Offer) -> Turn | None:
    """What was looked up last, wished in the city that was moved to; None where only that city is wished."""
    city = offer.cities.get(outcome.city or "")
    newest = session.finished[-1] if session.finished and not session.open else None
    if city is None or newest is None or not offer.offers(city, newest.service):
        return None
    if not goes_on_there(turn):
        return None
    wish = replace(turn, city=city, kind="payload", intent=newest.service, text="", entities=())
    return replace(wish, locale=outcome.locale, confidence=1.0)


def briefly(outcome: Outcome) -> Outcome:
    """The move, where something else is answered there: without all that can be done."""
    *before, greeting = outcome.replies
    brief = Reply(key="cities.changed_briefly", args={"city": greeting.args["city"]})
    return replace(outcome, replies=(*before, brief))


def arrived(outcome: Outcome, there: Outcome) -> Outcome:
    """Both together: the move, then what the place was for."""
    return replace(
        there,
        replies=(*outcome.replies, *there.replies),
        effects=(*outcome.effects, *there.effects),
        city=outcome.city,
    )


def _move_or_stay(city: City, turn: Turn) -> list[Button]:
    stay = Text(key="button.stay_in_city", args={"city": say.named(turn.city)})
    return [say.move(city), Button(title=stay, payload="/deny")]


def _followed(turn: Turn, offer: Offer) -> list[City]:
    """The other cities whose accounts the resident comes to."""
    return [offer.cities[slug] for slug in turn.context.followed if slug != turn.city.slug and slug in offer.cities]


def _elsewhere(turn: Turn, cities: Sequence[City]) -> City | None:
    return next((city for city in reversed(cities) if city.slug != turn.city.slug), None)
