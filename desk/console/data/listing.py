"""Changes that were proposed: all of them, one, what is decided of it, and the patch of those that are allowed."""

import asyncio
import re

from aiohttp import web

from desk.city.guides import FOLDER, load_guides
from desk.console import shell, visits
from desk.console.access import staff
from desk.console.data.words import DataWords, changes_of
from desk.console.faults import Fault, fault_of
from desk.console.forms import form_of, query_of
from desk.console.sections import BOX, Item, Place, Section, Tile, Waiting
from desk.console.teaching.words import TeachingWords
from desk.contract.errors import DeskError, NotFound
from desk.contract.staff import Permission
from desk.teaching.editing.library import Library
from desk.teaching.editing.patching import patch_of
from desk.teaching.editing.rows import Change, Kind, Stands
from desk.web.parts import PARTS

PATH = f"{visits.ROOT}/data"
ONE = f"{PATH}/change"
NUMBER = re.compile(r"[0-9]{1,18}")


@staff(Permission.DATA_READ)
async def changes_page(request: web.Request) -> web.Response:
    """What was proposed, what waits first; and where another change begins."""
    asked, actor, changes = query_of(request), visits.actor_of(request), changes_of(request)
    state = next((one for one in Stands if one == asked["state"]), None)
    await asyncio.to_thread(changes.library.warm)
    found = await changes.all(actor, state)
    words = shell.words_of(request)
    return shell.page(
        request,
        "data.html",
        changes=found,
        merged={one.id for one in found if one.state is Stands.ALLOWED and changes.is_merged(one)},
        names=await shell.named(request, (one.by for one in found)),
        asked=asked,
        states=[(one, words.t(f"data_state_{one}"), "") for one in Stands],
        kinds=[(one, words.t(f"data_kind_{one}"), "") for one in kinds_of(request)],
        known=await asyncio.to_thread(_known, request, changes.library),
        data=DataWords(request),
        may_propose=actor.may_somewhere(Permission.DATA_PROPOSE),
        may_export=actor.may(Permission.LINE_EXPORT),
    )


@staff(Permission.DATA_READ)
async def change_page(request: web.Request) -> web.Response:
    """One change: what it changes, line by line. Without a number it leads to all of them."""
    number = query_of(request)["number"]
    return await _page(request, number) if number else shell.see_other(PATH)


@staff(Permission.DATA_READ)
async def decide(request: web.Request) -> web.Response:
    """Allow or refuse a change, or take one's own back."""
    form, actor, changes = await form_of(request), visits.actor_of(request), changes_of(request)
    number = _number(form["number"])
    try:
        if form["do"] == "withdraw":
            change = await changes.withdraw(actor, number)
        else:
            change = await changes.decide(actor, number, allow=form["do"] == "allow", remark=form["reason"])
    except NotFound as exc:
        raise web.HTTPNotFound from exc
    except DeskError as exc:
        return await _page(request, form["number"], fault_of(exc, "reason"))
    return shell.see_other(f"{ONE}?number={change.id}", done=f"data_{change.state}")


@staff(Permission.LINE_EXPORT)
async def patch_file(request: web.Request) -> web.Response:
    """The patch of all that is allowed and not yet in the files, as `git apply` takes it."""
    changes = changes_of(request)
    written = patch_of(changes.library, await changes.allowed(visits.actor_of(request)))
    headers = {"Content-Disposition": 'attachment; filename="changes.patch"'}
    return web.Response(text=written, content_type="text/x-diff", charset="utf-8", headers=headers)


async def waiting(request: web.Request) -> Waiting:
    """What waits for whoever looks, for the start page."""
    actor, changes, words = visits.actor_of(request), changes_of(request), shell.words_of(request)
    found = [one for one in await changes.all(actor, Stands.WAITS) if changes.may_decide(actor, one)]
    oldest = sorted(found, key=lambda one: one.at)[:BOX]
    names = await shell.named(request, (one.by for one in oldest))
    items = [
        Item(
            text=f"{words.t(f'data_kind_{one.kind}')}: {one.name}",
            path=f"{ONE}?number={one.id}",
            note=names.of(one.by),
            since=one.at,
        )
        for one in oldest
    ]
    return Waiting(len(found), tuple(items))


def kinds_of(request: web.Request) -> list[Kind]:
    """What somebody may propose to change: who holds it of an agency alone, guides."""
    actor = visits.actor_of(request)
    return [*Kind] if actor.may(Permission.DATA_PROPOSE) else [Kind.GUIDE]


def _known(request: web.Request, library: Library) -> list[tuple[str, str]]:
    """What can be changed, by name, each with what it is called: whoever types that finds the name."""
    words, catalogs, locale = TeachingWords(request), request.app[PARTS].catalogs, visits.locale_of(request)
    guides = load_guides(library.root / FOLDER)
    found = [(slug, catalogs.name(one.names.model_dump(), locale)) for slug, one in sorted(guides.items())]
    others = [one for one in kinds_of(request) if one not in (Kind.GUIDE, Kind.TEXT)]
    return found + [(name, words.entry(name)) for kind in others for name in library.names(kind)]


def _number(given: str) -> int:
    if NUMBER.fullmatch(given) is None:
        raise web.HTTPNotFound
    return int(given)


async def _page(request: web.Request, given: str, *faults: Fault) -> web.Response:
    actor, changes = visits.actor_of(request), changes_of(request)
    try:
        change: Change = await changes.one(actor, _number(given))
    except NotFound as exc:
        raise web.HTTPNotFound from exc
    words = DataWords(request)
    return shell.page(
        request,
        "data_change.html",
        status=422 if faults else 200,
        faults=list(faults),
        change=change,
        is_merged=change.state is Stands.ALLOWED and changes.is_merged(change),
        names=await shell.named(request, (change.by, change.decided_by)),
        previews=words.previews(change.after) if change.kind is Kind.GUIDE else [],
        data=words,
        may_decide=change.state is Stands.WAITS and changes.may_decide(actor, change),
        is_mine=change.state is Stands.WAITS and change.by == actor.login,
    )


SECTION = Section(
    routes=(
        web.get(PATH, changes_page),
        web.get(ONE, change_page),
        web.post(ONE, decide),
        web.get(f"{PATH}/changes.patch", patch_file),
    ),
    places=(Place("data", PATH, "z", 34, Permission.DATA_READ),),
    tiles=(Tile("data", f"{PATH}?state=waits", 6, waiting, decided_by={Permission.DATA_ALLOW}),),
)
