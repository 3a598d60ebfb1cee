"""Calling off a report or an application: it is done where its agency admits that, else who does it is said."""

from dataclasses import replace

from actions.dialogue.answers import replies as say
from actions.dialogue.ports import Claim
from actions.dialogue.reading import arbiter
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state.turn import Turn
from actions.phrases import phrases, plain
from desk.contract.commands import Command
from desk.contract.messages import CaseNote, Reply
from values.types.reference import normal

NEAR: frozenset[Command | None] = frozenset({None, "cancel_this", "go_back", "withdraw"})
"""What a message may surely be that says in words that a report or an application is called off."""


async def run(at: At) -> Ran:
    in_words = at.turn.kind == "text" and at.turn.reading.sure in NEAR and _says_so(at.turn)
    if not in_words and arbiter.asked(at.turn, at.session, at.offer) != "withdraw":
        return None
    if await at.claim() is Claim.SURE:
        return None
    case = _meant(at, in_words=in_words)
    if case is None or case.kind == "appointment":
        return None
    at = at.but(session=replace(at.understood, pending=None))
    if case.city == at.turn.city.slug and at.handlers.withdraws(case):
        session, frame = at.session.begin(case.service, at.turn.now)
        return await at.but(session=session).hand(replace(frame, shown={"withdraws": case.case}))
    args = {"about": say.nested(case.about), "reference": case.reference}
    agency = say.agency_args(at.turn.city_of(case).agency(case.agency))
    return at.answered(Reply(key="cases.withdraw_at_agency", args=args | agency, buttons=[say.HUMAN]))


def _says_so(turn: Turn) -> bool:
    return phrases("takes_back").within(plain(turn.text))


def _meant(at: At, *, in_words: bool) -> CaseNote | None:
    """What is called off: what is named, else the newest (the words mean no appointment), but for what is begun."""
    given = {normal(value) for value in at.turn.values("reference")}
    live = [case for case in at.turn.context.cases if not (case.over or (in_words and case.kind == "appointment"))]
    named = [case for case in live if normal(case.reference) in given]
    return next(iter(named or ([] if at.front is not None else live)), None)
