"""What concerns the account: how it talks, which channels are linked, who speaks here."""

from dataclasses import replace

from actions.dialogue.answers import linking
from actions.dialogue.answers.faq import aside, of_others
from actions.dialogue.ports import Claim
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state import accessibility
from desk.contract.messages import ChangeManner


async def manners(at: At) -> Ran:
    """The manner changes; a value that is asked for and stands beside the wish is taken as well."""
    manner = accessibility.wished(at.turn)
    gives = at.front is not None and at.turn.kind == "text" and bool(at.turn.entities)
    if manner is None or not gives or await at.claim() is not Claim.SURE:
        return accessibility.changed(at.turn, at.session, at.offer)
    said, done = accessibility.said_of(manner), ChangeManner(manner=manner)
    turn = at.turn.in_manner(manner)
    return replace(at, turn=turn, said_first=(*at.said_first, said), done_first=(*at.done_first, done))


async def link(at: At) -> Ran:
    return linking.wished(at.turn, at.session, at.offer)


async def others(at: At) -> Ran:
    told = of_others(at.turn, at.session, at.offer)
    return None if told is None else replace(told, session=replace(told.session, failures=0))


async def asides(at: At) -> Ran:
    told = aside(at.turn, at.session, at.offer)
    return None if told is None else replace(told, session=replace(told.session, failures=0))
