"""What trainers decided, proposed and brought; files of it; figures of the samples and of agreement."""

import re
from collections.abc import Sequence

from aiohttp import web

from desk.console import shell, visits
from desk.console.access import staff
from desk.console.faults import Fault, fault_of
from desk.console.forms import EMPTY, Form, file_of, form_of
from desk.console.parts import CONSOLE
from desk.console.sections import Section
from desk.console.teaching.inbox import PATH, deciding_of
from desk.console.teaching.words import TeachingWords, matters, percent
from desk.contract.errors import DeskError
from desk.contract.staff import Permission
from desk.teaching.exchange import Exchange
from desk.teaching.figures import Figures
from desk.teaching.formats import FORMS
from desk.teaching.formats import Form as Kind
from desk.teaching.proposing import LONGEST_MEANING, LONGEST_NAME, Proposing
from desk.web.parts import PARTS

NUMBER = re.compile(r"[0-9]{1,18}")
TYPES = {"csv": ("text/csv", "csv"), "rasa": ("application/yaml", "yml"), "turns": ("application/yaml", "yml")}
"""Content type and ending of each kind of file."""


@staff(Permission.LINE_READ)
async def figures_page(request: web.Request) -> web.Response:
    """How right the account is by week, and how trainers agree."""
    figures, actor = Figures(request.app[CONSOLE].engine), visits.actor_of(request)
    return shell.page(
        request,
        "teaching_figures.html",
        weeks=await figures.weeks(actor),
        agreement=await figures.agreement(actor),
        teaching=TeachingWords(request),
        percent=percent,
    )


@staff(Permission.LINE_READ)
async def history_page(request: web.Request) -> web.Response:
    """What was decided last."""
    actor = visits.actor_of(request)
    decisions = await deciding_of(request).history(actor)
    return shell.page(
        request,
        "teaching_history.html",
        decisions=decisions,
        names=await shell.named(request, (one.by for one in decisions)),
        me=actor.login,
        teaching=TeachingWords(request),
    )


@staff(Permission.LINE_READ)
async def proposals_page(request: web.Request) -> web.Response:
    """What was proposed."""
    return await _proposals(request)


@staff(Permission.LINE_LABEL)
async def propose(request: web.Request) -> web.Response:
    """Propose a command or guide, or say what became of a proposal."""
    form, actor = await form_of(request), visits.actor_of(request)
    proposing = Proposing(request.app[CONSOLE].engine)
    try:
        if NUMBER.fullmatch(form["number"]):
            await proposing.close(actor, int(form["number"]), taken=form["do"] == "taken")
            return shell.see_other(f"{PATH}/proposals", done="teaching_closed")
        await proposing.propose(actor, form["kind"], form["name"], form["meaning"])
    except DeskError as exc:
        return await _proposals(request, form, fault_of(exc, "name"))
    return shell.see_other(f"{PATH}/proposals", done="teaching_proposed")


@staff(Permission.LINE_READ)
async def files_page(request: web.Request) -> web.Response:
    """Files: what can be taken out, and brought."""
    return await _files(request)


@staff(Permission.LINE_EXPORT)
async def export(request: web.Request) -> web.Response:
    """Give taught lines out as a file, and remember that they were."""
    form, actor = await form_of(request), visits.actor_of(request)
    kind = kind_of(form["form"])
    content = await exchange_of(request).export(actor, kind, only_new=form["only_new"] == "yes")
    content_type, ending = TYPES[kind]
    headers = {"Content-Disposition": f'attachment; filename="taught-{kind}.{ending}"'}
    return web.Response(text=content, content_type=content_type, charset="utf-8", headers=headers)


@staff(Permission.LINE_LABEL)
async def bring(request: web.Request) -> web.Response:
    """Take lines in from a file."""
    form, actor = await form_of(request), visits.actor_of(request)
    try:
        await exchange_of(request).bring(actor, await file_of(request, "file"), form["form"])
    except DeskError as exc:
        return await _files(request, fault_of(exc, "file"))
    return shell.see_other(f"{PATH}/files", done="teaching_brought")


async def _proposals(request: web.Request, form: Form = EMPTY, *faults: Fault) -> web.Response:
    actor = visits.actor_of(request)
    proposals = await Proposing(request.app[CONSOLE].engine).all(actor)
    return shell.page(
        request,
        "teaching_proposals.html",
        status=422 if faults else 200,
        faults=list(faults),
        proposals=proposals,
        names=await shell.named(request, (one.by for one in proposals)),
        form=form,
        kinds=kinds_of(request),
        longest=(LONGEST_NAME, LONGEST_MEANING),
        may_label=actor.may_somewhere(Permission.LINE_LABEL),
    )


async def _files(request: web.Request, *faults: Fault) -> web.Response:
    actor, words = visits.actor_of(request), shell.words_of(request)
    lines, unexported = await exchange_of(request).counts(actor)
    return shell.page(
        request,
        "teaching_files.html",
        status=422 if faults else 200,
        faults=list(faults),
        lines=lines,
        unexported=unexported,
        forms=[(one, words.t(f"teaching_form_{one}"), "") for one in FORMS],
        may_export=actor.may_somewhere(Permission.LINE_EXPORT),
        may_label=actor.may_somewhere(Permission.LINE_LABEL),
    )


def kind_of(named: str) -> Kind:
    """The kind of file that a form names; the project's own where it names none."""
    return next((one for one in FORMS if one == named), "turns")


def kinds_of(request: web.Request) -> Sequence[tuple[str, str, str]]:
    """What may be proposed."""
    words = shell.words_of(request)
    return [(one, words.t(f"teaching_kind_{one}"), "") for one in ("command", "guide")]


def exchange_of(request: web.Request) -> Exchange:
    return Exchange(request.app[CONSOLE].engine, frozenset(matters(request)), request.app[PARTS].keys)


SECTION = Section(
    routes=(
        web.get(f"{PATH}/figures", figures_page),
        web.get(f"{PATH}/history", history_page),
        web.get(f"{PATH}/proposals", proposals_page),
        web.post(f"{PATH}/proposals", propose),
        web.get(f"{PATH}/files", files_page),
        web.post(f"{PATH}/export", export),
        web.post(f"{PATH}/import", bring),
    )
)
