"""An answer from a guide that can be sent as it is: what was asked about, whom to call, and where all of it stands.

It is short: nobody reads a whole guide in a conversation, and the page has all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from desk.city.files import Names
from desk.city.guides import LocalGuide
from desk.contract.messages import Text
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

PARTS = ("who", "place", "papers", "steps", "fee", "days")
"""The parts of a guide that stand under a label of their own, in the order of the guide."""
OF_ALL = ("fee", "days", "place", "papers")
"""Told where nobody knows which part is asked about, after the answer in short, which holds the steps."""
CASES = 1
"""So many special cases are told, the nearest."""

type Say = Callable[..., str]


def answer_of(
    catalogs: Catalogs,
    local: LocalGuide,
    locale: Locale,
    *,
    about: Sequence[str],
    cases: Sequence[int],
    page: str,
    longest: int,
) -> str:
    """The answer, in lines.

    Args:
        catalogs: the texts.
        local: the guide as the city offers it.
        locale: the language that the resident reads.
        about: the parts that are asked about, the likeliest first: they are told in this order, before all else.
        cases: the special cases that are, by number, the nearest first.
        page: the full address of the guide's page.
        longest: so many characters at most; what is too much is left out, the end first, and the page has it.
    """

    def say(key: str, **args: str) -> str:
        return catalogs.text(Text(key=key, args={**args}), locale)

    def named(names: Names) -> str:
        return catalogs.name(names.model_dump(), locale)

    guide, agency = local.guide, local.agency
    told = [guide.cases[number] for number in cases if number < len(guide.cases)][:CASES]
    parts = _parts(local, say, named)
    asked = [parts[part] for part in about if part in parts]
    lines = [
        *(asked or [named(guide.answer)]),
        *(say("guide.case", about=named(case.about), said=named(case.said)) for case in told),
        *(parts[part] for part in (() if asked or told else OF_ALL) if part in parts),
    ]
    ends = [
        say("console.ticket_guide_phone", agency=named(agency.names), phone=agency.phone),
        say("guide.page", address=page),
    ]
    return "\n".join([*_fitting(lines, longest - sum(len(one) + 1 for one in ends)), *ends])


def parts_of(catalogs: Catalogs, local: LocalGuide, locale: Locale) -> Mapping[str, str]:
    """What a guide says of each part under its label, in the order of the guide, in the language of a resident."""

    def say(key: str, **args: str) -> str:
        return catalogs.text(Text(key=key, args={**args}), locale)

    found = _parts(local, say, lambda names: catalogs.name(names.model_dump(), locale))
    return {part: found[part] for part in PARTS if part in found}


def _parts(local: LocalGuide, say: Say, named: Callable[[Names], str]) -> Mapping[str, str]:
    """What a guide says of each part under its label; what it does not say is not there."""
    guide = local.guide
    single = {"who": guide.who, "place": guide.place, "fee": guide.fee, "days": guide.days}
    several = {"papers": guide.papers, "steps": guide.steps}

    def numbered(names: Iterable[Names]) -> str:
        return "\n".join(say("guide.item", number=str(place), said=named(one)) for place, one in enumerate(names, 1))

    return {
        **{part: say(f"guide.{part}", said=named(names)) for part, names in single.items() if names is not None},
        **{part: say(f"guide.{part}", **{part: numbered(names)}) for part, names in several.items() if names},
    }


def _fitting(lines: Iterable[str], longest: int) -> list[str]:
    """The first lines that have room together."""
    found = list[str]()
    for line in lines:
        longest -= len(line) + 1
        if longest < 0:
            break
        found.append(line)
    return found
