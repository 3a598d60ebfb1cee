"""Files that no form wants, signs without a word, typed commands, "try again" in the middle of a question."""

from actions.dialogue.answers import menus
from actions.dialogue.ports import Claim
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state.turn import COMMAND
from actions.phrases import phrases, plain
from desk.contract.messages import Reply


async def file(at: At) -> Ran:
    if at.turn.kind != "media":
        return None
    if at.front is not None and await at.claim() is Claim.SURE:
        return await at.handlers.hand(at.turn, at.session, at.front)
    return menus.unwanted_file(at.turn, at.session, at.offer)


async def signs(at: At) -> Ran:
    if at.turn.kind != "text" or any(char.isalnum() for char in at.turn.text):
        return None
    return at.answered(Reply(key="common.nothing_to_read", buttons=menus.menu(at.turn, at.session, at.offer)))


async def try_again(at: At) -> Ran:
    asked = at.front is not None and at.front.question is not None
    again = asked and at.turn.kind == "text" and phrases("try_again").whole(plain(at.turn.text))
    return at.answered() if again else None


async def command(at: At) -> Ran:
    if at.turn.kind != "text" or not COMMAND.match(at.turn.text):
        return None
    return at.answered(Reply(key="common.no_commands", buttons=menus.menu(at.turn, at.session, at.offer)))
