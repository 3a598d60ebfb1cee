"""Which facts of services answer a message: as lines that are like it are, by words, and by what is talked of.

How these weigh, and when no fact is meant, is fitted on what is asked in its situation, by hands that see no facts,
labelled by others (`nlu/<folder>/asked_facts/`; `chooser`).
"""

import json
from pathlib import Path
from typing import Callable, Collection, Dict, Iterable, List, Mapping, Sequence, Tuple

import numpy as np
from rasa.shared.nlu.training_data.message import Message

from bot.components.heads.asking import ACCOUNT, LEAST, ORDERS, TOPICS, Asking
from bot.components.heads.guide_index import Weighed
from bot.components.heads.matter_lines import FACT_OF, MatterLine, Nearest, ahead, is_of_a_guide
from bot.components.heads.text_bank import Near, written
from bot.questions import ASKS, FACT, NONE, UNSAID

CANDIDATES = 20
OF_EVERYBODY: Mapping[str, Sequence[str]] = {
    ACCOUNT: ("delete_my_data", "change_language", "list_services", "human_agent", "complain_about_bot"),
    ORDERS: ("payment_status", "refund"),
    TOPICS: ("subscribe", "unsubscribe", "latest_announcements"),
}
"""Folders of facts that are no service, and the matters that are theirs."""
OF_PART: Mapping[str, Sequence[str]] = {
    "fee": ("fee", "pay"),
    "papers": ("papers",),
    "steps": ("steps", "after", "pay"),
    "days": ("days", "after"),
    "place": ("place",),
    "hours": ("hours",),
    "who": ("who",),
    "what_if": ("what_if", "refund", "appeal", "after"),
    "other": ("other", "term", "why", "pay"),
}
"""The parts of facts that a part of a question may be about."""
OF_COMMAND: Mapping[str, Sequence[str]] = {
    "ask_fee": ("fee",),
    "ask_papers": ("papers",),
    "ask_hours": ("hours",),
    "ask_duration": ("days", "after"),
    "ask_place": ("place", "term"),
    "ask_phone": ("place", "appeal"),
    "ask_who": ("who",),
    "ask_why": ("why",),
    "ask_what": ("term", "other"),
    "ask_payment": ("pay",),
    "ask_next": ("what_if", "after", "appeal", "refund", "steps"),
    "ask_account": ("other", "who"),
}
"""The parts of facts that a question may be about, as it is heard in its situation."""
GIVES = ("provide", "choose")
WISHES = (
    *("start", "subscribe", "unsubscribe", "refund", "move", "withdraw", "cancel_this", "pay_all", "pay_some"),
    *("erase", "person", "list"),
)
NAMES_NOTHING = 0.5
"""So likely a message names no matter."""
KERNEL, WORDS, PART, MATTER, HERE, RESIDENTS = 1.0, 0.5, 0.05, 0.04, 0.2, 0.3
"""What chooses the candidates: the score by lines that are alike, the nearest text, the part that is asked about, the
matter (its log odds), what is at hand, and the nearest line by a resident."""


class FactIndex:
    """The facts: service, name and part of each. Of each line that is compared: what it means, whose it is, whether it
    is what a fact says.
    """

    def __init__(
        self,
        facts: Sequence[Tuple[str, str, str]],
        meant: Sequence[Sequence[str]],
        hands: Sequence[str],
        says: Sequence[bool],
    ) -> None:
        self.facts, self.meant, self._hands, self._says = list(facts), meant, list(hands), list(says)
        self.names = [f"{FACT_OF}{service}.{name}" for service, name, _ in self.facts]
        known = frozenset(self.names)
        named = [next((one for one in each if one in known), None) for each in meant]
        theirs = np.array([hand != "" for hand in hands], bool)
        said = np.array(says, bool)
        self._own, self._said, self._by_residents = (
            Nearest.of_one([name if chosen[row] else None for row, name in enumerate(named)], self.names)
            for chosen in (~theirs, said, theirs)
        )
        answered = np.array([name is not None for name in named], bool)
        self._answered, self._unanswered = np.flatnonzero(theirs & answered), np.flatnonzero(theirs & ~answered)
        self._services, self._service = _distinct(service for service, _, _ in self.facts)
        self._parts, self._part = _distinct(part for _, _, part in self.facts)

    @classmethod
    def of_lines(cls, facts: Sequence[Message], lines: Sequence[MatterLine]) -> "FactIndex":
        """Makes one of the texts of facts, and of the lines that a message is compared with."""
        meant = [sorted(name for name in line.meant if name.startswith(FACT_OF)) for line in lines]
        says = [bool(line.source.get(FACT)) and not line.source.get(ASKS) for line in lines]
        return cls(sorted({line.get(FACT) for line in facts}), meant, [line.hand for line in lines], says)

    def weighed(self, asking: Asking, lines: Near, scores: Mapping[str, float]) -> Weighed:
        """Gives the facts that may be meant, with what speaks for each, and what speaks for none.

        Args:
            lines: how near the message is to each line.
            scores: what lines that are alike say of it, by what is meant.
        """
        kernel = np.array([scores.get(name, 0.0) for name in self.names])
        tuned, words = self._own.of(lines.tuned), self._own.of(lines.ngrams)
        said, residents = self._said.of(lines.tuned), self._by_residents.of(lines.tuned)
        part, heard = self._of_part(asking, OF_PART, asking.about), self._of_part(asking, OF_COMMAND, asking.commands)
        matter = np.log(self._of_service(lambda name: _matter(asking, name)) + LEAST * 10)
        alike = self._of_service(
            lambda name: max((scores.get(one, 0.0) for one in OF_EVERYBODY.get(name, (name,))), default=0.0)
        )
        here = self._of_service(lambda name: float(name == asking.at_hand))
        beside = self._of_service(lambda name: float(name in asking.beside)) * (1 - here)
        away = float(asking.at_hand is not None) * (1 - here)
        of_everybody = self._of_service(lambda name: float(name in OF_EVERYBODY))
        base = KERNEL * kernel + WORDS * (tuned + words) + PART * part + MATTER * matter + HERE * here
        places = np.argsort(-(base + RESIDENTS * residents), kind="stable")[:CANDIDATES]
        near = [one[places] for one in (kernel, tuned, words, said, residents)]
        at = here[places] > 0
        missed = asking.command(OF_COMMAND) - heard
        others = [part, heard, missed, matter, alike, here, beside, away, away * of_everybody, of_everybody]
        figures = [*near, *map(ahead, near), *(_beyond(one, at) for one in near[:3]), *(one[places] for one in others)]
        return Weighed(
            places, np.column_stack(figures), self._message(asking, lines, scores, float(kernel.max(initial=0.0)))
        )

    def _of_part(self, asking: Asking, parts: Mapping[str, Sequence[str]], likely: Mapping[str, float]) -> np.ndarray:
        """How likely the part of each fact is asked about."""
        by_part = [sum(likely.get(name, 0.0) for name, of_it in parts.items() if part in of_it) for part in self._parts]
        return np.array(by_part)[self._part]

    def _of_service(self, of: Callable[[str], float]) -> np.ndarray:
        """A figure of each fact that is its service's."""
        return np.array([of(name) for name in self._services], np.float64)[self._service]

    def _message(self, asking: Asking, lines: Near, scores: Mapping[str, float], best: float) -> np.ndarray:
        """What speaks for none: wishes, another matter, lines that no fact answers."""
        none = scores.get(NONE, 0.0)
        by_lines = max((score for name, score in scores.items() if is_of_a_guide(name)), default=0.0)
        guides = [likely for name, likely in asking.matters.items() if is_of_a_guide(name)]
        others = [one for name, one in asking.matters.items() if not is_of_a_guide(name) and name not in (NONE, UNSAID)]
        heard = [asking.command(names) for names in (OF_COMMAND, WISHES, ("out_of_scope",), ("unclear",), GIVES)]
        at_hand, unsaid = float(asking.at_hand is not None), asking.matters.get(UNSAID, 0.0)
        matters = [asking.matters.get(NONE, 0.0), unsaid, unsaid * (1 - at_hand), max(others, default=0.0)]
        near = [float(lines.tuned[rows].max(initial=0.0)) for rows in (self._unanswered, self._answered)]
        of_guides = [sum(guides), max(guides, default=0.0), by_lines]
        return np.array([asking.asks, *heard, *of_guides, *matters, *near, none, none - best, at_hand, *asking.manner])

    def save(self, folder: Path) -> None:
        """Writes it into a model's folder."""
        kept = {"facts": self.facts, "meant": self.meant, "hands": self._hands, "says": self._says}
        written(folder / "facts.json", kept)

    @classmethod
    def load(cls, folder: Path) -> "FactIndex":
        """Reads it from a model's folder."""
        kept = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
        facts = [(service, name, part) for service, name, part in kept["facts"]]
        return cls(facts, kept["meant"], kept["hands"], kept["says"])


def names_nothing(asking: Asking) -> bool:
    """Whether it is about what is at hand, since it names no matter itself."""
    return asking.at_hand is not None and asking.matters.get(UNSAID, 0.0) >= NAMES_NOTHING


def of_everybody(names: Collection[str]) -> bool:
    """Whether one of some facts is of no service, and answers wherever it is asked."""
    return any(name[len(FACT_OF) :].partition(".")[0] in OF_EVERYBODY for name in names)


def _matter(asking: Asking, service: str) -> float:
    """Gives how likely a service is meant; a question that names none is about what is at hand."""
    named = sum(asking.matters.get(name, 0.0) for name in OF_EVERYBODY.get(service, (service,)))
    unsaid = asking.matters.get(UNSAID, 0.0) if service == asking.at_hand else 0.0
    return min(1.0, named + unsaid)


def _beyond(figures: np.ndarray, here: np.ndarray) -> np.ndarray:
    """Gives how much higher those of other services are than the highest of what is at hand."""
    return np.where(here, 0.0, figures - figures[here].max()) if here.any() else np.zeros(len(here))


def _distinct(names: Iterable[str]) -> Tuple[List[str], np.ndarray]:
    """Gives the names, each once, and the place of each among them."""
    places: Dict[str, int] = {}
    found = [places.setdefault(name, len(places)) for name in names]
    return list(places), np.array(found, dtype=np.intp)
