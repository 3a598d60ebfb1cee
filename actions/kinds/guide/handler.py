"""A service of the kind `guide` in the dialogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from actions.dialogue.intents import ANSWERS
from actions.dialogue.ports import Claim, Step
from actions.dialogue.session import Frame
from actions.dialogue.turn import Turn
from actions.kinds.guide import replies as say
from actions.kinds.guide.asked import Asking
from actions.kinds.guide.retrieval import GuideIndex
from actions.kinds.guide.words import Vocabulary
from actions.phrases import phrases, plain
from actions.services.guide import ABOUT, GuideService
from actions.surroundings import Opened, Surroundings
from desk.cities import City
from desk.errors import ConfigurationError
from desk.guides import FOLDER, Guide, LocalGuide, load_guides, offered_in
from desk.messages import Reply

FIRST_ASKED = frozenset({"place", "papers", "steps"})
"""Who asks about these first is given the whole short answer: it holds them, or their button stands under it."""
SOUND_LIKE_A_CASE = frozenset({"complain_about_bot", "list_services", "human_agent", "goodbye"})
"""Moves that a brief question about a case (老人的呢) may be taken for."""
SAYS_NOTHING = frozenset({"affirm", "deny", "go_back"})


@dataclass(frozen=True, slots=True)
class CityGuides:
    """The guides of one city, and the index of how they are asked for."""

    guides: Mapping[str, LocalGuide]
    index: GuideIndex


class GuideHandler:
    """`guides` are those there are; each city offers its own."""

    def __init__(
        self, name: str, declared: GuideService, guides: Mapping[str, Guide], cities: Mapping[str, City]
    ) -> None:
        self._name = name
        self._suggested = declared.suggested
        if unknown := sorted(set(declared.suggested) - set(guides)):
            raise ConfigurationError(
                f"{name}/service.yml suggests {', '.join(unknown)}, which {FOLDER}/ does not have."
            )
        self._asking = Asking.of(declared)
        vocabulary = Vocabulary.of(declared.same_words, declared.empty_words)
        offered = {slug: offered_in(city, name, guides) for slug, city in cities.items() if name in city.services}
        indexes = {slugs: _index(vocabulary, guides, slugs) for slugs in {tuple(here) for here in offered.values()}}
        self._cities = {slug: CityGuides(here, indexes[tuple(here)]) for slug, here in offered.items()}

    @property
    def service(self) -> str:
        return self._name

    async def claims(self, turn: Turn, frame: Frame) -> Claim:
        """A question about the guide that was shown (要多少钱), or about another one."""
        if turn.intent == self._name:
            return Claim.SURE
        if turn.kind != "text" or turn.intent in SAYS_NOTHING:
            return Claim.NO
        if (_slugs(frame) or self._shown(turn, frame) is not None) and self._asking.only_parts(turn.text):
            return Claim.SURE
        of_a_case = self._shown(turn, frame) is not None and phrases("what_about").whole(plain(turn.text))
        if of_a_case and turn.intent in SOUND_LIKE_A_CASE:
            return Claim.SURE
        if turn.understood and turn.intent not in ANSWERS:
            return Claim.NO
        if of_a_case:
            return Claim.SURE
        return Claim.SURE if self._cities[turn.city.slug].index.find(turn.text) else Claim.NO

    async def answer(self, turn: Turn, frame: Frame) -> Step:
        """Answer from the guide that is asked for; from the one that was shown, where none is named."""
        here, shown = self._cities[turn.city.slug], self._shown(turn, frame)
        if turn.kind == "payload":
            local = here.guides.get(turn.first("guide") or "")
            asked = tuple(part for part in (turn.first("about") or "").split() if part in ABOUT)
            return self._which(here) if local is None else self._told(turn, local, asked)
        about = self._asking.parts(turn.text)
        if shown is not None and self._asking.only_parts(turn.text):
            return self._told(turn, shown, about)
        if not here.index.names_a_matter(turn.text):
            return self._near(_slugs(frame), here, about) or self._which(here)
        found = [here.guides[one.slug] for one in here.index.find(turn.text)]
        if (
            shown is not None
            and len(found) != 1
            and shown not in found
            and phrases("what_about").whole(plain(turn.text))
        ):
            return self._of_another(shown, found, here)
        focus = about if set(about) - FIRST_ASKED else ()
        if len(found) == 1:
            return self._told(turn, found[0], focus)
        if found:
            return self._near([one.slug for one in found], here, focus) or self._which(here)
        return _step(say.none(turn.city.agency(turn.city.services[self._name].agency)))

    def _told(self, turn: Turn, local: LocalGuide, about: tuple[str, ...]) -> Step:
        """The guide's short answer, or the parts that were asked about; kept for what is asked next."""
        city, locale = turn.city.slug, turn.locale
        if about:
            said = say.focused(self._name, local, about, city, locale)
        else:
            said = say.overview(self._name, local, city, locale)
        if local.guide.service not in turn.city.services:
            said = [_without(reply, local.guide.service) for reply in said]
        return Step(tuple(said), shown={"guide": local.slug}, finished=True)

    def _of_another(self, shown: LocalGuide, found: Sequence[LocalGuide], here: CityGuides) -> Step:
        """Say that the guide that was shown does not speak of a case (外国人呢); with what may be meant instead."""
        near = self._near([one.slug for one in found], here, ())
        said = say.not_said_of(shown, near.replies[0].buttons if near is not None else ())
        return Step((said,), shown={"guide": shown.slug}, finished=True)

    def _near(self, slugs: Sequence[str], here: CityGuides, about: tuple[str, ...]) -> Step | None:
        """Ask which of some guides is meant; None where there are none."""
        near = [here.guides[slug] for slug in slugs if slug in here.guides]
        if not near:
            return None
        reply = say.which(self._name, near, "guide.near", about)
        return Step((reply,), shown={"near": [local.slug for local in near]}, finished=True)

    def _which(self, here: CityGuides) -> Step:
        suggested = [here.guides[slug] for slug in self._suggested if slug in here.guides]
        return _step(say.which(self._name, suggested, "guide.which"))

    def _shown(self, turn: Turn, frame: Frame) -> LocalGuide | None:
        slug = frame.shown.get("guide")
        return self._cities[turn.city.slug].guides.get(slug) if isinstance(slug, str) else None


def open_guide(name: str, declared: GuideService, at: Surroundings, _: Opened) -> GuideHandler:
    """Open a service of this kind.

    Raises:
        ConfigurationError: a guide is wrong, or a city or the service names one that there is not.
    """
    return GuideHandler(name, declared, load_guides(at.root / FOLDER), at.cities)


def _index(vocabulary: Vocabulary, guides: Mapping[str, Guide], slugs: tuple[str, ...]) -> GuideIndex:
    """The index of some guides; cities that offer the same ones share it."""
    chosen = {slug: guides[slug] for slug in slugs}
    return GuideIndex(
        vocabulary, {slug: (one.names.zh_Hans, one.names.en, *one.asked.all) for slug, one in chosen.items()}
    )


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
