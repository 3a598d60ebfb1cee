"""The web application of `desk serve`: all routes, each with its access, behind one gate."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from aiohttp import web
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.cases.pages import CalendarPages
from desk.city.files import City
from desk.city.guides import LocalGuide
from desk.city.topics import Topic
from desk.conversations.bell import Bell
from desk.conversations.live import Live
from desk.conversations.ports import TurnPart
from desk.conversations.reader import Reader
from desk.conversations.rounds import Rounds
from desk.going_on.service import GoingsOn
from desk.intake.opening import Channels
from desk.login.service import Logins
from desk.media.links import MediaLinks
from desk.media.scanning import NoScanner, Scanner
from desk.media.types import MEDIA_LIMIT
from desk.payments.opening import PaymentParts
from desk.store.keys import Keys
from desk.store.terms import Retentions
from desk.texts.catalogs import Catalogs
from desk.texts.masking import NONE
from desk.visits.service import Visits
from desk.web import (
    calendar,
    chat,
    errors,
    gate,
    guides,
    login,
    my_data,
    openapi,
    pages,
    pay,
    problems,
    receipts,
    shown,
    stream,
    webhooks,
)
from desk.web import media as pictures
from desk.web.access import Network, require_names
from desk.web.announcing import alerts, announcements, documents, feeds, follow, images
from desk.web.buses import page as buses
from desk.web.buses.asking import Boards
from desk.web.forms import page as forms
from desk.web.kept import icons, push, worker
from desk.web.kept.pushes import PUSHES, Pushes
from desk.web.limits import Buckets, Limits, Open
from desk.web.matters import page as matters
from desk.web.origins import Origins
from desk.web.parts import (
    ANNOUNCED,
    CALENDAR,
    CHANNELS,
    GUIDES,
    MEDIA,
    PARTS,
    PAYMENTS,
    RECORDS,
    Announced,
    Parts,
    Records,
    ServiceWords,
)
from desk.web.scanned import accounts, device, screen
from desk.web.scanned import chat as phones
from desk.web.scanned.place import DEVICE, GOINGS_ON, SCREEN
from desk.web.site import discovery, helpful, offices, search, statements
from desk.web.site.meaning import Meanings
from desk.web.widget import counting, script, snippet

CITY = "/{city:[a-z][a-z0-9_]*}"
EXPECT = {"expect_handler": gate.expected}


def build(
    *,
    engine: AsyncEngine,
    redis: Redis,
    catalogs: Catalogs,
    cities: Mapping[str, City],
    services: Mapping[str, ServiceWords],
    limits: Limits,
    now: Callable[[], datetime],
    calendar: CalendarPages,
    parts: tuple[TurnPart, ...],
    media: MediaLinks,
    keys: Keys,
    offered_guides: Mapping[str, Mapping[str, LocalGuide]],
    announced: Announced,
    payments: PaymentParts | None = None,
    channels: Channels | None = None,
    proxies: tuple[Network, ...] = (),
    origins: Origins | None = None,
    logins: Logins | None = None,
    retentions: Retentions | None = None,
    published: frozenset[str] = NONE,
    topics: Mapping[str, Topic] | None = None,
    emergency_alerts: alerts.AlertParts | None = None,
    scanner: Scanner | None = None,
    is_https: bool = False,
    records: Records | None = None,
    pushes: Pushes | None = None,
    boards: Boards | None = None,
    meanings: Meanings | None = None,
    additions: Sequence[Callable[[web.Application], None]] = (),
) -> web.Application:
    """Make the application.

    Args:
        engine: the database.
        redis: Valkey, with decoded answers.
        catalogs: the texts.
        cities: by slug.
        services: what each service is called, by its name.
        limits: how much one caller may ask.
        now: the time, with its offset.
        calendar: finds what calendar pages show.
        parts: give out and erase what rooms keep of a resident.
        media: what reads addresses of pictures.
        keys: of this installation, for hashes of callers.
        offered_guides: the guides of each city that offers any, by slug.
        announced: what pages and feeds of announcements need.
        payments: what pay pages and receipts work with; None where nothing can be paid.
        channels: what webhooks work with; None where there are none.
        proxies: whose X-Forwarded-For and X-Forwarded-Proto are believed.
        logins: lets residents of other platforms in; None: nobody comes in that way.
        retentions: for how long what is kept is kept, and what erasing leaves, as residents are told.
        origins: sites whose pages may hold the chat; None: none but our own.
        published: telephones that masked texts show.
        topics: of announcements, by slug.
        emergency_alerts: what shows alerts and takes them in; None: there are none.
        scanner: looks for malware in files; None: nobody does.
        is_https: whether residents come by HTTPS: cookies are Secure then, whatever a proxy says.
        pushes: what tells devices that there is news; None: nobody does.
        boards: which buses come next at stops; None: nobody says.
        meanings: what searches mean; None: words alone find.
        records: under which numbers the site is on record; None: under none.
        additions: give the application further routes, each with its access, and middlewares behind the gate.

    Raises:
        ConfigurationError: a route names no access, or a script of ours cannot be joined.
    """
    told = problems.middleware(catalogs, errors.error_page)
    app = web.Application(middlewares=[told, *gate.MIDDLEWARES], client_max_size=MEDIA_LIMIT)
    live = Live(redis)
    app[PARTS] = Parts(
        engine=engine,
        bell=Bell(redis),
        live=live,
        rounds=Rounds(engine, live),
        reader=Reader(engine),
        catalogs=catalogs,
        cities=cities,
        services=services,
        limits=limits,
        keys=keys,
        buckets=Buckets(redis),
        posts=Open(limits.posts_in_parallel),
        uploads=Open(limits.uploads_in_parallel, limits.uploads_in_all, limits.uploads_of_address),
        staff_uploads=Open(limits.uploads_of_staff, limits.uploads_of_staff_in_all),
        streams=Open(limits.streams_in_parallel, limits.streams_in_all, limits.streams_of_address),
        now=now,
        script=pages.chat_bundle(catalogs, pages.telephones_of(cities)),
        origins=origins or Origins(),
        proxies=proxies,
        is_https=is_https,
        closing=asyncio.Event(),
        retentions=retentions or Retentions(),
        published=published,
        topics=topics or {},
        turn=parts,
        scanner=scanner or NoScanner(),
    )
    app[CALENDAR] = calendar
    app[matters.VISITS] = Visits(engine, keys, now)
    app[GOINGS_ON] = GoingsOn(engine, keys, catalogs, now)
    app[MEDIA] = media
    app[GUIDES] = offered_guides
    app[ANNOUNCED] = announced
    app[search.FINDER] = search.Finder(catalogs, services, offered_guides)
    app[RECORDS] = records or Records()
    if pushes is not None:
        app[PUSHES] = pushes
    if boards is not None:
        app[buses.BOARDS] = boards
    if meanings is not None:
        app[search.MEANINGS] = meanings
    if logins is not None:
        app[login.LOGINS] = logins
    if payments is not None:
        app[PAYMENTS] = payments
    if channels is not None:
        app[CHANNELS] = channels
    if emergency_alerts is not None:
        app[alerts.ALERTS] = emergency_alerts
    app[pages.TEMPLATES] = pages.environment()
    app[script.VERSIONS] = script.Versions()
    app.router.add_routes(web.RouteDef(one.method, one.path, one.handler, {**one.kwargs, **EXPECT}) for one in ROUTES)
    app[openapi.DOCUMENT] = _document()
    for addition in additions:
        addition(app)
    app.router.add_route("*", "/{path:.*}", gate.unrouted, expect_handler=gate.expected)
    app.on_response_prepare.append(gate.prepare_headers)
    app.on_shutdown.append(_close_streams)
    require_names(app)
    return app


ROUTES = (
    web.post("/chat/v1/sessions", chat.open_session),
    web.post("/chat/v1/messages", chat.post_message),
    web.post("/chat/v1/typing", chat.post_typing),
    web.post("/chat/v1/read", chat.post_read),
    web.post(counting.ADDRESS, counting.count),
    web.post(helpful.IN_CHAT, helpful.answer_in_chat),
    web.get("/chat/v1/events", stream.get_events, allow_head=False),
    web.post("/chat/v1/media", chat.post_media),
    web.get("/chat/v1/me/data", chat.my_data, allow_head=False),
    web.delete("/chat/v1/me", chat.erase_me),
    web.post(matters.OF_CHAT, matters.open_for_chat),
    web.get("/chat/v1/push", push.push_state, allow_head=False),
    web.post("/chat/v1/push", push.keep_device),
    web.delete("/chat/v1/push", push.end_device),
    web.post("/chat/v1/looks", push.post_looks),
    web.post(phones.ADDRESS, phones.show_code),
    web.get(phones.ADDRESS, phones.look_at_code, allow_head=False),
    web.delete(phones.ADDRESS, phones.stop_code),
    web.post(phones.ADDRESS + "/answer", phones.answer_phone),
    web.post("/chat/v1/session", chat.rotate_session),
    web.delete("/chat/v1/session", chat.end_session),
    web.delete("/chat/v1/sessions", chat.end_sessions),
    web.get(webhooks.ADDRESS, webhooks.receive, allow_head=False),
    web.post(webhooks.ADDRESS, webhooks.receive),
    web.post("/chat/v1/entries", login.open_entry),
    web.post(login.TRADE, login.open_trade),
    web.get("/chat/v1/texts", pages.texts),
    web.get("/chat/v1/cities/{city}", shown.shown_city),
    web.get("/chat/v1/cities/{city}/alerts", alerts.shown_alerts),
    web.get(buses.IN_CHAT, buses.shown_board),
    web.get(discovery.ROBOTS, discovery.robots),
    web.get(discovery.SITEMAP, discovery.sitemap),
    web.get(discovery.OF_CITY, discovery.city_sitemap),
    web.get(discovery.MANIFEST, discovery.manifest),
    web.get(icons.ADDRESS, icons.icon),
    web.get(worker.WORKER, worker.worker, allow_head=False),
    web.get(worker.OFFLINE, worker.offline),
    web.get("/favicon.ico", pages.favicon),
    web.get("/openapi.json", openapi.get_openapi),
    web.get(script.NEWEST, script.chat_script),
    web.get(script.PINNED, script.chat_script),
    web.get("/static/{name:.+}", pages.static_file),
    web.get("/problems/{name}", pages.problem_page),
    web.get(pay.NUMBER, pay.pay_page),
    web.get(pay.NUMBER + "/status", pay.pay_status),
    web.get(pay.NUMBER + "/prepare", pay.pay_prepare, allow_head=False),
    web.get(pay.NUMBER + "/qr.svg", pay.pay_code, allow_head=False),
    web.post("/pay/alipay/notify", pay.alipay_notify),
    web.get(receipts.VERIFY, receipts.verify_page),
    web.get(receipts.NUMBER, receipts.receipt_page),
    web.get(receipts.NUMBER + "/qr.svg", receipts.receipt_code),
    web.get(receipts.NUMBER + ".pdf", receipts.receipt_pdf),
    web.get(calendar.ADDRESS, calendar.calendar_page, allow_head=False),
    web.get(my_data.ADDRESS, my_data.my_data_page, allow_head=False),
    web.post(my_data.ADDRESS, my_data.my_data),
    web.get(pictures.ADDRESS, pictures.picture, allow_head=False),
    web.get(login.ENTER, login.enter_page),
    web.get("/", pages.cities_page),
    web.get(CITY, pages.city_page),
    web.get(alerts.PAGE, pages.alerts_page),
    web.get(alerts.INDEX, alerts.alert_index),
    web.get(alerts.DOCUMENT, alerts.alert_document),
    web.post(alerts.PUSH, alerts.push),
    web.get(search.ADDRESS, search.search_page),
    web.get(buses.PAGE, buses.board_page),
    web.get(offices.ADDRESS, offices.offices_page),
    web.get(statements.ACCESSIBILITY, statements.accessibility_page),
    web.get(statements.PRIVACY, statements.privacy_page),
    web.get(matters.ADDRESS, matters.matters_page),
    web.post(matters.ADDRESS, matters.matters_post),
    web.get(accounts.ADDRESS, accounts.account_code),
    web.get(SCREEN, screen.screen_page),
    web.post(SCREEN, screen.screen_post),
    web.get(DEVICE, device.device_page),
    web.post(DEVICE, device.device_post),
    web.get(forms.ADDRESS, forms.form_page),
    web.post(forms.ADDRESS, forms.form_post),
    web.post(forms.PHOTO, forms.form_photo),
    web.get(guides.LIST, guides.guides_page),
    web.get(guides.ONE, guides.guide_page),
    web.get(snippet.ADDRESS, snippet.snippet_page),
    web.get(snippet.ONE, snippet.version_page),
    web.post(helpful.ADDRESS, helpful.answer_page),
    web.get(follow.ADDRESS, follow.follow_page),
    web.get(CITY + "/theme.css", pages.city_theme),
    web.get(announcements.LIST, announcements.announcements_page),
    web.get(announcements.ONE, announcements.announcement_page),
    web.get(images.ADDRESS, images.image),
    web.get(documents.ADDRESS, documents.document),
    web.get(feeds.ADDRESS, feeds.feed),
)


@cache
def _document() -> dict[str, Any]:
    """What the routes are described by: the same in every application of a process."""
    app = web.Application()
    app.router.add_routes(ROUTES)
    return openapi.describe(app)


async def _close_streams(app: web.Application) -> None:
    """Let every open stream end, so that the process can leave."""
    app[PARTS].closing.set()
    app[PARTS].rounds.wake_all()
