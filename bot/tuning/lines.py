"""The lines that the encoder is tuned on: of emergencies, near misses, what is written in one, and of services."""

from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Tuple

from rasa.shared.nlu.constants import INTENT, TEXT

from bot.emergency_lines import ALSO, HAND, KIND, NEXT, emergency_lines
from bot.importer import ServiceImporter
from values.writing import normalised


@dataclass(frozen=True)
class Line:
    """A line. Of services `intent` is set; else `hand`, and `kind` ("" of a near miss) or `next`."""

    text: str
    hand: str = ""
    kind: Optional[str] = None
    also: Tuple[str, ...] = ()
    next: Optional[str] = None
    intent: Optional[str] = None


def safety_lines(root: Path) -> List[Line]:
    """Gives all lines of nlu/safety/."""
    return [
        Line(normalised(one.get(TEXT)), one.get(HAND), one.get(KIND), tuple(one.get(ALSO) or ()), one.get(NEXT))
        for one in emergency_lines(root / "nlu")
    ]


def service_lines(root: Path) -> List[Line]:
    """Gives the lines of services that are no emergency by their own words."""
    told = {line.text for line in safety_lines(root) if line.kind}
    lines = ServiceImporter(str(root / "config.yml")).get_nlu_data().intent_examples
    texts = {normalised(one.get(TEXT)): one.get(INTENT) for one in lines}
    return [Line(text, intent=intent) for text, intent in texts.items() if text not in told]
