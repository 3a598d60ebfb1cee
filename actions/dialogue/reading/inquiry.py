"""What a message asks, as the bot finds it: whether it asks at all, which part, and whose matter it is.

Beside the commands of the situation, since it is learnt from what people ask who see no situation: their first words.
"""

from collections.abc import Collection
from dataclasses import dataclass

ASKS = 0.6
"""So likely a message wants to know something, and wishes nothing done."""
LIKELY = 0.5
"""So likely a matter is the one that is meant."""
TOLD = 0.85
"""So likely a guide is told; less likely it is offered by name. Between 0.75 and this one page in three would be
another's; from here on one in eight is."""
NEAR, NEXT, MOST = 0.15, 0.1, 3
"""So likely one counts for whether any is meant; so likely another is offered beside it; and so many are offered."""
PART = 0.3
"""So likely a part is asked about beside another one."""
GUIDE = "guide:"
"""The name of a guide's matter begins so; any other is a service."""
NONE, UNSAID = "none", "unsaid"
"""The matter of a question on what is not published; and of one that names none ("how much"): about what is at hand."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a guide whose text is near to a message: `number` counts from 0 where the part has several."""

    guide: str
    part: str
    number: int
    likeness: float


@dataclass(frozen=True, slots=True)
class LikelyFact:
    """A fact of a service that may answer a message."""

    service: str
    name: str
    probability: float


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What a message asks. `matters` and `about` are the likeliest first; probabilities are from 0 to 1."""

    asks: float
    matters: tuple[tuple[str, float], ...] = ()
    about: tuple[tuple[str, float], ...] = ()
    passages: tuple[Passage, ...] = ()
    facts: tuple[LikelyFact, ...] = ()
    own: tuple[Passage, ...] = ()  # of the guide that was told last: all of its passages

    @property
    def is_question(self) -> bool:
        return self.asks >= ASKS

    @property
    def service(self) -> str | None:
        """The service whose matter it surely is."""
        return next((name for name, likely in self.matters if likely >= LIKELY and _is_service(name)), None)

    @property
    def likeliest_guide(self) -> float:
        """How likely the likeliest guide is the one that is meant."""
        return max((likely for name, likely in self.matters if name.startswith(GUIDE)), default=0.0)

    @property
    def is_of_a_guide(self) -> bool:
        """Whether the likeliest matter is a guide's."""
        return any(name.startswith(GUIDE) for name, _ in self.matters[:1])

    def probability(self, matter: str) -> float:
        """How likely it is about a service, or a guide (`guide:<slug>`)."""
        return next((likely for name, likely in self.matters if name == matter), 0.0)

    def guides(self, offered: Collection[str]) -> list[str]:
        """Of some guides those that may be meant, the likeliest first: the one that is sure, or all to choose from.

        None where it is likelier that no guide answers than that one of them does.
        """
        named = [(name.removeprefix(GUIDE), likely) for name, likely in self.matters if name.startswith(GUIDE)]
        found = [(slug, likely) for slug, likely in named if slug in offered and likely >= NEXT][:MOST]
        together = sum(likely for _, likely in found if likely >= NEAR)
        if together < LIKELY or found[0][1] <= self.probability(NONE):
            return []
        return [slug for slug, _ in (found[:1] if found[0][1] >= TOLD else found)]

    def told(self, offered: Collection[str]) -> str | None:
        """The one guide that is surely meant."""
        found = self.guides(offered)
        return found[0] if found and self.probability(f"{GUIDE}{found[0]}") >= TOLD else None

    def passages_of(self, guide: str) -> tuple[Passage, ...]:
        """The passages of a guide that are near, the nearest first."""
        own = tuple(one for one in self.own if one.guide == guide)
        return own or tuple(one for one in self.passages if one.guide == guide)

    def part(self, parts: Collection[str]) -> str | None:
        """The part that is surely asked about, where it is one of some."""
        return next((name for name, likely in self.about[:1] if likely >= LIKELY and name in parts), None)

    def probability_of(self, part: str) -> float:
        """How likely it asks about a part."""
        return next((likely for name, likely in self.about if name == part), 0.0)

    def parts(self, parts: Collection[str]) -> list[str]:
        """The parts that may be asked about, of some: the sure one, or those that are nearly as likely."""
        found = [name for name, likely in self.about if likely >= PART and name in parts]
        return found or [name for name in (self.part(parts),) if name is not None]


def _is_service(name: str) -> bool:
    return name != NONE and not name.startswith(GUIDE)
