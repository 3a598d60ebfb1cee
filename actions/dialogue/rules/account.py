"""What concerns the account: how it talks, which channels are linked, who speaks here."""

from dataclasses import replace

from actions.dialogue.answers import linking
from actions.dialogue.answers import replies as say
from actions.dialogue.answers.faq import aside, of_others
from actions.dialogue.answers.global_commands import MOVES
from actions.dialogue.ports import Claim
from actions.dialogue.reading import own_data
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state import accessibility
from desk.contract.messages import ChangeManner, Reply, Text

SURE = 0.9
"""So sure of a service by its words, and of a beginning in its situation, nothing here is erased."""


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


async def erasing(at: At) -> Ran:
    """Own data are to be erased, in whatever words, while a clerk is waited for, too: what can be is said and offered.

    Of one kind alone nothing can be erased, but what is being filled in, which is put right in its form.
    """
    kind, front = own_data_to_erase(at), at.front
    if kind is None:
        return None
    declared = None if front is None else at.offer.declared[front.service]
    if declared is not None and kind in declared.entities:
        return None
    asked = MOVES["delete_my_data"](at.turn, replace(at.understood, pending=None), at.offer)
    if kind == own_data.ALL:
        return asked
    alone = Reply(key="common.erase_with_all", args={"field": say.nested(Text(key=f"card.{kind}"))})
    return asked.after((alone,))


def own_data_to_erase(at: At) -> str | None:
    """The kind of data that a text wants erased; None of a question of the dialogue that is awaited, or a sure wish."""
    turn = at.turn
    if turn.kind != "text" or at.session.pending is not None:
        return None
    wishes = at.offer.is_wish(turn.intent) and turn.confidence >= SURE and turn.reading.of_model and turn.means("start")
    return None if wishes else own_data.to_erase(turn.text)


async def asides(at: At) -> Ran:
    told = aside(at.turn, at.session, at.offer)
    return None if told is None else replace(told, session=replace(told.session, failures=0))
