"""Models: have one trained beside the one that answers, see how far it is, release it, go back to one."""

import asyncio

from aiohttp import web

from desk.console import requests, shell, visits
from desk.console.access import staff
from desk.console.faults import Fault, fault_of
from desk.console.forms import EMPTY, Form, form_of
from desk.console.parts import CONSOLE
from desk.console.sections import Place, Section
from desk.console.teaching.inbox import PATH as TEACHING
from desk.contract.errors import DeskError
from desk.contract.staff import Permission
from desk.staff.requests import TOPIC, Kind
from desk.teaching.models import Model, Models, totals

PATH = f"{TEACHING}/models"
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
        asked = await _models(request).train(actor, files, reason=form["reason"])
    except DeskError as exc:
        return await _all(request, form, fault_of(exc, "reason"))
    return shell.see_other(f"{PATH}/{asked.id}", done="model_asked")


@staff(Permission.MODEL_READ)
async def model_page(request: web.Request) -> web.Response:
    """One model: what it is made of, how its training goes or went, how well it understands."""
    return await _one(request)


@staff(Permission.MODEL_TRAIN)
async def cancel(request: web.Request) -> web.Response:
    """End a training, or take one back."""
    form, actor, number = await form_of(request), visits.actor_of(request), _number(request)
    try:
        await _models(request).cancel(actor, number, reason=form["reason"])
    except DeskError as exc:
        return await _one(request, form, fault_of(exc, "cancel-reason"), opened="cancel")
    return shell.see_other(f"{PATH}/{number}", done="model_cancelled")


@staff(Permission.MODEL_RELEASE)
async def release(request: web.Request) -> web.Response:
    """Ask that a trained model answers from now on."""
    form, actor, number = await form_of(request), visits.actor_of(request), _number(request)
    console = request.app[CONSOLE]
    try:
        asked = await _models(request).ask_release(
            actor, number, reason=form["reason"], requests=console.staff.requests
        )
    except DeskError as exc:
        return await _one(request, form, fault_of(exc, "release-reason"), opened="release")
    await console.news.tell(TOPIC)
    if asked.state == "open":
        return shell.see_other(f"{requests.PATH}/{asked.id}", done="asked")
    return shell.see_other(f"{PATH}/{number}", done="model_wanted")


@staff(Permission.MODEL_RELEASE)
async def go_back(request: web.Request) -> web.Response:
    """Have a model answer again that did before."""
    form, actor, number = await form_of(request), visits.actor_of(request), _number(request)
    try:
        await _models(request).go_back(actor, number)
    except DeskError as exc:
        return await _one(request, form, fault_of(exc))
    return shell.see_other(f"{PATH}/{number}", done="model_wanted")


async def _all(request: web.Request, form: Form = EMPTY, *faults: Fault) -> web.Response:
    actor = visits.actor_of(request)
    found = await _models(request).all(actor)
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
    )


async def _one(request: web.Request, form: Form = EMPTY, *faults: Fault, opened: str = "") -> web.Response:
    actor = visits.actor_of(request)
    model = await _models(request).one(actor, _number(request))
    open_requests = await request.app[CONSOLE].staff.requests.all(actor)
    asked = [one for one in open_requests if (one.kind, one.subject) == (Kind.MODEL_RELEASE, str(model.id))]
    return shell.page(
        request,
        "model.html",
        status=422 if faults else 200,
        faults=faults,
        form=form,
        opened=opened,
        model=model,
        names=await shell.named(request, (model.asked_by,)),
        moves=_moves(model),
        asked=asked[0] if asked else None,
        totals=totals(model.figures) if model.figures else (),
        turns=int(model.figures["turns"]) if model.figures else 0,
        may_train=actor.may_somewhere(Permission.MODEL_TRAIN),
        may_release=actor.may_somewhere(Permission.MODEL_RELEASE),
    )


def _moves(model: Model) -> bool:
    """Whether the page changes while it is looked at."""
    return model.is_begun or model.wanted_at is not None


def _number(request: web.Request) -> int:
    return int(request.match_info["model"])


def _models(request: web.Request) -> Models:
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
