"""What agencies have in hand for residents: found by the agency's number; one masked, and reading it is recorded."""

from urllib.parse import urlencode

from aiohttp import web

from desk.cases.looking import PAGE, CaseBook
from desk.console import shell, visits
from desk.console.access import staff
from desk.console.forms import query_of
from desk.console.operating.orders import service_name
from desk.console.parts import CONSOLE
from desk.console.sections import Place, Section
from desk.contract.messages import Text
from desk.contract.staff import Permission
from desk.texts.masking import masked
from desk.web.parts import PARTS

PATH = f"{visits.ROOT}/cases"
ONE = f"{PATH}/{{case:[0-9]{{1,18}}}}"
LONGEST_NUMBER = 18  # digits


@staff(Permission.CASE_READ)
async def cases_page(request: web.Request) -> web.Response:
    """Cases, the newest first: those in hand, or those that are over, too; those with a number of the agency's."""
    asked, words = query_of(request), shell.words_of(request)
    before = asked["before"]
    found = await _book(request).page(
        visits.actor_of(request),
        city=asked["city"] or None,
        service=asked["service"] or None,
        reference=asked["reference"] or None,
        everything=bool(asked["over"]),
        before=int(before) if before.isascii() and before.isdigit() and len(before) <= LONGEST_NUMBER else None,
        limit=PAGE + 1,
    )
    kept = {name: asked[name] for name in ("city", "service", "reference", "over") if asked[name]}
    return shell.page(
        request,
        "cases.html",
        asked=asked,
        cases=[(one, service_name(request, one.service), status_of(request, one.status)) for one in found[:PAGE]],
        cities=[(slug, words.city(slug), "") for slug in request.app[PARTS].cities],
        services=[(name, service_name(request, name), "") for name in request.app[PARTS].services],
        older=urlencode({**kept, "before": found[PAGE - 1].id}) if len(found) > PAGE else "",
        newest=urlencode(kept) if before else None,
    )


@staff(Permission.CASE_READ)
async def case_page(request: web.Request) -> web.Response:
    """One case: how it stands, when it is reminded of and asked about; numbers of persons are masked."""
    sheet = await _book(request).one(visits.actor_of(request), int(request.match_info["case"]))
    words, published = shell.words_of(request), request.app[PARTS].published

    def said(one: Text | None) -> str:
        return "" if one is None else masked(words.say(one), published)

    return shell.page(
        request,
        "case.html",
        case=sheet.case,
        service=service_name(request, sheet.case.service),
        stands=status_of(request, sheet.case.status),
        about=said(sheet.private.about),
        place=said(sheet.private.place),
        reference=masked(sheet.private.reference, published),
    )


def status_of(request: web.Request, status: str) -> str:
    """How a case stands, in words; a status that has none is the agency's own word."""
    parts, key = request.app[PARTS], f"cases.known_{status}"
    known = key in parts.catalogs.keys(visits.locale_of(request))
    return shell.words_of(request).say(Text(key=key)) if known else status


def _book(request: web.Request) -> CaseBook:
    return request.app[CONSOLE].cases


SECTION = Section(
    routes=(web.get(PATH, cases_page), web.get(ONE, case_page)),
    places=(Place("cases", PATH, "h", 27, Permission.CASE_READ, group="operation"),),
)
