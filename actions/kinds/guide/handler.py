"""A service of the kind `guide` in the dialogue."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from actions.dialogue.answers.replies import agency_args, not_published
from actions.dialogue.ports import Claim, Step
from actions.dialogue.reading.aspects import ASPECTS, asked_in
from actions.dialogue.reading.finder import NOBODY, Finder, telephone_args
from actions.dialogue.reading.inquiry import GUIDE, MOST, NONE, UNSAID, Inquiry, Passage
from actions.dialogue.reading.intents import ANSWERS
from actions.dialogue.reading.polar import is_polar
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import Turn
from actions.kinds.guide import replies as say
from actions.kinds.guide.of_an_aspect import Said, said_of
from actions.kinds.guide.passages import ANSWER, CASE_PART, Texts, cases_first, following, notes_first
from actions.phrases import plain
from actions.schema.guide import ABOUT, GuideService
from actions.server.surroundings import Opened, Surroundings
from desk.city.amended import FOLDER as AMENDED
from desk.city.amended import Amended
from desk.city.files import City
from desk.city.guides import FOLDER, Guide, LocalGuide, holding, offered_in
from desk.contract.commands import Command
from desk.contract.errors import ConfigurationError
from desk.contract.messages import Reply

BEYOND = frozenset({"what_if", "other", "who"})
"""Parts of which a guide may say nothing: whom to ask is told beside what it says."""
FIRST_ASKED = frozenset({"place", "papers", "steps"})
"""Who asks about these first is given the whole short answer: it holds them, or their button stands under it."""
SAYS_NOTHING = frozenset({"affirm", "deny", "go_back"})
ANOTHER = 0.75
"""So likely another guide is meant, a question is not about the one that was shown, though it is only offered."""
GOES_ON = 0.35
"""So likely a question is about the guide that was shown, as it names no matter or that one."""
NEAR_IT = 0.45
"""So near a text of the guide that was shown must be to a question (cosine), which is about it then."""
CASES, NEAREST = 2, 3
"""So many special cases are told; and so many are near to a question."""
ALL_BUT_SURE = 0.9
"""Less sure of a guide, what it is not for is said as well."""
NAMES_SOMETHING = 0.3
"""Less likely a question, what is said of guides in general asks which are meant."""
OF_COMMAND: Mapping[Command, str] = {
    "ask_fee": "fee",
    "ask_papers": "papers",
    "ask_duration": "days",
    "ask_place": "place",
    "ask_hours": "hours",
    "ask_phone": "hours",
    "ask_who": "who",
    "ask_next": "steps",
}
"""The part of a guide that a command asks about."""
MAY_ASK = 0.2
"""Less likely a first message asks something, it is told the whole short answer."""
HARDLY = 0.1
"""Less likely a question is about a part, it is not."""
LISTS, A_WORD = frozenset({"papers", "steps"}), 0.1
"""Parts that are lists; and with so many words of one (cosine), a question is about what stands in it."""
IN_AN_ASPECT = frozenset({"who", "steps", "papers", "hours"})
"""Parts that a yes-or-no question on an aspect sounds like ("must I go myself?")."""
OPEN = frozenset({"who", "steps"})
"""Who asks whether or how may mean a special case."""
OWN, SURELY = 0.12, 0.7
"""So likely the guide that was shown is meant where nothing else is; and so likely no guide at all."""
NOTHING = Amended()
TOLD = "told"
"""Under this name `shown` remembers what of the guide was told."""


@dataclass(slots=True)
class _Answer:
    """What of a guide answers a question: parts, numbers of special cases, and what it says of aspects."""

    parts: list[str] = field(default_factory=list)
    cases: list[int] = field(default_factory=list)
    aspects: list[Said] = field(default_factory=list)


class GuideHandler:
    """`guides` are those there are; each city offers its own. `finder` knows whom to call where none answers; `amended`
    are guides as they were changed since.
    """

    def __init__(
        self,
        name: str,
        declared: GuideService,
        guides: Mapping[str, Guide],
        cities: Mapping[str, City],
        finder: Finder = NOBODY,
        amended: Amended = NOTHING,
    ) -> None:
        self._name = name
        self._finder = finder
        self._suggested = declared.suggested
        self._texts = Texts()
        if unknown := sorted(set(declared.suggested) - set(guides)):
            raise ConfigurationError(
                f"{name}/service.yml suggests {', '.join(unknown)}, which {FOLDER}/ does not have."
            )
        self._files, self._served = guides, {slug: city for slug, city in cities.items() if name in city.services}
        self._amended, self._over = amended, amended.guides()
        self._cities = self._offered()

    @property
    def service(self) -> str:
        return self._name

    async def claims(self, turn: Turn, frame: Frame) -> Claim:
        """A question about the guide that was shown ("how much is it"), or about another one."""
        if turn.intent == self._name:
            return Claim.SURE
        if turn.kind != "text" or turn.inquiry is None or turn.intent in SAYS_NOTHING:
            return Claim.NO
        shown, here = self._shown(turn, frame), self._here(turn)
        if shown is not None and turn.inquiry.told(here) in (None, shown.slug) and _asks_on(turn, shown):
            return Claim.SURE
        if turn.understood and turn.intent not in ANSWERS:
            return Claim.NO
        return Claim.SURE if turn.inquiry.guides(here) else Claim.NO

    async def answer(self, turn: Turn, frame: Frame) -> Step:
        """Answer from the guide that is asked for; from the one that was shown, where none is named."""
        here, shown = self._here(turn), self._shown(turn, frame)
        if turn.kind == "payload":
            local = here.get(turn.first("guide") or "")
            wanted = (turn.first("about") or "").split()
            return self._which(here) if local is None else self._pressed(turn, local, wanted)
        inquiry = turn.inquiry or Inquiry(0.0)
        found = [here[slug] for slug in inquiry.guides(here)]
        if shown is None and (same := _named_so(turn, inquiry, here)):
            return self._near(turn, same, here, ()) or self._which(here)
        if shown is not None and inquiry.told(here) in (None, shown.slug) and _asks_on(turn, shown):
            return self._asked(turn, inquiry, shown, frame, again=True)
        if inquiry.told(here) is not None:
            return self._asked(turn, inquiry, found[0], frame, again=shown is not None and shown.slug == found[0].slug)
        if found or ((near := _slugs(frame)) and inquiry.probability(UNSAID) >= GOES_ON):
            offered = _slugs(frame)
            slugs = [one.slug for one in found] or near
            again = bool(offered) and set(slugs) == set(offered)  # what was asked first, the short answer holds
            about = next(iter(_heard(turn)), None) or inquiry.part(ABOUT) if again else inquiry.part(ABOUT)
            focus = () if about is None or (about in FIRST_ASKED and not again) else (about,)
            return self._near(turn, slugs, here, focus, again=again) or self._which(here)
        if len(here) == 1 and turn.intent == self._name:  # there is nothing to choose
            return self._asked(turn, inquiry, next(iter(here.values())), frame)
        if inquiry.asks < NAMES_SOMETHING:
            return self._which(here)
        telephone = self._finder.fitting(turn, turn.city)
        agency = turn.city.agency(turn.city.services[self._name].agency)
        if telephone is None:
            return _step(not_published(agency_args(agency), agency.hours))
        return _step(not_published(telephone_args(telephone), telephone.hours))

    def _asked(self, turn: Turn, inquiry: Inquiry, local: LocalGuide, frame: Frame, *, again: bool = False) -> Step:
        """The part that is asked about, and the special cases that the question is near to; else the short answer."""
        answer, told = self._answering(turn, local, again=again), _told_of(frame) if again else ()
        aspects, more = _apart(answer.aspects, told)
        parts, cases = answer.parts, tuple(dict.fromkeys([*answer.cases, *(at for one in aspects for at in one.cases)]))
        alone = len(parts) == 1 and parts[0] in FIRST_ASKED and not (again or cases or aspects)  # in the short answer
        about = () if alone else tuple(parts)
        beyond = not answer.aspects and (inquiry.part(BEYOND) is not None or turn.means("ask_who", "ask_next"))
        first = parts[0] if alone and inquiry.asks >= MAY_ASK else None
        says = bool(cases) or any(not one.is_absent for one in aspects)
        if again and not says and (not about or self._is_beside_what_was_told(turn, local, about, told)):
            step = Step((say.not_said_of(self._name, local, [one.aspect for one in aspects], more),), finished=True)
        else:
            doubted = not again and inquiry.likeliest_guide < ALL_BUT_SURE
            aspects = answer.aspects if about else aspects  # beside a part it is told again: it is short
            step = self._told(
                turn, local, about, cases, aspects, first=first, beyond=beyond, answered=again, doubted=doubted
            )
        short = () if about or cases or again else say.told_in_short(local, first)
        kept = [*told, *short, *about, *map(str, cases), *(one.aspect.name for one in answer.aspects)]
        remembered: list[JsonValue] = [*dict.fromkeys(kept)]
        return replace(step, shown={"guide": local.slug, TOLD: remembered})

    def _pressed(self, turn: Turn, local: LocalGuide, about: Sequence[str]) -> Step:
        """The guide of a button, with the parts and aspects that were asked for before it was chosen."""
        asked = tuple(part for part in about if part in ABOUT)
        aspects = said_of(local.guide, [ASPECTS[name] for name in about if name in ASPECTS])
        cases = tuple(dict.fromkeys(at for one in aspects for at in one.cases))
        step = self._told(turn, local, asked, cases, aspects, answered=not aspects)
        remembered: list[JsonValue] = [one.aspect.name for one in aspects]
        return replace(step, shown={"guide": local.slug, TOLD: remembered}) if aspects else step

    def _is_beside_what_was_told(
        self, turn: Turn, local: LocalGuide, about: Collection[str], told: Collection[str]
    ) -> bool:
        """Whether a yes or a no is wanted on what a list that was told has no word of."""
        if not {*about} <= LISTS & {*told} or not is_polar(turn.text):
            return False
        near = self._texts.near(turn.text, local.slug, local.guide, (turn.inquiry or Inquiry(0.0)).own)
        return all(one.words < A_WORD for one in near if one.part in about)

    def _answering(self, turn: Turn, local: LocalGuide, *, again: bool) -> _Answer:
        """The parts that a question is about, and the special cases that it, or a clause of it, is near to.

        A clause that asks for an aspect is answered by what is said of that, and by no text that is merely near.
        """
        told: list[str] = []
        cases: list[int] = []
        aspects: dict[str, Said] = {}
        for clause in _clauses(turn):
            parts = _sure(clause, local)
            if of_aspects := self._of_aspects(clause, local, again=again):
                aspects |= {one.aspect.name: one for one in of_aspects}
                told += [one for one in parts if one not in IN_AN_ASPECT or not is_polar(clause.text)]
                continue
            found, beside = self._beside(clause, local, parts, again=again)
            weak = (
                []
                if again or clause.inquiry is None
                else clause.inquiry.parts([part for part in ABOUT if part not in OPEN])
            )
            cases += found
            told += [] if found else parts or beside or [one for one in weak if not say.is_absent(local, one)]
        cases = [] if again and aspects else cases  # what is asked by name is answered, and nothing that is merely near
        if not cases and not aspects and turn.parts:
            cases, _ = self._beside(turn, local, told, again=again)
            told = [part for part in told if not cases or part not in OPEN]
        return _Answer(list(dict.fromkeys(told)), list(dict.fromkeys(cases))[:CASES], list(aspects.values()))

    def _beside(
        self, clause: Turn, local: LocalGuide, parts: Sequence[str], *, again: bool
    ) -> tuple[list[int], list[str]]:
        """The special cases, and the notes, that answer a question better than the parts that it surely asks about."""
        inquiry = clause.inquiry or Inquiry(0.0)
        firm = [part for part in parts if part not in OPEN]
        if any(say.is_absent(local, part) for part in firm):
            return [], []
        passages = [one for one in inquiry.passages_of(local.slug) if self._is_as_read(one, local)]
        near = self._texts.near(clause.text, local.slug, local.guide, passages)
        if again:
            cases, beside = following(near, firm)
            holds = bool(near) and near[0].part == ANSWER  # what was told first is what is asked
            return cases, beside or ([ANSWER] if holds and not cases else [])
        return (cases_first(near, firm), notes_first(near)) if inquiry.is_question else ([], [])

    def _of_aspects(self, clause: Turn, local: LocalGuide, *, again: bool) -> list[Said]:
        """What is said of the aspects that a clause asks for; to who asks first the answer is told in any case."""
        found = said_of(local.guide, asked_in(clause.text), self._nearest(clause, local))
        return [one for one in found if again or one.texts != (local.guide.answer,)]

    def _nearest(self, clause: Turn, local: LocalGuide) -> list[int]:
        """The special cases that are nearest to a question."""
        passages = (clause.inquiry or Inquiry(0.0)).passages_of(local.slug)
        known = [one for one in passages if self._is_as_read(one, local)]
        near = self._texts.near(clause.text, local.slug, local.guide, known)
        return [one.number for one in near if one.part == CASE_PART][:NEAREST]

    def _is_as_read(self, passage: Passage, local: LocalGuide) -> bool:
        """Whether a text that the bot finds near is still that: it knows cases by their numbers in the files."""
        if passage.part != CASE_PART or local.slug not in self._over:
            return True
        was = self._files[local.slug].cases if local.slug in self._files else []
        numbers = range(min(len(was), len(local.guide.cases)))
        return passage.number in numbers and was[passage.number].about == local.guide.cases[passage.number].about

    def _told(
        self,
        turn: Turn,
        local: LocalGuide,
        about: tuple[str, ...],
        cases: tuple[int, ...] = (),
        aspects: Sequence[Said] = (),
        *,
        first: str | None = None,
        beyond: bool = False,
        answered: bool = True,
        doubted: bool = False,
    ) -> Step:
        """The guide's short answer, with what is `first` asked about; or what else was; kept for what is asked next."""
        city, locale = turn.city.slug, turn.locale
        if about or cases or any(not one.is_absent for one in aspects):
            said = say.focused(
                self._name, local, about, cases, city, locale, aspects=aspects, beyond=beyond, answered=answered
            )
        else:
            said = say.overview(
                self._name, local, city, locale, about=first, aspects=aspects, beyond=beyond, doubted=doubted
            )
        if local.guide.service not in turn.city.services:
            said = [_without(reply, local.guide.service) for reply in said]
        return Step(tuple(said), shown={"guide": local.slug}, finished=True)

    def _near(
        self,
        turn: Turn,
        slugs: Sequence[str],
        here: Mapping[str, LocalGuide],
        about: tuple[str, ...],
        *,
        again: bool = False,
    ) -> Step | None:
        """Ask which of some guides is meant; None where there are none."""
        near = [here[slug] for slug in slugs if slug in here]
        if not near:
            return None
        agency = turn.city.agency(turn.city.services[self._name].agency)
        about = (*about, *(one.name for one in asked_in(turn.text))) if turn.kind == "text" else about
        reply = say.near(self._name, near, about, agency, again=again)
        return Step((reply,), shown={"near": [local.slug for local in near]}, finished=True)

    def _which(self, here: Mapping[str, LocalGuide]) -> Step:
        suggested = [here[slug] for slug in self._suggested if slug in here]
        return _step(say.which(self._name, suggested, "guide.which"))

    def _offered(self) -> dict[str, dict[str, LocalGuide]]:
        guides = {**self._files, **self._over}
        return {slug: offered_in(city, self._name, guides) for slug, city in self._served.items()}

    def _shown(self, turn: Turn, frame: Frame) -> LocalGuide | None:
        slug = frame.shown.get("guide")
        return self._here(turn).get(slug) if isinstance(slug, str) else None

    def _here(self, turn: Turn) -> Mapping[str, LocalGuide]:
        """The guides that the city tells of today, as they were changed last."""
        over = self._amended.guides()
        if over is not self._over:
            self._over, self._texts = over, Texts()
            self._cities = self._offered()
        return holding(self._cities[turn.city.slug], turn.now.date())


def _named_so(turn: Turn, inquiry: Inquiry, here: Mapping[str, LocalGuide]) -> list[str]:
    """The likeliest guides whose titles all hold the message, which asks nothing: a bare "passport" says not which."""
    if turn.kind != "text" or inquiry.asks >= MAY_ASK or not (text := plain(turn.text)):
        return []
    near = (name.removeprefix(GUIDE) for name, _ in inquiry.matters if name.startswith(GUIDE))
    titles = {slug: here[slug].guide.names.model_dump(exclude_none=True).values() for slug in near if slug in here}
    same = [slug for slug, names in titles.items() if any(text in plain(one) for one in names)]
    return same[:MOST] if len(same) > 1 else []


def open_guide(name: str, declared: GuideService, at: Surroundings, _: Opened) -> GuideHandler:
    """Open a service of this kind.

    Raises:
        ConfigurationError: a city or the service names a guide that there is not.
    """
    return GuideHandler(name, declared, at.finder.guides, at.cities, at.finder, Amended(at.data_dir / AMENDED))


def _asks_on(turn: Turn, shown: LocalGuide) -> bool:
    """Whether something more is asked about the guide that was shown."""
    if turn.inquiry is None:
        return False
    others = {name: likely for name, likely in turn.inquiry.matters if name.startswith(GUIDE)}
    others.pop(f"{GUIDE}{shown.slug}", None)
    if max(others.values(), default=0.0) >= ANOTHER or sum(others.values()) >= ALL_BUT_SURE:
        return False  # of some others it is not sure which
    return turn.means(*OF_COMMAND) or (turn.inquiry.is_question and _goes_on(turn.inquiry, shown))


def _goes_on(inquiry: Inquiry, shown: LocalGuide) -> bool:
    """Whether a question is about the guide that was shown: it names no matter, or that one, or is near to its text."""
    own = inquiry.probability(f"{GUIDE}{shown.slug}")
    if inquiry.probability(UNSAID) + own >= GOES_ON:
        return True
    near = any(one.guide == shown.slug and one.likeness >= NEAR_IT for one in inquiry.passages)
    return inquiry.probability(NONE) < SURELY and (near or own >= OWN)


def _clauses(turn: Turn) -> list[Turn]:
    """The clauses of a message that ask something, where several do; else all of it."""
    asking = [turn.only(part) for part in turn.parts]
    asking = [one for one in asking if _heard(one) or (one.inquiry is not None and one.inquiry.is_question)]
    return asking if len(asking) > 1 else [turn]


def _sure(clause: Turn, local: LocalGuide) -> list[str]:
    """The parts that a clause surely asks about: in its situation, else by its words."""
    inquiry = clause.inquiry or Inquiry(0.0)
    part = inquiry.part(ABOUT)
    heard = _heard(clause) or ([] if part is None else [part])
    if heard == ["steps"] and inquiry.is_question and inquiry.probability_of("steps") < HARDLY:
        return []  # "what happens if I am late?" is no question for the steps
    return [one for one in heard if _has(local, one)]


def _heard(turn: Turn) -> list[str]:
    return [OF_COMMAND[one] for one in OF_COMMAND if turn.means(one)]


def _has(local: LocalGuide, part: str) -> bool:
    """Whether a guide says who may; that a fee or a time is not said is worth saying, that is not."""
    return part != "who" or local.guide.who is not None


def _apart(aspects: Sequence[Said], told: Collection[str]) -> tuple[list[Said], list[Said]]:
    """What is said of aspects for the first time, and of what nothing more is said."""
    more = [one for one in aspects if one.aspect.name in told and not one.is_absent]
    return [one for one in aspects if one not in more], more


def _told_of(frame: Frame) -> list[str]:
    """The parts and cases that were told of the guide that was shown."""
    told = frame.shown.get(TOLD)
    return [str(one) for one in told] if isinstance(told, list) else []


def _step(reply: Reply) -> Step:
    """Asked or refused: remembered only so that the next sentence may name a matter."""
    return Step((reply,), shown={"asked": True}, finished=True)


def _slugs(frame: Frame) -> list[str]:
    """The guides that were offered to choose from."""
    near = frame.shown.get("near")
    return [slug for slug in near if isinstance(slug, str)] if isinstance(near, list) else []


def _without(reply: Reply, service: str | None) -> Reply:
    """The reply without the button of a service that the city does not offer."""
    return reply.model_copy(update={"buttons": [one for one in reply.buttons if one.payload != f"/{service}"]})
