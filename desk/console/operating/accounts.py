"""Accounts on channels: entered and given other secrets by two, connected, paused and why, resumed.

Secrets are typed in and never shown again, not even after a fault. Who enters some has proved lately who they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from desk.accounts.keeping import PAGE, AccountKeeping
from desk.accounts.rows import REFUSED, AccountRow, AccountState, NewAccount
from desk.console import shell, visits
from desk.console.access import staff
from desk.console.faults import Fault, fault_of
from desk.console.forms import EMPTY, Form, form_of, query_of
from desk.console.parts import CONSOLE
from desk.console.sections import Item, Place, Section, Tile, Waiting
from desk.contract.errors import BackendError, ConfigurationError, DeskError
from desk.contract.messages import Text
from desk.contract.staff import NotPermitted, Permission
from desk.publicity.watching import known_standing
from desk.sending.charges import Charged, charged
from desk.sending.dead_letters import Count, DeadLetters
from desk.sending.lanes import LANES
from desk.staff.requests import TOPIC, Kind
from desk.web.parts import PARTS

PATH = f"{visits.ROOT}/accounts"
ONE = f"{PATH}/{{account:[a-z0-9][a-z0-9_-]{{1,60}}}}"
STATES: Sequence[AccountState] = ("active", "paused", "stopped")
FIRST = 5  # accounts on the start page
DAYS = 31  # of what an account's messages cost
LONGEST_NUMBER = 18  # digits
LONGEST_SECRET = 8_000  # characters: private keys are long
SECRET = "secret-"
"""How fields begin that hold what an account is connected with."""

type Option = tuple[str, str, str]
"""Value and label of a choice, and the label of its group."""


@dataclass(frozen=True, slots=True)
class SecretField:
    """Something that an account is connected with. `is_secret`: it is veiled, and never shown again."""

    name: str
    hint: str
    is_secret: bool
    is_needed: bool
    usual: str = ""

    @property
    def id(self) -> str:
        """Of its field in a form."""
        return f"{SECRET}{self.name}"


@staff(Permission.CHANNEL_MANAGE)
async def accounts_page(request: web.Request) -> web.Response:
    """The accounts, in the order in which they were entered."""
    asked, words = query_of(request), shell.words_of(request)
    after = int(asked["after"]) if _is_number(asked["after"]) else 0
    found = await _keeping(request).all(
        visits.actor_of(request),
        city=asked["city"] or None,
        channel=asked["channel"] or None,
        state=asked["state"] or None,
        after=after,
        limit=PAGE + 1,
    )
    kept = {name: asked[name] for name in ("city", "channel", "state") if asked[name]}
    return shell.page(
        request,
        "channel_accounts.html",
        asked=asked,
        accounts=[(one, channel_name(words, one.channel)) for one in found[:PAGE]],
        cities=_cities(request),
        channels=_channels(request),
        states=[(one, words.t(f"account_state_{one}"), "") for one in STATES],
        more=urlencode({**kept, "after": found[PAGE - 1].id}) if len(found) > PAGE else "",
    )


@staff(Permission.CHANNEL_MANAGE)
async def new_page(request: web.Request) -> web.Response:
    """Ask for which channel an account is to be, then for what it is connected with."""
    return _new(request, query_of(request))


@staff(Permission.CHANNEL_MANAGE)
async def add(request: web.Request) -> web.Response:
    """Ask that an account be entered."""
    form, actor = await form_of(request), visits.actor_of(request)
    city, _, agency = form["place"].partition("/")
    try:
        actor.require_fresh()
        new = NewAccount(
            form["channel"],
            form["slug"].strip(),
            city,
            agency,
            _secrets_in(form),
            form["platform_id"].strip() or None,
            _rate(form),
        )
        requests = request.app[CONSOLE].staff.requests
        asked = await _keeping(request).ask_to_add(actor, new, reason=form["reason"], requests=requests)
    except DeskError as exc:
        return _new(request, form, _faults(exc) if form["reason"].strip() else fault_of(exc, "reason"))
    await request.app[CONSOLE].news.tell(TOPIC)
    if asked.state != "done":
        return shell.see_other(f"/console/requests/{asked.id}", done="account_asked")
    return shell.see_other(f"{PATH}/{new.slug}", done="account_added")


@staff(Permission.CHANNEL_MANAGE)
async def account_page(request: web.Request) -> web.Response:
    """One account: how it stands, what waits for it, and what can be done."""
    return await _one(request)


@staff(Permission.CHANNEL_MANAGE)
async def set_state(request: web.Request) -> web.Response:
    """Pause, stop or resume it."""
    form, slug = await form_of(request), _slug(request)
    state = next((one for one in STATES if one == form["state"]), None)
    if state is None:
        raise web.HTTPBadRequest
    try:
        await _keeping(request).set_state(visits.actor_of(request), slug, state, form["reason"])
    except NotPermitted:
        raise
    except DeskError as exc:
        return await _one(request, form, fault_of(exc, f"{state}-reason"), opened=state)
    return shell.see_other(f"{PATH}/{slug}", done=f"account_{state}")


@staff(Permission.CHANNEL_MANAGE)
async def rotate(request: web.Request) -> web.Response:
    """Ask that it be given other secrets; what comes in under the old ones is believed for an hour longer."""
    form, slug, actor = await form_of(request), _slug(request), visits.actor_of(request)
    try:
        actor.require_fresh()
        platform_id = form["platform_id"].strip() or None
        asked = await _keeping(request).ask_to_rotate(
            actor,
            slug,
            _secrets_in(form),
            reason=form["reason"],
            requests=request.app[CONSOLE].staff.requests,
            platform_id=platform_id,
        )
    except DeskError as exc:
        fault = fault_of(exc, "rotate-reason") if not form["reason"].strip() else _faults(exc)
        return await _one(request, form, fault, opened="rotate")
    await request.app[CONSOLE].news.tell(TOPIC)
    return shell.see_other(f"{PATH}/{slug}", done=f"account_{'rotated' if asked.state == 'done' else 'rotate_asked'}")


@staff(Permission.CHANNEL_MANAGE)
async def connect(request: web.Request) -> web.Response:
    """Set it up at its platform: webhook, commands, menu, as far as the platform lets programs do it."""
    console, slug = request.app[CONSOLE], _slug(request)
    try:
        async with console.platforms() as http:
            said = await _keeping(request).connect(visits.actor_of(request), slug, http, console.menus)
    except BackendError as exc:
        fault = Fault(Text(key="console.error_account_connect", args={"why": str(exc)}))
        return await _one(request, EMPTY, fault)
    except ConfigurationError as exc:
        return await _one(request, EMPTY, Fault(exc.said or Text(key="console.error_account_sealed")))
    return await _one(request, said=said)


async def troubled(request: web.Request) -> Waiting:
    """Accounts that send nothing now, for the start page: those that their platform refuses first."""
    words = shell.words_of(request)
    found = await _keeping(request).all(visits.actor_of(request), state="paused")
    found.sort(key=lambda one: (not one.is_refused, one.id))
    items = tuple(
        Item(f"{words.city(one.city)} · {one.slug}", f"{PATH}/{one.slug}", why_of(words, one), is_first=one.is_refused)
        for one in found[:FIRST]
    )
    return Waiting(len(found), items)


def why_of(words: shell.Words, account: AccountRow) -> str:
    """Why an account is paused or stopped, in a few words, and what its platform or somebody said."""
    if account.state == "active":
        return ""
    kind = "refused" if account.is_refused else "out" if account.is_out else "by_hand"
    return f"{words.t(f'account_why_{kind}')} {(account.reason or '').removeprefix(REFUSED)}".strip()


def channel_name(words: shell.Words, channel: str) -> str:
    """What a channel is called; one that is only there has its file's name."""
    return words.either(f"ticket_channel_{channel}", channel)


async def _one(
    request: web.Request,
    form: Form = EMPTY,
    *faults: Fault,
    opened: str = "",
    said: Sequence[str] = (),
) -> web.Response:
    keeping, actor, words = _keeping(request), visits.actor_of(request), shell.words_of(request)
    account = await keeping.find(actor, _slug(request))
    engine = request.app[CONSOLE].engine
    async with engine.connect() as connection:
        standing = await known_standing(connection, account.id)
    sending: Sequence[Count] = ()
    if actor.may(Permission.SENDING_MANAGE):
        sending = await DeadLetters(engine).counts(account.slug)
    shown = _shown_of(request, account)
    open_requests = await request.app[CONSOLE].staff.requests.all(actor)
    asked = [one for one in open_requests if (one.kind, one.subject) == (Kind.CHANNEL_SECRETS, account.slug)]
    return shell.page(
        request,
        "channel_account.html",
        status=422 if faults else 200,
        faults=faults,
        form=form,
        opened=opened,
        said=said,
        account=account,
        asked=asked[0] if asked else None,
        channel=channel_name(words, account.channel),
        why=why_of(words, account),
        webhook=shown.pop("webhook", ""),
        public=shown,
        is_unreadable="unreadable" in shown,
        standing=standing,
        sending=sending,
        lanes=[words.t(f"sending_lane_{one}") for one in LANES],
        costs=await _costs(request, account),
        fields=fields_of(request, account.channel),
        may_send=actor.may(Permission.SENDING_MANAGE),
    )


def _new(request: web.Request, form: Form, *faults: Fault) -> web.Response:
    channel = form["channel"] if form["channel"] in request.app[CONSOLE].channels else ""
    return shell.page(
        request,
        "channel_account_new.html",
        status=422 if faults else 200,
        faults=faults,
        form=form,
        channel=channel,
        channel_name=channel_name(shell.words_of(request), channel) if channel else "",
        channels=_channels(request),
        places=_places(request),
        fields=fields_of(request, channel) if channel else [],
    )


def fields_of(request: web.Request, channel: str) -> list[SecretField]:
    """What an account of a channel is connected with."""
    known = request.app[CONSOLE].channels.get(channel)
    if known is None:
        return []
    words = shell.words_of(request)
    return [
        SecretField(
            name,
            _hint(words, channel, name, one),
            _is_secret(one),
            one.is_required(),
            "" if one.is_required() or one.default is None else str(one.default),
        )
        for name, one in known.Secrets.model_fields.items()
    ]


def _hint(words: shell.Words, channel: str, name: str, field: FieldInfo) -> str:
    """What is to be entered, in the reader's language; of a channel that is only there, as its file says it."""
    return words.either(f"account_field_{channel}_{name}", field.description or name)


def _is_secret(field: FieldInfo) -> bool:
    return field.annotation is SecretStr


def _shown_of(request: web.Request, account: AccountRow) -> dict[str, Any]:
    """Of what an account is connected with that which is no secret, and where its platform brings what happens."""
    try:
        opened = _keeping(request).register.opened(account)
    except DeskError:
        return {"unreadable": True}
    return {"webhook": opened.webhook, **_public(opened.secrets)}


def _public(secrets: BaseModel) -> dict[str, Any]:
    return {name: value for name, value in secrets if value is not None and not isinstance(value, SecretStr)}


async def _costs(request: web.Request, account: AccountRow) -> list[tuple[Charged, str]]:
    """What the account's messages were charged as by day, where its channel counts parts."""
    channel = request.app[CONSOLE].channels.get(account.channel)
    city = request.app[PARTS].cities.get(account.city)
    if channel is None or city is None or not channel.abilities.by_telephone:
        return []
    price = city.announcing.on(account.channel).price
    days = await charged(request.app[CONSOLE].engine, account.slug, city.timezone, DAYS)
    return [(one, "" if price is None else f"{one.parts * price:.2f}") for one in days]


def _faults(exc: DeskError) -> Fault:
    """What is wrong with what was entered: which fields is known, never what stood in them."""
    if isinstance(exc, NotPermitted) and exc.said is None:
        raise exc
    return fault_of(exc)


def _secrets_in(form: Form) -> dict[str, str]:
    """What was entered, by name; what was left empty is not there."""
    return {
        name.removeprefix(SECRET): value.strip()[:LONGEST_SECRET]
        for name, value in form.items()
        if name.startswith(SECRET) and value.strip()
    }


def _rate(form: Form) -> float | None:
    """Messages a second, where they are to be others than usual.

    Raises:
        ConfigurationError: it is no such number.
    """
    given = form["rate"].strip()
    if not given:
        return None
    if not (given.isascii() and given.replace(".", "", 1).isdigit() and 0 < float(given) <= 10_000):
        raise ConfigurationError("A rate is a number.", said=Text(key="console.error_account_rate"))
    return float(given)


def _cities(request: web.Request) -> list[Option]:
    words = shell.words_of(request)
    return [(slug, words.city(slug), "") for slug in request.app[PARTS].cities]


def _channels(request: web.Request) -> list[Option]:
    words = shell.words_of(request)
    return [(name, channel_name(words, name), "") for name in request.app[CONSOLE].channels]


def _places(request: web.Request) -> list[Option]:
    words = shell.words_of(request)
    return [
        (f"{slug}/{agency.slug}", f"{words.city(slug)} · {words.agency(slug, agency.slug)}", words.city(slug))
        for slug, city in request.app[PARTS].cities.items()
        for agency in city.agencies
    ]


def _is_number(given: str) -> bool:
    return given.isascii() and given.isdigit() and len(given) <= LONGEST_NUMBER


def _slug(request: web.Request) -> str:
    return request.match_info["account"]


def _keeping(request: web.Request) -> AccountKeeping:
    return request.app[CONSOLE].accounts


SECTION = Section(
    routes=(
        web.get(PATH, accounts_page),
        web.post(PATH, add),
        web.get(f"{PATH}/-/new", new_page),
        web.get(ONE, account_page),
        web.post(f"{ONE}/state", set_state),
        web.post(f"{ONE}/secrets", rotate),
        web.post(f"{ONE}/connect", connect),
    ),
    places=(Place("accounts", PATH, "c", 26, Permission.CHANNEL_MANAGE, group="operation"),),
    tiles=(Tile("accounts", PATH, 16, troubled, Permission.CHANNEL_MANAGE),),
)
