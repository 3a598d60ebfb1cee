"""What concerns the account: how it talks, which channels are linked, who speaks here."""

from dataclasses import replace

from actions.dialogue.answers import linking
from actions.dialogue.answers.faq import aside, of_others
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state import accessibility


async def manners(at: At) -> Ran:
    return accessibility.changed(at.turn, at.session, at.offer)


async def link(at: At) -> Ran:
    return linking.wished(at.turn, at.session, at.offer)


async def others(at: At) -> Ran:
    told = of_others(at.turn, at.session, at.offer)
    return None if told is None else replace(told, session=replace(told.session, failures=0))


async def asides(at: At) -> Ran:
    told = aside(at.turn, at.session, at.offer)
    return None if told is None else replace(told, session=replace(told.session, failures=0))
