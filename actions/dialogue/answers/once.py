"""One answer says one thing once, however many clauses of a message came to it."""

from dataclasses import replace

from actions.dialogue.answers.loops import NOTHING
from actions.dialogue.state.outcome import Outcome
from desk.contract.messages import Reply


def said(outcome: Outcome) -> Outcome:
    """The outcome without what it says twice: the same words, or a second time that nothing is known.

    The first stays, with the buttons of both.
    """
    kept: list[Reply] = []
    for reply in outcome.replies:
        same = next((at for at, one in enumerate(kept) if _is_said_by(reply, one)), None)
        if same is None:
            kept.append(reply)
            continue
        buttons = [*kept[same].buttons, *(one for one in reply.buttons if one not in kept[same].buttons)]
        kept[same] = kept[same].model_copy(update={"buttons": buttons})
    return outcome if len(kept) == len(outcome.replies) else replace(outcome, replies=tuple(kept))


def _is_said_by(reply: Reply, other: Reply) -> bool:
    same = reply.key == other.key
    return same and (reply.args == other.args or reply.key.startswith(NOTHING))
