"""A shared place: for the question, for what was shown last, or to begin the one service that wants it."""

from dataclasses import replace

from pydantic import JsonValue

from actions.dialogue.answers import city_switch, menus
from actions.dialogue.answers import replies as say
from actions.dialogue.ports import Claim
from actions.dialogue.rules import wish
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from desk.contract.messages import Reply


async def run(at: At) -> Ran:
    return await shared(at) if at.turn.kind == "location" else None


async def shared(at: At) -> Outcome:
    """Answer a place."""
    turn, session, offer = at.turn, at.session, at.offer
    place = turn.location
    if place is not None and (there := offer.other_city_at(turn.city, place)) is not None:
        return city_switch.offered(turn, session, offer, there, place)
    if session.front is not None and await at.claim() is Claim.SURE:
        return await at.handlers.hand(turn, session, session.front)
    if (finished := await at.handlers.follow_up(turn, session, Claim.SURE)) is not None:
        return await at.handlers.hand(turn, session, finished)
    takers = offer.taking_location(turn.city)
    if len(takers) == 1:
        return await wish.granted(at.but(replace(turn, intent=takers[0])))
    if takers and place is not None:
        kept: dict[str, JsonValue] = place.model_dump(mode="json")
        buttons = say.service_buttons(offer.titles(turn.city, takers))
        reply = Reply(key="common.what_with_location", buttons=buttons)
        return stack.returned(replace(session, pending=kept), turn, (reply,), offer)
    return at.answered(Reply(key="common.location_not_needed", buttons=menus.menu(turn, session, offer)))
