"""Trials of models: compare one with the one that answers, have it read beside that, answer some, or none any more."""

from aiohttp import web

from desk.console import requests, shell, visits
from desk.console.access import staff
from desk.console.faults import fault_of
from desk.console.forms import Form, form_of, query_of
from desk.console.parts import CONSOLE
from desk.console.sections import Section
from desk.console.teaching.models import ONE, PATH, models_of, number_of, one_page
from desk.console.teaching.words import TeachingWords, percent
from desk.contract.errors import DeskError
from desk.contract.staff import Permission
from desk.staff.requests import TOPIC
from desk.teaching.readings import SHOWN, Readings
from desk.teaching.trials import Some, Trials
from desk.web.parts import PARTS

SOURCES = ("replay", "shadow")


@staff(Permission.MODEL_TRAIN)
async def compare(request: web.Request) -> web.Response:
    """Have the gate look at a model again."""
    form, actor, number = await form_of(request), visits.actor_of(request), number_of(request)
    try:
        await models_of(request).compare(actor, number)
    except DeskError as exc:
        return await one_page(request, form, fault_of(exc))
    return shell.see_other(f"{PATH}/{number}", done="model_compared")


@staff(Permission.MODEL_TRAIN)
async def shadow(request: web.Request) -> web.Response:
    """Have a model read what residents write."""
    form, actor, number = await form_of(request), visits.actor_of(request), number_of(request)
    try:
        await _trials(request).shadow(actor, number, reason=form["reason"])
    except DeskError as exc:
        return await one_page(request, form, fault_of(exc, "shadow-reason"), opened="shadow")
    return shell.see_other(f"{PATH}/{number}", done="trial_begun")


@staff(Permission.MODEL_RELEASE)
async def canary(request: web.Request) -> web.Response:
    """Ask that a model answers some residents."""
    form, actor, number = await form_of(request), visits.actor_of(request), number_of(request)
    console = request.app[CONSOLE]
    try:
        some = _some(request, form)
        asked = await _trials(request).ask_canary(
            actor, number, some, reason=form["reason"], requests=console.staff.requests
        )
    except DeskError as exc:
        is_share = exc.said is not None and exc.said.key == "console.error_trial_share"
        field = "percent" if is_share else "canary-reason"
        return await one_page(request, form, fault_of(exc, field), opened="canary")
    await console.news.tell(TOPIC)
    if asked.state == "open":
        return shell.see_other(f"{requests.PATH}/{asked.id}", done="asked")
    return shell.see_other(f"{PATH}/{number}", done="trial_begun")


@staff(Permission.MODEL_RELEASE)
async def stop(request: web.Request) -> web.Response:
    """End the trial of a model."""
    form, actor, number = await form_of(request), visits.actor_of(request), number_of(request)
    try:
        await _trials(request).end(actor, number)
    except DeskError as exc:
        return await one_page(request, form, fault_of(exc))
    return shell.see_other(f"{PATH}/{number}", done="trial_ended")


@staff(Permission.LINE_READ)
async def changes_page(request: web.Request) -> web.Response:
    """What a model reads otherwise than the one that answers, side by side, without anything that may be somebody's."""
    actor, number, asked = visits.actor_of(request), number_of(request), query_of(request)
    model = await models_of(request).one(actor, number)
    source = asked["source"] if asked["source"] in SOURCES else SOURCES[0]
    before = int(asked["before"]) if asked["before"].isdecimal() and len(asked["before"]) <= 18 else None
    readings = Readings(request.app[CONSOLE].engine)
    found = await readings.changes(actor, number, source, before=before)
    return shell.page(
        request,
        "model_changes.html",
        model=model,
        source=source,
        sources=SOURCES,
        changes=found,
        pairs=await readings.pairs(actor, number, source),
        older=found[-1].id if len(found) == SHOWN else None,
        teaching=TeachingWords(request),
        percent=percent,
    )


def _some(request: web.Request, form: Form) -> Some:
    """Of whom a canary is to answer. Raises Conflict: of nobody."""
    share = form["percent"].strip()
    cities = tuple(slug for slug in request.app[PARTS].cities if form[f"city_{slug}"])
    return Some(cities, int(share) if share.isdecimal() and len(share) <= 3 else 0)


def _trials(request: web.Request) -> Trials:
    return Trials(request.app[CONSOLE].engine)


SECTION = Section(
    routes=(
        web.post(f"{ONE}/compare", compare),
        web.post(f"{ONE}/shadow", shadow),
        web.post(f"{ONE}/canary", canary),
        web.post(f"{ONE}/stop", stop),
        web.get(f"{ONE}/changes", changes_page),
    ),
)
