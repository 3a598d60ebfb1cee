"""`next_bus` in the dialogue: what is asked, what is still missing, and what is remembered."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from actions.dialogue.ports import Claim, Step
from actions.dialogue.reading.carrying_on import carries_on
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import Turn
from actions.services.next_bus.boards import asked_anew
from actions.services.next_bus.lookup import answer, read
from actions.services.next_bus.wishes import Wish, wish_of
from actions.transit.buses import CityBuses
from actions.transit.metro import agrees_to_a_bus
from desk.city.files import City
from desk.contract.board import Board, StopAsked

SHORT_TEXT = 16
"""A sentence of at most so many letters that names a stop or line and is not understood means the buses ("the 28?")."""
SILENT_INTENTS = frozenset({"next_bus", "inform", "correct", "choose", "affirm"})
"""Intents under which a stop or line that is named means the buses; those not understood count, too."""

GRUMBLES = frozenset({"complain_about_bot", "deny"})
"""Intents of what may stand beside a name that is asked for."""


class NextBus:
    """When the next bus comes, at a stop by name or by shared location; for every city that has a timetable."""

    def __init__(self, buses: Mapping[str, CityBuses]) -> None:
        self._buses = buses

    @property
    def service(self) -> str:
        return "next_bus"

    async def claims(self, turn: Turn, frame: Frame) -> Claim:
        """A location, a stop or line named, or a short follow-up ("where is it now", "the other line", "how long")."""
        if turn.kind == "location":
            return Claim.SURE
        asking = frame.question is not None
        if turn.kind == "payload":  # a button under the question answers it; any other begins anew
            return Claim.SURE if asking and turn.intent == self.service else Claim.NO
        if turn.kind != "text":
            return Claim.NO
        edition = self._city(turn.city).edition
        if edition is None:
            return Claim.MAYBE if asking else Claim.NO
        asked = read(edition.reader, turn)
        named = bool(asked.stop or asked.lines)
        short = len(turn.text.strip()) <= SHORT_TEXT
        grumbles = asking and turn.intent in GRUMBLES  # "Gulou, as I said at first"
        silent = turn.intent in SILENT_INTENTS or not turn.understood or grumbles
        if asking:
            whole = short and (edition.stops.find(turn.text).sure or edition.lines.find(turn.text))
            return Claim.SURE if whole or (named and silent) else Claim.MAYBE
        if agrees_to_a_bus(turn, frame):
            return Claim.SURE
        if turn.intent == self.service:  # where stop or line is missing, the one last asked about is meant
            return Claim.NO if asked.stop and asked.lines else Claim.SURE
        meant = turn.intent in SILENT_INTENTS or ((short or carries_on(turn)) and not turn.understood)
        follows_up = wish_of(turn.text) is not Wish.NONE or (named and meant)
        return Claim.SURE if follows_up else Claim.NO

    async def answer(self, turn: Turn, frame: Frame) -> Step:
        """Answer with the board of a stop, or ask for the stop."""
        return await self._city(turn.city).consult(int(turn.now.timestamp()), partial(answer, turn, frame))

    async def board(self, asked: StopAsked, at: datetime) -> Board | None:
        """The board of a stop at a moment, without a dialogue; None: the city has no such stop.

        Raises:
            BackendError: there is no timetable.
        """
        buses = self._buses.get(asked.city)
        return None if buses is None else await buses.consult(int(at.timestamp()), partial(asked_anew, asked))

    def _city(self, city: City) -> CityBuses:
        return self._buses[city.slug]
