"""What is said of a guide: its own sentences under labels."""

from collections.abc import Iterable, Sequence

from pydantic import JsonValue

from actions.dialogue.answers import replies as say
from actions.dialogue.answers.office_hours import of_office
from actions.dialogue.reading.aspects import Aspect, named
from actions.kinds.guide.of_an_aspect import Said
from desk.city.files import Agency, Names
from desk.city.guides import Case, LocalGuide
from desk.contract.messages import Button, Reply, Text
from desk.contract.wire import Locale

PART_CHARACTERS = 700
"""A message with steps is about so long at most; what is longer becomes several, their numbers running on."""
NOTES, SOURCES = 1, 2
"""So many notes and sources are told in the chat; the page has all."""
BUTTONS = {
    "steps": "guide.button_steps",
    "papers": "guide.button_papers",
    "fee": "guide.button_fee",
    "days": "guide.button_days",
    "who": "guide.button_who",
    "hours": "guide.button_hours",
}
"""What may be asked next, by the part of the guide."""
ABSENT = {"fee": "guide.no_fee", "days": "guide.no_days", "who": "guide.no_who", "papers": "guide.no_papers"}
PLAIN = frozenset({"fee", "hours"})
"""What is answered without the rest."""
SHORTER = ("place", "papers")
"""Who asks for one of these is told no more than that beside the answer."""
LABELS = {"fee": "guide.fee", "days": "guide.days", "who": "guide.who"}


def overview(
    service: str,
    local: LocalGuide,
    city: str,
    locale: Locale,
    *,
    about: str | None = None,
    aspects: Sequence[Said] = (),
    beyond: bool = False,
    doubted: bool = False,
) -> list[Reply]:
    """The answer, with where and which papers: where one of both is asked about, that one; then source and date.

    `beyond` says whom to ask about a special case; `doubted`, what the guide is not for.
    """
    guide = local.guide
    lines = [_title(local), _said("guide.answer", guide.answer)]
    lines += [_call(local)] if about == "papers" else _place(local)
    tells_papers = about != "place" and bool(guide.papers)
    lines += [_papers(guide.papers)] if tells_papers else []
    lines += [_said("guide.note", note) for note in guide.notes[:NOTES]] if about not in SHORTER else []
    lines += [_said("guide.not_for", guide.not_for)] if doubted and guide.not_for is not None else []
    lines += [*_of_aspects(local, aspects), *([_beyond(local)] if beyond else [])]
    parts = [part for part in BUTTONS if part != "papers" or not tells_papers]
    return [_reply([*lines, *_sources(local, city, locale)], _next(service, local, parts))]


def told_in_short(local: LocalGuide, about: str | None) -> list[str]:
    """The lists that an overview tells."""
    return ["papers"] if about != "place" and local.guide.papers else []


def focused(
    service: str,
    local: LocalGuide,
    about: Sequence[str],
    cases: Sequence[int],
    city: str,
    locale: Locale,
    *,
    aspects: Sequence[Said] = (),
    beyond: bool = False,
    answered: bool = True,
) -> list[Reply]:
    """The parts, special cases and aspects that were asked about, and no more; what it does not say is said so.

    `answered`: whether its answer was told before; else it stands in front, but of what is said in a word (`PLAIN`).
    """
    short = not answered and (bool(cases or aspects) or not {*about} <= PLAIN)  # it holds the steps in short
    about = [part for part in about if answered or part != "steps"]
    lines = [_title(local), *([_said("guide.answer", local.guide.answer)] if short else [])]
    lines += [_case(local.guide.cases[number]) for number in cases if number < len(local.guide.cases)]
    lines += [_call(local)] if short and not {"hours", "place"} & {*about} else []
    absent = [part for part in about if is_absent(local, part)]
    for part in about:
        lines += _part(local, part) if part not in absent or len(absent) == 1 else []
    lines += [_absent(local, absent)] if len(absent) > 1 else []
    lines += [*_of_aspects(local, aspects, about), *([_beyond(local)] if beyond else [])]
    lines = [line for number, line in enumerate(lines) if line not in lines[:number]]  # a telephone once
    buttons = _next(service, local, [part for part in BUTTONS if part not in about])
    says = bool(cases) or len(absent) < len(about) or any(not one.is_absent for one in aspects)
    sources = _sources(local, city, locale) if says else []
    if "steps" not in about:
        return [_reply([*lines, *sources], buttons)]
    chunks = in_parts(local.guide.steps, locale)
    first = [_reply([*(lines if number == 0 else ()), _steps(chunk)], []) for number, chunk in enumerate(chunks[:-1])]
    rest = [*(lines if not first else ()), _steps(chunks[-1]), *sources]
    return [*first, _reply(rest, buttons)]


def is_absent(local: LocalGuide, part: str) -> bool:
    """Whether a guide does not state a part, which is said then."""
    guide = local.guide
    stated = {"fee": guide.fee, "days": guide.days, "who": guide.who, "papers": guide.papers}
    return part in stated and not stated[part]


def in_parts(steps: Iterable[Names], locale: Locale) -> list[list[tuple[int, Names]]]:
    """Numbered steps in runs that are read at once."""
    chunks: list[list[tuple[int, Names]]] = [[]]
    length = 0
    for number, step in enumerate(steps, 1):
        size = len(step.en if locale == "en" else step.zh_Hans)
        if chunks[-1] and length + size > PART_CHARACTERS:
            chunks.append([])
            length = 0
        chunks[-1].append((number, step))
        length += size
    return chunks


def which(service: str, guides: Iterable[LocalGuide], key: str) -> Reply:
    """Ask which matter is meant, with some to choose from."""
    return Reply(key=key, buttons=[_opens(service, local, ()) for local in guides])


def near(
    service: str, guides: Sequence[LocalGuide], about: Sequence[str], agency: Agency, *, again: bool = False
) -> Reply:
    """Ask whether one of some guides is meant, with whom to call if none is; `again`: which, that a part be told."""
    buttons = [*(_opens(service, local, about) for local in guides), say.HUMAN]
    key = "guide.which_first" if again else "guide.near" if len(guides) > 1 else "guide.is_it"
    return Reply(key=key, args={"guide": _names(guides[0].guide.names), **say.agency_args(agency)}, buttons=buttons)


def not_said_of(service: str, shown: LocalGuide, aspects: Sequence[Aspect] = (), more: Sequence[Said] = ()) -> Reply:
    """Say that a guide does not speak of what is asked, and whom to call; with what it does speak of.

    `aspects` are what is asked by name; of `more` it was told what there is.
    """
    hours = shown.agency.hours
    args = {"guide": _names(shown.guide.names), **say.agency_args(shown.agency), "hours": say.nested(say.hours(hours))}
    key, about = "guide.not_said_of", [*aspects]
    if aspects:
        key = "guide.not_said_on"
    elif more:
        key, about = "guide.no_more_on", [one.aspect for one in more]
    args |= {"aspects": named(about)} if about else {}
    key = key if hours else f"{key}_alone"
    return Reply(key=key, args=args, buttons=[*_next(service, shown, BUTTONS), say.HUMAN])


def _opens(service: str, local: LocalGuide, about: Sequence[str]) -> Button:
    title = Text(key="common.name", args={"name": _names(local.guide.names)})
    asked = f', "about": "{" ".join(about)}"' if about else ""
    return Button(title=title, payload=f'/{service}{{"guide": "{local.slug}"{asked}}}')


def _next(service: str, local: LocalGuide, parts: Iterable[str]) -> list[Button]:
    """Buttons for what else the guide says, and for the service that settles the matter."""
    there = {"steps": True, "papers": local.guide.papers, "fee": local.guide.fee, "days": local.guide.days}
    there |= {"who": local.guide.who, "hours": local.agency.hours}
    buttons = [
        Button(title=Text(key=BUTTONS[part]), payload=f'/{service}{{"guide": "{local.slug}", "about": "{part}"}}')
        for part in parts
        if there[part]
    ]
    settles = local.guide.service
    if settles is not None:
        buttons.insert(0, Button(title=Text(key=f"{settles}.title"), payload=f"/{settles}"))
    return buttons


def _part(local: LocalGuide, part: str) -> list[Text]:
    guide = local.guide
    if part == "answer":
        return [_said("guide.answer", guide.answer)]
    if part == "place":
        return _place(local)
    if part == "hours":
        return [_call(local), *([of_office(local.agency)] if local.agency.hours else [])]
    if part == "notes":
        return [_said("guide.note", note) for note in guide.notes[:NOTES]]
    if part == "papers" and guide.papers:
        return [_papers(guide.papers)]
    single = {"fee": guide.fee, "days": guide.days, "who": guide.who}.get(part)
    if single is not None:
        return [_said(LABELS[part], single)]
    return [Text(key=ABSENT[part], args=say.agency_args(local.agency))] if part in ABSENT else []


def _absent(local: LocalGuide, parts: Iterable[str]) -> Text:
    """That a guide does not state several parts, and who knows."""
    names = say.listed((Text(key=BUTTONS[part]) for part in parts), "and")
    return Text(key="guide.absent", args={"parts": names, **say.agency_args(local.agency)})


def _of_aspects(local: LocalGuide, aspects: Sequence[Said], about: Sequence[str] = ()) -> list[Text]:
    """What a guide says of aspects beside its special cases and the parts that are told, and of which nothing."""
    guide = local.guide
    parts = {"who": guide.who, "fee": guide.fee, "days": guide.days, "place": guide.place}
    stated = [parts[part] for part in about if part in parts]
    lines = [
        Text(key="guide.of_an_aspect", args={"aspect": say.nested(one.aspect.title), "said": _names(text)})
        for one in aspects
        for text in one.texts
        if text not in stated
    ]
    absent = [one.aspect.title for one in aspects if one.is_absent]
    if absent:
        args = {"parts": say.listed(absent, "and"), **say.agency_args(local.agency)}
        lines.append(Text(key="guide.absent", args=args))
    return lines


def _title(local: LocalGuide) -> Text:
    return _said("guide.about", local.guide.names)


def _place(local: LocalGuide) -> list[Text]:
    return [_said("guide.place", local.guide.place), _call(local)]


def _call(local: LocalGuide) -> Text:
    return Text(key="guide.call", args=say.agency_args(local.agency))


def _case(case: Case) -> Text:
    return Text(key="guide.case", args={"about": _names(case.about), "said": _names(case.said)})


def _beyond(local: LocalGuide) -> Text:
    return Text(key="guide.beyond", args=say.agency_args(local.agency))


def _papers(papers: Iterable[Names]) -> Text:
    return Text(key="guide.papers", args={"papers": _numbered(enumerate(papers, 1))})


def _steps(steps: Iterable[tuple[int, Names]]) -> Text:
    return Text(key="guide.steps", args={"steps": _numbered(steps)})


def _numbered(items: Iterable[tuple[int, Names]]) -> JsonValue:
    lines = (Text(key="guide.item", args={"number": number, "said": _names(item)}) for number, item in items)
    return say.listed(lines, "lines")


def _sources(local: LocalGuide, city: str, locale: Locale) -> list[Text]:
    """Where it stands, of what day it is, and where all of it can be read."""
    guide = local.guide
    sources = say.listed((_said("common.name", source, "name") for source in guide.sources[:SOURCES]), "and")
    args: dict[str, JsonValue] = {"sources": sources, "date": {"date": guide.dated.isoformat()}}
    page: dict[str, JsonValue] = {"address": {"page": f"/{city}/guides/{local.slug}?lang={locale}"}}
    return [Text(key="guide.source", args=args), Text(key="guide.page", args=page)]


def _said(key: str, names: Names, argument: str = "said") -> Text:
    return Text(key=key, args={argument: _names(names)})


def _names(names: Names) -> JsonValue:
    return {"name": names.model_dump(exclude_none=True)}


def _reply(lines: Iterable[Text], buttons: list[Button]) -> Reply:
    return Reply(key="guide.message", args={"lines": say.listed(lines, "lines")}, buttons=buttons)
