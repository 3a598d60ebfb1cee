"""Models: have one trained beside the one that answers, see how far it is, release it, go back to one.

Trials of one are `trials.py`.
"""

import asyncio
from collections.abc import Sequence

from aiohttp import web

from desk.console import requests, shell, visits
from desk.console.access import staff
from desk.console.faults import Fault, fault_of
from desk.console.forms import EMPTY, Form, form_of, query_of
from desk.console.parts import CONSOLE
from desk.console.sections import Place, Section
from desk.console.teaching.inbox import PATH as TEACHING
from desk.console.teaching.records import exchange_of
from desk.console.teaching.words import TeachingWords, percent
from desk.contract.errors import DeskError
from desk.contract.staff import Permission
from desk.staff.requests import TOPIC, Kind
from desk.teaching.models import Model, Models, totals
from desk.teaching.readings import Readings
from desk.teaching.trials import Trial, Trials
from desk.web.parts import PARTS

PATH = f"{TEACHING}/models"
FIRST = 10
"""So many messages that are read otherwise stand on the page of a model; the others have a page of their own."""
ONE = f"{PATH}/{{model:[0-9]{{1,18}}}}"


@staff(Permission.MODEL_READ)
async def models_page(request: web.Request) -> web.Response:
    """The one that answers, those that wait or are trained, and the others."""
    return await _all(request)


@staff(Permission.MODEL_TRAIN)
async def train(request: web.Request) -> web.Response:
    """Ask for the model of the files as they are."""
    form, actor = await form_of(request), visits.actor_of(request)
    try:
        files = await asyncio.to_thread(request.app[CONSOLE].files)
        asked = await models_of(request).train(actor, files, reason=form["reason"])
    except DeskError as exc:
        return await _all(request, form, fault_of(exc, "reason"))
    return shell.see_other(f"{PATH}/{asked.id}", done="model_asked")


@staff(Permission.MODEL_READ)
async def model_page(request: web.Request) -> web.Response:
    """One model: what it is made of, how its training goes or went, how well it understands."""
    return await one_page(request)


@staff(Permission.MODEL_TRAIN)
async def cancel(request: web.Request) -> web.Response:
    """End a training, or take one back."""
    form, actor, number = await form_of(request), visits.actor_of(request), number_of(request)
    try:
        await models_of(request).cancel(actor, number, reason=form["reason"])
    except DeskError as exc:
        return await one_page(request, form, fault_of(exc, "cancel-reason"), opened="cancel")
    return shell.see_other(f"{PATH}/{number}", done="model_cancelled")


@staff(Permission.MODEL_RELEASE)
async def release(request: web.Request) -> web.Response:
    """Ask that a trained model answers from now on."""
    form, actor, number = await form_of(request), visits.actor_of(request), number_of(request)
    console = request.app[CONSOLE]
    try:
        asked = await models_of(request).ask_release(
            actor, number, reason=form["reason"], requests=console.staff.requests
        )
    except DeskError as exc:
        return await one_page(request, form, fault_of(exc, "release-reason"), opened="release")
    await console.news.tell(TOPIC)
    if asked.state == "open":
        return shell.see_other(f"{requests.PATH}/{asked.id}", done="asked")
    return shell.see_other(f"{PATH}/{number}", done="model_wanted")


@staff(Permission.MODEL_RELEASE)
async def go_back(request: web.Request) -> web.Response:
    """Have a model answer again that did before."""
    form, actor, number = await form_of(request), visits.actor_of(request), number_of(request)
    try:
        await models_of(request).go_back(actor, number)
    except DeskError as exc:
        return await one_page(request, form, fault_of(exc))
    return shell.see_other(f"{PATH}/{number}", done="model_wanted")


async def _all(request: web.Request, form: Form = EMPTY, *faults: Fault) -> web.Response:
    actor = visits.actor_of(request)
    found = await models_of(request).all(actor)
    reads_lines = actor.may_somewhere(Permission.LINE_READ)
    _, untaken = await exchange_of(request).counts(actor) if reads_lines else (0, 0)
    return shell.page(
        request,
        "models.html",
        status=422 if faults else 200,
        faults=faults,
        form=form,
        models=[(one, dict(totals(one.figures)) if one.figures else {}) for one in found],
        names=await shell.named(request, (one.asked_by for one in found)),
        moves=any(map(_moves, found)),
        may_train=actor.may_somewhere(Permission.MODEL_TRAIN),
        untaken=untaken,
    )


async def one_page(request: web.Request, form: Form = EMPTY, *faults: Fault, opened: str = "") -> web.Response:
    """The page of one model, with what was typed into a form of it and what is wrong with that."""
    actor, engine = visits.actor_of(request), request.app[CONSOLE].engine
    model = await models_of(request).one(actor, number_of(request))
    verdict, live = model.verdict, await models_of(request).answering(actor)
    open_requests = await request.app[CONSOLE].staff.requests.all(actor)
    asked = {one.kind: one for one in open_requests if one.subject == str(model.id)}
    trials, readings = await Trials(engine).of(actor, model.id), Readings(engine)
    reads_lines = actor.may_somewhere(Permission.LINE_READ)
    stands = _stands(model, trials)
    return shell.page(
        request,
        "model.html",
        stood=query_of(request)["stood"] or stands,
        stands=stands,
        status=422 if faults else 200,
        faults=faults,
        form=form,
        opened=opened,
        model=model,
        names=await shell.named(request, (model.asked_by, *(one.begun_by for one in trials))),
        moves=_moves(model) or any(one.runs for one in trials),
        asked=asked.get(Kind.MODEL_RELEASE),
        asked_canary=asked.get(Kind.MODEL_CANARY),
        verdict=verdict,
        is_current=verdict is not None and verdict.against == live,
        trials=trials,
        tried=next((one for one in trials if one.runs), None),
        pairs=await readings.pairs(actor, model.id, "replay"),
        changes=(await readings.changes(actor, model.id, "replay"))[:FIRST] if reads_lines else [],
        reads_lines=reads_lines,
        cities=[*request.app[PARTS].cities],
        agencies=responsible(request),
        teaching=TeachingWords(request),
        percent=percent,
        totals=totals(model.figures) if model.figures else (),
        turns=int(model.figures["turns"]) if model.figures else 0,
        may_train=actor.may_somewhere(Permission.MODEL_TRAIN),
        may_release=actor.may_somewhere(Permission.MODEL_RELEASE),
    )


def _stands(model: Model, trials: Sequence[Trial]) -> str:
    """What decides what can be done with a model, in a word: a page that is looked at says where another holds."""
    checked = "unchecked" if model.verdict is None else "passes" if model.verdict.passes else "stopped"
    return "-".join([model.state, checked, *("tried" for one in trials if one.runs)])


def responsible(request: web.Request) -> dict[str, list[str]]:
    """The agencies that answer for a service, by its name, each with its city."""
    words, found = shell.words_of(request), dict[str, list[str]]()
    for slug, city in request.app[PARTS].cities.items():
        for service, offered in city.services.items():
            for agency in sorted({offered.agency, *offered.agencies.values()}):
                found.setdefault(service, []).append(f"{words.city(slug)}: {words.agency(slug, agency)}")
    return found


def _moves(model: Model) -> bool:
    """Whether the page changes while it is looked at."""
    return model.is_begun or model.wanted_at is not None or (model.may_be_released and model.gate is None)


def number_of(request: web.Request) -> int:
    return int(request.match_info["model"])


def models_of(request: web.Request) -> Models:
    return Models(request.app[CONSOLE].engine)


SECTION = Section(
    routes=(
        web.get(PATH, models_page),
        web.post(PATH, train),
        web.get(ONE, model_page),
        web.post(f"{ONE}/cancel", cancel),
        web.post(f"{ONE}/release", release),
        web.post(f"{ONE}/back", go_back),
    ),
    places=(Place("models", PATH, "u", 36, Permission.MODEL_READ, group="operation"),),
)
