"""A span of a text that means something, and what can be said of several."""

from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Optional

from values import finding


@dataclass(frozen=True)
class Span:
    """`start` and `end` count code points of the original text. `sure`: no context can make it something else."""

    entity: str
    start: int
    end: int
    sure: bool = False
    role: Optional[str] = None

    def overlaps(self, other: "Span") -> bool:
        """Whether they share a character."""
        return self.start < other.end and other.start < self.end

    def as_entity(self, text: str, extractor: str) -> Dict[str, Any]:
        """Rasa's form of it; the value is the surface text."""
        entity = {
            "entity": self.entity,
            "start": self.start,
            "end": self.end,
            "value": text[self.start : self.end],
            "extractor": extractor,
        }
        return {**entity, "role": self.role} if self.role else entity


def values_in(normalised: str) -> List[Span]:
    """Gives the values that their patterns find in a normalised text, without overlaps."""
    return [Span(one.entity, one.start, one.end, one.sure) for one in finding.find(normalised)]


def without_overlaps(spans: Iterable[Span]) -> List[Span]:
    """Keeps, of spans that overlap, the one named first; gives them in the order of the text."""
    kept: List[Span] = []
    for span in spans:
        if not any(span.overlaps(other) for other in kept):
            kept.append(span)
    return sorted(kept, key=lambda span: span.start)
