"""What is said in an emergency: replies as keys, with the data's own words as arguments.

No two answers in a row are alike: the steps of a kind go round, and so do the words around them, in other lengths.
"""

import re
from collections.abc import Iterable, Sequence

from pydantic import JsonValue

from desk.city.directory import Directory, Telephone
from desk.city.files import City
from desk.contract.messages import Button, Reply, Text
from desk.safety.kinds import OTHERS, VARIANTS, Act, Kind, Said

CALL = re.compile(r'/call\{"number": "(?P<number>[0-9-]{3,15})"\}')
"""The payload of a button that dials, for programs that cannot: they press it like any other."""
NOW = re.compile(r'/emergency_now\{"case": "(?P<case>[a-z_]+:[a-z0-9]+)"\}')
"""The payload by which a resident says that what they were warned of is so now."""
NONE = "/no_emergency"
"""The payload by which a resident says that they told of no emergency."""
NONE_BUTTON = "safety.button_none"
OVER = "/emergency_over"
"""What the bot is told when an emergency is over: it takes up again what was open."""
LISTED = 4


class Wording:
    """Composes what is said about kinds of emergencies in a city."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def numbers(self, city: City, *kinds: Kind) -> list[Telephone]:
        """The telephones to call: all of the first kind, of each other the first; none twice."""
        first, *others = kinds
        named = [*first.call, *(kind.call[0] for kind in others)]
        found = {line.number: line for line in (self._directory.of(city, name) for name in named)}
        return list(found.values())[:LISTED]

    def named_in(self, city: City, text: str, names: Iterable[str]) -> str | None:
        """Which of some telephones a text names by its number; of several the first."""
        return next((name for name in names if name != OTHERS and self._directory.of(city, name).number in text), None)

    def first(self, city: City, act: Said, *kinds: Kind, unanswered: Act | None = None) -> Reply:
        """What to do now, and whom to call. `unanswered`: what to do where the telephone is not answered."""
        if unanswered is not None:
            return self._unanswered(city, "safety.unanswered_first", act, kinds, unanswered)
        return self._said("safety.first", act, self.numbers(city, *kinds))

    def notice(self, city: City, *kinds: Kind) -> Reply:
        """The same beside a clerk who speaks."""
        said = self._said("safety.notice", kinds[0].first, self.numbers(city, *kinds))
        return said.model_copy(update={"buttons": said.buttons[:-1]})

    def step(self, city: City, act: Said, said: int, *kinds: Kind, unanswered: Act | None = None) -> Reply:
        """What to do next. `said` answers were given before, the first of them what to do now."""
        if unanswered is not None:
            return self._unanswered(city, f"safety.unanswered_{(max(said, 1) - 1) % 2 + 1}", act, kinds, unanswered)
        return self._said(f"safety.next_{(max(said, 1) - 1) % VARIANTS + 1}", act, self.numbers(city, *kinds))

    def kept(self, city: City, act: Said, said: int, *kinds: Kind, what: str) -> Reply:
        """That a place or a file was kept for whoever answers, and what to do next. `what`: place or file."""
        variant = (max(said, 1) - 1) % 2 + 1
        return self._said(f"safety.kept_{what}_{variant}", act, self.numbers(city, *kinds))

    def none(self) -> Reply:
        """That it is good to hear that there is no emergency."""
        return Reply(key="safety.none")

    def caution(self, city: City, case: str, kind: Kind) -> Reply:
        """A word before the answer: whom to call if it is so now. `case`: the name of the step for it."""
        numbers = self.numbers(city, kind)
        args: dict[str, JsonValue] = {"numbers": _named(numbers)}
        title = Text(key="safety.button_now")
        if kind.caution is not None:
            args["act"], title = {"name": kind.caution.model_dump()}, Text(key="safety.button_help")
        buttons = [
            *(_button(line) for line in numbers),
            Button(title=title, payload=f'/emergency_now{{"case": "{case}"}}'),
        ]
        return Reply(key="safety.caution" if kind.caution is None else "safety.caution_of", args=args, buttons=buttons)

    def mistaken(self) -> Reply:
        """That the account misunderstood, and answers now what was meant."""
        return Reply(key="safety.mistaken")

    def dial(self, city: City, kind: Kind, number: str) -> Reply:
        """That a number is dialled on the telephone."""
        buttons = [_button(line) for line in self.numbers(city, kind)]
        return Reply(key="safety.dial", args={"number": number}, buttons=buttons)

    def dial_alone(self, number: str) -> Reply:
        """The same where no emergency lasts any more."""
        return Reply(key="safety.dial", args={"number": number})

    def over(self, city: City, kind: Kind) -> Reply:
        """That it is good to hear, and whom to call if it begins again."""
        return Reply(key="safety.over", args={"numbers": _named(self.numbers(city, kind)[:1])})

    def _unanswered(self, city: City, key: str, act: Said, kinds: Sequence[Kind], unanswered: Act) -> Reply:
        others = [self._directory.of(city, name) for name in unanswered.call]
        found = {line.number: line for line in (*self.numbers(city, *kinds), *others)}
        reply = self._said(key, act, [*found.values()])
        return reply.model_copy(update={"args": {**reply.args, "unanswered": {"name": unanswered.model_dump()}}})

    def _said(self, key: str, act: Said, numbers: list[Telephone]) -> Reply:
        args: dict[str, JsonValue] = {"act": {"name": act.model_dump()}, "numbers": _named(numbers)}
        buttons = [*(_button(line) for line in numbers), Button(title=Text(key=NONE_BUTTON), payload=NONE)]
        return Reply(key=key, args=args, buttons=buttons)


def _named(numbers: list[Telephone]) -> JsonValue:
    items: list[JsonValue] = [Text(key="safety.number", args=_args(line)).model_dump() for line in numbers]
    return {"items": items, "join": "and"}


def _button(line: Telephone) -> Button:
    key = "safety.button_text" if line.texts else "safety.button_call"
    return Button(title=Text(key=key, args=_args(line)), payload=f'/call{{"number": "{line.number}"}}', url=line.url)


def _args(line: Telephone) -> dict[str, JsonValue]:
    return {"number": line.number, "name": {"name": line.names.model_dump(exclude_none=True)}}
