"""A service as a form: the conversation of this browser, shown as one question a page, without scripts.

What is typed or pressed is put into the conversation like any message of the chat, once, and answered by a turn; the
page shows what came of it. So a form may be begun in the chat and ended here, and the other way round. Looking changes
nothing.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from channels.webchat import NAME, TEXT_LIMIT, MessageRequest
from desk.city.files import City
from desk.contract.messages import Text
from desk.contract.situation import Situation
from desk.contract.wire import Locale
from desk.conversations import standing as standings
from desk.conversations.rows import ConversationRow
from desk.conversations.service import find_message
from desk.conversations.standing import Standing
from desk.texts.catalogs import LANGUAGE_TAGS, seal_of
from desk.web import chat, cookies, languages
from desk.web.access import address_of, public
from desk.web.forms.sheet import gives, presses, sheet
from desk.web.gate import WITH_FORM, Posted, insist_on_pace, posted
from desk.web.limits import Rate
from desk.web.matters.page import VISITS, keep_cookie, token_of
from desk.web.offered import service_lines
from desk.web.pages import page
from desk.web.parts import PARTS, Parts, ServiceWords
from desk.web.problems import Problem, titled

ADDRESS = "/{city:[a-z][a-z0-9_]*}/services/{service:[a-z][a-z0-9_]*}/form"
PHOTO = ADDRESS + "/photo"
LOOKS = Rate(per_second=5, capacity=200)  # of one address, which may be that of many
SENDS = Rate(per_second=3, capacity=100)  # likewise
WAIT_SECONDS = 9.0
"""So long an answer is waited for before a page says that it comes: a turn takes 8 s at most."""
LOOK_SECONDS = 1.0
"""So often it is looked at whether a message is answered, where no hint told it."""
REFRESH_SECONDS = 3
SLOT = "city-{}"
"""Under which name the chat on a city's page keeps its session."""
CHOSEN = ("radios", "calendar", "times", "date")
"""Inputs in which something is chosen rather than written."""
HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": WITH_FORM,
}


@dataclass(frozen=True, slots=True)
class Form:
    """A form that is looked at: where, of which service, and the conversation of this browser with that city."""

    parts: Parts
    city: City
    service: str
    words: ServiceWords
    locale: Locale
    conversation: ConversationRow | None

    @property
    def path(self) -> str:
        return f"/{self.city.slug}/services/{self.service}/form"

    def at(self, **query: str | int) -> str:
        return f"{self.path}?{urlencode({'lang': self.locale, **query})}"

    def is_open(self, situation: Situation | None) -> bool:
        """Whether the conversation is in the middle of this service."""
        return situation is not None and situation.service == self.service and situation.step != "idle"


@public
async def form_page(request: web.Request) -> web.Response:
    """The open question of a service, or what came of it; else what the service is, and where it begins."""
    await insist_on_pace(request, "looks at forms", LOOKS)
    form = await _form(request)
    standing = await _standing(form)
    answered = "turn" in request.query
    if standing is None or form.conversation is None:
        return _start(request, form, None, gone=answered)
    if standing.waits:
        return _working(request, form)
    if not answered and not form.is_open(standing.situation):
        return _start(request, form, standing.situation)
    return await _kept(request, _sheet(request, form, standing))


@public
async def form_post(request: web.Request) -> web.Response:
    """Begin the service, or take an answer to the question of the page; the answer comes as the next page."""
    await insist_on_pace(request, "forms", SENDS)
    form, given = await _form(request), await _given(request)
    standing = await _standing(form)
    if given.get("do") == "start":
        return await _begin(request, form, standing)
    if standing is None or form.conversation is None:
        return _led(form.at(turn=0))
    if standing.waits or _typed(given, "at") != str(standing.turn):
        return await _late(form, form.conversation, _typed(given, "at"))
    message = _message(form, standing, given)
    if message is None:
        return await _kept(request, _sheet(request, form, standing, is_empty=True))
    field = None if standing.situation is None or "press" in given else standing.situation.field
    return await _said(request, form, form.conversation, message, was=field)


@public
async def form_photo(request: web.Request) -> web.Response:
    """Take the picture that is asked for."""
    await insist_on_pace(request, "forms", SENDS)
    form = await _form(request)
    _insist_on_own_page(request)
    standing = await _standing(form)
    if standing is None or form.conversation is None:
        return _led(form.at(turn=0))
    at = request.query.get("at", "")
    if standing.waits or at != str(standing.turn):
        return await _late(form, form.conversation, at)
    try:
        media_id, _ = await chat.keep_file(request, form.conversation)
    except Problem as exc:
        if exc.name not in ("file_type", "malware", "too_large", "malformed"):
            raise
        title, _ = titled(form.parts.catalogs, exc.name, form.conversation.locale)
        return await _kept(request, _sheet(request, form, standing, wrong=title))
    message = MessageRequest(client_msg_id=_once(at), media_id=str(media_id))
    field = None if standing.situation is None else standing.situation.field
    return await _said(request, form, form.conversation, message, was=field)


async def _begin(request: web.Request, form: Form, standing: Standing | None) -> web.Response:
    """Begin the service in this browser's conversation, or in a new one, which is its chat from now on."""
    parts, conversation = form.parts, form.conversation
    payload = f"/{form.service}"
    if conversation is not None and standing is not None:
        message = MessageRequest(client_msg_id=f"form-start-{form.service}-{standing.turn}", payload=payload)
        return await _said(request, form, conversation, message, was=None)
    await chat.admit_session(request)
    conversation_id, session = await chat.open_chat(parts, form.city, form.locale)
    visit = await request.app[VISITS].open_for_chat(token_of(request), conversation_id, session, form.city.slug)
    async with parts.engine.connect() as connection:
        opened = await standings.find(connection, conversation_id)
    assert opened is not None
    message = MessageRequest(client_msg_id="form-start", payload=payload)
    answer = await _said(request, form, opened, message, was=None, begun=1)
    keep_cookie(request, answer, visit)
    cookies.keep(request, answer, SLOT.format(form.city.slug), session, parts.limits.session_longest)
    return answer


async def _said(
    request: web.Request,
    form: Form,
    conversation: ConversationRow,
    message: MessageRequest,
    *,
    was: str | None,
    **query: str | int,
) -> web.Response:
    """Put a message into the conversation, wait for its answer, and lead to the page that shows it."""
    parts = form.parts
    with parts.posts.admit(conversation.id) as within:
        if not within:
            raise chat.too_many("too_many_at_once", 1)
        wished = message.payload is not None
        receipt = await chat.take_in(parts, conversation, message, address_of(request, parts.proxies), wished=wished)
        await _answered(parts, conversation, receipt.message_id)
    return _led(form.at(turn=receipt.message_id, **({} if was is None else {"was": was}), **query))


async def _answered(parts: Parts, conversation: ConversationRow, message_id: int) -> None:
    """Wait until a message is answered, or for as long as somebody waits for a page."""
    loop = asyncio.get_running_loop()
    until = loop.time() + WAIT_SECONDS
    async with parts.live.subscribe(conversation.id) as subscription:
        while not parts.closing.is_set():
            async with parts.engine.connect() as connection:
                if await standings.is_answered(connection, message_id):
                    return
            left = until - loop.time()
            if left <= 0:
                return
            await subscription.wait(min(left, LOOK_SECONDS))


async def _late(form: Form, conversation: ConversationRow, at: str) -> web.Response:
    """Lead on from a page that is over: sent twice, it is answered once; else it is said that things went on."""
    async with form.parts.engine.connect() as connection:
        external_id = f"{conversation.id}:{_once(at)}"
        known = await find_message(connection, conversation, external_id)
    return _led(form.at(turn=known) if known is not None else form.at(turn=0, moved=1))


def _message(form: Form, standing: Standing, given: Posted) -> MessageRequest | None:
    """What a page's form says: a press, a day, or words; None: nothing.

    A press that the conversation does not offer as it stands is none.
    """
    once, text = _once(str(standing.turn)), _typed(given, "text")
    press = _typed(given, "press") or _typed(given, "choice")
    if _typed(given, "do") == "language":
        say = form.parts.catalogs.text(Text(key=f"web.chat_say_{form.locale}"), form.locale)
        return MessageRequest(client_msg_id=once, text=say)
    if press in presses(standing) and not (text and "press" not in given):
        return MessageRequest(client_msg_id=once, payload=press)
    if len(text) > TEXT_LIMIT:
        raise Problem("text_too_long", limit=TEXT_LIMIT)
    return MessageRequest(client_msg_id=once, text=text) if text else None


def _sheet(
    request: web.Request, form: Form, standing: Standing, *, is_empty: bool = False, wrong: str | None = None
) -> web.Response:
    conversation = form.conversation
    assert conversation is not None
    spoken = conversation.locale
    shown = sheet(standing, form.words, form.parts.catalogs, spoken, was=request.query.get("was"))
    if is_empty:
        key = "web.form_choose" if shown.asked and shown.asked.kind in CHOSEN else "web.form_type"
        wrong = form.parts.catalogs.text(Text(key=key), spoken)
    errors = [wrong] if wrong is not None else list(shown.errors)
    begun = "begun" in request.query and conversation.channel == NAME
    return _page(
        request,
        form,
        "form.html",
        spoken,
        http_status=422 if wrong is not None else 200,
        kept=urlencode({"turn": request.query.get("turn", "0")}),
        sheet=shown,
        gives=gives,
        shows="show" in request.query,
        errors=errors,
        at=standing.turn,
        session=str(conversation.id) if begun else None,
        moved="moved" in request.query and not errors,
        speaks=None if form.locale == spoken else form.locale,
        tags=LANGUAGE_TAGS,
        in_this=form.parts.catalogs.text(Text(key="web.form_in_this"), form.locale),
    )


def _start(request: web.Request, form: Form, situation: Situation | None, *, gone: bool = False) -> web.Response:
    """What the service is, what it asks for, and the button that begins it."""
    parts = form.parts
    lines = service_lines(parts.catalogs, form.city, parts.services, form.locale)
    other = None if situation is None or situation.step == "idle" else situation.service
    labels = [f"card.{name}" for name in form.words.fields if f"card.{name}" in parts.catalogs.keys(form.locale)]
    return _page(
        request,
        form,
        "form_start.html",
        form.locale,
        line=next(line for line in lines if line.name == form.service),
        asks=[parts.catalogs.text(Text(key=key), form.locale) for key in labels],
        known=form.conversation is not None,
        other=next((line for line in lines if line.name == other), None),
        gone=gone,
    )


def _working(request: web.Request, form: Form) -> web.Response:
    """Say that the answer comes; the page looks again by itself."""
    assert form.conversation is not None
    there = form.at(**dict(request.query))
    answer = _page(request, form, "form_working.html", form.conversation.locale, again=there)
    answer.headers["Refresh"] = str(REFRESH_SECONDS)
    return answer


def _page(
    request: web.Request, form: Form, template: str, locale: Locale, *, http_status: int = 200, **values: Any
) -> web.Response:
    catalogs, city = form.parts.catalogs, form.city
    return page(
        request,
        template,
        locale,
        city.languages,
        headers=HEADERS,
        http_status=http_status,
        city=city.slug,
        name=catalogs.name((city.greeting_names or city.names).model_dump(), locale),
        seal=seal_of(city.names.model_dump(), locale),
        service=form.service,
        title=catalogs.text(Text(key=form.words.title), locale),
        path=form.path,
        **values,
    )


async def _kept(request: web.Request, answer: web.Response) -> web.Response:
    """Let the browser keep its conversation for as long as the form is filled in."""
    token = token_of(request)
    if token is not None:
        await request.app[VISITS].prolong(token)
        keep_cookie(request, answer, token)
    return answer


async def _form(request: web.Request) -> Form:
    """What is looked at, and the conversation of this browser with the city, where one is open.

    Raises:
        Problem: there is no such city, or it has no such service.
    """
    parts = request.app[PARTS]
    city, service = parts.cities.get(request.match_info["city"]), request.match_info["service"]
    if city is None:
        raise Problem("unknown_city", cities=[*sorted(parts.cities)])
    if service not in city.services or service not in parts.services:
        raise Problem("not_found")
    token, conversation = token_of(request), None
    visit = None if token is None else await request.app[VISITS].find(token)
    if visit is not None and visit.conversation_id is not None:
        async with parts.engine.connect() as connection:
            conversation = await standings.find(connection, visit.conversation_id)
    if conversation is not None and conversation.city != city.slug:
        conversation = None
    locale = languages.requested(request, city.languages)
    if conversation is not None and "lang" not in request.query:
        locale = conversation.locale
    return Form(parts, city, service, parts.services[service], locale, conversation)


async def _standing(form: Form) -> Standing | None:
    if form.conversation is None:
        return None
    async with form.parts.engine.connect() as connection:
        standing = await standings.read(connection, form.conversation.id)
        now = standing.situation
        if standing.waits or now is None or now.step != "asking" or now.field is None:
            return standing
        return replace(standing, before=await standings.given_before(connection, form.conversation.id, now))


async def _given(request: web.Request) -> Posted:
    _insist_on_own_page(request)
    return await posted(request)


def _insist_on_own_page(request: web.Request) -> None:
    if not cookies.is_own_page(request):
        raise Problem("origin_not_allowed")


def _typed(given: Posted, name: str) -> str:
    value = given.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _once(at: str) -> str:
    """The id of the one message that a page sends: that of the turn it shows."""
    return f"form-{at[:20]}"


def _led(there: str) -> web.Response:
    """Lead to a page by GET, so that nothing is sent again."""
    return web.Response(status=303, headers={"Location": there, "Cache-Control": "no-store"})
