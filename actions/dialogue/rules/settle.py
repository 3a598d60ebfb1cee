"""Answers to a question of the dialogue itself: which city, which booking, which topic, whether to link or erase."""

from dataclasses import replace

from actions.dialogue.answers import city_switch, linking, notices, unpaid
from actions.dialogue.answers.global_commands import ERASE
from actions.dialogue.answers.global_commands import erase as erased
from actions.dialogue.answers.global_commands import keep as kept
from actions.dialogue.reading import unsure
from actions.dialogue.rules import place, wish
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state.outcome import Outcome
from actions.phrases import phrases, plain
from desk.contract.messages import Location


async def begin(at: At) -> Ran:
    """From here on the question is no longer awaited; what answers it does so now."""
    at = at.but(unsure.weighed(at.turn))
    return replace(at, session=replace(at.session, pending=None), pending=at.session.pending)


async def city(at: At) -> Ran:
    """Which city is wished, or whether to move."""
    turn, pending = at.turn, at.pending or {}
    if pending == city_switch.WHICH:
        return (
            city_switch.change_city(turn, at.understood, at.offer) if city_switch.names_city(turn, at.offer) else None
        )
    if pending.get("kind") != city_switch.MOVE:
        return None
    if turn.intent in ("deny", "cancel"):
        return city_switch.stayed(turn, at.understood, at.offer)
    meant = at.offer.cities.get(str(pending["city"]))
    wished = turn.intent == "change_city" and city_switch.wished(turn, at.offer)[0] == meant
    if meant is None or not (wished or turn.intent == "affirm"):
        return None
    outcome = city_switch.moved(turn, at.understood, at.offer, meant)
    if "location" not in pending:
        return outcome
    there = at.but(city_switch.arrival(turn, outcome, meant, pending), outcome.session)
    arrived = wish.granted if at.offer.offers(meant, there.turn.intent) else place.shared
    return city_switch.arrived(outcome, await arrived(there))


async def link(at: At) -> Ran:
    return linking.settled(at.turn, at.session, at.offer) if at.pending == linking.PENDING else None


async def booking(at: At) -> Ran:
    """Which appointment is to be changed."""
    return None if at.pending is None else await at.handlers.in_progress.settled(at.turn, at.session, at.pending)


async def fee_or_booking(at: At) -> Ran:
    """Whether a fee alone is called off, or what it pays for too."""
    meant = None if at.pending is None else unpaid.settled(at.turn, at.session, at.pending, at.offer)
    return meant if meant is None or isinstance(meant, Outcome) else at.but(meant)


async def topic(at: At) -> Ran:
    named = None if at.pending is None else notices.settled(at.turn, at.session, at.pending, at.offer)
    return named if named is None or isinstance(named, Outcome) else at.but(named)


async def what_with_place(at: At) -> Ran:
    """What a place was shared for."""
    if at.pending is None or "lat" not in at.pending or not at.offer.is_wish(at.turn.intent):
        return None
    location = Location.model_validate(at.pending)
    return at.but(replace(at.turn, kind="location", text="", location=location))


async def erase(at: At) -> Ran:
    """Whether everything is erased."""
    turn = at.turn
    if at.pending != ERASE:
        return None
    if turn.kind == "text" and phrases("keeps").within(plain(turn.text)):
        return kept(turn, at.session, at.offer)
    if turn.intent == "affirm":
        return erased(turn, at.offer)
    return kept(turn, at.session, at.offer) if turn.intent in ("deny", "cancel") else None
