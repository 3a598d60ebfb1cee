"""Webhooks: what platforms bring. Verified, read, stored, and answered at once; nothing waits for a turn.

A refusal says nothing: not whether there is such an account, nor what was wrong.
"""

import asyncio
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby

import structlog
from aiohttp import web
from prometheus_client import Counter

from desk.accounts.rows import AccountRow
from desk.contract.channel import Account, Channel, Delivery, EventIgnored, Forged, Inbound, Malformed, whole
from desk.contract.errors import NotFound
from desk.intake.opening import Channels
from desk.intake.spool import Kept, SpoolFull
from desk.store.database import OUTAGES, is_outage
from desk.web.access import caller_of, signed
from desk.web.limits import Rate
from desk.web.parts import CHANNELS, PARTS
from desk.web.problems import Problem

log = structlog.get_logger(__name__)
REFUSED = Counter("desk_webhooks_refused_total", "Requests to webhooks that were refused", ["channel", "why"])

ADDRESS = "/channels/{channel:[a-z][a-z0-9_]*}/{account:[a-z0-9_-]+}"
OF_AN_ACCOUNT = Rate(per_second=300.0, capacity=3_000)
STORE_SECONDS = 2.0  # with the search for the account well within the five seconds that platforms wait
FORGERIES = Rate(per_second=1.0, capacity=60)  # of one address; then it is not even verified


@signed
async def receive(request: web.Request) -> web.Response:
    """Take in what a platform brings to an account's address."""
    parts, channels = request.app[PARTS], request.app.get(CHANNELS)
    if channels is None:
        raise Problem("not_found")
    account, channel = await _account(request, channels)
    caller = caller_of(request, parts.proxies)
    delivery = Delivery(
        method=request.method,
        query={whole(name): whole(value) for name, value in request.query.items()},
        headers={name.lower(): whole(value) for name, value in request.headers.items()},
        body=await request.read(),
        at=datetime.now(UTC),
    )
    try:
        opened = verified(channels, account, channel, delivery)
    except Forged as exc:
        REFUSED.labels(channel=account.channel, why="forged").inc()
        admission = await parts.buckets.take("forgeries", f"{account.id} {caller}", FORGERIES)
        if admission.wait_seconds:
            raise _later(admission.wait_seconds) from exc
        log.warning("webhook_forged", account=account.id, channel=account.channel)
        return web.Response(status=403)
    admission = await parts.buckets.take("webhooks", str(account.id), OF_AN_ACCOUNT)
    if admission.wait_seconds:
        REFUSED.labels(channel=account.channel, why="rate").inc()
        raise _later(admission.wait_seconds)
    try:
        happened = channel.parse(opened, delivery)
    except Malformed:
        REFUSED.labels(channel=account.channel, why="malformed").inc()
        log.warning("webhook_malformed", account=account.id, channel=account.channel)
        return web.Response(status=400)
    try:
        await _store(channels, account, channel, delivery, in_time(account, channel, delivery, happened))
    except Forged:
        REFUSED.labels(channel=account.channel, why="replayed").inc()
        log.warning("webhook_replayed", account=account.id, channel=account.channel)
        return web.Response(status=403)
    answer = channel.answer(opened, delivery, happened)
    return web.Response(status=answer.status, body=answer.body, content_type=answer.content_type)


async def _store(
    channels: Channels, account: AccountRow, channel: Channel, delivery: Delivery, happened: Sequence[Inbound]
) -> None:
    """Store what happened; on disk while the database is away, where the platform would soon give up."""
    spool = channels.spool
    if (
        spool is None
        or channel.abilities.tries_for is None
        or all(isinstance(one.what, EventIgnored) for one in happened)
    ):
        await channels.intake.sign(account, channel, delivery)
        await channels.intake.take(account, channel, happened)
        return
    if not spool.holds:
        try:
            async with asyncio.timeout(STORE_SECONDS):
                await channels.intake.sign(account, channel, delivery)
                await channels.intake.take(account, channel, happened)
        except OUTAGES as exc:
            if not is_outage(exc):
                raise
        else:
            return
    try:
        spool.keep(Kept(account.slug, delivery), channel.name)
    except SpoolFull as exc:
        raise Problem("unavailable") from exc


async def take_kept(channels: Channels, kept: Sequence[Kept]) -> None:
    """Take in webhooks that were kept on disk, as if they came now. Those of an account that is no more are left out.

    Raises:
        sqlalchemy.exc.DBAPIError: the database is still away.
    """
    for slug, ones in groupby(kept, lambda one: one.account):
        try:
            account = await channels.register.find(slug)
            channel = channels.register.channel_of(account)
        except NotFound:
            log.warning("webhook_of_no_account", account=slug)
            continue
        opened = channels.register.opened(account)
        happened: list[Inbound] = []
        for one in ones:
            try:
                await channels.intake.sign(account, channel, one.delivery)
            except Forged:
                log.warning("webhook_replayed", account=account.id, channel=account.channel)
                continue
            happened += in_time(account, channel, one.delivery, channel.parse(opened, one.delivery))
        await channels.intake.take(account, channel, happened)


def in_time(
    account: AccountRow, channel: Channel, delivery: Delivery, happened: Sequence[Inbound]
) -> Sequence[Inbound]:
    """What happened within the time in which the platform itself may bring it; a replay of later is not taken in.

    Within it, everything is known by its id. The platform is answered as ever: it must not bring it again.
    """
    window = channel.abilities.replay_window
    if window is None:
        return happened
    kept = [one for one in happened if delivery.at - one.at <= window]
    if len(kept) < len(happened):
        REFUSED.labels(channel=account.channel, why="late").inc()
        log.warning("webhook_late", account=account.id, channel=account.channel)
    return kept


def verified(channels: Channels, account: AccountRow, channel: Channel, delivery: Delivery) -> Account:
    """The account under the secrets by which a request proves to be the platform's: its own, or those just replaced.

    Raises:
        Forged: under neither.
    """
    opened = channels.register.opened(account)
    try:
        channel.verify(opened, delivery)
    except Forged:
        if not channels.register.believes_old(account):
            raise
        channel.verify(channels.register.opened(account, before=True), delivery)
    return opened


async def _account(request: web.Request, channels: Channels) -> tuple[AccountRow, Channel]:
    named = request.match_info
    channel = channels.register.channels.get(named["channel"])
    try:
        away = channels.spool is not None and channels.spool.holds
        account = await channels.known.find(named["account"], away=away)
    except NotFound as exc:
        raise Problem("not_found") from exc
    known = account.channel == named["channel"] and account.city in request.app[PARTS].cities
    if channel is None or not known or account.state == "stopped":
        raise Problem("not_found")
    return account, channel


def _later(seconds: float) -> Problem:
    return Problem("too_many_messages", headers={"Retry-After": str(math.ceil(seconds))})
