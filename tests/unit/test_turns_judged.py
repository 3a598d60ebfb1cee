"""What the dialogue would make of a message that the bot told it of, by the action call."""

from pathlib import Path
from typing import Any

import pytest
from fixtures import loaded

from actions.dialogue.answers.offer import Offer
from tools.evaluation.judging import heard

ROOT = Path(__file__).parents[2]
NOW = "2026-11-28T09:00:00+08:00"


@pytest.fixture(scope="module")
def offer() -> Offer:
    return Offer(loaded.services(), loaded.cities(), loaded.topics())


def call(
    intent: str,
    *commands: tuple[str, float],
    confidence: float = 0.4,
    ranking: tuple[tuple[str, float], ...] = (),
    confirms: str | None = None,
) -> dict[str, Any]:
    """The call of a message in the middle of a fine's form."""
    situation = {"version": 1, "said": ["fines.ask_plate"], "service": "traffic_fines", "confirms": confirms}
    said = {
        "text": "ok",
        "intent": {"name": intent, "confidence": confidence},
        "intent_ranking": [{"name": name, "confidence": likely} for name, likely in ranking],
        "commands": commands,
        "metadata": {
            "message": {"id": "1", "kind": "text", "text": "ok"},
            "context": {
                "city": "hangzhou",
                "locale": "en",
                "channel": "webchat",
                "now": NOW,
                "situation": situation,
            },
        },
    }
    return {"next_action": "action_answer", "sender_id": "1", "tracker": {"sender_id": "1", "latest_message": said}}


def test_what_is_sure_is_done(offer: Offer) -> None:
    """The intent that the words alone have counts no more."""
    found = heard(call("nlu_fallback", ("person", 0.9), ("wait", 0.1)), offer)
    assert (found.commands, found.sure, found.done) == ((("person", 0.9), ("wait", 0.1)), "person", "person")


@pytest.mark.parametrize("command", ["ask_fee", "wait", "simpler", "what_i_have"])
def test_what_has_no_intent_and_is_sure_is_done(offer: Offer, command: str) -> None:
    """Questions, a moment: rules answer them by the command."""
    assert heard(call("nlu_fallback", (command, 0.9)), offer).done == command


def test_stopping_is_the_no_that_it_nearly_is(offer: Offer) -> None:
    """The words say cancel, the model hears a no: the dialogue takes them for the same."""
    assert heard(call("cancel", ("refuse", 0.9), confidence=0.9), offer).done == "refuse"


def test_a_yes_with_a_doubt_is_not_done(offer: Offer) -> None:
    """The words say yes, the model hears another thing: it is asked again what shall change."""
    found = heard(call("affirm", ("confirm", 0.65), ("wait", 0.3), confirms="submit"), offer)
    assert (found.sure, found.done) == ("confirm", "change")


def test_where_the_situation_is_unsure_the_words_decide(offer: Offer) -> None:
    found = heard(call("cancel", ("wait", 0.5), ("cancel_this", 0.4), confidence=0.9), offer)
    assert (found.sure, found.done) == (None, "cancel_this")


def test_what_nobody_understands_is_asked_back_with_the_meanings_that_are_offered(offer: Offer) -> None:
    """Services as a start of them, moves as their commands; what the city does not offer is none."""
    ranking = (("next_bus", 0.3), ("human_agent", 0.2), ("moon_landing", 0.1))
    found = heard(call("nlu_fallback", ("wait", 0.5), ranking=ranking), offer)
    assert (found.done, found.offered) == (None, ("start:next_bus", "person"))
