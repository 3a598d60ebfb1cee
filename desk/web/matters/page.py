"""My matters: what a resident has going on in the chat of this browser, and after a code to their telephone on any.

Opening the page changes nothing, and shows nothing to who has neither. What binds is never done here: it leads into the
chat, which asks before it does it, or to the pages on which one pays.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp_pydantic.oas.typing import r204
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.webchat import NAME
from desk.city.files import City
from desk.consents.service import record_given
from desk.contract.messages import Text
from desk.contract.wire import Locale
from desk.conversations import stream
from desk.conversations.own_matters import Group, Held, OwnMatter
from desk.conversations.service import OF_PAGE, wish
from desk.devices import telephones as devices
from desk.sealing.opening import Purpose
from desk.store.database import transaction
from desk.texts.catalogs import seal_of
from desk.tickets.hours import answering_agency
from desk.visits.rows import GOOD, Refused, Visit
from desk.visits.service import Visits
from desk.web import cookies, languages
from desk.web.access import address_of, public, session
from desk.web.gate import WITH_FORM, Posted, insist_on_pace, posted
from desk.web.kept.pushes import PUSHES
from desk.web.kept.texting import texts_from
from desk.web.limits import Rate
from desk.web.matters import telephones
from desk.web.matters.writing import Shown, Writer, begun
from desk.web.pages import page
from desk.web.parts import CHANNELS, PARTS, TOKEN_OF, conversation_of
from desk.web.problems import Problem
from desk.web.typed import typed
from values.types import phone

ADDRESS = "/{city:[a-z][a-z0-9_]*}/my-matters"
OF_CHAT = "/chat/v1/me/matters"
VISITS = web.AppKey("visits", Visits)
COOKIE = "my-matters"
LOOKS = Rate(per_second=5, capacity=200)  # of one address, which may be that of many
ASKS = Rate(per_second=1, capacity=60)  # likewise: telephones and codes that are typed
OPENS = Rate(per_second=0.1, capacity=20)  # of one chat
LONGEST = 40  # characters of what is typed
SERVICE, THING = "human_agent", "phone"
"""As the consent to text messages stands in the record."""
HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": WITH_FORM,
}


@public
async def matters_page(request: web.Request) -> web.Response:
    """A visitor's own matters; else what the page is, and where a telephone is typed."""
    await insist_on_pace(request, "looks at own matters", LOOKS)
    return await _page(request, await _visit(request))


@public
async def matters_post(request: web.Request) -> web.Response:
    """Take a telephone or a code, begin something in the chat of this browser, or end the visit."""
    if not cookies.is_own_page(request):
        raise Problem("origin_not_allowed")
    form, visit = await posted(request), await _visit(request)
    match form.get("do"):
        case "send":
            return await _send(request, visit, _given(form, "phone"))
        case "again":
            return await _send(request, visit, None)
        case "prove":
            return await _prove(request, visit, _given(form, "code"))
        case "leave":
            return await _leave(request)
        case "keep" | "part" as do:
            return await _keep(request, visit, kept=do == "keep")
        case "texts" | "no_texts" as do:
            return await _text(request, visit, wished=do == "texts")
        case "begin":
            return await _begin(request, visit, form)
        case _:
            raise web.HTTPBadRequest


@session
@typed
async def open_for_chat(request: web.Request, city: str) -> r204:
    """Let the page of one's own matters show those of this chat, in this browser, for half an hour.

    For pages of this origin alone: a cookie that no script reads keeps it.

    Status Codes:
        204: It does.
    """
    parts, conversation = request.app[PARTS], conversation_of(request)
    if not cookies.is_own_page(request):
        raise Problem("origin_not_allowed")
    if city not in parts.cities:
        raise Problem("unknown_city", cities=[*sorted(parts.cities)])
    await insist_on_pace(request, "opening own matters", OPENS, str(conversation.id))
    visits = request.app[VISITS]
    fresh = await visits.open_for_chat(token_of(request), conversation.id, request[TOKEN_OF], city)
    answer = web.Response(status=204, headers={"Cache-Control": "no-store"})
    keep_cookie(request, answer, fresh)
    return answer


async def _send(request: web.Request, visit: Visit | None, typed_phone: str | None) -> web.Response:
    """Have a code sent. Whether anything is known of the telephone plays no part in it."""
    city = _city(request)
    if city.texting_service is None:
        raise Problem("not_found")
    await insist_on_pace(request, "codes of own matters", ASKS)
    telephone: str | None = None
    if typed_phone is not None:
        read = telephones.read(typed_phone)
        if isinstance(read, Text):
            return await _page(request, visit, wrong={"phone": read}, typed=typed_phone, types=True)
        telephone = read
    address = address_of(request, request.app[PARTS].proxies)
    locale = _locale(request, city)
    done = await request.app[VISITS].send(
        None if visit is None else token_of(request), telephone, city=city.slug, locale=locale, address=address
    )
    if isinstance(done, Refused):
        return await _page(request, visit, wrong={"phone": _said(city, done)}, typed=typed_phone or "", types=True)
    return _back(request, done)


async def _prove(request: web.Request, visit: Visit | None, code: str) -> web.Response:
    await insist_on_pace(request, "codes of own matters", ASKS)
    token = token_of(request)
    digits = "".join(one for one in code if one.isdecimal())
    if visit is None or token is None:
        return await _page(request, None, wrong={"phone": Text(key="web.own_wrong_old")}, types=True)
    if len(digits) != 6:
        return await _page(request, visit, wrong={"code": Text(key="web.own_wrong_digits")})
    done = await request.app[VISITS].prove(token, digits, address=address_of(request, request.app[PARTS].proxies))
    if isinstance(done, Refused):
        field = "phone" if done.why in ("old", "void") else "code"
        city = _city(request)
        return await _page(request, await _visit(request), wrong={field: _said(city, done)}, types=field == "phone")
    return _back(request, done)


async def _leave(request: web.Request) -> web.Response:
    """End the visit on this device; the chat goes on."""
    token = token_of(request)
    if token is not None:
        await request.app[VISITS].end(token)
    answer = _back(request, None, left="1")
    answer.del_cookie(_name(request), path="/", httponly=True, samesite="Lax", secure=cookies.is_secure(request))
    return answer


async def _keep(request: web.Request, visit: Visit | None, *, kept: bool) -> web.Response:
    if visit is None or visit.telephone is None or visit.conversation_id is None:
        return await _page(request, visit)
    await request.app[VISITS].keep(visit, kept=kept)
    return _back(request, None)


async def _text(request: web.Request, visit: Visit | None, *, wished: bool) -> web.Response:
    """Have the telephone that was proved told by text message of news in the chat of this browser, or no more."""
    if visit is None or visit.conversation_id is None or visit.channel != NAME:
        return await _page(request, visit)
    parts, city = request.app[PARTS], _city(request)
    async with transaction(parts.engine) as connection:
        await stream.lock(connection, visit.conversation_id)
        if not wished:
            await devices.end(connection, visit.conversation_id)
        elif visit.telephone is not None and visit.typed is not None and await texts_from(request, city):
            before = await devices.telephone_of(connection, visit.conversation_id, Purpose.STREAM)
            await devices.keep(connection, parts.keys, visit.conversation_id, visit.typed, now=parts.now())
            if before is None or before.number != visit.typed:
                await _agreed(connection, city, visit.conversation_id)
    return _back(request, None)


async def _agreed(connection: AsyncConnection, city: City, conversation_id: UUID) -> None:
    """Record the consent, by the text that was agreed to."""
    await record_given(
        connection,
        conversation_id,
        city=city.slug,
        agency=answering_agency(city, channel=NAME, service=None).slug,
        service=SERVICE,
        thing=THING,
        purpose=devices.PURPOSE,
    )


async def _begin(request: web.Request, visit: Visit | None, form: Posted) -> web.Response:
    """Put what was pressed into the chat of this browser, which goes on with it there, and asks before it binds."""
    parts = request.app[PARTS]
    own = None if visit is None else visit.conversation_id
    wanted = {name: _given(form, name) for name in ("matter", "way")}
    payload = None if visit is None else begun(await _matters(request, visit), own, wanted)
    if payload is None or own is None or visit is None:
        return await _page(request, visit, gone=True)
    async with transaction(parts.engine) as connection:
        await wish(connection, await stream.lock(connection, own), payload, of=OF_PAGE)
    await parts.bell.ring(own)
    if visit.channel != NAME:
        return _back(request, None, begun="1")
    there = f"/{_city(request).slug}?lang={_locale(request, _city(request))}#talk"
    return web.Response(status=303, headers={"Location": there, "Cache-Control": "no-store"})


async def _matters(request: web.Request, visit: Visit) -> Sequence[OwnMatter]:
    """All that the visitor has going on: one statement a room."""
    parts = request.app[PARTS]
    held = Held(visit.whole, visit.telephone, parts.now())
    async with parts.engine.connect() as connection:
        return [one for part in parts.turn for one in await part.own_matters(connection, held)]


async def _page(
    request: web.Request,
    visit: Visit | None,
    *,
    wrong: Mapping[str, Text] | None = None,
    typed: str = "",
    types: bool = False,
    gone: bool = False,
) -> web.Response:
    """Write the page. `wrong` says by field what was; `types`: a telephone is typed, whatever was sent before."""
    parts, city = request.app[PARTS], _city(request)
    locale = _locale(request, city)
    say, types = parts.catalogs.text, types or "other" in request.query
    shows = visit is not None and bool(visit.whole or visit.telephone)
    own = None if visit is None else visit.conversation_id
    writer = Writer(parts, city, locale, own)
    groups = writer.groups(await _matters(request, visit), parts.now()) if shows and visit else []
    return page(
        request,
        "my_matters.html",
        locale,
        city.languages,
        http_status=422 if wrong else 200,
        headers=HEADERS,
        city=city.slug,
        name=parts.catalogs.name((city.greeting_names or city.names).model_dump(), locale),
        seal=seal_of(city.names.model_dump(), locale),
        sends=city.texting_service is not None,
        types=types,
        asks=visit is not None and visit.sent_at is not None and not types,
        proved=None if visit is None or visit.telephone is None else _ending(visit),
        ending=None if visit is None else _ending(visit),
        own=own is not None,
        tells=_tells(request, visit, groups),
        texts=await _texts(request, visit),
        keeps=visit is not None and visit.keeps,
        until=None if visit is None else _until(parts.catalogs.text, city, visit, locale),
        minutes=GOOD // timedelta(minutes=1),
        groups=groups,
        shows=shows,
        wrong={name: say(text, locale) for name, text in (wrong or {}).items()},
        typed=typed,
        gone=gone,
        left="left" in request.query,
        begun="begun" in request.query,
    )


def _tells(request: web.Request, visit: Visit | None, groups: Sequence[tuple[Group, Sequence[Shown]]]) -> str | None:
    """The chat of this browser where it may be told on this device what is new; None: nothing is to be expected."""
    pushes = request.app.get(PUSHES)
    if pushes is None or not pushes.services.any or visit is None or visit.conversation_id is None:
        return None
    goes_on = visit.channel == NAME and any(group in ("to_do", "in_progress") for group, _ in groups)
    return str(visit.conversation_id) if goes_on else None


async def _texts(request: web.Request, visit: Visit | None) -> Mapping[str, str | None] | None:
    """Where text messages may tell of news in this browser's chat: to which telephone they do; None: they may not."""
    if visit is None or visit.conversation_id is None or visit.channel != NAME or request.app.get(CHANNELS) is None:
        return None
    async with request.app[PARTS].engine.connect() as connection:
        telephone = await devices.telephone_of(connection, visit.conversation_id, Purpose.STREAM)
    if telephone is None and not await texts_from(request, _city(request)):
        return None
    return {"to": None if telephone is None else phone.masked(telephone.number)[-8:]}


def _until(say: Any, city: City, visit: Visit, locale: Locale) -> str:
    there = visit.good_until.astimezone(ZoneInfo(city.timezone))
    return str(say(Text(key="card.value", args={"value": {"time": there.time().isoformat("minutes")}}), locale))


def _said(city: City, refused: Refused) -> Text:
    """What is said of a refusal; until when, where that is known."""
    if refused.until is None:
        return Text(key=f"web.own_wrong_{refused.why}", args={"left": refused.left} if refused.left else {})
    until = (refused.until + timedelta(seconds=59)).astimezone(ZoneInfo(city.timezone)).replace(second=0, microsecond=0)
    return Text(key=f"web.own_wrong_{refused.why}_until", args={"until": {"datetime": until.isoformat()}})


def _ending(visit: Visit) -> str:
    return "" if visit.typed is None else phone.masked(visit.typed)[-8:]


async def _visit(request: web.Request) -> Visit | None:
    token = token_of(request)
    return None if token is None else await request.app[VISITS].find(token)


def _back(request: web.Request, token: str | None, **more: str) -> web.Response:
    """Lead to the page by GET, so that nothing is sent again; a new token is kept."""
    city = _city(request)
    kept = "".join(f"&{name}={value}" for name, value in more.items())
    there = f"/{city.slug}/my-matters?lang={_locale(request, city)}{kept}"
    answer = web.Response(status=303, headers={"Location": there, "Cache-Control": "no-store"})
    if token is not None:
        keep_cookie(request, answer, token)
    return answer


def _name(request: web.Request) -> str:
    """Over HTTPS a name that no other host of the domain can set (`__Host-`, RFC 6265bis)."""
    return f"__Host-{COOKIE}" if cookies.is_secure(request) else COOKIE


def token_of(request: web.Request) -> str | None:
    return request.cookies.get(_name(request)) or None


def keep_cookie(request: web.Request, answer: web.Response, token: str) -> None:
    """Lax: the page is reached from the city's other sites, and nothing is changed by GET."""
    secure = cookies.is_secure(request)
    age = int(GOOD.total_seconds())
    answer.set_cookie(_name(request), token, max_age=age, path="/", secure=secure, httponly=True, samesite="Lax")


def _given(form: Posted, name: str) -> str:
    value = form.get(name, "")
    return value.strip()[:LONGEST] if isinstance(value, str) else ""


def _city(request: web.Request) -> City:
    cities = request.app[PARTS].cities
    city = cities.get(request.match_info["city"])
    if city is None:
        raise Problem("unknown_city", cities=[*sorted(cities)])
    return city


def _locale(request: web.Request, city: City) -> Locale:
    return languages.requested(request, city.languages)
