"""`bus_route` in the dialogue: which turns belong to it."""

from collections.abc import Mapping
from functools import partial

from actions.dialogue.ports import Claim, Step
from actions.dialogue.reading.carrying_on import carries_on
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import Turn
from actions.services.bus_route.asked import Asked, read
from actions.services.bus_route.lookup import answer, legs_of
from actions.services.bus_route.wishes import Matter, Wish, matter_of, wish_of
from actions.transit.buses import CityBuses
from actions.transit.editions import Edition
from actions.transit.metro import agrees_to_a_bus

SHORT_TEXT = 20
"""A sentence of at most so many letters that names a place and is not understood means the way ("to the zoo, then")."""
BUSES = frozenset({"next_bus", "bus_route"})
"""Intents of a question about the buses of the way that was shown."""
SILENT_INTENTS = frozenset({"bus_route", "inform", "correct", "choose", "affirm"})
"""Intents under which a place that is named means the way; those not understood count, too."""


class BusRoute:
    """Ways by bus with one change at most, and what a line does; for every city that has a timetable."""

    def __init__(self, buses: Mapping[str, CityBuses]) -> None:
        self._buses = buses

    @property
    def service(self) -> str:
        return "bus_route"

    async def claims(self, turn: Turn, frame: Frame) -> Claim:
        """A location or place while one is asked for; after a way another place, the way back, when the bus comes."""
        asking = frame.question is not None
        if turn.kind == "location":
            return Claim.SURE if asking or frame.values.get("to") is not None else Claim.NO
        if turn.kind == "payload":
            follows = asking or turn.first("way") is not None or turn.first("bus_line") is not None
            return Claim.SURE if turn.intent == self.service and follows else Claim.NO
        if turn.kind != "text":
            return Claim.NO
        edition = self._buses[turn.city.slug].edition
        if edition is None:
            return Claim.MAYBE if asking else Claim.NO
        asked = read(edition, turn)
        return _while_asking(turn, asked, edition) if asking else self._afterwards(turn, frame, asked, edition)

    async def answer(self, turn: Turn, frame: Frame) -> Step:
        """Answer with ways, a line's stops or hours, or ask for the end that is missing."""
        question = partial(answer, turn, frame)
        return await self._buses[turn.city.slug].consult(int(turn.now.timestamp()), question)

    def _afterwards(self, turn: Turn, frame: Frame, asked: Asked, edition: Edition) -> Claim:
        wish, legs = wish_of(turn.text), legs_of(frame, edition.timetable.network)
        if agrees_to_a_bus(turn, frame):
            return Claim.SURE
        complete = frame.values.get("from") is not None and frame.values.get("to") is not None
        if (wish in (Wish.BACK, Wish.OTHER) and complete) or (wish is Wish.WHEN and legs):
            return Claim.SURE
        if legs and turn.intent in BUSES and not asked.names_place and _asks_hours(turn):
            return Claim.SURE  # the first or last bus of the way that was shown
        if turn.intent == "next_bus":  # when the bus of a way comes; a stop that is named begins anew
            return Claim.SURE if not asked.names_place and any(ln in asked.lines for ln, _, _ in legs) else Claim.NO
        if turn.intent == self.service:
            return Claim.SURE if asked.says_anything else Claim.NO
        short = (len(turn.text.strip()) <= SHORT_TEXT or carries_on(turn)) and not turn.understood
        if legs and short and _asks_hours(turn):
            return Claim.SURE
        return Claim.SURE if asked.names_place and (turn.intent in SILENT_INTENTS or short) else Claim.NO


def _asks_hours(turn: Turn) -> bool:
    return matter_of(turn.text, line=True, stop=False) is Matter.HOURS


def _while_asking(turn: Turn, asked: Asked, edition: Edition) -> Claim:
    whole = len(turn.text.strip()) <= SHORT_TEXT and edition.stops.find(turn.text).sure
    silent = turn.intent in SILENT_INTENTS or not turn.understood
    return Claim.SURE if whole or (asked.names_place and silent) else Claim.MAYBE
