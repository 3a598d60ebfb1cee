"""Canned answers, by agency and in three languages, and past answers that clerks kept for others."""

from aiohttp import web

from desk.console import shell, visits
from desk.console.access import staff
from desk.console.faults import Fault, fault_of
from desk.console.forms import EMPTY, Form, form_of, query_of
from desk.console.parts import CONSOLE
from desk.console.sections import Section
from desk.console.tickets import clerks_of
from desk.contract.errors import DeskError
from desk.contract.staff import Actor, Permission
from desk.contract.wire import LOCALES
from desk.tickets.canned import CannedAnswers
from desk.tickets.suggesting.past import PastAnswers
from desk.web.parts import PARTS

PATH = f"{visits.ROOT}/answers"


@staff(Permission.TICKET_ANSWER)
async def answers_page(request: web.Request) -> web.Response:
    """All answers that one may send; the form is filled in with the one that the address names."""
    return await _page(request, query_of(request))


@staff(Permission.TICKET_ANSWER)
async def keep(request: web.Request) -> web.Response:
    """Write an answer, or change it."""
    form, actor = await form_of(request), visits.actor_of(request)
    city, _, agency = form["place"].partition("/")
    texts: dict[str, str] = {locale: form[f"text_{locale}"] for locale in LOCALES}
    if city not in request.app[PARTS].cities:
        raise web.HTTPBadRequest
    try:
        await CannedAnswers(request.app[CONSOLE].engine).keep(actor, city, agency, form["name"], texts)
    except DeskError as exc:
        return await _page(request, form, fault_of(exc, "name"))
    return shell.see_other(PATH, done="answer_kept")


@staff(Permission.TICKET_ANSWER)
async def drop(request: web.Request) -> web.Response:
    """Delete an answer."""
    form, actor = await form_of(request), visits.actor_of(request)
    city, _, agency = form["place"].partition("/")
    await CannedAnswers(request.app[CONSOLE].engine).drop(actor, city, agency, form["name"])
    return shell.see_other(PATH, done="answer_dropped")


@staff(Permission.TICKET_ANSWER)
async def drop_past(request: web.Request) -> web.Response:
    """Delete a past answer."""
    form, actor = await form_of(request), visits.actor_of(request)
    if not form["answer"].isdecimal() or len(form["answer"]) > 18:
        raise web.HTTPBadRequest
    await PastAnswers(clerks_of(request)).drop(actor, int(form["answer"]))
    return shell.see_other(PATH, done="answer_dropped")


async def _page(request: web.Request, form: Form = EMPTY, *faults: Fault) -> web.Response:
    actor = visits.actor_of(request)
    rows = await CannedAnswers(request.app[CONSOLE].engine).all(actor)
    past = await PastAnswers(clerks_of(request)).all(actor)
    asked = f"{form['city']}/{form['agency']}"
    chosen = next((one for one in rows if (f"{one.city}/{one.agency}", one.name) == (asked, form["name"])), None)
    if chosen is not None and not faults:
        kept = {f"text_{locale}": said for locale, said in chosen.texts.items()}
        form = Form({"name": chosen.name, "place": asked, **kept})
    return shell.page(
        request,
        "answers.html",
        status=422 if faults else 200,
        faults=list(faults),
        rows=rows,
        past=past,
        names=await shell.named(request, (one.kept_by for one in past)),
        form=form,
        chosen=chosen,
        places=_places(request, actor),
        locales=LOCALES,
        may_propose=actor.may_somewhere(Permission.DATA_PROPOSE),
    )


def _places(request: web.Request, actor: Actor) -> list[tuple[str, str, str]]:
    """For which agencies, or whole cities, the actor may keep answers."""
    words, held = shell.words_of(request), actor.places(Permission.TICKET_ANSWER)
    cities = request.app[PARTS].cities
    found: list[tuple[str, str, str]] = []
    for slug, city in cities.items():
        whole = held.everywhere or slug in held.cities
        agencies = [one.slug for one in city.agencies if whole or (slug, one.slug) in held.agencies]
        found += [(f"{slug}/", words.t("whole_city"), words.city(slug))] if whole else []
        found += [(f"{slug}/{one}", words.agency(slug, one), words.city(slug)) for one in agencies]
    return found


SECTION = Section(
    routes=(
        web.get(PATH, answers_page),
        web.post(PATH, keep),
        web.post(f"{PATH}/drop", drop),
        web.post(f"{PATH}/past/drop", drop_past),
    )
)
