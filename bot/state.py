"""The dialogue state that travels with a turn: out of the request, into the answer.

Opaque to everyone but the bot::

    {"version": 1, "slots": {"session": {…}, …}, "turns": [{"text": …, "intent": …, "entities": […], "action": …}, …]}

Slots in full, and the last few turns as far as a policy may look at them. Nothing in it comes from a clock or a
random number: the same turn from the same state writes the same state. Times of events are their places in the line.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Optional, Tuple

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, Event, SlotSet, UserUttered
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

VERSION = 1
TURNS_KEPT = 6  # about 20 events; 300 turns would triple the cost of one (docs/decisions/0007-a-light-rasa.md)

_ENTITY_FIELDS = ("entity", "value", "start", "end", "role")


class StateUnreadable(Exception):
    """The state is not one that this bot wrote."""


@dataclass(frozen=True)
class State:
    """The state of a dialogue before a turn."""

    slots: Dict[str, Any]
    turns: Tuple[Dict[str, Any], ...]


def read(state: Optional[Dict[str, Any]]) -> State:
    """Reads the state of a request; None begins anew.

    Raises:
        StateUnreadable: it is not of this version and shape.
    """
    if state is None:
        return State({}, ())
    if state.get("version") != VERSION:
        raise StateUnreadable(f"The state is of version {state.get('version')!r}; this bot reads version {VERSION}.")
    slots, turns = state.get("slots"), state.get("turns")
    if not isinstance(slots, dict) or not isinstance(turns, list):
        raise StateUnreadable("The state has no slots or no turns.")
    for turn in turns:
        if not _is_turn(turn):
            raise StateUnreadable("A turn of the state is not of the known shape.")
    return State(slots, tuple(turns))


def _is_turn(turn: Any) -> bool:
    return (
        isinstance(turn, dict)
        and set(turn) == {"text", "intent", "entities", "action"}
        and all(isinstance(turn[name], str) for name in ("text", "intent", "action"))
        and isinstance(turn["entities"], list)
        and all(isinstance(entity, dict) and "entity" in entity and "value" in entity for entity in turn["entities"])
    )


def restore(state: State, sender_id: str, slots: Iterable[Slot]) -> DialogueStateTracker:
    """Builds Rasa's tracker. A slot that the model no longer has is left behind."""
    tracker = DialogueStateTracker(sender_id, slots)
    events: List[Event] = [ActionExecuted(ACTION_LISTEN_NAME)]
    events += [SlotSet(name, value) for name, value in state.slots.items() if name in tracker.slots]
    for turn in state.turns:
        intent = {"name": turn["intent"], "confidence": 1.0}
        parse_data = {"text": turn["text"], "intent": intent, "entities": turn["entities"]}
        events.append(UserUttered(turn["text"], intent, turn["entities"], parse_data, message_id=""))
        events += [ActionExecuted(turn["action"]), ActionExecuted(ACTION_LISTEN_NAME)]
    for place, event in enumerate(events):
        event.timestamp = float(place)
        tracker.update(event)
    return tracker


def write(tracker: DialogueStateTracker) -> Dict[str, Any]:
    """Gives the state after a turn."""
    slots = {name: slot.value for name, slot in sorted(tracker.slots.items()) if slot.value != slot.initial_value}
    turns: List[Dict[str, Any]] = []
    for event in tracker.applied_events():
        if isinstance(event, UserUttered):
            turns.append(_turn_of(event))
        elif isinstance(event, ActionExecuted) and turns and event.action_name not in (None, ACTION_LISTEN_NAME):
            turns[-1]["action"] = event.action_name
    return {"version": VERSION, "slots": slots, "turns": turns[-TURNS_KEPT:]}


def _turn_of(event: UserUttered) -> Dict[str, Any]:
    entities = [{name: found[name] for name in _ENTITY_FIELDS if name in found} for found in event.entities]
    return {"text": event.text or "", "intent": event.intent_name or "", "entities": entities, "action": ""}


@dataclass
class Carried:
    """What one call carries: the state it came with and the tracker it ended with."""

    state: State
    restored: bool = False
    tracker: Optional[DialogueStateTracker] = None


carried: ContextVar[Carried] = ContextVar("carried")


class CarriedTrackerStore(TrackerStore):
    """Holds the tracker of the call that is running, and nothing afterwards.

    Rasa wraps every store so that a failing one is silently replaced by an empty one in memory; `restored` tells.
    """

    async def retrieve(self, sender_id: str) -> DialogueStateTracker:
        """Gives the tracker of this call's state."""
        call = carried.get()
        tracker = restore(call.state, sender_id, self.domain.slots)
        call.restored = True
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keeps the tracker for the answer."""
        carried.get().tracker = tracker

    async def keys(self) -> List[str]:
        """There are no conversations here."""
        return []
