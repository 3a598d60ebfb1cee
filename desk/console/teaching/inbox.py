"""What waits for trainers, and the lines themselves: what was said, where, and what it is."""

import re
from collections.abc import Sequence
from urllib.parse import urlencode

from aiohttp import web

from desk.console import shell, visits
from desk.console.access import staff
from desk.console.faults import Fault, fault_of
from desk.console.forms import EMPTY, Form, form_of, query_of
from desk.console.parts import CONSOLE
from desk.console.sections import Item, Place, Section, Tile, Waiting
from desk.console.teaching.words import TeachingWords, matters, percent
from desk.contract.errors import Conflict, DeskError
from desk.contract.messages import Text
from desk.contract.staff import Permission
from desk.contract.wire import LOCALES
from desk.teaching.deciding import Deciding
from desk.teaching.hiding import ENTITIES, written_marks
from desk.teaching.inbox import GROUPS_SHOWN, Inbox, Wanted
from desk.teaching.proposing import Proposing
from desk.teaching.rows import QUEUES, Line, Queue
from desk.teaching.signals import Signal
from desk.web.gate import posted
from desk.web.parts import PARTS

PATH = f"{visits.ROOT}/teaching"
NUMBER = re.compile(r"[0-9]{1,18}")
AFTER = re.compile(r"([0-9]{1,9})-([0-9]{1,18})")
GROWING = "growing"
LETTERED: Sequence[str] = ("out_of_scope", "unclear")
"""Commands that have a letter of their own on every page."""
SIGNALS = (*(one.value for one in Signal), GROWING)


@staff(Permission.LINE_READ)
async def inbox_page(request: web.Request) -> web.Response:
    """Groups of messages that wait, the largest first."""
    asked, actor, inbox = query_of(request), visits.actor_of(request), inbox_of(request)
    wanted = wanted_of(request, asked)
    found = await inbox.groups(actor, wanted, GROUPS_SHOWN + 1)
    words = TeachingWords(request)
    return shell.page(
        request,
        "teaching.html",
        groups=found[:GROUPS_SHOWN],
        more=_after(found[GROUPS_SHOWN - 1].count, found[GROUPS_SHOWN - 1].id) if len(found) > GROUPS_SHOWN else "",
        counts=await inbox.counts(actor),
        asked=asked,
        kept=_kept(asked),
        teaching=words,
        choices={
            "signal": [(one, shell.words_of(request).t(f"signal_{one}"), "") for one in SIGNALS],
            "city": [(slug, shell.words_of(request).city(slug), "") for slug in request.app[PARTS].cities],
            "language": [(one, words.language(one), "") for one in LOCALES],
        },
        may_label=actor.may_somewhere(Permission.LINE_LABEL),
    )


@staff(Permission.LINE_LABEL)
async def go_on(request: web.Request) -> web.Response:
    """Lead to what is next in a queue; where nothing waits, to the inbox."""
    return await _next(request, query_of(request))


@staff(Permission.LINE_READ)
async def line_page(request: web.Request) -> web.Response:
    """A line, or all of its group that wait."""
    return await _page(request, query_of(request))


@staff(Permission.LINE_LABEL)
async def decide(request: web.Request) -> web.Response:
    """Label the chosen lines, pass them over, delete one, or propose something; then lead on."""
    form, actor = await form_of(request), visits.actor_of(request)
    deciding = deciding_of(request)
    given = await posted(request)
    chosen = [one for one in given.getall("line", []) if isinstance(one, str) and NUMBER.fullmatch(one)]
    ids = [int(one) for one in chosen]
    field = "command"
    try:
        match form["do"]:
            case "pass":
                await deciding.pass_over(actor, ids)
                done = "teaching_passed"
            case "remove":
                await deciding.remove(actor, _number(request))
                done = "teaching_removed"
            case "propose":
                field = "name"
                proposing = Proposing(request.app[CONSOLE].engine)
                await proposing.propose(actor, form["kind"], form["name"], form["meaning"], _number(request))
                back = urlencode({"queue": form["queue"], **_kept(form)})
                return shell.see_other(f"{PATH}/{_number(request)}?{back}", done="teaching_proposed")
            case _:
                if not ids:
                    raise Conflict("No line is chosen.", said=Text(key="console.error_teaching_none"))
                marks = form["marks"] if "marks" in given else None
                await deciding.label(actor, ids, [form["command"] or form["other"], form["also"]], marks)
                done = "teaching_labelled"
    except DeskError as exc:
        return await _page(request, form, fault_of(exc, field))
    return await _next(request, form, done=done)


@staff(Permission.LINE_LABEL)
async def undo(request: web.Request) -> web.Response:
    """Take back the decision that is named, or one's last."""
    form, actor = await form_of(request), visits.actor_of(request)
    number = int(form["decision"]) if NUMBER.fullmatch(form["decision"]) else None
    lines = await deciding_of(request).undo(actor, number)
    where = f"{PATH}/history" if number is not None else PATH
    if form["queue"] and lines:
        where = f"{PATH}/{lines[0]}?{urlencode({'queue': queue_of(form), **_kept(form)})}"
    return shell.see_other(where, done="teaching_undone")


async def _page(request: web.Request, asked: Form = EMPTY, *faults: Fault) -> web.Response:
    actor, inbox = visits.actor_of(request), inbox_of(request)
    queue = queue_of(asked)
    line = await inbox.line(actor, _number(request))
    if line is None:
        raise web.HTTPNotFound
    together = await inbox.group(actor, line.group) if queue == "inbox" and not asked["alone"] else []
    lines = together or [line]
    first = next((one for one in lines if one.id == line.id), lines[0])
    words = TeachingWords(request)
    return shell.page(
        request,
        "teaching_line.html",
        status=422 if faults else 200,
        faults=list(faults),
        line=first,
        lines=lines,
        queue=queue,
        asked=asked,
        kept=_kept(asked),
        count=len(lines),
        teaching=words,
        offers=offers_of(first, queue),
        choices=words.choices(),
        entities=[(one, words.entity(one)) for one in ENTITIES],
        marks=asked["marks"] or written_marks(first.text, first.spans, words.entity),
        skip=_after(len(lines), first.group),
        may_label=actor.may_somewhere(Permission.LINE_LABEL) and first.state in ("open", "second", "third"),
        percent=percent,
        path=PATH,
    )


def offers_of(line: Line, queue: Queue) -> list[tuple[str, str]]:
    """Commands to choose by a digit, each with how likely it is; in a sample and where opinions are blind without."""
    is_blind = queue != "inbox"
    offered = [(command, likely) for command, likely in line.offers if command not in LETTERED]
    return [(command, "" if is_blind else percent(likely)) for command, likely in offered[:9]]


async def _next(request: web.Request, asked: Form, *, done: str | None = None) -> web.Response:
    actor, inbox, queue = visits.actor_of(request), inbox_of(request), queue_of(asked)
    if queue == "inbox":
        found = await inbox.next_group(actor, wanted_of(request, asked))
    else:
        found = await inbox.next_line(actor, queue)
    kept = urlencode(_kept(asked))
    if found is None:
        done = done or ("teaching_all_seen" if asked["after"] else None)
        return shell.see_other(f"{PATH}?{kept}" if kept else PATH, done=done)
    return shell.see_other(f"{PATH}/{found}?{urlencode({'queue': queue, **_kept(asked)})}", done=done)


def inbox_of(request: web.Request) -> Inbox:
    """What waits."""
    return Inbox(request.app[CONSOLE].engine)


def deciding_of(request: web.Request) -> Deciding:
    """What decides."""
    return Deciding(request.app[CONSOLE].engine, frozenset(matters(request)), TeachingWords(request).types())


def queue_of(asked: Form) -> Queue:
    """The queue that is worked at."""
    return next((one for one in QUEUES if one == asked["queue"]), "inbox")


def wanted_of(request: web.Request, asked: Form) -> Wanted:
    """Which groups are looked for; what is none of the choices counts as not chosen."""
    after = AFTER.fullmatch(asked["after"])
    return Wanted(
        city=asked["city"] if asked["city"] in request.app[PARTS].cities else None,
        language=asked["language"] if asked["language"] in LOCALES else None,
        signal=asked["signal"] if asked["signal"] in SIGNALS else None,
        after=None if after is None else (int(after[1]), int(after[2])),
    )


def _after(count: int, group: int) -> str:
    return f"{count}-{group}"


def _kept(asked: Form) -> dict[str, str]:
    return {name: asked[name] for name in ("city", "language", "signal") if asked[name]}


def _number(request: web.Request) -> int:
    written = request.match_info["line"]
    if NUMBER.fullmatch(written) is None:
        raise web.HTTPNotFound
    return int(written)


async def _waiting(request: web.Request) -> Waiting:
    counts = await inbox_of(request).counts(visits.actor_of(request))
    words = shell.words_of(request)
    items = [
        Item(words.t(f"teaching_queue_{one}"), f"{PATH}/next?queue={one}", str(counts[one]))
        for one in QUEUES
        if counts[one]
    ]
    return Waiting(sum(counts.values()), tuple(items))


SECTION = Section(
    routes=(
        web.get(PATH, inbox_page),
        web.get(f"{PATH}/next", go_on),
        web.post(f"{PATH}/undo", undo),
    ),
    places=(Place("teaching", PATH, "l", 35, Permission.LINE_READ),),
    tiles=(Tile("teaching", PATH, 35, _waiting, Permission.LINE_READ),),
)
LINES = Section(routes=(web.get(f"{PATH}/{{line}}", line_page), web.post(f"{PATH}/{{line}}", decide)))
"""Behind all others of these pages: a line stands where they have their names."""
