"""Somebody wants to know something: a published guide answers before any form asks, and what is not published is said.

Whose matter it is, and that it is a question, the bot has learnt from what people ask first. A question about what is
just talked of, without a word of its matter ("how much?"), is another rule's; look-ups are questions by nature, and
begin.
"""

from collections.abc import Sequence
from dataclasses import replace

from actions.dialogue.answers import facts, office_hours
from actions.dialogue.answers import replies as say
from actions.dialogue.ports import Claim
from actions.dialogue.reading.courteous import is_courteous
from actions.dialogue.reading.inquiry import GUIDE as PREFIX
from actions.dialogue.reading.inquiry import LIKELY, NONE, UNSAID, Inquiry
from actions.dialogue.reading.intents import CITY_SERVICES
from actions.dialogue.reading.polar import is_polar
from actions.dialogue.reading.reading import ASKS, SURE
from actions.dialogue.rules import fact
from actions.dialogue.rules.notices import announced
from actions.dialogue.rules.rule import CODE, GUIDE, LOOKS_UP, At, Ran
from actions.dialogue.rules.whom_to_call import named_last, of_another, whom
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Frame, Session
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from actions.forms.filling import has_words, refuses_at_last
from actions.schema import ApplicationService, AppointmentService, BillService
from desk.city.files import Agency, Hours
from desk.contract.commands import Command
from desk.contract.messages import Button, Reply, Text

QUESTIONS: frozenset[Command | None] = ASKS | {None, "start", "out_of_scope", "unclear", "list", "status"}
"""What a question may sound like in its situation; what is surely another command is that."""
OF_WHAT_WAS_MADE: frozenset[Command | None] = frozenset({"refund", "withdraw"})
"""Where nothing was made or paid here, what sounds like one of these asks something."""
OF_THE_ACCOUNT: frozenset[Command] = frozenset({"ask_account", "ask_payment"})
BEGINS: tuple[Command, ...] = ("start",)
LISTS: tuple[Command, ...] = ("list",)
LETS_GO: tuple[Command, ...] = ("cancel_this", "change", "complain", "refuse")
ELSEWHERE: tuple[Command, ...] = (
    *("ask_account", "cancel_this", "city", "complain", "erase", "goodbye", "greet", "language", "later", "move"),
    *("person", "refund", "repeat", "restart", "simpler", "subscribe", "thanks", "unsubscribe", "wait"),
    *("what_i_have", "withdraw"),
)
"""What is surely one of these is no question, though nothing was said before; any other is read from its words."""
UNSURE = 0.6
"""Less sure of an intent, a sure question is one all the same."""
OF_THE_QUESTION: frozenset[Command] = frozenset({"ask_what", "ask_why"})
"""What is asked about what the account asks: the form knows."""
MATTERS = NOT_UNDERSTOOD | frozenset(CITY_SERVICES) | {"list_services", "inform", "choose", "correct"}
"""Intents that a question is taken for; of any other it says more than the words that it has in common."""
ITS_OWN = 0.3
"""So likely a question is about the service in front, or names no matter."""
RECORD = "record"
"""The kind of look-ups that show one's own record."""
OF_AN_OFFICE: tuple[Command, ...] = ("ask_hours", "ask_place", "ask_phone")
PLACE: tuple[Command, ...] = ("ask_place",)
IN_A_FORM, SOUNDS = 0.75, 0.8
"""So likely a guide is told in the middle of a form, or where words alone surely wish a service."""
ITS, HARDLY = 0.2, 0.05
"""Less likely a service's, a question begins no form of it; and still less, it is about something else."""
FAR_SURER, FAR = 0.8, 6
"""So likely a guide is meant, and so many times likelier than the service, it is told though it has no word of its."""
SURELY, HINTED, ALL_BUT_CERTAIN = 0.8, 0.3, 0.9
"""So likely it is a question by its words, and in its situation, where it is not told which."""


def _asks_a_name(front: Frame) -> bool:
    """Whether somebody's name is asked for: one that is spelt out in words is marked by nobody."""
    return front.question is not None and front.question.asks_for == "person_name"


async def run(at: At) -> Ran:
    inquiry = None if at.turn.inquiry is None else _beside_the_record(at, _as_its_clauses(at.turn, at.turn.inquiry))
    if at.turn.kind != "text" or inquiry is None or at.session.pending is not None:
        return None
    at = at.but(_of_what_there_is(replace(at.turn, inquiry=inquiry)))
    if not _may_ask(at):
        return None
    if await _gives(at, inquiry):
        return None
    if _is_beyond_what_was_shown(at, inquiry):
        concerned = office_hours.concerned(at.turn, at.session, at.offer)
        return _fact(at, inquiry) or unknown(at.but(session=at.understood), concerned)
    if await _goes_on(at, inquiry):
        return None
    told = _of_its_office(at, inquiry) or _fact(at, inquiry) or _of_an_aspect(at)
    told = told or await _guided(at, inquiry) or _facts(at, inquiry)
    told = told or _of_a_service(at, inquiry) or await announced.perhaps(at) or _not_published(at, inquiry)
    return told or await _of_another(at, inquiry) or _beside_the_form(at, inquiry)


def _of_what_there_is(turn: Turn) -> Turn:
    """A question that sounds like money back where nothing was paid here is about something else."""
    asks = turn.inquiry is not None and turn.inquiry.is_question
    back = turn.intent == "refund" and not turn.context.orders
    return replace(turn, intent="nlu_fallback", confidence=0.0) if asks and back else turn


async def _gives(at: At, inquiry: Inquiry) -> bool:
    """Whether it gives what is asked for, or a no to it ("so dark here, how could I, no"); what is surely a question,
    with no value in it, gives nobody's name.
    """
    front, gives = at.front, bool(at.turn.entities) or refuses_at_last(at.turn) or puts_right(at, inquiry)
    if front is None or not (gives or _asks_a_name(front)) or await at.claim() is not Claim.SURE:
        return False
    heard = at.turn.reading.probability(ASKS) if at.turn.reading.of_model else 0.0
    asks = heard >= (HINTED if inquiry.asks >= ALL_BUT_CERTAIN else SURELY) and inquiry.is_question
    return gives or not asks


def puts_right(at: At, inquiry: Inquiry) -> bool:
    """Whether something that is summed up is put right, by its words, and nothing is all but certainly asked."""
    question = None if at.front is None else at.front.question
    summed_up = question is not None and question.confirms is not None
    corrects = at.turn.intent == "correct" and at.turn.confidence >= SURELY
    return summed_up and corrects and inquiry.asks < ALL_BUT_CERTAIN


def _beside_the_record(at: At, inquiry: Inquiry) -> Inquiry:
    """What a yes or a no is wanted on is not what a record shows: then the guide that may be meant is ("may I take it
    out for repairs?"), where nothing is open.
    """
    declared = at.offer.declared.get(at.turn.intent)
    if declared is None or declared.kind != RECORD or at.front is not None or not is_polar(at.turn.text):
        return inquiry
    own = inquiry.probability(at.turn.intent)
    if inquiry.asks < SURELY or inquiry.likeliest_guide < HINTED or own >= 1.0:
        return inquiry
    rest = tuple((name, likely / (1 - own)) for name, likely in inquiry.matters if name != at.turn.intent)
    return replace(inquiry, matters=rest)


def _as_its_clauses(turn: Turn, inquiry: Inquiry) -> Inquiry:
    """What a message asks: surely something, where a clause does that is about the same matter ("first of all: …")."""
    clauses = [part.inquiry for part in turn.parts if part.inquiry is not None]
    same = [
        one.asks for one in clauses if one.matters and inquiry.matters and one.matters[0][0] == inquiry.matters[0][0]
    ]
    asking = [one for one in clauses if one.asks >= SURELY]
    surely = max((likely for _, likely in inquiry.matters), default=0.0)
    if len(asking) == 1 and asking[0].likeliest_guide >= UNSURE and surely < LIKELY:
        return asking[0]  # what stands beside it tells only why it is asked
    return replace(inquiry, asks=max([inquiry.asks, *same]))


def _is_beyond_what_was_shown(at: At, inquiry: Inquiry) -> bool:
    """Whether something is asked about the bill that was shown ("is the sewage fee in it?"), and not how much it is."""
    shown = at.session.finished[-1] if at.session.finished and at.front is None else None
    declared = None if shown is None or shown.service != at.turn.intent else at.offer.declared[shown.service]
    if not isinstance(declared, BillService) or inquiry.likeliest_guide >= LIKELY or at.turn.context.orders:
        return False  # after an order it may be about the payment
    told = (*declared.again_words, *declared.settle_words, *declared.other_words)
    names = declared.subject in {one.entity for one in at.turn.entities}
    heard = at.turn.reading.probability(ASKS)
    asks = heard >= SURELY or (heard >= HINTED and inquiry.probability(UNSAID) >= LIKELY)
    return inquiry.is_question and asks and not names and not has_words(at.turn, told)


async def _goes_on(at: At, inquiry: Inquiry) -> bool:
    """Whether it goes on with what was shown, and is not surely about another guide, nor what a fact answers.

    What a bus does is looked up, whatever facts say of it.
    """
    if at.front is not None or not at.session.finished or inquiry.likeliest_guide >= LIKELY:
        return False
    looked_up = at.offer.declared[at.session.finished[-1].service].kind == CODE
    if not looked_up and fact.is_surely_asked(at):
        return False
    return await at.handlers.claim(at.turn, at.session.finished[-1]) is Claim.SURE


def _may_ask(at: At) -> bool:
    turn, inquiry = at.turn, at.turn.inquiry
    if any(one.service is not None for one in turn.proposed):
        return False  # a larger model takes it for a wish
    surely = turn.reading.sure if turn.reading.of_model else None
    if surely in OF_WHAT_WAS_MADE and not (turn.context.orders or turn.context.cases):
        surely = None
    may = surely not in ELSEWHERE if at.front is None else surely in QUESTIONS - OF_THE_ACCOUNT - OF_THE_QUESTION
    may = may or (surely == "ask_payment" and fact.is_of_the_front(at))
    if surely == "ask_payment" and _was_shown_as_due(at):
        return False
    guides = turn.intent in at.offer.declared and at.offer.declared[turn.intent].kind == GUIDE
    sounds = guides or turn.intent in MATTERS
    surer = inquiry is not None and inquiry.asks >= SURELY <= inquiry.likeliest_guide and turn.confidence < UNSURE
    return may and (sounds or surer or fact.is_surely_asked(at))


def _was_shown_as_due(at: At) -> bool:
    """Whether the last that was shown can be owed: how it is paid the service says; a bus is another matter."""
    return bool(at.session.finished) and at.offer.declared[at.session.finished[-1].service].kind != CODE


def _fact(at: At, inquiry: Inquiry) -> Outcome | None:
    """What is known of the service that is talked of, or that is named."""
    asks = inquiry.is_question or _asks(at, inquiry)  # a wish is weighed against the fact
    return fact.told(at) if asks and not _is_listed(at) else None


def _of_an_aspect(at: At) -> Outcome | None:
    """The fact of what was shown that is asked for with an aspect, before the guide of another matter.

    After a fine “how many points, and must I go there again” is about that fine.
    """
    newest = at.session.finished[-1] if at.session.finished and at.front is None else None
    shown = newest is not None and at.offer.declared[newest.service].kind != GUIDE
    return fact.of_an_aspect(at) if shown else None


def _facts(at: At, inquiry: Inquiry) -> Outcome | None:
    """Some that is known of it, by name, where it is not sure what is asked, and likelier than a look-up."""
    if not _asks(at, inquiry) or _is_listed(at):
        return None
    return fact.offered(at) if sum(one.probability for one in inquiry.facts) > _looks_up(at) else None


def _looks_up(at: At) -> float:
    """How likely a first message wishes the look-up that its words name: as its situation hears no question.

    How much the words sound like a question says nothing of that: look-ups ask by nature ("one can pay fines here? I
    just got a text").
    """
    turn, declared = at.turn, at.offer.declared.get(at.turn.intent)
    if declared is None or declared.kind not in LOOKS_UP or at.front is not None or at.session.finished:
        return 0.0
    if not turn.reading.of_model or not at.offer.offers(turn.city, turn.intent):
        return 0.0
    return turn.confidence * (1 - turn.reading.probability(ASKS))


def _is_listed(at: At) -> bool:
    """Whether it asks what the account can do: that is shown."""
    reading = at.turn.reading
    return at.turn.intent == "list_services" and max(reading.probability(LISTS), at.turn.confidence) >= SOUNDS


async def _guided(at: At, inquiry: Inquiry) -> Outcome | None:
    """The answer of a guide; None where none is about it."""
    name = _guides(at)
    if name is None:
        return None
    best = inquiry.likeliest_guide
    named = _names_a_guide(at, inquiry)
    near = named or (at.front is None and at.turn.intent in NOT_UNDERSTOOD and inquiry.is_of_a_guide)
    wished = at.turn.intent != name and at.offer.offers(at.turn.city, at.turn.intent)
    wished = wished and at.turn.confidence >= SOUNDS and _is_about_its_wish(at, inquiry)
    least = IN_A_FORM if at.front is not None or wished else LIKELY
    if (best < least and not near) or (not named and _rather_looks_up(at, inquiry)):
        return None
    if best < LIKELY and _is_of_what_was_shown(at, inquiry):
        return None
    if not (near or _asks(at, inquiry) or at.turn.intent == name):
        return None
    return await told_by_a_guide(at, inquiry)


def _is_of_what_was_shown(at: At, inquiry: Inquiry) -> bool:
    """Whether something was shown that is no guide, and the guide that may be meant is not named by its words."""
    newest = at.session.finished[-1] if at.session.finished and at.front is None else None
    if newest is None or at.offer.declared[newest.service].kind == GUIDE:
        return False
    guides = (name.removeprefix(PREFIX) for name, _ in inquiry.matters if name.startswith(PREFIX))
    return not any(at.offer.finder.names(at.turn.text, slug) for slug in guides)


async def told_by_a_guide(at: At, inquiry: Inquiry) -> Outcome | None:
    """What the guides say to a message; None where they tell nothing, or the city has none."""
    name = _guides(at)
    if name is None:
        return None
    session = _let_go(at, inquiry)
    shown = next((frame for frame in session.finished if frame.service == name), None)
    if shown is None:
        session, shown = session.begin(name, at.turn.now)
    outcome = await at.handlers.hand(replace(at.turn, intent=name), session, shown)
    return outcome if _tells(outcome, name) else None


def _guides(at: At) -> str | None:
    """The service that answers from guides, where the city offers it."""
    name = next((one for one, declared in at.offer.declared.items() if declared.kind == GUIDE), None)
    return name if name is not None and at.offer.offers(at.turn.city, name) else None


def _asks(at: At, inquiry: Inquiry) -> bool:
    """Whether something is to be known, and nothing done: by how strangers ask, or by how it is meant here.

    A wish counts against it where the message is about what it would begin: how to insure oneself is no record to see.
    So 404 of 651 questions by strangers that have a guide are told by it, 351 before; of 549 lines of wishes 33 are
    taken for such a question, 21 before. The odds were chosen on these lines, whose figures flatter so.
    """
    reading = at.turn.reading
    wishes = reading.of_model and reading.probability(BEGINS) >= SURELY and _is_about_its_wish(at, inquiry)
    heard = reading.of_model and reading.probability(ASKS) >= SURE
    return heard or (inquiry.is_question and (not wishes or inquiry.asks >= ALL_BUT_CERTAIN))


def _names_a_guide(at: At, inquiry: Inquiry) -> bool:
    """Whether it is about a guide by the model and by its own words, and hardly about the service that it sounds like.

    Then the guide answers, though words and situation are sure of a wish: what an allowance is sounds like the record.
    Of 310 development lines of nine services eleven are so, all of them questions that a guide answers. Without its
    words a guide is meant that is surer still, and far likelier than the service (`FAR`): of 312 lines 13 are so, 12 of
    them questions that the guide answers.
    """
    wished = at.offer.declared.get(at.turn.intent)
    if at.front is not None or wished is None or wished.kind == GUIDE or at.turn.has(wished.entities):
        return False
    slug = next((one.removeprefix(PREFIX) for one, _ in inquiry.matters[:1] if one.startswith(PREFIX)), None)
    if slug is None or inquiry.asks < HARDLY:
        return False  # a bare "traffic fine" asks nothing
    own = inquiry.probability(at.turn.intent)
    if inquiry.likeliest_guide >= max(FAR_SURER, own * FAR) and inquiry.asks >= ITS:
        return True
    if own >= HARDLY:
        return False
    likely, least = inquiry.likeliest_guide, IN_A_FORM if at.turn.confidence >= SOUNDS else LIKELY
    return likely >= least and at.offer.finder.names(at.turn.text, slug)


def _rather_looks_up(at: At, inquiry: Inquiry) -> bool:
    """Whether its words are a look-up's, likelier than that it asks what the guide tells: look-ups ask by nature."""
    declared = at.offer.declared.get(at.turn.intent)
    heard = at.turn.reading.of_model and at.turn.reading.probability(ASKS) >= SURELY
    if heard and inquiry.probability(at.turn.intent) < HARDLY:
        return False  # the situation hears a question, and it is about something else
    looks_up = declared is not None and declared.kind in LOOKS_UP and at.offer.offers(at.turn.city, at.turn.intent)
    return looks_up and at.front is None and at.turn.confidence > inquiry.asks * inquiry.likeliest_guide


def _is_about_its_wish(at: At, inquiry: Inquiry) -> bool:
    declared = at.offer.declared.get(at.turn.intent)
    if declared is None or declared.kind in LOOKS_UP:
        return True  # look-ups are questions by nature
    asks = inquiry.asks >= SURELY and inquiry.likeliest_guide >= LIKELY
    return not asks or inquiry.probability(at.turn.intent) >= ITS


def _tells(outcome: Outcome, name: str) -> bool:
    """Whether a guide was told, or some were offered."""
    told = next((frame.shown for frame in reversed(outcome.session.finished) if frame.service == name), {})
    return bool(told.get("guide") or told.get("near"))


def _let_go(at: At, inquiry: Inquiry) -> Session:
    """The session without a form of another matter that nothing was given for, where it was hardly meant."""
    front, session = at.front, at.understood
    own = 0.0 if front is None else inquiry.probability(front.service) + inquiry.probability(UNSAID)
    lets_go = session.doubted or at.turn.reading.probability(LETS_GO) >= HINTED
    if front is None or _given(front) or own >= ITS_OWN or not lets_go:
        return session
    return replace(session, open=session.open[:-1])


def _given(frame: Frame) -> bool:
    return bool(frame.values) or (frame.question is not None and frame.question.asks_for is None)


def _of_its_office(at: At, inquiry: Inquiry) -> Outcome | None:
    """Where an office is and when it is open, which its service's words name: no record or bill is begun on it."""
    declared, turn = at.offer.declared.get(at.turn.intent), at.turn
    if at.front is not None or declared is None or declared.kind in (CODE, GUIDE) or inquiry.asks < SURELY:
        return None
    if isinstance(declared, AppointmentService) or turn.has(declared.entities) or not turn.reading.of_model:
        return None
    clauses = [turn, *(turn.only(part) for part in turn.parts)]
    if max(one.reading.probability(OF_AN_OFFICE) for one in clauses) < SURELY or not at.offer.offers(
        turn.city, turn.intent
    ):
        return None
    agency = turn.city.responsible(turn.intent)
    asks_where = any(one.reading.probability(PLACE) >= ITS for one in clauses)
    key = "facts.office" if asks_where else "common.telephone"
    key = key if agency.hours else f"{key}_alone"
    args = {**say.agency_args(agency), "hours": say.nested(say.hours(agency.hours))}
    return at.but(session=at.understood).answered(Reply(key=key, args=args, buttons=[say.HUMAN]))


def _of_a_service(at: At, inquiry: Inquiry) -> Outcome | None:
    """What a service that was not begun says that it needs; else who knows, with a button to begin."""
    name = inquiry.service
    declared = at.offer.declared.get(name or "")
    if at.front is not None or name is None or declared is None or declared.kind in (CODE, GUIDE):
        return None
    if not _asks(at, inquiry) or at.turn.has(declared.entities):
        return None
    applies = isinstance(declared, ApplicationService | AppointmentService)
    surely_wished = at.turn.intent == name and at.turn.confidence >= SOUNDS
    surely_wished = surely_wished and (inquiry.asks < SURELY or _looks_up(at) >= LIKELY)
    if not applies and (surely_wished or at.turn.reading.probability(ASKS) < HINTED):
        return None  # whether anything is due is looked up
    if not at.offer.offers(at.turn.city, name):
        return unknown(at.but(session=at.understood), at.offer.account_agency(at.turn.city, at.turn.context.channel))
    if name in at.session.known:
        return None  # a question about what was shown
    title = Text(key="button.apply") if isinstance(declared, ApplicationService) else at.offer.title(name)
    begin = Button(title=title, payload=f"/{name}")
    agency = at.turn.city.agency(at.turn.city.services[name].agency)
    at = at.but(session=at.understood)
    needs = declared.requirements if isinstance(declared, ApplicationService | AppointmentService) else None
    if needs is not None and inquiry.part(("hours", "other")) is None:
        return at.answered(Reply(key=needs, args=say.agency_args(agency), buttons=[begin]))
    return unknown(at, agency, begin)


def _none(at: At) -> Reply:
    """That no guide is published on it, and whom to call."""
    agency = office_hours.concerned(at.turn, at.session, at.offer)  # of what was shown, where no other is named
    return say.not_published(whom(at, agency), _hours(at, agency))


def unknown(at: At, agency: Agency, *buttons: Button) -> Outcome:
    """Say that it is not known here, and who knows: the fitting telephone, else an agency; what is open comes back.

    Who only thanks is thanked, and a fact that names what is asked for is told, however far it was.
    """
    if is_courteous(at.turn.text):
        return at.answered(Reply(key=say.varied("common.thanks", at.session.turns)))
    if (told := fact.of_an_aspect(at)) is not None:
        return told
    if of_another(at) is None and (last := named_last(at)) is not None:
        return at.answered(last)
    reply = facts.not_known(at.turn.text, whom(at, agency), _hours(at, agency), [*buttons, say.HUMAN])
    return at.answered(reply)


def _hours(at: At, otherwise: Agency) -> Sequence[Hours]:
    """When whom to call is there."""
    found = of_another(at)
    return otherwise.hours if found is None else found[1].hours


def _not_published(at: At, inquiry: Inquiry) -> Outcome | None:
    """That nothing is published on it, and whom to call; nothing is begun on a guess."""
    if not _asks(at, inquiry) or inquiry.probability(NONE) < LIKELY:
        return None
    if at.front is None and at.session.finished and at.turn.reading.sure in ASKS:
        return None  # about what was shown
    wished = at.offer.declared.get(at.turn.intent)
    if wished is not None and wished.kind == CODE and at.turn.has(wished.entities) and at.turn.confidence >= SURELY:
        return None  # a look-up that names what it looks for
    return stack.returned(_let_go(at, inquiry), at.turn, (_none(at),), at.offer)


async def _of_another(at: At, inquiry: Inquiry) -> Outcome | None:
    """Where a question sounds like a service that it hardly is about: guides that may be meant, else who knows."""
    declared, front = at.offer.declared.get(at.turn.intent), at.front
    session = _let_go(at, inquiry)
    misread = declared is not None and declared.kind not in (CODE, GUIDE) and inquiry.probability(at.turn.intent) < ITS
    misread = misread and at.turn.confidence < SOUNDS and not _rather_looks_up(at, inquiry)
    misread = misread or (front is None and _is_no_look_up(at, inquiry))
    if inquiry.asks < SURELY or not (misread if front is None else session.front is not front):
        return None
    if (name := _guides(at)) is not None:
        begun, frame = session.begin(name, at.turn.now)
        outcome = await at.handlers.hand(replace(at.turn, intent=name), begun, frame)
        if _tells(outcome, name):
            return outcome
    return stack.returned(session, at.turn, (_none(at),), at.offer)


def _is_no_look_up(at: At, inquiry: Inquiry) -> bool:
    """Whether words that sound like a look-up are rather about something else ("may one fly kites in the park")."""
    declared = at.offer.declared.get(at.turn.intent)
    if declared is None or declared.kind != CODE or at.turn.has(declared.entities) or at.turn.confidence >= SOUNDS:
        return False
    of_what_was_shown = (UNSAID,) if at.session.finished else ()
    rather = inquiry.matters[:1] and inquiry.matters[0][0] not in (at.turn.intent, *of_what_was_shown)
    return bool(rather) and inquiry.probability(at.turn.intent) < ITS_OWN


def _beside_the_form(at: At, inquiry: Inquiry) -> Outcome | None:
    """That it is not known here, where something is asked in the middle and no other rule knows what."""
    front, reading = at.front, at.turn.reading
    if front is None or not reading.of_model or reading.sure is not None:
        return None
    if inquiry.asks < SURELY or reading.probability(ASKS) < HINTED:
        return None
    return unknown(at.but(session=at.understood), office_hours.concerned(at.turn, at.session, at.offer))
