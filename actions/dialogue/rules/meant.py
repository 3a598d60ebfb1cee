"""What was meant, where it was asked back: the press of a meaning is that command, in its situation."""

from dataclasses import replace

from actions.dialogue.answers.misunderstanding import COMMAND, MEANINGS_ASKED
from actions.dialogue.reading.arbiter import INTENTS
from actions.dialogue.rules.rule import At, Ran


async def chosen(at: At) -> Ran:
    """The next rules hear the command as if it had been said surely."""
    named = at.turn.first(COMMAND) if at.turn.kind == "payload" else None
    command = next((one for one in MEANINGS_ASKED if one == named), None)
    if command is None:
        return None
    return at.but(turn=replace(at.turn, meant=command, intent=INTENTS.get(command, "nlu_fallback"), entities=()))
