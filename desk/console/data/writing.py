"""Writing a change: the form of an entry, what is said of it while it is typed, and proposing it."""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from desk.city.facts import PARTS as PARTS_OF_FACTS
from desk.city.guides import LIFE_EVENTS
from desk.console import shell, visits
from desk.console.access import staff
from desk.console.data.listing import NUMBER, ONE, PATH, kinds_of
from desk.console.data.words import DataWords, changes_of
from desk.console.faults import Fault, fault_of
from desk.console.forms import Form, form_of, query_of
from desk.console.parts import CONSOLE
from desk.console.sections import Section
from desk.console.tickets import clerks_of
from desk.contract.errors import DeskError
from desk.contract.messages import Text
from desk.contract.staff import Permission
from desk.contract.wire import LOCALES, Locale
from desk.teaching.editing.corpus import LANGUAGES
from desk.teaching.editing.library import ADD, DROP, Library
from desk.teaching.editing.meanings import TITLE
from desk.teaching.editing.rows import Kind
from desk.teaching.editing.sheets import ASKED, Heads
from desk.teaching.inbox import Inbox
from desk.tickets.suggesting.past import PastAnswers
from desk.web.parts import PARTS

WRITE = f"{PATH}/write"
ZONE = ZoneInfo("Asia/Shanghai")
BEGUN = ("steps", "place", "sources", ASKED)
"""Sections that a new guide begins with."""
LISTED = frozenset({"steps", "sources", ASKED})


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form: `choices` of a selection, `rows` of a box of several lines."""

    name: str
    rows: int = 0
    choices: tuple[tuple[str, str, str], ...] = ()
    type: str = "text"


@staff(Permission.DATA_PROPOSE)
async def write_page(request: web.Request) -> web.Response:
    """The form of an entry as it is in the files, or of a new guide with what is known of it."""
    asked = query_of(request)
    kind, name = _kind(request, asked), asked["name"]
    library = await changes_of(request).now()
    fields = library.fields(kind, name)
    if not fields and kind is Kind.GUIDE:
        fields = await _begun(request, asked)
    return await _page(request, library, kind, Form({**fields, "name": name}))


@staff(Permission.DATA_PROPOSE)
async def look(request: web.Request) -> web.Response:
    """What is to be said of what is typed, and how it reads: a part of the form's page."""
    form = await form_of(request)
    kind = _kind(request, form)
    looked = await asyncio.to_thread(_looked, request, await changes_of(request).now(), kind, form)
    return shell.page(request, "data_look.html", **looked)


@staff(Permission.DATA_PROPOSE)
async def propose(request: web.Request) -> web.Response:
    """Propose what is typed."""
    form, actor, changes = await form_of(request), visits.actor_of(request), changes_of(request)
    kind, library = _kind(request, form), await changes.now()
    try:
        after = _after(request, library, kind, form)
        number = await changes.propose(actor, kind, form["name"].strip(), after, reason=form["reason"], today=_today())
    except DeskError as exc:
        return await _page(
            request, library, kind, form, fault_of(exc, "reason" if not form["reason"].strip() else "name")
        )
    return shell.see_other(f"{ONE}?number={number}", done="data_proposed")


def _kind(request: web.Request, form: Form) -> Kind:
    return next((one for one in kinds_of(request) if one == form["kind"]), Kind.GUIDE)


def _today() -> date:
    return datetime.now(ZONE).date()


def _after(request: web.Request, library: Library, kind: Kind, form: Form) -> dict[str, str]:
    """The fields that are other than they are."""
    now = library.fields(kind, form["name"].strip())
    sent = set(form)
    fields = _fields(request, kind, is_new=_is_new(library, kind, form["name"].strip()))
    given = {one.name: form[one.name].replace("\r\n", "\n") for one in fields if one.name in sent}
    return {name: said for name, said in given.items() if said.strip() != now.get(name, "").strip()}


def _looked(request: web.Request, library: Library, kind: Kind, form: Form) -> dict[str, Any]:
    words, after = DataWords(request), _after(request, library, kind, form)
    shown = {**library.fields(kind, form["name"].strip()), **after}
    return {
        "findings": library.findings(kind, form["name"].strip(), after, _today()) if after else [],
        "previews": words.previews(shown) if kind is Kind.GUIDE else [],
        "data": words,
    }


async def _page(request: web.Request, library: Library, kind: Kind, form: Form, *faults: Fault) -> web.Response:
    name = form["name"].strip()
    is_new = _is_new(library, kind, name)
    if is_new and kind is Kind.TEXT and not faults:
        raise web.HTTPNotFound
    shown = Form({"name": name}) if is_new and not faults else form
    return shell.page(
        request,
        "data_write.html",
        status=422 if faults else 200,
        faults=list(faults),
        kind=kind,
        form=form,
        is_new=is_new,
        fields=_fields(request, kind, is_new=is_new),
        heads=library.heads if kind is Kind.GUIDE else {},
        **await asyncio.to_thread(_looked, request, library, kind, shown),
    )


def _is_new(library: Library, kind: Kind, name: str) -> bool:
    """Whether there is no such entry yet; of lines, no such meaning."""
    return not library.is_meant(name) if kind is Kind.LINES else not library.fields(kind, name)


def _fields(request: web.Request, kind: Kind, *, is_new: bool) -> list[Field]:
    words = shell.words_of(request)
    match kind:
        case Kind.GUIDE:
            events = tuple((one, words.say(Text(key=f"web.guides_{one}")), "") for one in LIFE_EVENTS)
            return [
                Field("life_event", choices=events),
                Field("agency", choices=_agencies(request)),
                *(Field(one) for one in ("service", "link")),
                *(Field(one, type="date") for one in ("dated", "until")),
                *(Field(one, rows=24) for one in LOCALES),
            ]
        case Kind.FACT:
            parts = tuple((one, one, "") for one in sorted(PARTS_OF_FACTS))
            texts = [Field(f"{one}_{locale}", rows=3) for one in ("about", "said", "asked") for locale in LOCALES]
            calls = (("", words.t("data_no"), ""), ("yes", words.t("data_yes"), ""))
            return [Field("part", choices=parts), *texts, Field("sources"), Field("call", choices=calls)]
        case Kind.TEXT:
            return [Field(one, rows=4) for one in LOCALES]
        case Kind.LINES:
            titles = [Field(f"{TITLE}_{locale}") for locale in LOCALES] if is_new else []
            changed = (ADD,) if is_new else (ADD, DROP)
            return [*titles, *(Field(f"{one}_{language}", rows=5) for one in changed for language in LANGUAGES)]


def _agencies(request: web.Request) -> tuple[tuple[str, str, str], ...]:
    """Agencies of whose guides somebody may propose changes, each once."""
    actor, words, found = visits.actor_of(request), shell.words_of(request), dict[str, str]()
    for slug, city in request.app[PARTS].cities.items():
        for one in city.agencies:
            if actor.may(Permission.DATA_PROPOSE, slug, one.slug):
                found.setdefault(one.slug, words.agency(slug, one.slug))
    return tuple((slug, name, "") for slug, name in sorted(found.items(), key=lambda one: one[1]))


async def _begun(request: web.Request, asked: Form) -> dict[str, str]:
    """A new guide with the questions it is to answer, and the answer that a clerk gave."""
    questions, answer = list[tuple[Locale, str]](), ""
    if NUMBER.fullmatch(asked["line"]) and visits.actor_of(request).may(Permission.LINE_READ):
        questions = await _of_group(request, int(asked["line"]))
    elif NUMBER.fullmatch(asked["past"]) and visits.actor_of(request).may_somewhere(Permission.TICKET_ANSWER):
        kept = await PastAnswers(clerks_of(request)).all(visits.actor_of(request))
        found = next((one for one in kept if one.id == int(asked["past"])), None)
        if found is not None:
            locale = visits.locale_of(request)
            questions, answer = [(locale, found.question)], found.answer
    heads = request.app[CONSOLE].library.heads
    texts = {str(locale): _text(heads, locale, questions, answer) for locale in LOCALES}
    return {**texts, "dated": _today().isoformat()}


async def _of_group(request: web.Request, line: int) -> list[tuple[Locale, str]]:
    inbox, actor = Inbox(request.app[CONSOLE].engine), visits.actor_of(request)
    lines = await inbox.group(actor, line)
    return [(one, said.text) for said in lines for one in LOCALES if one == said.language]


def _text(heads: Heads, locale: Locale, questions: list[tuple[Locale, str]], answer: str) -> str:
    """What a box of a new guide begins with: headings, and what is known."""
    asked = list(dict.fromkeys(said for of, said in questions if of == locale))
    own = answer if locale in {of for of, _ in questions} else ""
    parts = [] if locale == "zh_Hant" else ["# …", own or "…"]
    for name in (ASKED,) if locale == "zh_Hant" else BEGUN:
        items = asked if name == ASKED else []
        lines = [f"- {one}" for one in items or ["…"]] if name in LISTED else ["…"]
        parts.append("\n".join([f"## {heads[locale][name]}", *lines]))
    return "\n\n".join(parts) + "\n"


SECTION = Section(
    routes=(web.get(WRITE, write_page), web.post(WRITE, propose), web.post(f"{PATH}/look", look)),
)
