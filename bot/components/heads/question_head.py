"""What a message asks: whether it asks at all, which part of a matter, whose matter it is, and what answers it.

Which guide is meant, and which fact, the finder tells (`finder`): a guide that was written this morning is found, and
what nothing answers is told so. Who asks is told by a head that was tuned with the encoder; n-grams say first whether
the message may be a question at all, since the encoder costs more.
"""

from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components import COMMANDS, INQUIRY, NORMALISED
from bot.components.component import Learner
from bot.components.encoders.ngrams import NgramSpace
from bot.components.encoders.reading_encoder import vector
from bot.components.heads.asking import Asking
from bot.components.heads.finder import Finder
from bot.components.heads.linear_head import LinearHead
from bot.components.heads.matter_lines import is_of_a_guide, of_facts, of_services
from bot.questions import ASKS, MATTER
from bot.turns import SITUATION

TOLD, PARTS_TOLD = 5, 3
"""So many matters, and parts that are asked about, are told."""
ASKED, WISHED = "asks", "wishes"
COMMANDS_SURE = 0.85
"""So sure of a command that is no question and begins nothing, a message asks nothing."""
NO_QUESTIONS = ("start", "ask_", "unclear", "out_of_scope", "list", "status", "complain")
"""Commands that a question may be taken for begin so."""
RAREST = 3
"""Lines an n-gram must be in."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class QuestionHead(Learner):
    """Sets of each message what it asks, or None; stands behind the commands, which say what cannot be a question."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """`asked`: the least probability, by the n-grams, that a message asks at all, at which the encoder is asked;
        `tuned_on`: hands whose questions the encoder was tuned on (`bot.tuning.tune_reading`)."""
        return {"asked": 0.08, "inverse_regularisation": 30.0, "tuned_on": []}

    def __init__(self, config: Dict[str, Any]) -> None:
        super().__init__(config)
        self._space: Optional[NgramSpace] = None
        self._asks: Optional[LinearHead] = None
        self._finder: Optional[Finder] = None

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        """Learns what asks, and what answers; an assistant without questions learns nothing."""
        asked = [line for line in training_data.training_examples if line.get(MATTER)]
        if not any(line.get(ASKS) for line in asked):
            return
        facts = [line for line in of_facts(training_data.training_examples) if line.get(ASKS)]
        lines = [*asked, *of_services(training_data), *facts]
        self._space, ngrams = NgramSpace.fit([line.get(NORMALISED) for line in lines], RAREST)
        asks = [ASKED if line.get(ASKS, line.get(MATTER) is not None) else WISHED for line in lines]
        self._asks = LinearHead.fit(ngrams, asks, self.config["inverse_regularisation"])
        self._finder = Finder.fit(training_data, self.config["tuned_on"])
        for name, part in (("ngrams", self._space), ("asks", self._asks), ("finder", self._finder)):
            (folder / name).mkdir()
            part.save(folder / name)

    def read(self, folder: Path) -> None:
        """Reads what was learnt, and wakes the encoder."""
        if (folder / "ngrams").exists():
            self._space, self._asks = NgramSpace.load(folder / "ngrams"), LinearHead.load(folder / "asks")
            self._finder = Finder.load(folder / "finder")
            vector("?")

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets what is asked."""
        for message in messages:
            asks = self._finder is not None and self._may_ask(message)
            message.set(INQUIRY, self._asked(message) if asks else None, add_to_output=True)
        return messages

    def _asked(self, message: Message) -> Dict[str, Any]:
        """What it asks, where the conversation stands: what answers it, and the texts of the guide that was told."""
        situation = _situation(message)
        asking = Asking.of(message.get(NORMALISED), situation)
        said = self._finder.compared(asking).said
        guide = next((one["guide"] for one in situation.get("shown") or [] if one.get("guide")), None)
        about = sorted(asking.about.items(), key=lambda one: -one[1])[:PARTS_TOLD]
        return {
            "asks": round(asking.asks, 4),
            "about": [(name, round(likely, 4)) for name, likely in about],
            "matters": _matters(self._finder.likely_guides(asking), asking.matters),
            "passages": self._finder.guides.passages(said),
            "facts": self._finder.likely_facts(asking),
            "own": [] if guide is None else self._finder.guides.passages_of(guide, said),
        }

    def _may_ask(self, message: Message) -> bool:
        commands = message.get(COMMANDS) or []
        if commands and commands[0][1] >= COMMANDS_SURE and not commands[0][0].startswith(NO_QUESTIONS):
            return False
        sentence = message.get(NORMALISED)
        if not any(character.isalpha() for character in sentence):
            return False
        asks = dict(zip(self._asks.intents, self._asks.probabilities_at(*self._space.vector(sentence)), strict=True))
        return bool(asks[ASKED] >= self.config["asked"])


def _situation(message: Message) -> Dict[str, Any]:
    """Gives where the conversation stands; nothing of a line that is read alone."""
    context = (message.get("metadata") or {}).get("context") or {}
    return context.get(SITUATION) or {}


def _matters(guides: Mapping[str, float], tuned: Mapping[str, float]) -> List[Tuple[str, float]]:
    """Gives whose matter it is: guides as they were weighed; what is left is shared as the tuned head has it."""
    others = {name: likely for name, likely in tuned.items() if not is_of_a_guide(name)}
    left, total = max(0.0, 1 - sum(guides.values())), sum(others.values()) or 1.0
    found = {**guides, **{name: left * likely / total for name, likely in others.items()}}
    best = sorted(found.items(), key=lambda one: -one[1])[:TOLD]
    return [(name, round(likely, 4)) for name, likely in best]
