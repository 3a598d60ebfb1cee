"""Guides with their days, languages and sources; questions that found none; and what is wrong with lines."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from aiohttp import web

from desk.city.guides import FOLDER, Guide, load_guides
from desk.console import shell, visits
from desk.console.access import staff
from desk.console.data.listing import PATH
from desk.console.data.words import DataWords, changes_of
from desk.console.data.writing import ZONE
from desk.console.parts import CONSOLE
from desk.console.sections import Section
from desk.console.teaching.words import TeachingWords
from desk.contract.staff import Permission
from desk.contract.wire import LOCALES
from desk.teaching.inbox import Inbox, Wanted
from desk.teaching.rows import Group
from desk.teaching.signals import Signal
from desk.web.parts import PARTS

MOST = 100  # lines of a list
OLD_DAYS = 365
"""A guide whose text is as old is looked at again."""


@dataclass(frozen=True, slots=True)
class GuideRow:
    """A guide in the list. `languages` are those that somebody wrote."""

    slug: str
    title: str
    agency: str
    dated: date
    until: date | None
    languages: Sequence[str]
    sources: int
    is_over: bool
    is_old: bool


@staff(Permission.DATA_READ)
async def guides_page(request: web.Request) -> web.Response:
    """All guides, those that are over or old first; and what residents asked and no guide answered."""
    actor, changes = visits.actor_of(request), changes_of(request)
    guides = await asyncio.to_thread(load_guides, changes.library.root / FOLDER)
    rows = [_row(request, slug, one) for slug, one in guides.items()]
    return shell.page(
        request,
        "data_guides.html",
        rows=sorted(rows, key=lambda one: (not one.is_over, not one.is_old, one.title)),
        questions=await _unanswered(request) if actor.may(Permission.LINE_READ) else None,
        teaching=TeachingWords(request),
        data=DataWords(request),
        may_propose=actor.may_somewhere(Permission.DATA_PROPOSE),
    )


@staff(Permission.DATA_READ)
async def checks_page(request: web.Request) -> web.Response:
    """What is wrong with the lines that the model learns from."""
    library = changes_of(request).library
    await asyncio.to_thread(library.warm)
    corpus = library.corpus
    return shell.page(
        request,
        "data_checks.html",
        lines=len(corpus.lines),
        twice=[pair for pair in corpus.contradictions if pair[0].intent != pair[1].intent][:MOST],
        leaks=corpus.leaks[:MOST],
        scarce=corpus.scarce[:MOST],
        suspects=corpus.suspects[:MOST],
        data=DataWords(request),
    )


async def _unanswered(request: web.Request) -> list[Group]:
    inbox = Inbox(request.app[CONSOLE].engine)
    return await inbox.groups(visits.actor_of(request), Wanted(signal=Signal.NO_GUIDE))


def _row(request: web.Request, slug: str, guide: Guide) -> GuideRow:
    today = datetime.now(ZONE).date()
    catalogs, locale = request.app[PARTS].catalogs, visits.locale_of(request)
    names = guide.names.model_dump()
    return GuideRow(
        slug=slug,
        title=catalogs.name(names, locale),
        agency=guide.agency,
        dated=guide.dated,
        until=guide.until,
        languages=[one for one in LOCALES if names.get(one)],
        sources=len(guide.sources),
        is_over=not guide.holds_on(today),
        is_old=(today - guide.dated).days > OLD_DAYS,
    )


SECTION = Section(routes=(web.get(f"{PATH}/guides", guides_page), web.get(f"{PATH}/checks", checks_page)))
