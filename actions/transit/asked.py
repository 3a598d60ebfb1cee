"""What a resident asks of the buses: which lines, at which stop, towards which.

Does not depend on the spans that the language model marked: known names are looked for in the whole sentence.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from actions.transit.lines import LineIndex
from actions.transit.naming import plain
from actions.transit.network import Line, Network, Place
from actions.transit.scanning import Sentence
from actions.transit.stops import Found, Mention, StopIndex, core

KEY_SIGN = "@"
"""A stop's value that begins with this is its key: buttons use it where several stops share a name."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What one message says. All may be empty.

    `stop`: where the bus is waited for (several places only if they share the name); `towards`: where to.
    `heads_there`: the one stop that was named stands behind "to": where to, for who said before where from.
    `unknown_stop`, `unknown_line`: what was said and is in no timetable; `near`: the stops that look like it.
    """

    lines: tuple[Line, ...] = ()
    stop: tuple[Place, ...] = ()
    towards: tuple[Place, ...] = ()
    unknown_stop: str | None = None
    near: tuple[Place, ...] = ()
    unknown_line: str | None = None
    heads_there: bool = False

    @property
    def says_anything(self) -> bool:
        """Whether a stop or a line was named, known or not."""
        return bool(self.lines or self.stop or self.unknown_stop or self.unknown_line)


class Reader:
    """Reads messages against the names of one timetable."""

    def __init__(self, network: Network, stops: StopIndex, lines: LineIndex) -> None:
        self._network = network
        self._stops = stops
        self._lines = lines

    def read(self, text: str, stops: Sequence[str] = (), lines: Sequence[str] = ()) -> Asked:
        """Read a message. `stops` and `lines` are what the language model marked, or what a button carries.

        A line that it marked within a stop's name is none.
        """
        sentence = Sentence.read(text)
        mentions = self._stops.scan(sentence)
        rest = sentence.spaced([(mention.start, mention.end) for mention in mentions])
        left = plain(rest)
        free = [value for value in lines if plain(value) in left or plain(value) not in sentence.text]
        found_lines, unknown_line = self._read_lines(rest, free)
        marked = [value for value in stops if not self._lines.find(value) or value.startswith(KEY_SIGN)]
        places, unknown, near = self._read_stops(mentions, marked)
        return Asked(
            lines=found_lines,
            stop=places[0] if places else (),
            towards=places[1] if len(places) > 1 else (),
            unknown_stop=unknown,
            near=near,
            unknown_line=unknown_line,
            heads_there=len(places) == 1 and bool(mentions) and all(mention.towards for mention in mentions),
        )

    def read_stop(self, text: str) -> Asked:
        """Read a message that is nothing but a stop's name, perhaps a wrong one."""
        found = self._find(text)
        if found.sure:
            return Asked(stop=found.places)
        return Asked(unknown_stop=text.strip(), near=found.places)

    def _find(self, value: str) -> Found:
        if value.startswith(KEY_SIGN):
            place = self._network.place_of_key.get(value.removeprefix(KEY_SIGN))
            return Found(place is not None, () if place is None else (place,))
        return self._stops.find(value)

    def _read_lines(self, text: str, marked: Sequence[str]) -> tuple[tuple[Line, ...], str | None]:
        mentions = [mention for mention in self._lines.scan(text) if not mention.rejected]
        rejected = {line.key for m in self._lines.scan(text) if m.rejected for line in m.lines}
        lines = {line.key: line for mention in mentions for line in mention.lines}
        unknown = next((mention.text for mention in mentions if not mention.lines), None)
        for value in marked:
            found = self._lines.find(value)
            lines |= {line.key: line for line in found if line.key not in rejected}
            if not found and unknown is None and not lines:
                unknown = value
        return tuple(lines.values()), None if lines else unknown

    def _read_stops(
        self, mentions: list[Mention], marked: Sequence[str]
    ) -> tuple[list[tuple[Place, ...]], str | None, tuple[Place, ...]]:
        """Give (places in order: stop, then destination), an unknown name, and what is near to that."""
        if mentions:
            longer = [value for value in marked if len(core(value)) > max(mention.letters for mention in mentions)]
            if len(mentions) == 1 and longer:
                found = self._find(longer[0])  # the sentence says more than the name that is known
                if not found.sure:
                    near = {place.key: place for place in (*mentions[0].places, *found.places)}
                    return [], longer[0], tuple(near.values())
                return [found.places], None, ()
            distinct = list({frozenset(p.key for p in mention.places): mention for mention in mentions}.values())
            if len(distinct) > 1:
                goal = next((mention for mention in reversed(distinct) if mention.towards), distinct[-1])
                start = next(mention for mention in distinct if mention is not goal)
                return [start.places, goal.places], None, ()
            return [distinct[0].places], None, ()
        founds = [(value, self._find(value)) for value in marked]
        sure = [found.places for _, found in founds if found.sure]
        if sure or not founds:
            return sure, None, ()
        return [], founds[0][0], founds[0][1].places
