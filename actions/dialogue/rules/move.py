"""Moves of the conversation, and matters of the account; in another city, also what was wished there."""

from collections.abc import Mapping
from dataclasses import replace

from actions.dialogue.answers import city_switch
from actions.dialogue.answers import replies as say
from actions.dialogue.answers.global_commands import MOVES
from actions.dialogue.answers.wishes import district_choice
from actions.dialogue.ports import Claim
from actions.dialogue.reading.carrying_on import only_names
from actions.dialogue.rules import by_settings, wish
from actions.dialogue.rules.knowing import SURELY, UNSURE
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.turn import Turn
from desk.city.files import City
from desk.contract.commands import Command
from desk.contract.messages import Reply

ASKED_ABOUT: Mapping[str, Command] = {"delete_my_data": "erase", "restart": "restart"}
"""Moves that a question may sound like, and the command that surely means them."""


async def run(at: At) -> Ran:
    move = MOVES.get(at.turn.intent)
    if move is None:
        return None
    if at.turn.intent == "change_city" and _is_in_this_city(at.turn):
        return at.but(replace(at.turn, intent="nlu_fallback"))
    if at.turn.intent == "change_city" and (city := _asked_about(at)) is not None:
        return city_switch.asked_about(at.turn, at.understood, city)
    if at.turn.intent in ASKED_ABOUT and _only_asks(at.turn, ASKED_ABOUT[at.turn.intent]):
        return _about(at)
    moved = move(at.turn, at.understood, at.offer)
    there = city_switch.same_there(at.turn, at.session, moved, at.offer)
    if there is None:
        return moved
    return city_switch.arrived(city_switch.briefly(moved), await wish.granted(at.but(there, moved.session)))


def _asked_about(at: At) -> City | None:
    """The other city that a message only asks about ("is it the same elsewhere?"), or names beside what was not
    understood; None: it is wished. What was looked up is looked up there at once, where nothing but the city is said.
    """
    turn = at.turn
    city, _ = city_switch.wished(turn, at.offer)
    if city is None or city.slug == turn.city.slug or turn.means("city"):
        return None
    asks = turn.inquiry is not None and turn.inquiry.asks >= SURELY
    unsure = turn.intent == "nlu_fallback" or (turn.intent in ("inform", "change_city") and turn.confidence < UNSURE)
    says_more = unsure and not only_names(turn.text, turn.values("city"))
    if turn.means("start") and not says_more:
        return None  # something is wished there
    may = turn.kind == "text" and turn.reading.of_model and not city_switch.goes_on_there(turn)
    return city if may and (asks or says_more) else None


def _is_in_this_city(turn: Turn) -> bool:
    """Whether the only place that is named is a district of this city: that is no wish for another one."""
    district = turn.first("district")
    return district is not None and not turn.has(("city",)) and bool(district_choice(turn).find(district))


def _only_asks(turn: Turn, command: Command) -> bool:
    """Whether a message asks about what it sounds like, and does not surely want it."""
    asks = turn.kind == "text" and turn.inquiry is not None and turn.inquiry.asks >= SURELY
    return asks and turn.reading.of_model and not turn.means(command)


def _about(at: At) -> Outcome:
    """What becomes of what is written here; nothing is erased and nothing begun anew."""
    at = at.but(session=at.understood)
    if at.turn.intent == "delete_my_data":
        return at.answered(by_settings.how_long(at))
    agency = at.offer.account_agency(at.turn.city, at.turn.context.channel)
    return at.answered(Reply(key="common.nothing_lost", args=say.agency_args(agency), buttons=[say.HUMAN]))


def _is_told_of_here(at: At) -> bool:
    """Whether a message says something more about this very city: that is no wish to be there."""
    cities = at.offer.cities_in(at.turn.text)
    here = bool(cities) and all(one.slug == at.turn.city.slug for one in cities)
    return here and at.turn.kind == "text" and not only_names(at.turn.text, at.turn.values("city"))


async def named_city(at: At) -> Ran:
    """The bare name of a city, where nothing asked for one."""
    names = at.turn.intent in ("inform", "nlu_fallback") and at.turn.first("city") is not None
    if not names or _is_told_of_here(at) or await at.claim() is not Claim.NO:
        return None
    if (city := _asked_about(at)) is not None:
        return city_switch.asked_about(at.turn, at.understood, city)
    return MOVES["change_city"](at.turn, at.understood, at.offer)
