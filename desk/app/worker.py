"""The role `worker`: turns, jobs, sending."""

import asyncio
from functools import partial

from aiohttp import ClientSession

from actions.schema import load_services
from desk.alerts.polling import Polling
from desk.announcements.arming import arm
from desk.announcements.measuring.counting import Counting
from desk.announcements.programs.calling import Calling
from desk.announcements.telling.emergencies import AlertDelivery
from desk.announcements.telling.later import Later
from desk.announcements.telling.teller import Teller
from desk.app.alerts import alerting, mailing
from desk.app.announcing import announcing
from desk.app.channels import channels_of
from desk.app.emergency_alerts import addresses, polling
from desk.app.library import guides_now, library
from desk.app.parts import turn_parts
from desk.app.payments import payments
from desk.app.rights import opened_rights
from desk.app.runtime import Runtime, now
from desk.app.staffing import staff
from desk.attempts.codes import CodeSender
from desk.attempts.guard import Guard
from desk.audit.jobs import AuditKeeping
from desk.cases.opening import open_cases
from desk.cases.service import Cases
from desk.city.amended import FOLDER as AMENDED
from desk.city.keywords import load_keywords
from desk.city.topics import load_topics
from desk.contract.staff import Permission, system
from desk.conversations.bell import Bell
from desk.conversations.bot import BotClient
from desk.conversations.candidate import Candidate
from desk.conversations.live import Live
from desk.conversations.ports import Parts
from desk.conversations.sweep import somebody_waits
from desk.conversations.worker import Worker
from desk.devices.gateway import Gateway
from desk.http.reach import reaching
from desk.http.serving import run_http
from desk.http.tracing import job_span
from desk.intake.jobs import Post
from desk.intake.opening import open_channels
from desk.payments.service import Payments
from desk.publicity.inspecting import Inspection, posting_channels
from desk.publicity.links import Links
from desk.publicity.opening import publicity
from desk.publicity.pinging import Pinging
from desk.safety.keeping import Keeping
from desk.safety.opening import open_safety
from desk.sealing.keyring import Keyring
from desk.selftest.opening import open_selftest
from desk.selftest.service import SelfTest
from desk.sending.opening import open_sender
from desk.sending.outbox import Outbox
from desk.sending.pushing import Pushing
from desk.sending.texting import Texts
from desk.staff.requests import Requests
from desk.staff.telling import Telling
from desk.store.arming import Witness
from desk.store.backpressure import Backpressure
from desk.store.database import OUTAGES, create_engine, is_outage
from desk.store.jobs import run_jobs
from desk.store.valkey import create_client
from desk.teaching.editing.publishing import Publishing
from desk.teaching.gathering import Gathering
from desk.teaching.grouping import Grouping
from desk.teaching.taught import SealingTaught
from desk.teaching.trials import Stage, Trial, Trials
from desk.texts.catalogs import Catalogs
from desk.tickets.handover import HandOver
from desk.tickets.presence import Presence
from desk.tickets.reaching.ledger import Ledger
from desk.tickets.reaching.mailing import Mailing
from desk.tickets.reaching.texting import Texting
from desk.tickets.suggesting.questions import Questions
from desk.visits.jobs import VisitorCodes
from desk.web.greeting import greeter
from desk.web.parts import words_of

GOES_ON = system("failover", Permission.SENDING_MANAGE)
LOOK_SECONDS = 1.0  # a stack writes where its bot is: nothing announces that
PUBLISH_SECONDS = 5.0


async def follow(at: Runtime, bot: BotClient, trials: Trials) -> None:
    """Ask the bot where the stack that runs here says that it is, until cancelled: another model takes over there.

    A model on trial is asked as its trial says. While the database is away everything stays as it was.
    """
    while True:
        bot.stands_at(at.bot_urls())
        try:
            trial = await trials.running()
        except OUTAGES as exc:
            if not is_outage(exc):
                raise
        else:
            bot.tries(candidate_of(trial), at.candidate_urls())
        await asyncio.sleep(LOOK_SECONDS)


async def publish(publishing: Publishing) -> None:
    """Have residents told of guides as they were allowed, some seconds later."""
    while True:
        try:
            await publishing.publish()
        except OUTAGES as exc:
            if not is_outage(exc):
                raise
        await asyncio.sleep(PUBLISH_SECONDS)


def candidate_of(trial: Trial | None) -> Candidate | None:
    """Whom a model on trial answers; None: nobody."""
    if trial is None or trial.stage != Stage.CANARY:
        return None
    return Candidate(trial.fingerprint, frozenset(trial.cities), trial.percent)


async def worker(at: Runtime) -> None:
    """Run a worker until stopped: turns, jobs, sending, and its measures."""
    turns = at.settings.turns_in_flight
    vault = at.vault()
    engine = create_engine(at.database_url, pool_size=turns + 4, vault=vault)
    posting = create_engine(at.database_url, pool_size=8, vault=vault, replans=True)  # sending waits for no turn
    await Keyring(engine, vault).check()
    redis = create_client(at.redis_url)
    catalogs, cities, keys = Catalogs(at.root / "locales"), at.cities(), at.keys()
    topics, services = load_topics(at.root / "cities"), load_services(at.root / "nlu")
    backpressure = Backpressure(partial(somebody_waits, posting))
    try:
        async with (
            BotClient(at.bot_url, at.settings.bot_timeout_seconds, keys) as bot,
            payments(at, engine, redis, catalogs, cities) as paying,
            open_cases(
                engine=engine,
                redis=redis,
                catalogs=catalogs,
                cities=cities,
                keys=keys,
                public_url=at.serve_url,
                actions_url=at.actions_url,
                now=now,
            ) as cases,
            ClientSession(trust_env=False) as http,
            ClientSession(trust_env=False, connector=reaching(at.settings.alert_webhook_url)) as outward,
            ClientSession(trust_env=False, connector=reaching(*addresses(at, cities).values())) as sources,
            ClientSession(trust_env=False, connector=reaching(at.settings.websub_hub)) as hubward,
            ClientSession(trust_env=False, connector=reaching(network=False)) as linkward,
            ClientSession(trust_env=False, connector=reaching(at.serve_url)) as programs,
            ClientSession(trust_env=False, connector=reaching(at.push_services().pretend, network=False)) as pushward,
            asyncio.TaskGroup() as group,
        ):
            examiner = open_selftest(at.root, bot, engine, cities, now, stops_voice=at.settings.selftest_stops_voice)
            keywords = load_keywords(at.root / "cities", topics)
            channels = open_channels(
                engine=posting,
                redis=redis,
                keys=keys,
                cities=cities,
                public_url=at.serve_url,
                greet=greeter(catalogs, words_of(services)),
                keywords=keywords,
                channels=channels_of(at),
            )
            register = channels.register
            pushing = Pushing(
                posting,
                Outbox(posting),
                Gateway(pushward, at.push_services(), at.push_signer(), now),
                Live(redis),
                catalogs,
                cities,
                keys,
                Texts(register, http, catalogs, keys, at.serve_url, now),
            )
            sending = open_sender(posting, redis, register, keys, http, catalogs, backpressure, pushing)
            post = Post(register, http, Bell(redis), Live(redis), at.scanner())
            answers = Ledger(Live(redis), catalogs, cities, keys, at.serve_url, now)
            codes = CodeSender(engine, Live(redis), catalogs, keys, cities, at.actions_url.rstrip("/"), http, now)
            parts = turn_parts(
                keys=keys,
                cities=cities,
                topics=topics,
                public_url=at.serve_url,
                now=now,
                cashier=paying.cashier if paying else None,
            )
            answering = Worker(
                engine=engine,
                redis=redis,
                bot=bot,
                catalogs=catalogs,
                cities=cities,
                turns_in_flight=turns,
                emergencies=open_safety(at.root, catalogs, cities, bot),
                hand_over=HandOver(catalogs, cities, now, Guard(keys, cities, now)),
                parts=parts,
                is_stop=keywords.is_stop,
                backpressure=backpressure,
            )
            guides = guides_now(at, cities, services)
            publishing = Publishing(posting, library(at, cities, catalogs), at.data_dir / AMENDED)
            rights = opened_rights(at, engine, redis, cities, paying, public_url=at.serve_url)
            announcements = announcing(at, posting, catalogs=catalogs, register=register)
            telling = Teller(
                announcements,
                Live(redis),
                register,
                Presence(redis),
                backpressure,
            )
            later = Later(posting, Live(redis), catalogs, cities, topics, now, backpressure, announcements.public_url)
            jobs = run_jobs(
                at.database_url,
                engine=engine,
                redis=redis,
                catalogs=catalogs,
                cities=cities,
                retentions=at.retentions(cities),
                recorded=job_span,
                parts={
                    Parts: Parts(parts),
                    SelfTest: examiner,
                    Cases: cases,
                    Later: later,
                    Counting: Counting(engine, now),
                    Post: post,
                    CodeSender: codes,
                    VisitorCodes: VisitorCodes(engine, keys, cities, at.actions_url.rstrip("/"), http),
                    Texting: Texting(posting, answers, register, http),
                    Mailing: Mailing(posting, answers, mailing(at)),
                    Questions: Questions(engine, Live(redis), bot, guides),
                    AuditKeeping: AuditKeeping(at.settings.audit_dir or at.data_dir / "audit", at.settings.audit_days),
                    Telling: alerting(at, engine, outward, catalogs, cities),
                    Requests: staff(engine, cities, rights=rights).requests,
                    Keeping: Keeping(engine, catalogs),
                    Polling: polling(at, engine, cities, sources),
                    AlertDelivery: AlertDelivery(posting, announcements, cities, now),
                    Calling: Calling(posting, programs, keys, now),
                    Pinging: Pinging(posting, hubward, cities, at.serve_url, at.settings.websub_hub, now),
                    Links: Links(engine, linkward, now),
                    Gathering: Gathering(engine, catalogs.keys("zh_Hans"), now),
                    Grouping: Grouping(engine, bot),
                    SealingTaught: SealingTaught(engine, keys),
                    Inspection: Inspection(engine, posting_channels(register.channels), now),
                    **publicity(posting, channels, http, keys, catalogs, cities, now),
                    **({Payments: paying.payments} if paying else {}),
                },
            )
            tasks = [
                group.create_task(answering.run(), name="turns"),
                group.create_task(jobs, name="jobs"),
                group.create_task(sending.run(), name="sending"),
                group.create_task(telling.run(), name="announcements"),
                group.create_task(follow(at, bot, Trials(posting)), name="bot"),
                group.create_task(publish(publishing), name="guides"),
                group.create_task(Witness(posting, partial(arm, posting, GOES_ON)).run(), name="witness"),
            ]
            await run_http(at.measures())
            for task in tasks:
                task.cancel()
    finally:
        await redis.aclose()
        await posting.dispose()
        await engine.dispose()
