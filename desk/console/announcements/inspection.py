"""What an inspection of an agency's accounts would find, before it does."""

from datetime import UTC, datetime

from aiohttp import web

from desk.console import shell, visits
from desk.console.access import staff
from desk.console.announcements.words import AnnouncementWords
from desk.console.parts import CONSOLE
from desk.console.sections import Item, Place, Section, Tile, Waiting
from desk.contract.staff import Permission
from desk.publicity.inspecting import ALARM_DAYS, RULE_DAYS, WARNING_DAYS, Inspected, Inspection, posting_channels

PATH = f"{visits.ROOT}/inspection"
COLOURS = {"good": "good", "warning": "wait", "alarm": "bad"}
FIRST = 5  # on the start page


@staff(Permission.ANNOUNCEMENT_READ)
async def inspection_page(request: web.Request) -> web.Response:
    """Accounts by how long they have posted nothing, answers that are late, links that lead nowhere."""
    found = await _found(request)
    return shell.page(
        request,
        "inspection.html",
        accounts=sorted(found.accounts, key=lambda one: (-one.days, one.account)),
        questions=found.questions,
        links=found.links,
        colours=COLOURS,
        days={"rule": RULE_DAYS, "warning": WARNING_DAYS, "alarm": ALARM_DAYS},
        announcements=AnnouncementWords(request),
    )


async def waiting(request: web.Request) -> Waiting:
    """What is wrong at the places of whoever looks, for the start page."""
    found, words = await _found(request), AnnouncementWords(request)
    places = shell.words_of(request)
    items = [
        *(
            Item(
                words.t("inspection_account_days", account=one.account, days=one.days), PATH, words.channel(one.channel)
            )
            for one in found.pressing
        ),
        *(
            Item(words.t("inspection_late", late=one.late), PATH, places.place(one.city, one.agency))
            for one in found.questions
        ),
        *(Item(one.link, PATH, words.titled(one.announcement, one.titles)) for one in found.links),
    ]
    return Waiting(found.count, tuple(items[:FIRST]))


async def _found(request: web.Request) -> Inspected:
    console = request.app[CONSOLE]
    inspection = Inspection(console.engine, posting_channels(console.channels), lambda: datetime.now(UTC))
    return await inspection.look(visits.actor_of(request))


SECTION = Section(
    routes=(web.get(PATH, inspection_page),),
    places=(Place("inspection", PATH, "i", 16, Permission.ANNOUNCEMENT_READ, group="announcing"),),
    tiles=(Tile("inspection", PATH, 5, waiting, Permission.ANNOUNCEMENT_PUBLISH),),
)
