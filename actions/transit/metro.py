"""The metro, where a city's timetable has none of it: that is said, instead of naming a bus that sounds like it."""

import re

from actions.dialogue.answers import replies as say
from actions.dialogue.ports import Step
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import Turn
from actions.transit.network import Network
from desk.contract.messages import Reply
from values.lexicon import lexicon

_WORDS = lexicon(__file__)
_METRO = _WORDS.pattern("metro", re.IGNORECASE)
_BUS = _WORDS.pattern("bus", re.IGNORECASE)
METRO_LINE = _WORDS.text("metro_line")
"""Names of metro lines end so in Simplified Chinese."""


BY_BUS = "by_bus"
"""Under this name `shown` says that a bus was offered instead, for the values that are kept."""


def agrees_to_a_bus(turn: Turn, frame: Frame) -> bool:
    """Whether a text takes the bus that was offered instead."""
    offered = frame.finished and frame.shown.get(BY_BUS) is True
    return offered and turn.kind == "text" and (turn.intent == "affirm" or _BUS.search(turn.text) is not None)


def lacking(turn: Turn, service: str, network: Network) -> Step | None:
    """Say that the metro is not known here, and who knows; None where it is, or no metro is asked for."""
    if turn.kind != "text" or not _METRO.search(turn.text) or _BUS.search(turn.text):
        return None
    if any(line.names.get("zh_Hans", "").endswith(METRO_LINE) for line in network.lines):
        return None
    agency = turn.city.agency(turn.city.services[service].agency)
    said = Reply(key="next_bus.no_metro", args=say.agency_args(agency), buttons=[say.HUMAN])
    return Step((said,), shown={BY_BUS: True}, finished=True)
