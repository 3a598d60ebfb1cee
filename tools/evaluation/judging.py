"""What the dialogue would make of a message that the bot told it of: what it is sure of, lets pass, or asks back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from actions.dialogue.answers import misunderstanding
from actions.dialogue.answers.offer import Offer
from actions.dialogue.reading import arbiter, unsure
from actions.dialogue.reading.reading import ASKS
from actions.dialogue.state.session import Frame, Session
from actions.dialogue.state.situation import of_button
from actions.dialogue.state.turn import Turn
from actions.schema import load_services
from actions.server.webhook import ActionCall, turn_of
from desk.city.files import City
from desk.city.topics import load_topics
from desk.contract.commands import Command, command_of
from tools.evaluation import turns
from tools.evaluation.listening import Message, Trained, listen

ASKED_BACK = "nlu_fallback"
START = "start"
BY_RULES = ASKS | {"later", "repeat", "simpler", "wait", "what_i_have", "withdraw"}
"""Commands that rules answer where they are sure, whatever the intent."""


async def judged(
    lines: list[turns.Line],
    situations: Mapping[str, Any],
    cities: Mapping[str, City],
    model: Path,
    python: Path,
    root: Path,
) -> list[turns.Result]:
    """What is made of each line.

    Raises:
        StartError: the bot failed.
    """
    messages = [
        Message(one.say, situations[one.situation]["city"], situations[one.situation]["situation"]) for one in lines
    ]
    calls = await listen(messages, Trained(model, python, root, cities.values()))
    offer = Offer(load_services(root / "nlu"), cities, load_topics(root / "cities"))
    return [
        turns.Result(line, (message.situation or {}).get("confirms"), heard(call, offer))
        for line, message, call in zip(lines, messages, calls, strict=True)
    ]


def heard(call: dict[str, Any], offer: Offer) -> turns.Heard:
    """What is made of a message by its action call."""
    now = datetime.now(UTC)
    turn = turn_of(ActionCall.model_validate(call), offer.cities, now)
    session, reading = _standing(turn, now), turn.reading
    sure = reading.sure if reading.of_model else None
    commands = tuple((one.command, one.probability) for one in reading.heard) if reading.of_model else ()
    done = _done(turn, session, offer)
    return turns.Heard(commands, sure, done, () if done is not None else _asked_about(turn, session, offer))


def _asked_about(turn: Turn, session: Session, offer: Offer) -> tuple[str, ...]:
    """The meanings that a question back offers, in their order."""
    meant = misunderstanding.of_the_situation(turn)
    services = misunderstanding.likeliest(turn, session, offer, meant)
    return (*(of_button(one.payload) for one in meant), *(_meaning(name, offer) for name in services))


def _done(turn: Turn, session: Session, offer: Offer) -> Command | None:
    """The command that the dialogue goes by; None where it asks back."""
    intent = unsure.weighed(arbiter.decided(turn, session, offer)).intent
    sure = turn.reading.sure if turn.reading.of_model else None
    if sure is not None:
        wanted = arbiter.INTENTS.get(sure)
        if sure in BY_RULES or intent == wanted or (intent, wanted) in arbiter.NEAR:
            return sure
    return None if intent == ASKED_BACK else command_of(intent)


def _standing(turn: Turn, now: datetime) -> Session:
    """A session of which is known what the situation says: the service in front."""
    service = (turn.context.situation or {}).get("service")
    front = (Frame(id=f"{service}-1", service=str(service), touched_at=now),) if service else ()
    return Session(touched_at=now, open=front)


def _meaning(name: str, offer: Offer) -> str:
    return f"{START}:{name}" if name in offer.declared else command_of(name)
