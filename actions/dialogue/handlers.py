"""The services' handlers, and what rules ask of them: whose a turn is, what comes of it. Knows no one service."""

from collections.abc import Mapping
from decimal import Decimal

from actions.dialogue.answers import cases
from actions.dialogue.answers.offer import Offer
from actions.dialogue.answers.reference_proof import ReferenceProof
from actions.dialogue.ports import Claim, Owes, PutsRight, ServiceHandler, Tells, Told, Withdraws
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Frame, Session
from actions.dialogue.state.turn import Turn
from desk.contract.messages import CaseNote


class Handlers:
    """Asks the handler of a frame.

    Args:
        handlers: by service; each is declared in a service file.
        reference_proof: proves whose a number is that was not given in the conversation.
        status_seconds: how long an agency is waited for that is asked how a case stands.
    """

    def __init__(
        self,
        handlers: Mapping[str, ServiceHandler],
        offer: Offer,
        reference_proof: ReferenceProof,
        status_seconds: float,
    ) -> None:
        self._handlers = handlers
        self._offer = offer
        self._reference_proof = reference_proof
        self.in_progress = cases.InProgress(handlers, offer, reference_proof, status_seconds)

    async def claim(self, turn: Turn, frame: Frame | None) -> Claim:
        """Whether a turn belongs to a frame."""
        handler = None if frame is None else self._reference_proof.handler(frame) or self._handlers.get(frame.service)
        if frame is None or handler is None:
            return Claim.NO
        return await handler.claims(turn, frame)

    async def puts_right(self, turn: Turn, frame: Frame | None) -> bool:
        """Whether a text puts right something that was given for an open form."""
        handler: object = None if frame is None or self.is_proving(frame) else self._handlers.get(frame.service)
        if frame is None or frame.question is None or not frame.values or turn.kind != "text":
            return False
        return isinstance(handler, PutsRight) and await handler.puts_right(turn, frame)

    async def hand(self, turn: Turn, session: Session, frame: Frame) -> Outcome:
        """Let the frame's handler answer the turn."""
        handler = self._reference_proof.handler(frame) or self._handlers[frame.service]
        return await stack.hand(handler, turn, session, frame, self._offer)

    async def follow_up(self, turn: Turn, session: Session, least: Claim) -> Frame | None:
        """The newest finished look-up that a turn continues."""
        for frame in reversed(session.finished):
            if await self.claim(turn, frame) >= least:
                return frame
        return None

    def is_proving(self, frame: Frame) -> bool:
        """Whether a frame proves whose a number is, instead of doing what its service does."""
        return self._reference_proof.handler(frame) is not None

    def withdraws(self, case: CaseNote) -> bool:
        """Whether what was made can be taken back from here."""
        handler: object = self._handlers.get(case.service)
        return isinstance(handler, Withdraws) and handler.withdraws(case)

    def owes(self, frame: Frame) -> bool:
        """Whether a frame shows something that can be paid."""
        handler: object = self._handlers.get(frame.service)
        return not self.is_proving(frame) and isinstance(handler, Owes) and handler.owes(frame)

    def is_unpaid(self, turn: Turn, frame: Frame) -> bool:
        """Whether a frame shows something that can be paid, and is neither paid nor on order."""
        handler: object = self._handlers.get(frame.service)
        return self.owes(frame) and isinstance(handler, Owes) and handler.is_unpaid(turn, frame)

    def sums(self, frame: Frame) -> frozenset[Decimal]:
        """The sums that a frame shows as due."""
        handler: object = self._handlers.get(frame.service)
        return handler.sums(frame) if self.owes(frame) and isinstance(handler, Owes) else frozenset()

    async def told(self, turn: Turn, service: str) -> Told | None:
        """What a text surely tells a service of, where several of it may be wanted at once."""
        handler: object = self._handlers.get(service)
        return await handler.told(turn) if isinstance(handler, Tells) else None

    def told_in(self, frame: Frame) -> Told | None:
        """What a frame is about, where several of its service may be wanted at once."""
        handler: object = self._handlers.get(frame.service)
        return handler.told_in(frame) if isinstance(handler, Tells) and not self.is_proving(frame) else None
