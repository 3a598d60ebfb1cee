"""Linking a resident's channels: what is wished, the code that is typed, and the yes. The desk does it and says so.

Sentences are data. A code of ten digits counts beside a word for linking, in the two halves in which it was shown, or
where one has just been asked for; what is open stays open.
"""

import re
from dataclasses import replace
from typing import Literal

from pydantic import JsonValue

from actions.dialogue.answers.offer import Offer
from actions.dialogue.ports import Step
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import Turn
from actions.phrases import phrases, plain
from desk.contract.linking import LinkChannels

type Move = Literal["offer", "enter", "confirm", "refuse", "leave", "show"]

PENDING: dict[str, JsonValue] = {"kind": "link"}
"""A code is awaited, or the yes to one."""
LONGEST = 60
STEPS: tuple[tuple[str, Move], ...] = (("asks_links", "show"), ("unlinks", "leave"), ("links", "offer"))
"""Phrases, and what they wish; the first that is found counts."""

_CODE = re.compile(r"(?<![0-9])([0-9]{5})[ \-\u3000]?([0-9]{5})(?![0-9])")
_HALVES = re.compile(r"[0-9]{5}[ \-\u3000][0-9]{5}")


def wished(turn: Turn, session: Session, offer: Offer) -> Outcome | None:
    """What a message wishes of linking; None: nothing."""
    if turn.kind == "payload":
        return _step(turn, session, offer, "leave") if turn.first("link") == "leave" else None
    said = _said(turn)
    if said is None:
        return None
    found = _CODE.search(said)
    if found is not None and (
        phrases("of_linking").within(said) or (_HALVES.fullmatch(said) and session.front is None)
    ):
        return _step(turn, session, offer, "enter", "".join(found.groups()))
    if phrases("links_elsewhere").within(said):
        return None
    return next((_step(turn, session, offer, step) for group, step in STEPS if phrases(group).within(said)), None)


def settled(turn: Turn, session: Session, offer: Offer) -> Outcome | None:
    """The answer to what was asked of linking: a code, a yes or a no."""
    said = _said(turn)
    if said is not None and (found := _CODE.fullmatch(said)) is not None:
        return _step(turn, session, offer, "enter", "".join(found.groups()))
    if turn.intent == "affirm":
        return _step(turn, session, offer, "confirm")
    return _step(turn, session, offer, "refuse") if turn.intent in ("deny", "cancel") else None


def _said(turn: Turn) -> str | None:
    if turn.kind != "text" or len(turn.text) > LONGEST:
        return None
    return plain(turn.text)


def _step(turn: Turn, session: Session, offer: Offer, step: Move, code: str | None = None) -> Outcome:
    """What the desk says comes first, then the open question; but not beside the question that awaits a yes."""
    awaits = PENDING if step in ("offer", "enter") else None
    session, effect = replace(session, pending=awaits, failures=0), LinkChannels(step=step, code=code)
    if step == "enter":
        return Outcome(session, turn.locale, effects=(effect,))
    return stack.returned(session, turn, (), offer, Step(finished=True, effects=(effect,)))
