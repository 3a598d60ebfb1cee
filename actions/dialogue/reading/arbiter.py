"""Weighs what the model makes of a message in its situation against what its words alone say.

Handlers think in intents; where the model is sure of a command, the intent is the command's. A yes that does something
wants more: words and situation must both hear it, or the situation all but alone; a yes with a doubt is asked again.
"""

from collections.abc import Mapping
from dataclasses import replace

from actions.dialogue.answers.offer import Offer
from actions.dialogue.reading.against_paying import speaks_against
from actions.dialogue.reading.intents import ANSWERS
from actions.dialogue.reading.pay_intent import wants_to_pay
from actions.dialogue.reading.reading import ASKS
from actions.dialogue.reading.unsure import SURE as HEAVY
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from desk.contract.commands import Command

INTENTS: Mapping[Command, str] = {
    "change": "correct",
    "choose": "choose",
    "complain": "complain_about_bot",
    "confirm": "affirm",
    "erase": "delete_my_data",
    "go_back": "go_back",
    "goodbye": "goodbye",
    "greet": "greet",
    "language": "change_language",
    "list": "list_services",
    "move": "change_appointment",
    "out_of_scope": "out_of_scope",
    "pay_all": "affirm",
    "pay_some": "choose",
    "person": "human_agent",
    "provide": "inform",
    "refund": "refund",
    "refuse": "deny",
    "restart": "restart",
    "skip": "deny",
    "subscribe": "subscribe",
    "thanks": "thanks",
    "unsubscribe": "unsubscribe",
    "withdraw": "change_appointment",
    "cancel_this": "cancel",
}
"""The intent by which a command is known to handlers. Of the others the intent stays, or a rule answers."""
CODE, LOOKS_UP = "code", 0.95
"""The kind of look-ups, and how sure of one the words must be."""
SURE_WORDS = 0.9
"""Of the words alone: so sure of a move, that only a surer model says another."""
NEAR = frozenset({("cancel", "deny"), ("change_appointment", "cancel"), ("change_appointment", "deny")})
"""An intent, and one that is nearly the same where it is sure: the first says more."""
HANDS_OVER = 0.8
"""Handing over stops the assistant: it wants to be surer."""
REFUNDS = 0.5
"""Money back fetches a clerk, too: the words of the whole or of a clause must say it as likely."""
PLAIN = 0.8
"""A yes that only the model hears does something from so likely on."""
DOUBTS: frozenset[Command] = ASKS | {"change", "go_back", "later", "move", "refuse", "skip", "wait"}
PAYS: frozenset[Command] = frozenset({"pay_all", "pay_some"})
WORDLESS = frozenset({"inform", "nlu_fallback"})
SURE_OF_WORDLESS = 0.6
"""So likely words that say nothing by themselves, and name nothing, pay what was shown (“jiao a”)."""
YES: frozenset[Command] = frozenset({"confirm"})
AGREES = frozenset({"affirm", "choose"})
REFUSALS = frozenset({"cancel", "deny"})
THE_THING_ITSELF: Mapping[str, frozenset[Command]] = {
    "cancel_booking": frozenset({"withdraw", "cancel_this"}),
    "move_booking": frozenset({"move"}),
    "erase": frozenset({"erase"}),
}
"""By what is to be confirmed, the commands that want just that."""
ENDS_AN_ORDER = frozenset({"cancel", "deny", "change_appointment"}) | NOT_UNDERSTOOD | ANSWERS
"""Intents of words that do not speak against the end of an open order; any other does, from so sure on."""
OTHERWISE = 0.7
DOUBT = 0.15
"""A yes that is so likely one of these is none to such a question."""
OF_THE_ACCOUNT = frozenset(
    {"refund", "payment_status", "request_status", "change_appointment", "unsubscribe", "subscribe"}
)
"""Intents that want something of what was made; a question sounds like them."""


def decided(turn: Turn, session: Session, offer: Offer) -> Turn:
    """The turn with the intent of the command that it surely is.

    As it is where nobody is sure, and where nothing was said before: there the intent is learnt from more, and only a
    larger model knows better where that one did not understand.
    """
    if not turn.reading.of_model or not (turn.proposed or _is_in_the_middle(turn, session)):
        return turn
    stated = turn.context.situation or {}
    confirms = stated.get("confirms") not in (None, "go_on")
    if confirms and turn.intent == "affirm":
        return _without_doubt(turn)
    command = turn.reading.sure
    if confirms and command in _agrees(turn) - YES and not turn.has(("date", "time")) and _is_plain(turn):
        return replace(turn, intent="affirm", confidence=turn.reading.probability(_agrees(turn)))
    if command is None or command in ASKS or _hands_over(turn) or _is_spoken_against(turn, command, session, offer):
        return turn
    if command == "start":
        return _wished(turn, offer)
    if _wants_more(turn, command):
        return turn
    if command == "confirm" and confirms and turn.intent in REFUSALS:
        return _neither(turn)
    if command == "confirm" and confirms and not _is_plain(turn):
        return turn
    if command == "withdraw":
        return _withdrawing(turn)
    if command in PAYS:
        return _paying(turn, session, command)
    if command == "move" and not _stands(turn) and offer.is_wish(turn.intent) and turn.confidence >= SURE_WORDS:
        return turn  # nothing stands that could be moved
    return _known(turn, session, command)


def _wants_more(turn: Turn, command: Command) -> bool:
    """Whether what fetches a clerk is not sure enough: a person, or money back that words hardly say."""
    if command == "refund":
        return turn.intent != "refund" and _in_words(turn, "refund") < REFUNDS
    return command in ("person", "complain") and turn.reading.first.probability < HANDS_OVER


def _in_words(turn: Turn, intent: str) -> float:
    """How likely the words of the whole, or of a clause, mean an intent."""
    rankings = (turn.ranking, *(part.ranking for part in turn.parts))
    return max((one.confidence for ranking in rankings for one in ranking if one.name == intent), default=0.0)


def _paying(turn: Turn, session: Session, command: Command) -> Turn:
    """A plain wish to pay; of an open order, whatever was sighed before it: that is shown again, with what ends it."""
    if turn.open_order is not None and turn.intent in REFUSALS:
        return replace(turn, intent="affirm")
    return _known(turn, session, command) if _pays_plainly(turn) else turn


def _known(turn: Turn, session: Session, command: Command) -> Turn:
    """The turn with the intent of a command, where words do not surely say another."""
    intent = _known_as(command, turn)
    if intent is None or _fits(turn, session, intent) or _says_otherwise(turn):
        return turn
    return replace(turn, intent=intent, confidence=turn.reading.first.probability)


def asked(turn: Turn, session: Session, offer: Offer) -> Command | None:
    """The command that a rule is asked about: a sure one; surer where the words say another thing of what was made."""
    command = turn.reading.sure if turn.reading.of_model or turn.meant is not None else None
    sure = turn.reading.probability(ASKS) if command in ASKS else turn.reading.first.probability
    if command is None or _names_its_own(turn, session, offer) or _stays_heavy(turn, sure):
        return None
    if command in ASKS and _is_anothers(turn, session, offer):
        return None
    of_account = turn.intent in OF_THE_ACCOUNT and turn.confidence >= HANDS_OVER
    return command if sure >= HANDS_OVER or not of_account else None


def _is_spoken_against(turn: Turn, command: Command, session: Session, offer: Offer) -> bool:
    """Whether words speak against what the situation hears: the end of an open order ("and the payment of the fine?"),
    that nothing is given, by who asks something ("which one is near"), or a choice, where nothing is open and the words
    surely name a service ("the next bus").
    """
    if command == "choose":
        return session.front is None and offer.is_wish(turn.intent) and turn.confidence >= LOOKS_UP
    if command == "skip":
        return turn.inquiry is not None and turn.inquiry.is_question
    ends = command == "cancel_this" and turn.open_order is not None
    return ends and turn.intent not in ENDS_AN_ORDER and turn.confidence >= OTHERWISE


def _names_its_own(turn: Turn, session: Session, offer: Offer) -> bool:
    """Whether it wishes another service and names what that is about: a stop, and when the bus comes there."""
    declared, front = offer.declared.get(turn.intent), session.front
    is_other = front is None or front.service != turn.intent
    return declared is not None and is_other and turn.has(declared.entities)


def _is_anothers(turn: Turn, session: Session, offer: Offer) -> bool:
    """Whether words surely wish a look-up, which is a question by nature ("how long until the next bus", in a form)."""
    declared, front = offer.declared.get(turn.intent), session.front
    other = front is not None and front.service != turn.intent and offer.declared[front.service].kind != CODE
    looks_up = declared is not None and declared.kind == CODE and turn.confidence >= LOOKS_UP
    return other and looks_up and turn.inquiry is not None


def _is_in_the_middle(turn: Turn, session: Session) -> bool:
    """Whether anything was said that a message can be about."""
    stated = turn.context.situation or {}
    said_before = bool(stated.get("buttons") or stated.get("standing")) and stated.get("said") != ["common.greeting"]
    return bool(session.open or session.finished or session.pending) or said_before


def _hands_over(turn: Turn) -> bool:
    """Whether the words alone surely want a person, or are angry."""
    return turn.intent in HEAVY and turn.confidence >= HEAVY[turn.intent]


def _agrees(turn: Turn) -> frozenset[Command]:
    """What says yes here: yes, and the thing itself ("move it", to: move the booking?)."""
    confirms = str((turn.context.situation or {}).get("confirms"))
    return YES | THE_THING_ITSELF.get(confirms, frozenset())


def _stays_heavy(turn: Turn, sure: float) -> bool:
    """Whether the words want a person, and no question is as sure (“robot or person?”); anger stays anger."""
    return _hands_over(turn) and (turn.intent != "human_agent" or sure < HANDS_OVER)


def _without_doubt(turn: Turn) -> Turn:
    """A yes stays one where the model hears no doubt in it; any other is asked about again."""
    doubts = DOUBTS - _agrees(turn)
    return turn if turn.reading.probability(doubts) < DOUBT else replace(turn, intent="correct")


def _neither(turn: Turn) -> Turn:
    """What the situation hears as a yes and words as a no: nothing is undone, and nothing that was given is dropped."""
    undoes = (turn.context.situation or {}).get("confirms") in THE_THING_ITSELF
    return turn if undoes else replace(turn, intent="correct")


def _is_plain(turn: Turn) -> bool:
    """Whether the model alone hears a yes so surely that it may be acted upon."""
    reading, agrees = turn.reading, _agrees(turn)
    return reading.probability(agrees) >= PLAIN and reading.probability(DOUBTS - agrees) < DOUBT


def _pays_plainly(turn: Turn) -> bool:
    """Whether a wish to pay is plain: said so in words, or heard surely and without a doubt (“so much?”).

    Words that refuse, correct or tell something say none ("not pay, appeal").
    """
    if wants_to_pay(turn.text):
        return True
    reading = turn.reading
    least = SURE_OF_WORDLESS if turn.intent in WORDLESS and not turn.entities else PLAIN
    heard = turn.intent in AGREES or (reading.probability(PAYS) >= least and reading.probability(DOUBTS) < DOUBT)
    return heard and not speaks_against(turn)


def _known_as(command: Command, turn: Turn) -> str | None:
    """The intent of a command. How something stands are two; where only a larger model hears it, the wider one."""
    if command == "status" and turn.proposed and turn.intent not in OF_THE_ACCOUNT:
        return "request_status"
    return INTENTS.get(command)


def _fits(turn: Turn, session: Session, intent: str) -> bool:
    """Whether the intent already says it, or what is said is for the service in front to tell."""
    if turn.intent == intent:
        return True
    front = session.front
    own = front is not None and turn.intent == front.service
    return (own and intent in ANSWERS) or (turn.intent, intent) in NEAR


def _says_otherwise(turn: Turn) -> bool:
    """Whether the words alone surely say another move, and the model is not surer."""
    is_move = turn.intent in INTENTS.values() and turn.intent not in ANSWERS
    return is_move and turn.confidence >= SURE_WORDS and turn.reading.first.probability < PLAIN


def _wished(turn: Turn, offer: Offer) -> Turn:
    """The service that a larger model chose; else the likeliest, where the words alone were not understood as any."""
    if turn.proposed and turn.proposed[0].service is not None:
        return replace(turn, intent=turn.proposed[0].service, confidence=turn.reading.first.probability)
    if offer.is_wish(turn.intent) or turn.intent not in NOT_UNDERSTOOD | ANSWERS:
        return turn
    wish = likeliest_wish(turn, offer, MENTIONED)
    return turn if wish is None else replace(turn, intent=wish, confidence=turn.reading.first.probability)


def of_a_rest(turn: Turn, offer: Offer) -> Turn:
    """What is left of a message beside the end of something: a wish that the situation surely hears, of words that
    alone are understood as none, is the likeliest service.
    """
    surely = turn.reading.of_model and turn.reading.sure == "start"
    return _wished(turn, offer) if surely else turn


MENTIONED, STANDS_OUT = 0.2, 2.0
"""So likely a service is wished, once it is sure that one is, and so many times likelier than any other."""


def likeliest_wish(turn: Turn, offer: Offer, least: float) -> str | None:
    """The service that the words most likely wish, where that stands out; None: none does, or two are close."""
    wishes = sorted((one.confidence, one.name) for one in turn.ranking if offer.is_wish(one.name))[::-1]
    if not wishes or wishes[0][0] < least:
        return None
    return None if wishes[1:] and wishes[1][0] * STANDS_OUT > wishes[0][0] else wishes[0][1]


def _stands(turn: Turn) -> bool:
    return any(case.kind == "appointment" and not case.over for case in turn.context.cases)


def _withdrawing(turn: Turn) -> Turn:
    """Who calls off a booking that there is wants it changed; the service hears that it is given up, and asks."""
    return replace(turn, intent="change_appointment") if _stands(turn) else turn
