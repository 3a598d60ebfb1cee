"""Taking documents in, letting them through, ending them: what is shown changes here and nowhere else.

All of it happens under one lock a city: an Update and its Cancel, from two sides at once, come one after the other.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from cryptography.x509 import Certificate
from prometheus_client import Counter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.alerts import cap
from desk.alerts.cap import Alert, Reference
from desk.alerts.codes import Kind
from desk.alerts.deciding import Done, decide
from desk.alerts.documents import Refused, parse
from desk.alerts.elements import CAP
from desk.alerts.numbers import number_of
from desk.alerts.places import infos_of, place_of
from desk.alerts.rows import COLUMNS, AlertRow, State, alert_of
from desk.alerts.said import gravest, kept
from desk.alerts.signatures import signed_part
from desk.audit.trail import reason_of, record
from desk.city.alerting import AlertSource
from desk.city.files import City
from desk.contract.errors import Conflict, NotFound
from desk.contract.staff import Actor, NotPermitted, Permission
from desk.staff.alerts import AlertKind, raise_alert
from desk.store.database import transaction
from desk.store.deferring import REPLIES, defer

log = structlog.get_logger(__name__)
TAKEN = Counter("desk_alerts_taken_total", "CAP documents taken in", ["city", "done", "state"])
REFUSED = Counter("desk_alerts_refused_total", "CAP documents refused", ["city", "why"])

LASTS = timedelta(hours=24)
"""So long an alert holds that does not say when it expires: the standard leaves it to who shows it."""
AHEAD = timedelta(minutes=10)
"""So far may a sender's clock be ahead of ours."""
HERE = "here"
DELIVER = "alerts.deliver"
WAITS = "emergency_alert"  # what staff are told of: `console.alert_what_emergency_alert`
SERIALS = 10  # numbers of one second, by GB/T 35965.1

HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended('citydesk alerts ' || :city, 0))")
FIND = text(f"SELECT {COLUMNS} FROM alerts WHERE id = :id")
SAME = text(f"""
    SELECT {COLUMNS}, digest FROM alerts
    WHERE city = :city AND sender = :sender AND identifier = :identifier AND sent = :sent
""")
# Those of a source that documents name, and documents of it that name others.
NAMED = text(f"""
    SELECT {COLUMNS} FROM alerts
    WHERE city = :city AND source = :source AND done = :done AND state IN ('pending', 'live')
      AND kind IN ('Alert', 'Update') AND expires > :now AND id <> :but_not
      AND jsonb_build_array(sender, identifier, to_char(sent AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
          IN (SELECT jsonb_array_elements(CAST(:named AS jsonb)))
    ORDER BY id
""")
NAMING = text("""
    SELECT id FROM alerts
    WHERE city = :city AND source = :source AND done = :done AND kind IN ('Update', 'Cancel')
      AND state IN ('live', 'ended', 'kept') AND live_at IS NOT NULL
      AND EXISTS (SELECT FROM jsonb_array_elements(refers_to) AS one WHERE one = CAST(:named AS jsonb))
    ORDER BY id LIMIT 1
""")
INSERT = text("""
    INSERT INTO alerts (city, source, agency, identifier, sender, sent, status, kind, scope, done, state, why, severity,
        districts, infos, refers_to, effective, expires, content, digest, via, received_by, received_at)
    VALUES (:city, :source, :agency, :identifier, :sender, :sent, :status, :kind, :scope, :done, :state, :why,
        :severity, :districts, CAST(:infos AS jsonb), CAST(:refers_to AS jsonb), :effective, :expires, :content,
        :digest, :via, :received_by, :received_at)
    RETURNING id
""")
TAKEN_NUMBERS = text("SELECT number FROM alerts WHERE number = ANY (:numbers)")
LIVE = text("""
    UPDATE alerts SET state = 'live', number = :number, live_at = :now, decided_by = :by, decided_at = :now
    WHERE id = :id
""")
CARRIED_OUT = text("""
    UPDATE alerts SET state = 'kept', why = :why, number = :number, live_at = :now, decided_by = :by, decided_at = :now
    WHERE id = :id
""")
END = text("""
    UPDATE alerts SET state = 'ended', why = :why, ended_at = :now, replaced_by = :by WHERE id = ANY (:ids)
""")
REJECT = text("UPDATE alerts SET state = 'rejected', why = :why, decided_by = :by, decided_at = :now WHERE id = :id")
READING = text("""
    INSERT INTO alert_readings (city, source, address, digest, alert_id, why, message, read_at)
    VALUES (:city, :source, :address, :digest, :alert, :why, :message, :now)
    ON CONFLICT ON CONSTRAINT ux_alert_readings_document DO NOTHING RETURNING id
""")

type Deliver = Callable[[AsyncConnection, int], Awaitable[None]]
"""Has residents told how an alert stands now, in the transaction that changes it: let through, or ended."""


async def queue_delivery(connection: AsyncConnection, alert: int) -> None:
    """Queue the job of the announcements room, which tells residents and takes back."""
    await defer(connection, DELIVER, lane=REPLIES, lock=f"alert {alert}", alert=alert)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a document; `is_new` False: it had been taken in before."""

    alert: AlertRow
    is_new: bool


@dataclass(frozen=True)
class Alerts:
    """The room for jobs, commands and the web.

    `certificates`: those that documents of a source must be signed by, by city and source. `now` is the clock.
    `host`: what documents of our own name as their sender.
    """

    engine: AsyncEngine
    cities: Mapping[str, City]
    now: Callable[[], datetime]
    host: str
    certificates: Mapping[tuple[str, str], Sequence[Certificate]] = field(default_factory=dict)
    deliver: Deliver = queue_delivery

    async def take(
        self, actor: Actor, city: str, source: str, document: bytes, *, via: str, address: str = ""
    ) -> Taken:
        """Take a document of a source in. Bringing it twice is bringing it once.

        `address` is from where it was read, where it was.

        Raises:
            NotPermitted: the actor may not bring documents of this source.
            NotFound: there is no such city or source.
            Refused: the document is not taken in; why, is kept.
        """
        here, origin = self._place(city, source)
        actor.require(Permission.ALERT_UPLOAD, city, origin.agency)
        digest = hashlib.sha256(document).hexdigest()
        try:
            alert, done, believed = await asyncio.to_thread(self._read, here, origin, document)
            async with transaction(self.engine) as connection:
                await connection.execute(HOLD, {"city": city})
                how = {"content": believed, "digest": digest, "via": via, "received_by": actor.login}
                taken = await self._take(connection, here, origin, alert, done, how)
                await self._note(connection, here, origin, address, digest, taken.alert.id)
                if taken.is_new:
                    await self._record(connection, actor, "alert.receive", taken.alert, details={"via": via})
        except Refused as refused:
            await self._refuse(actor, here, origin, address, digest, refused)
            raise
        TAKEN.labels(city=city, done=taken.alert.done, state=taken.alert.state).inc()
        return taken

    async def approve(self, actor: Actor, number: int) -> AlertRow:
        """Let a document through that waits. Who brought it may not.

        Raises:
            NotPermitted: the actor may not, or brought it.
            NotFound: there is no such document.
            Conflict: it does not wait, or has expired meanwhile.
        """
        async with self._held(number) as (connection, alert):
            actor.require(Permission.ALERT_APPROVE, alert.city, alert.agency)
            if actor.login == alert.received_by:
                raise NotPermitted("Who brought an alert does not approve it: it takes a second person.")
            if alert.state != "pending":
                raise Conflict(f"Alert {number} does not wait: it is {alert.state}.")
            if alert.expires <= self.now() and alert.kind is not Kind.UPDATE:  # which ends what it updates all the same
                raise Conflict(f"Alert {number} has expired.")
            try:
                passed = await self._let_through(connection, alert, actor.login)
            except Refused as refused:
                raise Conflict(str(refused)) from refused
            await self._record(connection, actor, "alert.approve", passed)
        return passed

    async def reject(self, actor: Actor, number: int, reason: str) -> AlertRow:
        """Keep back a document that waits.

        Raises:
            NotPermitted: the actor may not.
            NotFound: there is no such document.
            Conflict: it does not wait, or there is no reason.
        """
        said = reason_of(reason)
        async with self._held(number) as (connection, alert):
            actor.require(Permission.ALERT_APPROVE, alert.city, alert.agency)
            if alert.state != "pending":
                raise Conflict(f"Alert {number} does not wait: it is {alert.state}.")
            await connection.execute(REJECT, {"id": number, "why": said, "by": actor.login, "now": self.now()})
            await self._record(connection, actor, "alert.reject", alert, reason=said)
            return await self._find(connection, number)

    async def end(self, actor: Actor, number: int, reason: str) -> AlertRow:
        """Take an alert back at once; one person is enough. A Cancel of our own says so to who reads our documents.

        Raises:
            NotPermitted: the actor may not.
            NotFound: there is no such alert.
            Conflict: it does not hold, or there is no reason.
        """
        said = reason_of(reason)
        async with self._held(number) as (connection, alert):
            actor.require(Permission.ALERT_END, alert.city, alert.agency)
            if alert.state != "live" or alert.kind is Kind.CANCEL:
                raise Conflict(f"Alert {number} does not hold: it is {alert.state}.")
            now = self.now()
            cancel = Alert(
                identifier=await self._number(connection, self.cities[alert.city], now),
                sender=self.host,
                sent=now.replace(microsecond=0),
                status=alert.status,
                kind=Kind.CANCEL,
                scope=alert.scope,
                references=(Reference(alert.sender, alert.identifier, alert.sent),),
            )
            ours = self._values(cancel, alert.done, self.cities[alert.city], HERE, alert.agency)
            told = {"content": b"", "digest": "", "via": HERE, "received_by": actor.login, "received_at": now}
            fate = {"state": "live", "why": "", "expires": alert.expires}
            made = (await connection.execute(INSERT, {**ours, **told, **fate})).scalar_one()
            named = {"id": made, "number": cancel.identifier, "now": now, "by": actor.login, "why": said}
            await connection.execute(CARRIED_OUT, named)
            await self._end(connection, [alert], said, made)
            await self._record(connection, actor, "alert.end", alert, reason=said)
            return await self._find(connection, number)

    def _place(self, city: str, source: str) -> tuple[City, AlertSource]:
        here = self.cities.get(city)
        if here is None:
            raise NotFound(f"There is no city {city!r}; there are {', '.join(self.cities)}.")
        origin = here.alerts.source(source)
        if origin is None:
            known = ", ".join(one.slug for one in here.alerts.sources) or "none"
            raise NotFound(f"{city} has no source of alerts {source!r}; it has {known} (alerts.sources of its file).")
        return here, origin

    def _read(self, city: City, source: AlertSource, document: bytes) -> tuple[Alert, Done, bytes]:
        """Read a document as its source must have sent it: what is signed, and no more, where it must be signed.

        Answers with it what is done with it, and the bytes that were read.
        """
        if source.certificates:
            parse(document, (CAP, "alert"))  # before the library that checks signatures sees it
            document = signed_part(document, self.certificates[city.slug, source.slug], self.now())
        alert = cap.read(document)
        if alert.sender not in source.senders:
            raise Refused(
                "wrong_sender", f"Its sender {alert.sender} is none of the source's: see senders in the file."
            )
        if alert.sent > self.now() + AHEAD:
            raise Refused("not_yet", f"It says that it was sent at {alert.sent.isoformat()}: that is to come.")
        done = decide(alert.status, alert.kind, alert.scope, is_known=True, mode=city.alerts.mode)
        if done is Done.REFUSED:
            raise Refused("draft", "It is a draft: it says itself that nothing may follow from it.")
        return alert, done, document

    async def _take(
        self,
        connection: AsyncConnection,
        city: City,
        source: AlertSource,
        alert: Alert,
        done: Done,
        how: Mapping[str, Any],
    ) -> Taken:
        known = {"city": city.slug, "sender": alert.sender, "identifier": alert.identifier, "sent": alert.sent}
        before = (await connection.execute(SAME, known)).one_or_none()
        if before is not None:
            if before.digest != how["digest"]:
                raise Refused("number_used", "Another document with its sender, identifier and time was taken in.")
            return Taken(await self._find(connection, before.id), is_new=False)
        values = self._values(alert, done, city, source.slug, source.agency)
        state, why = await self._fate(connection, alert, values, done, source, how["via"])
        fate = {"state": state, "why": why, "received_at": self.now()}
        made = (await connection.execute(INSERT, {**values, **how, **fate})).scalar_one()
        row = await self._find(connection, made)
        if state == "pending":
            await raise_alert(
                connection,
                AlertKind.REQUEST,
                str(row.id),
                to=Permission.ALERT_APPROVE,
                city=row.city,
                agency=row.agency,
                detail=WAITS,
                but_not=row.received_by,
            )
        if state == "live":
            row = await self._let_through(connection, row, source.slug)
        return Taken(row, is_new=True)

    async def _fate(
        self,
        connection: AsyncConnection,
        alert: Alert,
        values: Mapping[str, Any],
        done: Done,
        source: AlertSource,
        via: str,
    ) -> tuple[State, str]:
        """What becomes of a document that is taken in, and why."""
        if done is Done.IGNORED:
            return "kept", f"{alert.status} {alert.kind} {alert.scope}: nothing follows from it"
        if alert.kind is Kind.CANCEL:
            _single(await self._named(connection, values, done))
        else:
            nothing = self._nothing_holds(json.loads(values["infos"]), values["expires"])
            if nothing and not await self._ends(connection, alert, values, done):
                return "kept", nothing
        return ("pending", "") if source.approval or via == "upload" else ("live", "")

    def _nothing_holds(self, infos: Sequence[object], expires: datetime) -> str:
        """Why nothing of a document holds here; empty: something does."""
        if not infos:
            return "it does not say that it holds here"
        return "it had expired when it came" if expires <= self.now() else ""

    async def _ends(self, connection: AsyncConnection, alert: Alert, values: Mapping[str, Any], done: Done) -> bool:
        """Whether it is an update of something that holds or waits here: it takes its place, wherever it holds."""
        return alert.kind is Kind.UPDATE and bool(await self._named(connection, values, done))

    async def _let_through(self, connection: AsyncConnection, alert: AlertRow, by: str) -> AlertRow:
        """Have a document take effect, and end those that it replaces or takes back."""
        now = self.now()
        number = await self._number(connection, self.cities[alert.city], now)
        values = {"city": alert.city, "source": alert.source, "refers_to": json.dumps(alert.refers_to)}
        named = await self._named(connection, values, alert.done, but_not=alert.id) if alert.refers_to else []
        step = {"id": alert.id, "number": number, "now": now, "by": by}
        if alert.kind is Kind.CANCEL:
            _single(named)
            why = "" if named else "it names no alert that holds here"
            await connection.execute(CARRIED_OUT, {**step, "why": why})
            await self._end(connection, named, "taken back by its sender", alert.id)
            return await self._find(connection, alert.id)
        if alert.kind is Kind.UPDATE and (nothing := self._nothing_holds(alert.infos, alert.expires)):
            await connection.execute(CARRIED_OUT, {**step, "why": nothing})
            await self._end(connection, named, "its update holds here no more", alert.id)
            return await self._find(connection, alert.id)
        await connection.execute(LIVE, step)
        await self._end(connection, named, "replaced by an update", alert.id)
        later = await self._naming(connection, alert)
        if later is not None:
            ended = {"ids": [alert.id], "why": "replaced or taken back before it came", "now": now, "by": later}
            await connection.execute(END, ended)
            return await self._find(connection, alert.id)
        passed = await self._find(connection, alert.id)
        if passed.done is Done.PUBLIC:
            await self.deliver(connection, passed.id)
        return passed

    async def _named(
        self, connection: AsyncConnection, values: Mapping[str, Any], done: Done, *, but_not: int = 0
    ) -> list[AlertRow]:
        """Alerts of a source that a document refers to, and that hold or wait."""
        wanted = {
            "city": values["city"],
            "source": values["source"],
            "named": values["refers_to"],
            "done": done.value,
            "now": self.now(),
            "but_not": but_not,
        }
        return [alert_of(row) for row in await connection.execute(NAMED, wanted)]

    async def _naming(self, connection: AsyncConnection, alert: AlertRow) -> int | None:
        """A document of the same source that named this one before it came: an index lists the newest first."""
        named = json.dumps(_key(alert.sender, alert.identifier, alert.sent))
        wanted = {"city": alert.city, "source": alert.source, "done": alert.done.value, "named": named}
        found: int | None = (await connection.execute(NAMING, wanted)).scalar_one_or_none()
        return found

    async def _end(self, connection: AsyncConnection, ended: Sequence[AlertRow], why: str, by: int) -> None:
        if ended:
            ids = [one.id for one in ended]
            await connection.execute(END, {"ids": ids, "why": why, "now": self.now(), "by": by})
            for one in ended:
                if one.done is Done.PUBLIC:
                    await self.deliver(connection, one.id)

    async def _number(self, connection: AsyncConnection, city: City, now: datetime) -> str:
        """A number of ours that nothing has: the second is moved on where all ten of it are taken."""
        assert city.code is not None  # a city file with sources of alerts has one
        issued = now
        while True:
            numbers = [number_of(city.code, city.alerts.office, issued, serial) for serial in range(SERIALS)]
            taken = set((await connection.execute(TAKEN_NUMBERS, {"numbers": numbers})).scalars())
            if free := [one for one in numbers if one not in taken]:
                return free[0]
            issued += timedelta(seconds=1)

    def _values(self, alert: Alert, done: Done, city: City, source: str, agency: str) -> dict[str, Any]:
        """A document as it is kept, of a city: what it says of others is in its content alone."""
        infos = infos_of(alert.infos, city)
        place = place_of(infos, city)
        refers_to = [_key(one.sender, one.identifier, one.sent) for one in alert.references]
        return {
            "city": city.slug,
            "source": source,
            "agency": agency,
            "identifier": alert.identifier,
            "sender": alert.sender,
            "sent": alert.sent,
            "status": alert.status.value,
            "kind": alert.kind.value,
            "scope": alert.scope.value,
            "done": done.value,
            "severity": gravest(infos).value,
            "districts": None if place is None or place.districts is None else list(place.districts),
            "infos": json.dumps([kept(one) for one in infos], ensure_ascii=False),
            "refers_to": json.dumps(refers_to),
            "effective": min((one.effective or alert.sent for one in infos), default=alert.sent),
            "expires": max(
                (one.expires or (one.effective or alert.sent) + LASTS for one in infos), default=alert.sent + LASTS
            ),
        }

    async def _find(self, connection: AsyncConnection, number: int) -> AlertRow:
        return alert_of((await connection.execute(FIND, {"id": number})).one())

    @asynccontextmanager
    async def _held(self, number: int) -> AsyncIterator[tuple[AsyncConnection, AlertRow]]:
        """A transaction under the lock of an alert's city, with the alert as it is then."""
        async with transaction(self.engine) as connection:
            row = (await connection.execute(FIND, {"id": number})).one_or_none()
            if row is None:
                raise NotFound(f"There is no alert {number}.")
            await connection.execute(HOLD, {"city": row.city})
            yield connection, await self._find(connection, number)

    async def _note(
        self,
        connection: AsyncConnection,
        city: City,
        source: AlertSource,
        address: str,
        digest: str,
        alert: int | None,
        refused: Refused | None = None,
    ) -> bool:
        """Note what a reading became; False: that was noted before."""
        values = {
            "city": city.slug,
            "source": source.slug,
            "address": address,
            "digest": digest,
            "alert": alert,
            "why": refused.why if refused else "",
            "message": str(refused) if refused else "",
            "now": self.now(),
        }
        return (await connection.execute(READING, values)).one_or_none() is not None

    async def _refuse(
        self, actor: Actor, city: City, source: AlertSource, address: str, digest: str, refused: Refused
    ) -> None:
        """Keep that a document was refused: once, however often it is brought."""
        REFUSED.labels(city=city.slug, why=refused.why).inc()
        async with transaction(self.engine) as connection:
            if await self._note(connection, city, source, address, digest, None, refused):
                log.warning("alert_refused", city=city.slug, source=source.slug, why=refused.why)
                await record(
                    connection,
                    actor,
                    "alert.refuse",
                    subject=digest[:16],
                    city=city.slug,
                    agency=source.agency,
                    details={"source": source.slug, "why": refused.why},
                )

    async def _record(
        self,
        connection: AsyncConnection,
        actor: Actor,
        act: str,
        alert: AlertRow,
        *,
        reason: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        about = {"kind": alert.kind.value, "done": alert.done.value, "state": alert.state, "source": alert.source}
        await record(
            connection,
            actor,
            act,
            subject=str(alert.id),
            of=alert,
            reason=reason,
            details={**about, **(details or {})},
        )


def _single(named: Sequence[AlertRow]) -> None:
    """Refuse a Cancel that may mean several: taking back the wrong one cannot be made good."""
    if len(named) > 1:
        listed = ", ".join(str(one.id) for one in named)
        raise Refused("ambiguous", f"It names several alerts that hold ({listed}): a Cancel takes back one.")


def _key(sender: str, identifier: str, sent: datetime) -> list[str]:
    """A document as references are kept and compared: its time in UTC."""
    return [sender, identifier, f"{sent.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"]
