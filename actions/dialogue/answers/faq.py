"""What is asked about the account itself, or of other people, whatever else is going on.

Whether it is genuine, whom a number or a car belongs to, when an office is open: sentences are data
(`actions/phrases`), what is open stays open. A further question of this kind is a line of `ASIDES`; one about the
account itself is a fact (`nlu/account/facts.yml`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from actions.dialogue.answers import office_hours
from actions.dialogue.answers import replies as say
from actions.dialogue.answers.offer import Offer
from actions.dialogue.state import accessibility, stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import Turn
from actions.phrases import phrases, plain
from desk.contract.messages import Reply
from values.lexicon import lexicon

_PARTICLES = lexicon(__file__).text("particles")

type Answer = Callable[[Turn, Session, Offer], Reply | None]


def _of_the_account(key: str) -> Answer:
    """Answer with a text about the account: its city, and the agency behind it."""

    def answer(turn: Turn, session: Session, offer: Offer) -> Reply:
        args = {"city": say.named(turn.city), **say.agency_args(offer.account_agency(turn.city, turn.context.channel))}
        buttons = [say.HUMAN] if session.open else [say.LIST, say.HUMAN]
        return Reply(key=key, args=args, buttons=buttons)

    return answer


def _by_telephone(turn: Turn, session: Session, offer: Offer) -> Reply | None:
    """Whom to call: the agency whose service is talked about. None where a guide says it, or a number is asked for."""
    front = session.front
    if front is not None and front.question is not None and front.question.asks_for == "phone":
        return None
    return office_hours.telephone(turn, session, offer)


def _helping(key: str) -> Answer:
    """Help who does not get on: a simpler manner, a telephone, a person; nothing where the question has help itself."""

    def answer(turn: Turn, session: Session, offer: Offer) -> Reply | None:
        front = session.front
        asked = None if front is None or front.question is None else front.question.field or front.question.asks_for
        field = None if front is None or asked is None else offer.field(front.service, asked)
        if field is not None and field.help is not None and key == PUZZLED:
            return None
        simpler = [accessibility.button("elderly")] if turn.context.manner == "standard" else []
        services = [] if session.open else [say.LIST]
        args = say.agency_args(office_hours.concerned(turn, session, offer))
        return Reply(key=key, args=args, buttons=[*simpler, *services, say.HUMAN])

    return answer


def _paying_otherwise(turn: Turn, session: Session, offer: Offer) -> Reply:
    """How it is paid here, and whom to ask for another way; an order that is open stays so."""
    return Reply(
        key="payments.other_ways",
        args=say.agency_args(office_hours.concerned(turn, session, offer)),
        buttons=[say.HUMAN],
    )


PUZZLED = "common.puzzled"


@dataclass(frozen=True, slots=True)
class Faq:
    """A question, known by phrases of all of `groups`: `whole` ones from end to end, at most `longest` characters.

    `particles` may stand at its end.
    """

    groups: tuple[str, ...]
    answer: Answer
    whole: bool = False
    longest: int = 60
    particles: str = ""

    def is_it(self, turn: Turn) -> bool:
        """Whether a typed sentence is this question."""
        said = plain(turn.text).rstrip(self.particles)
        if not said or len(turn.text) > self.longest:
            return False
        return all(phrases(one).whole(said) if self.whole else phrases(one).within(said) for one in self.groups)


OF_OTHERS = (Faq(("of_others",), _of_the_account("common.others_data")),)
ASIDES = (
    Faq(("doubts_us", "of_us", "asks_us"), _of_the_account("common.is_genuine")),
    Faq(("asks_for_telephone",), _by_telephone, whole=True, longest=30),
    Faq(("cannot_type",), _helping("common.without_typing"), whole=True, longest=30),
    Faq(("pays_otherwise",), _paying_otherwise, longest=40),
    Faq(("puzzled",), _helping(PUZZLED), whole=True, longest=40),
    Faq(("office_hours",), office_hours.told, whole=True, longest=40, particles=_PARTICLES),
)


def of_others(turn: Turn, session: Session, offer: Offer) -> Outcome | None:
    """Whose data are another's is told nothing of them, whatever else it sounds like."""
    return _first(OF_OTHERS, turn, session, offer)


def aside(turn: Turn, session: Session, offer: Offer) -> Outcome | None:
    """The answer, if the sentence is one of these and it can be answered; the first that can."""
    return _first(ASIDES, turn, session, offer)


def _first(asides: Sequence[Faq], turn: Turn, session: Session, offer: Offer) -> Outcome | None:
    if turn.kind != "text":
        return None
    answers = (one.answer(turn, session, offer) for one in asides if one.is_it(turn))
    said = next((reply for reply in answers if reply is not None), None)
    return None if said is None else stack.returned(session, turn, (said,), offer)
