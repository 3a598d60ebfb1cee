"""The questions of the day, and how near a message is to one."""

import re
from collections.abc import Mapping

from actions.samples import Samples
from desk.city.current import Current

_CLAUSES = re.compile(r"[,.，。;；!！?？\n]+")


class Day:
    """The questions of the day, by name."""

    def __init__(self, questions: Mapping[str, Current]) -> None:
        self._questions = questions
        self._samples = Samples({name: one.asked.all for name, one in questions.items()})

    def of(self, topic: str) -> Current | None:
        """The question that is about one topic alone."""
        return next((one for one in self._questions.values() if one.topics == [topic]), None)

    def nearest(self, text: str) -> tuple[Current | None, float]:
        """The question that a message, or a clause of it, is nearest to, and how near, from 0 to 1."""
        found = [self._samples.nearest(one) for one in (text, *_CLAUSES.split(text))]
        name, likeness = max(found, key=lambda one: one[1])
        return (None, 0.0) if name is None else (self._questions[name], likeness)
