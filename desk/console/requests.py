"""What one member of staff asks for and another allows: what waits, what one asked for oneself, what is decided."""

from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from desk.console import shell, visits
from desk.console.access import signed_in
from desk.console.faults import Fault, fault_of
from desk.console.forms import EMPTY, Form, form_of
from desk.console.parts import CONSOLE
from desk.console.sections import BOX, Item, Place, Section, Tile, Waiting, tiles_of
from desk.contract.errors import DeskError
from desk.contract.messages import Text
from desk.contract.staff import Grant, Role
from desk.staff.names import Names
from desk.staff.requests import NEEDS, TOPIC, Kind, Requests
from desk.staff.rows import RequestRow

PATH = f"{visits.ROOT}/requests"
ONE = f"{PATH}/{{number:[0-9]{{1,18}}}}"
SHOWN = ("waiting", "mine", "decided")
FIRST = 5  # decisions on the start page
DECIDING = frozenset(one.allow for one in NEEDS.values())


@signed_in
async def requests_page(request: web.Request) -> web.Response:
    """What waits for a decision, what one asked for, or what is decided."""
    shown = request.query.get("show", "waiting")
    shown = shown if shown in SHOWN else "waiting"
    actor, requests = visits.actor_of(request), _requests(request)
    found = await requests.all(actor, everything=shown != "waiting")
    rows = [one for one in found if _belongs(requests, request, one, shown)]
    words = shell.words_of(request)
    lines = [(one, told(words, one), state_of(one)) for one in rows]
    return shell.page(
        request,
        "requests.html",
        shown=shown,
        lines=lines,
        elsewhere=await _elsewhere(request) if shown == "waiting" else [],
        news=len(await requests.news(actor)),
        names=await shell.named(request, (one.requested_by for one in rows)),
    )


async def _elsewhere(request: web.Request) -> list[tuple[Tile, int]]:
    """What waits for a decision of whoever looks and is no request, each with how much of it."""
    tiles = [one for one in tiles_of(request, visits.actor_of(request)) if one.decided_by and one.name != "requests"]
    looked = [(one, (await one.look(request)).count) for one in tiles]
    return [(one, count) for one, count in looked if count]


@signed_in
async def request_page(request: web.Request) -> web.Response:
    """One request: what is asked for, by whom and why; and the decision, which who asked has seen then."""
    page = await _one(request)
    await _requests(request).seen(visits.actor_of(request), int(request.match_info["number"]))
    return page


@signed_in
async def decide(request: web.Request) -> web.Response:
    """Allow a request or refuse it; who asked takes it back."""
    form, number = await form_of(request), int(request.match_info["number"])
    actor, requests = visits.actor_of(request), _requests(request)
    try:
        if form["decision"] == "allow":
            await requests.allow(actor, number, reason=form["reason"])
            done = "allowed"
        else:
            asked = await requests.refuse(actor, number, reason=form["reason"])
            done = asked.state
    except DeskError as exc:
        return await _one(request, form, fault_of(exc, "reason" if not form["reason"].strip() else ""))
    await request.app[CONSOLE].news.tell(TOPIC)
    return shell.see_other(PATH, done=f"request_{done}")


@signed_in
async def take_key(request: web.Request) -> web.Response:
    """Show the key of a program that was allowed, once, to who asked for it."""
    actor, number = visits.actor_of(request), int(request.match_info["number"])
    try:
        key = await request.app[CONSOLE].staff.take_key(actor, number)
    except DeskError as exc:
        return await _one(request, EMPTY, fault_of(exc))
    return await _one(request, key=key)


async def waiting(request: web.Request) -> Waiting:
    """What waits for whoever looks, for the start page."""
    actor, requests, words = visits.actor_of(request), _requests(request), shell.words_of(request)
    found = [one for one in await requests.all(actor) if requests.may_decide(actor, one)]
    oldest = sorted(found, key=lambda one: (not one.ends_soon, one.id))[:BOX]
    names = await shell.named(request, (one.requested_by for one in oldest))
    items = tuple(
        Item(told(words, one), f"{PATH}/{one.id}", _note(words, one, names), one.requested_at, is_first=one.ends_soon)
        for one in oldest
    )
    return Waiting(len(found), items)


async def decided(request: web.Request) -> Waiting:
    """What was decided of what whoever looks asked for, and they have not seen, for the start page."""
    words, found = shell.words_of(request), await _requests(request).news(visits.actor_of(request))
    items = tuple(
        Item(told(words, one), f"{PATH}/{one.id}", words.t(f"request_{state_of(one)}")) for one in found[:FIRST]
    )
    return Waiting(len(found), items)


def _note(words: shell.Words, asked: RequestRow, names: Names) -> str:
    who = names.of(asked.requested_by)
    return f"{who} · {words.t('request_ends_soon')}" if asked.ends_soon else who


def told(words: shell.Words, asked: RequestRow) -> str:
    """What is asked for, in a sentence."""
    what = asked.what
    match Kind(asked.kind):
        case Kind.REFUND:
            args: dict[str, Any] = {"order": asked.subject, "amount": {"money": what["amount"]}}
        case Kind.STAFF_GRANT:
            grant = Grant(Role(what["role"]), what["city"] or None, what["agency"] or None)
            args = {"login": what["login"], "role": words.grant(grant)}
        case Kind.STAFF_KEY:
            args = {"login": asked.subject, "name": what["name"], "days": what["days"]}
        case Kind.VOICE_START:
            where = what.get("subject") or words.t("everywhere")
            args = {"where": words.city(where) if what.get("scope") == "city" else where}
        case Kind.CHANNEL_ACCOUNT:
            channel = what["channel"]
            args = {"account": asked.subject, "channel": words.either(f"ticket_channel_{channel}", channel)}
        case Kind.CHANNEL_SECRETS:
            args = {"account": asked.subject}
        case Kind.MODEL_RELEASE:
            args = {"number": asked.subject}
        case Kind.MODEL_CANARY:
            cities = ", ".join(map(words.city, what["cities"])) or words.t("trial_all_cities")
            args = {"number": asked.subject, "percent": what["percent"], "cities": cities}
        case Kind.DATA_COPY | Kind.DATA_ERASE:
            args = {"ticket": asked.subject, "document": words.t(f"rights_document_{what['document']}")}
        case _:
            args = {"login": asked.subject}
    return words.say(Text(key=f"console.asks_{asked.kind}", args=args))


def state_of(asked: RequestRow) -> str:
    """The state of a request now: one that nobody decided in time is expired."""
    return "expired" if asked.state == "open" and asked.good_until < datetime.now(UTC) else asked.state


def _belongs(requests: Requests, request: web.Request, one: RequestRow, shown: str) -> bool:
    actor = visits.actor_of(request)
    match shown:
        case "waiting":
            return requests.may_decide(actor, one)
        case "mine":
            return one.requested_by == actor.login
        case _:
            return state_of(one) != "open"


async def _one(request: web.Request, form: Form = EMPTY, *faults: Fault, key: str = "") -> web.Response:
    actor, requests, words = visits.actor_of(request), _requests(request), shell.words_of(request)
    asked = await requests.one(actor, int(request.match_info["number"]))
    state, is_own = state_of(asked), asked.requested_by == actor.login
    is_link = asked.kind == Kind.DATA_COPY and asked.state == "done" and is_own and "given" not in asked.what
    is_key = asked.kind == Kind.STAFF_KEY and asked.state == "done" and is_own and "given" not in asked.what
    return shell.page(
        request,
        "request.html",
        status=422 if faults else 200,
        faults=faults,
        form=form,
        asked=asked,
        told=told(words, asked),
        state=state,
        is_own=is_own,
        may_decide=state == "open" and requests.may_decide(actor, asked),
        is_key=is_key,
        is_link=is_link,
        key=key,
        names=await shell.named(request, (asked.requested_by, asked.decided_by)),
    )


def _requests(request: web.Request) -> Requests:
    return request.app[CONSOLE].staff.requests


SECTION = Section(
    routes=(
        web.get(PATH, requests_page),
        web.get(ONE, request_page),
        web.post(ONE, decide),
        web.post(f"{ONE}/key", take_key),
    ),
    places=(Place("requests", PATH, "r", 20),),
    tiles=(
        Tile("requests", PATH, 20, waiting, decided_by=DECIDING),
        Tile("decisions", f"{PATH}?show=mine", 21, decided),
    ),
)
