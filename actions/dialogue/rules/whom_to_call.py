"""Whom to call about a matter, or by the name of an office: one number, the fitting one, also of another city.

What is talked about has its own number (`ask_phone`); here the message itself says whose it is. What is asked next is
about that: the guide of the matter is at hand, and where none is, that office knows.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from pydantic import JsonValue

from actions.dialogue.answers import replies as say
from actions.dialogue.ports import Claim
from actions.dialogue.reading.finder import NEAR_GUIDE, UNNAMED, telephone_args
from actions.dialogue.reading.inquiry import GUIDE, LIKELY, NEAR, TOLD, Inquiry
from actions.dialogue.reading.intents import IN_PROGRESS
from actions.dialogue.reading.reading import ASKS
from actions.dialogue.rules.rule import GUIDE as GUIDES
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state import stack
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import NOT_UNDERSTOOD
from actions.phrases import phrases, plain
from actions.samples import samples
from actions.schema import FormService
from desk.city.directory import Telephone
from desk.city.files import Agency, City
from desk.contract.messages import Button, Reply, Text

SAMPLES = "whom_to_call"
REPORT, CITY = "report_problem", "city"
NAMED_FIELDS = frozenset({"id_number", "phone", "place", "photo"})
"""Fields whose words may be another office's, too."""
NAMES_WHOM = ("cases.none", "cases.not_here", "common.out_of_scope_line", "directory.", "facts.not_known_alone")
"""What names whom to call of a matter that is not done here begins so."""
OF_AN_AGENCY = "common.telephone"
"""What names the telephone of an agency begins so."""
NAMED, HEARD = 0.8, 0.5
"""So sure of a service by its words, it is wished; and so likely something is asked right after a telephone."""
OTHER_PARTS = frozenset({"papers", "fee", "days", "steps", "who", "what_if"})
"""Parts of a guide that say more than a number."""


async def run(at: At) -> Ran:
    turn = at.turn
    if turn.kind != "text" or at.session.pending is not None or not _asks(at):
        return None
    if len(turn.parts) > 1 and any(one.entity != CITY for part in turn.parts for one in part.entities):
        return None  # something else is wished beside it
    if at.front is not None and await at.claim() is Claim.SURE:
        return None
    found = fitting(at)
    if found is None:
        return None
    city, telephone = found
    also = at.offer.finder.also(turn, city, telephone)
    told = [telephone] if also is None else [telephone, also]
    *first, last = (_told(at, city, one) for one in told)
    known = [slug for one in told for slug in at.offer.finder.of_its_matter(city, one)]
    buttons = [*guide_buttons(at, turn.inquiry, known), *_report(at), say.HUMAN]
    session = _with_its_guide(at, city, telephone)
    return at.but(session=session).answered(*first, last.model_copy(update={"buttons": buttons}))


def _told(at: At, city: City, telephone: Telephone) -> Reply:
    args = {**telephone_args(telephone), "city": {"name": city.names.model_dump(exclude_none=True)}}
    return Reply(key=_key(at, city, telephone), args=args)


async def goes_on(at: At) -> Ran:
    """What is asked right after a telephone was named, and is of nothing else, that office knows."""
    turn, inquiry = at.turn, at.turn.inquiry
    if turn.kind != "text" or at.front is not None or at.session.pending is not None or turn.entities:
        return None
    looked_up = any(at.offer.declared[one.service].kind != GUIDES for one in at.session.finished)
    named = None if looked_up else _of_whom_was_named(at, (*NAMES_WHOM, OF_AN_AGENCY))
    asks = inquiry is not None and inquiry.is_question and turn.reading.probability(ASKS) >= HEARD
    stands = bool(turn.context.cases or turn.context.orders)
    wished = at.offer.is_wish(turn.intent) and turn.confidence >= NAMED and (stands or turn.intent not in IN_PROGRESS)
    about = None if inquiry is None else next((name for name, likely in inquiry.matters if likely >= LIKELY), None)
    if named is None or not asks or wished or (about is not None and about.startswith(GUIDE)):
        return None
    return at.but(session=at.understood).answered(named)


def was_named(at: At) -> bool:
    """Whether a telephone of the directory was named just before."""
    return any(reply.key.startswith("directory.") for reply in at.session.said)


def is_another(at: At) -> bool:
    """Whether another telephone is asked for right after one was named ("and the tax office?")."""
    in_words = bool(samples(SAMPLES).held(at.turn.text))
    return was_named(at) and fitting(at, named=not in_words) is not None


def _with_its_guide(at: At, city: City, telephone: Telephone) -> Session:
    """The session with the guide of the matter at hand, where one of those that the telephone knows of may be meant."""
    newest = at.session.finished[-1] if at.session.finished else None
    service = next((name for name, one in at.offer.declared.items() if one.kind == GUIDES), None)
    if (
        service is None
        or at.front is not None
        or not at.offer.offers(at.turn.city, service)
        or city is not at.turn.city
    ):
        return at.understood
    if newest is not None and newest.service != service:
        return at.understood  # what was looked up is still talked of
    matters = () if at.turn.inquiry is None else at.turn.inquiry.matters
    finder = at.offer.finder
    known = [one for one in finder.directory.lines(city)[telephone.name].guides if one in finder.guides]
    likely = [name.removeprefix(GUIDE) for name, likely in matters if name.startswith(GUIDE) and likely >= NEAR]
    named = (one for one in known if finder.names(at.turn.text, one))
    slug = next((one for one in likely if one in known), next(named, None))
    return at.understood if slug is None else stack.at_hand(at.understood, service, at.turn, {"near": [slug]})


def fitting(at: At, *, named: bool = False) -> tuple[City, Telephone] | None:
    """The telephone that fits what a message is about, and its city: this one, or another that the message names.

    `named`: only one that the message has a word of.
    """
    finder, turn = at.offer.finder, at.turn
    city = next((one for one in at.offer.cities_in(turn.text) if one.slug != turn.city.slug), turn.city)
    afar = city is not turn.city
    busy = at.front is not None or (at.session.finished and not was_named(at))
    found = finder.fitting(turn, city, afar=afar, named=named, least=UNNAMED if busy else NEAR_GUIDE)
    return None if found is None else (city, found)


def whom(at: At, otherwise: Agency) -> Mapping[str, JsonValue]:
    """Arguments that name whom to call about a message: the fitting telephone, else an agency.

    Where a service is talked of its agency knows, unless the message has a word of another.
    """
    found = of_another(at)
    return say.agency_args(otherwise) if found is None else telephone_args(found[1])


def named_last(at: At) -> Reply | None:
    """What goes on from a telephone that was just named is not known here either: that one knows."""
    newest = at.front or (at.session.finished[-1] if at.session.finished else None)
    return _of_whom_was_named(at, NAMES_WHOM) if newest is None else None


def _of_whom_was_named(at: At, names_whom: tuple[str, ...]) -> Reply | None:
    last = next((one for one in at.session.said if one.key.startswith(names_whom) and "phone" in one.args), None)
    if last is None:
        return None
    args = {name: last.args[name] for name in ("agency", "phone")}
    return Reply(key="facts.not_known_alone", args=args, buttons=[say.HUMAN])


def of_another(at: At) -> tuple[City, Telephone] | None:
    """The telephone that fits better than that of what is talked of."""
    newest = at.front or (at.session.finished[-1] if at.session.finished else None)
    at = at.but(replace(at.turn, text=_without_fields(at)))
    return fitting(at, named=newest is not None and at.offer.declared[newest.service].kind != GUIDES)


def _without_fields(at: At) -> str:
    """What is asked, without the words of what the form in front asks for: an ID card is no matter of the police."""
    declared = None if at.front is None else at.offer.declared.get(at.front.service)
    text = at.turn.text
    for field in declared.fields if isinstance(declared, FormService) else ():
        if field.entity in NAMED_FIELDS:
            text = phrases(f"field_{field.entity}").cut_from(text)
    return text


def _key(at: At, city: City, telephone: Telephone) -> str:
    """Where the telephone is: here or for the whole country, in another city of ours, or in one that is not."""
    local = at.offer.finder.directory.lines(city)[telephone.name].local or telephone.office is not None
    if local and city is at.turn.city and at.turn.first(CITY) is not None and not at.offer.cities_in(at.turn.text):
        return "directory.of_another_city"
    key = "directory.elsewhere" if local and city is not at.turn.city else "directory.line"
    return key if telephone.hours else f"{key}_alone"


def _report(at: At) -> list[Button]:
    """A button that reports it here, where that is what it sounds like."""
    reports = at.turn.intent == REPORT and at.offer.offers(at.turn.city, REPORT)
    return [Button(title=at.offer.title(REPORT), payload=f"/{REPORT}")] if reports else []


def _asks(at: At) -> bool:
    """Whether a number or an office is asked for; what a guide says more of is left to it.

    Where words ask for a number and name whose, a guide goes before only if it is sure enough to be told.
    """
    inquiry = at.turn.inquiry
    if phrases("of_others").within(plain(at.turn.text)):
        return False  # a person's number
    in_words = bool(samples(SAMPLES).held(at.turn.text))
    if inquiry is not None and inquiry.part(OTHER_PARTS) is not None:
        least = TOLD if in_words and fitting(at, named=True) is not None else LIKELY
        if inquiry.likeliest_guide >= least:
            return False
    goes_on = at.turn.intent in NOT_UNDERSTOOD or phrases("what_about").whole(plain(at.turn.text))
    again = goes_on and was_named(at)
    return again or at.turn.means("ask_phone") or in_words


def guide_buttons(at: At, inquiry: Inquiry | None, known: Collection[str] = ()) -> list[Button]:
    """A button for the guide of the matter, where one is surely meant; before it, if that is another's, one for the
    guide whose matter the telephone knows, where it may be meant, too.
    """
    finder, matters = at.offer.finder, () if inquiry is None else inquiry.matters
    near = [(name.removeprefix(GUIDE), likely) for name, likely in matters if name.startswith(GUIDE)]
    sure = [slug for slug, likely in near[:1] if likely >= LIKELY]  # then nothing else is as likely
    own = [slug for slug, _ in near if slug in known][:1] if sure else []
    service = next((name for name, one in at.offer.declared.items() if one.kind == GUIDES), None)
    if service is None or not at.offer.offers(at.turn.city, service):
        return []
    slugs = [slug for slug in dict.fromkeys((*own, *sure)) if slug in finder.guides]
    names = {slug: {"name": finder.guides[slug].names.model_dump(exclude_none=True)} for slug in slugs}
    return [
        Button(title=Text(key="common.name", args={"name": name}), payload=f'/{service}{{"guide": "{slug}"}}')
        for slug, name in names.items()
    ]
