"""The role `serve`: the web server with all that it stands on."""

from contextlib import nullcontext
from functools import partial

from actions.schema import load_services
from desk.announcements.programs.callbacks import Callbacks
from desk.announcements.trials import Trials
from desk.api.server import adding as adding_api
from desk.app.ages import Ages, add_ages
from desk.app.announcing import announcing, lists
from desk.app.channels import channels_of
from desk.app.console import opened_console
from desk.app.emergency_alerts import alert_parts
from desk.app.health import parts_of_serve
from desk.app.library import guides_now
from desk.app.parts import turn_parts
from desk.app.payments import payments
from desk.app.runtime import Runtime, now
from desk.cases.opening import calendar_pages
from desk.city.keywords import load_keywords
from desk.city.topics import load_topics
from desk.console.server import adding
from desk.http.descriptors import raise_limit, room_for_streams
from desk.http.serving import Listener, run_http
from desk.intake.opening import open_channels
from desk.intake.spool import SPOOL, open_spool
from desk.login.opening import open_logins
from desk.media.links import MediaLinks
from desk.sealing.keyring import Keyring
from desk.store.arming import warn_unless_armed
from desk.store.database import create_engine, warm
from desk.store.jobs import LANES as JOB_LANES
from desk.store.valkey import create_client
from desk.texts.catalogs import Catalogs
from desk.web.access import networks
from desk.web.buses.asking import open_boards
from desk.web.greeting import greeter
from desk.web.health import Health, add_readiness
from desk.web.kept.pushes import Pushes
from desk.web.limits import Limits
from desk.web.origins import origins
from desk.web.parts import Announced, Records, words_of
from desk.web.server import build
from desk.web.site.meaning import open_meanings
from desk.web.webhooks import take_kept

CONNECTIONS = 8  # opened before the first request


async def serve(at: Runtime) -> None:
    """Run the web server until stopped."""
    room = room_for_streams(raise_limit())
    vault = at.vault()
    engine = create_engine(at.database_url, pool_size=20, vault=vault)
    await Keyring(engine, vault).check()
    await warn_unless_armed(engine)
    await warm(engine, CONNECTIONS)
    redis = create_client(at.redis_url)
    catalogs, cities = Catalogs(at.root / "locales"), at.cities()
    services = load_services(at.root / "nlu")
    words, topics = words_of(services), load_topics(at.root / "cities")
    try:
        greet, topics = greeter(catalogs, words), load_topics(at.root / "cities")
        megabytes = at.settings.spool_megabytes
        spool = open_spool(at.data_dir / SPOOL, at.keys(), megabytes * 1_000_000) if megabytes else None
        channels = open_channels(
            engine=engine,
            redis=redis,
            keys=at.keys(),
            cities=cities,
            public_url=at.serve_url,
            greet=greet,
            keywords=load_keywords(at.root / "cities", topics),
            spool=spool,
            channels=channels_of(at),
        )
        async with (
            payments(at, engine, redis, catalogs, cities) as paying,
            open_logins(channels.register, cities=cities, greet=greet, now=now) as logins,
            spool.draining(partial(take_kept, channels)) if spool else nullcontext(),
            open_boards(at.settings.actions_url or at.running.get("actions"), at.keys()) as boards,
            open_meanings(at.bot_urls, at.keys()) as meanings,
            opened_console(at, engine, redis, cities, paying, catalogs=catalogs, register=channels.register) as console,
        ):
            application = build(
                engine=engine,
                redis=redis,
                catalogs=catalogs,
                cities=cities,
                services=words,
                limits=Limits(
                    new_sessions_per_second=at.settings.new_sessions_per_second,
                    messages_per_minute=at.settings.messages_per_minute,
                    posts_in_parallel=at.settings.posts_in_parallel,
                    streams_in_all=room.of_residents,
                    session_days=at.settings.session_days,
                    session_idle_days=at.settings.session_idle_days,
                ),
                now=now,
                retentions=at.retentions(cities),
                published=at.published(cities),
                parts=turn_parts(
                    keys=at.keys(),
                    cities=cities,
                    topics=topics,
                    public_url=at.serve_url,
                    now=now,
                    cashier=paying.cashier if paying else None,
                ),
                calendar=calendar_pages(engine, catalogs, cities, at.keys(), at.serve_url),
                media=MediaLinks(at.keys(), at.serve_url),
                keys=at.keys(),
                offered_guides=guides_now(at, cities, services),
                announced=Announced(topics, at.serve_url, at.feed_authority, at.settings.websub_hub),
                payments=paying,
                channels=channels,
                topics=topics,
                logins=logins,
                proxies=networks(at.settings.trusted_proxies),
                records=Records(at.settings.icp_number, at.settings.police_number),
                is_https=at.serve_url.startswith("https:"),
                origins=origins(cities, [*at.settings.chat_origins.split(","), at.running.get("sandbox", "")]),
                emergency_alerts=alert_parts(at, engine, cities),
                scanner=at.scanner(),
                boards=boards,
                meanings=meanings,
                pushes=Pushes(at.push_services(), at.push_signer()),
                additions=[
                    adding(console, most_streams=room.of_staff),
                    adding_api(
                        announcing(at, engine, catalogs=catalogs),
                        Callbacks(engine, at.keys(), at.serve_url),
                        lists(at, engine),
                        console.door,
                        Trials(console.announcements, console.alerts, console.mail),
                    ),
                ],
            )
            monitored = at.measures()
            health = Health(parts_of_serve(at, engine, redis))
            add_readiness(monitored.application, health)
            add_ages(monitored.application, Ages(engine, list(JOB_LANES), at.settings.backup_dir), health)
            await run_http(Listener(application, at.settings.host, at.settings.port), monitored)
    finally:
        await redis.aclose()
        await engine.dispose()
