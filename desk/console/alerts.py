"""Emergency alerts in the console: what came, what waits for a second person, and ending one at once."""

from typing import Any

from aiohttp import web

from desk.alerts.codes import Kind
from desk.alerts.listing import Listing
from desk.alerts.rows import AlertRow
from desk.alerts.said import Said, said
from desk.alerts.service import Alerts
from desk.announcements.looking import OUTCOMES
from desk.console import shell, visits
from desk.console.access import staff
from desk.console.announcements.listing import looking_at, room_of
from desk.console.announcements.single import posted
from desk.console.announcements.words import AnnouncementWords
from desk.console.faults import Fault, fault_of
from desk.console.forms import EMPTY, Form, form_of
from desk.console.parts import CONSOLE
from desk.console.sections import BOX, Item, Place, Section, Tile, Waiting
from desk.contract.errors import DeskError, NotFound
from desk.contract.staff import Permission
from desk.web.announcing.alerts import ALERTS
from desk.web.parts import PARTS

PATH = f"{visits.ROOT}/alerts"
ONE = f"{PATH}/{{alert:[0-9]{{1,18}}}}"
TOPIC = "alerts"
SHOWN = {"waiting": "pending", "holding": "live", "everything": None}


@staff(Permission.ALERT_READ)
async def alerts_page(request: web.Request) -> web.Response:
    """What waits, what holds, or everything that came."""
    shown = request.query.get("show", "waiting")
    shown = shown if shown in SHOWN else "waiting"
    found = await _listing(request).alerts(visits.actor_of(request), state=SHOWN[shown])
    lines = [(one, headline(request, one)) for one in found]
    return shell.page(request, "alerts.html", shown=shown, tabs=[*SHOWN], lines=lines)


@staff(Permission.ALERT_READ)
async def alert_page(request: web.Request) -> web.Response:
    """One document: what residents read of it, what became of it, and the decision."""
    return await _one(request)


@staff(Permission.ALERT_READ)
async def decide(request: web.Request) -> web.Response:
    """Let a document through, keep it back, or end an alert that holds."""
    form, actor, number = await form_of(request), visits.actor_of(request), int(request.match_info["alert"])
    room = _room(request)
    try:
        match form["decision"]:
            case "approve":
                done = (await room.approve(actor, number)).state
            case "reject":
                done = (await room.reject(actor, number, form["reason"])).state
            case "end":
                done = (await room.end(actor, number, form["reason"])).state
            case _:
                raise web.HTTPBadRequest
    except DeskError as exc:
        return await _one(request, form, fault_of(exc, "" if form["reason"].strip() else "reason"))
    await request.app[CONSOLE].news.tell(TOPIC)
    return shell.see_other(f"{PATH}/{number}", done=f"alert_{done}")


async def waiting(request: web.Request) -> Waiting:
    """What waits for whoever looks, for the start page."""
    actor = visits.actor_of(request)
    found = [
        one
        for one in await _listing(request).alerts(actor, state="pending")
        if actor.may(Permission.ALERT_APPROVE, one.city, one.agency) and one.received_by != actor.login
    ]
    oldest = sorted(found, key=lambda one: one.received_at)[:BOX]
    items = tuple(
        Item(headline(request, one), f"{PATH}/{one.id}", one.severity, one.received_at, is_first=True) for one in oldest
    )
    return Waiting(len(found), items)


def headline(request: web.Request, alert: AlertRow) -> str:
    """What a document is about, in a line."""
    return said(alert, visits.locale_of(request)).headline if alert.infos else f"{alert.kind} {alert.identifier}"


async def _one(request: web.Request, form: Form = EMPTY, *faults: Fault) -> web.Response:
    actor, catalogs = visits.actor_of(request), request.app[PARTS].catalogs
    alert, _ = await _listing(request).one(actor, int(request.match_info["alert"]))
    city = request.app[PARTS].cities[alert.city]
    read: list[Said] = [said(alert, locale) for locale in city.languages] if alert.infos else []
    now = request.app[PARTS].now()
    is_open = alert.state == "pending" and (alert.expires > now or alert.kind is Kind.UPDATE)
    told = await _told(request, alert)
    return shell.page(
        request,
        "alert.html",
        **told,
        status=422 if faults else 200,
        faults=faults,
        form=form,
        alert=alert,
        names=await shell.named(request, (alert.received_by, alert.decided_by)),
        headline=headline(request, alert),
        texts=list({one.tag: one for one in read}.values()),
        districts=[
            catalogs.name(one.names.model_dump(), visits.locale_of(request))
            for one in city.districts
            if one.slug in (alert.districts or ())
        ],
        may_decide=is_open
        and actor.may(Permission.ALERT_APPROVE, alert.city, alert.agency)
        and alert.received_by != actor.login,
        may_end=alert.holds(now) and actor.may(Permission.ALERT_END, alert.city, alert.agency),
    )


async def _told(request: web.Request, alert: AlertRow) -> dict[str, Any]:
    """What became of it by channel, for who may read the announcement that it was told by."""
    actor, number = visits.actor_of(request), alert.announcement_id
    if number is None or not actor.may(Permission.ANNOUNCEMENT_READ, alert.city, alert.agency):
        return {"told": None}
    row = await room_of(request).find(actor, number)
    if row.published_at is None:
        return {"told": None}
    return {
        "told": row,
        "result": await looking_at(request).result(actor, number),
        "outcomes": OUTCOMES,
        "announcements": AnnouncementWords(request),
        "doing": "",
        **await posted(request, row),
    }


def _listing(request: web.Request) -> Listing:
    return Listing(request.app[CONSOLE].engine)


def _room(request: web.Request) -> Alerts:
    parts = request.app.get(ALERTS)
    if parts is None:
        raise NotFound("No emergency alerts are taken in here.")
    return parts.alerts


SECTION = Section(
    routes=(web.get(PATH, alerts_page), web.get(ONE, alert_page), web.post(ONE, decide)),
    places=(Place("alerts", PATH, "w", 15, Permission.ALERT_READ, group="announcing"),),
    tiles=(Tile("alerts", PATH, 2, waiting, decided_by={Permission.ALERT_APPROVE}),),
)
