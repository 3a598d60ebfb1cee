"""Telling staff of alerts, by mail to each who wants it and by a webhook: bundled, and at least once."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from aiohttp import ClientError, ClientSession
from prometheus_client import Counter
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.city.files import City
from desk.contract.errors import DeskError
from desk.contract.messages import Text
from desk.contract.staff import Actor, Permission
from desk.contract.wire import LOCALES, Locale
from desk.http.webhook import post
from desk.staff.alerts import ACCOUNT, ENDS_SOON, MAIL, OUTCOME, AlertKind
from desk.staff.mail import Mail, MailAway, MailRefused, MailServer
from desk.staff.register import everybody
from desk.store.database import transaction
from desk.store.deferring import REPLIES, defer
from desk.store.keys import Keys
from desk.texts.catalogs import Catalogs

log = structlog.get_logger(__name__)
TOLD = Counter("desk_staff_alerts_total", "Alerts to staff by mail and webhook, by what became of them", ["outcome"])

DELIVER = "staff.deliver_alerts"
AT_ONCE = 20  # alerts in a mail
TRIES = 8
OF_ONE = frozenset({ACCOUNT, OUTCOME, AlertKind.DECISION, AlertKind.REVIEW})
"""What is one person's own matter: no webhook hears of it."""

PAGES = {"emergency_alert": "alerts"}
"""Where in the console one decides what a request is about, if it is no request of its own."""

ALERT = text("SELECT kind, subject, detail, city, agency, permission, but_not FROM staff_alerts WHERE id = :id")
WANT = text("SELECT id FROM staff WHERE mail IS NOT NULL AND :kind = ANY (alerts) AND disabled_at IS NULL")
ITSELF = text("SELECT id FROM staff WHERE login = :login AND mail IS NOT NULL AND disabled_at IS NULL")
REVIEWER = text("""
    SELECT id FROM staff
    WHERE login = :login AND mail IS NOT NULL AND :kind = ANY (alerts) AND disabled_at IS NULL
""")
ASKER = text("""
    SELECT staff.id FROM staff_requests AS asked JOIN staff ON staff.login = asked.requested_by
    WHERE asked.id = CAST(:request AS bigint) AND staff.mail IS NOT NULL AND :kind = ANY (staff.alerts)
      AND staff.disabled_at IS NULL
""")
ENTER = text("""
    INSERT INTO staff_alert_deliveries (alert_id, staff_id) VALUES (:alert, :staff)
    ON CONFLICT DO NOTHING RETURNING id
""")
# What is locked stands in a WITH: as a list of IN it may be asked for anew for each row, and more than that are taken.
TAKE = text("""
    WITH next AS (
        SELECT id FROM staff_alert_deliveries
        WHERE state = 'waiting' AND staff_id IS NOT DISTINCT FROM CAST(:staff AS uuid)
        ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    UPDATE staff_alert_deliveries AS delivery SET attempts = attempts + 1
    FROM staff_alerts AS alert, next
    WHERE alert.id = delivery.alert_id AND delivery.id = next.id
    RETURNING delivery.id, delivery.attempts, alert.id AS alert, alert.kind, alert.subject, alert.detail, alert.city,
              alert.agency, alert.at
""")
END = text("""
    UPDATE staff_alert_deliveries SET state = :state, ended_at = clock_timestamp()
    WHERE id = ANY (:ids) AND state = 'waiting'
""")
WHO = text("SELECT id, locale, mail FROM staff WHERE id = :id AND mail IS NOT NULL AND disabled_at IS NULL")


class AlertsWait(DeskError):
    """Alerts could not be told just now; they are again."""

    retryable = True


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where alerts go besides mail, each signed (`desk.http.webhook`)."""

    url: str
    secret: bytes


@dataclass(frozen=True)
class Telling:
    """Tells staff. Without a mail server, or a webhook, that way is not taken."""

    engine: AsyncEngine
    http: ClientSession
    catalogs: Catalogs
    cities: Mapping[str, City]
    keys: Keys
    address: str
    mail: MailServer | None = None
    webhook: Webhook | None = None

    async def tell(self, alert: int) -> None:
        """Find who is to be told of an alert, and have them told."""
        async with transaction(self.engine) as connection:
            row = (await connection.execute(ALERT, {"id": alert})).one_or_none()
            if row is None:
                return
            to: list[UUID | None] = [None] if self.webhook and row.kind not in OF_ONE else []
            to += await self._recipients(connection, row) if self.mail else []
            for one in to:
                if (await connection.execute(ENTER, {"alert": alert, "staff": one})).one_or_none() is not None:
                    staff = str(one or "")
                    await defer(connection, DELIVER, lane=REPLIES, lock=f"alerts:{staff}", staff=staff)

    async def deliver(self, staff: UUID | None) -> None:
        """Tell one recipient all that waits for them.

        Raises:
            AlertsWait: it could not be told just now.
        """
        async with transaction(self.engine) as connection:
            rows = (await connection.execute(TAKE, {"staff": staff, "limit": AT_ONCE})).all()
            who = None if staff is None else (await connection.execute(WHO, {"id": staff})).one_or_none()
        if not rows:
            return
        ids = [row.id for row in rows]
        if staff is not None and (who is None or self.mail is None):
            await self._end(ids, "dead")
            return
        try:
            await (self._post(rows) if who is None else self._write(who, rows))
        except MailRefused:
            log.error("alert_refused", staff=str(staff))
            await self._end(ids, "dead")
        except (MailAway, ClientError, OSError, TimeoutError) as exc:
            log.warning("alert_waits", error=type(exc).__name__)
            await self._end([row.id for row in rows if row.attempts >= TRIES], "dead")
            raise AlertsWait from exc
        else:
            await self._end(ids, "sent")

    async def _recipients(self, connection: AsyncConnection, row: Row[tuple[object, ...]]) -> list[UUID]:
        if row.kind == ACCOUNT:
            return list((await connection.execute(ITSELF, {"login": row.subject})).scalars())
        if row.kind == AlertKind.DECISION:
            return list((await connection.execute(ASKER, {"request": row.subject, "kind": row.kind})).scalars())
        if row.kind in (AlertKind.REVIEW, OUTCOME):
            asked = {"login": row.detail.partition(" ")[0], "kind": AlertKind.REVIEW}
            return list((await connection.execute(REVIEWER, asked)).scalars())
        want = {one.id for one in await connection.execute(WANT, {"kind": row.kind})}
        permission = Permission(row.permission)
        return [
            one.id
            for one in await everybody(connection)
            if one.id in want
            and one.login != row.but_not
            and Actor(one.login, grants=one.grants).may(permission, row.city or None, row.agency or None)
        ]

    async def _write(self, who: Row[tuple[object, ...]], rows: Sequence[Row[tuple[object, ...]]]) -> None:
        assert self.mail is not None
        locale = next((one for one in LOCALES if one == who.locale), LOCALES[0])
        lines = [self._line(row, locale) for row in rows]
        subject = lines[0] if len(lines) == 1 else self._say("alert_several", locale, count=len(lines))
        body = "\n\n".join(f"{line}\n{self._link(row)}" for line, row in zip(lines, rows, strict=True))
        to = self.keys.open(bytes(who.mail), purpose=MAIL, of=str(who.id)).decode()
        key = hashlib.sha256("-".join(str(row.id) for row in rows).encode()).hexdigest()[:32]
        await self.mail.send(Mail(to, subject, f"{body}\n\n{self._say('alert_foot', locale)}\n", key))

    async def _post(self, rows: Sequence[Row[tuple[object, ...]]]) -> None:
        assert self.webhook is not None
        alerts = [
            {
                "alert": row.alert,
                "kind": row.kind,
                "subject": row.subject,
                "detail": row.detail,
                "city": row.city or None,
                "agency": row.agency or None,
                "at": _iso(row.at),
                "link": self._link(row),
            }
            for row in rows
        ]
        await post(self.http, self.webhook.url, self.webhook.secret, {"alerts": alerts})

    async def _end(self, ids: Sequence[int], state: str) -> None:
        if ids:
            TOLD.labels(outcome=state).inc(len(ids))
            async with transaction(self.engine) as connection:
                await connection.execute(END, {"ids": list(ids), "state": state})

    def _line(self, row: Row[tuple[object, ...]], locale: Locale) -> str:
        if row.kind == ACCOUNT:
            return self._say(f"alert_account_{row.detail}", locale, login=str(row.subject))
        if row.kind == AlertKind.DECISION:
            state, _, kind = str(row.detail).partition(" ")
            what = self._say(f"alert_what_{kind}", locale)
            return self._say(f"alert_decision_{state}", locale, subject=str(row.subject), detail=what)
        if row.kind == AlertKind.INSPECTION:
            what, _, count = str(row.detail).partition(" ")
            place = self._place(row, locale)
            return self._say(
                f"alert_inspection_{what}", locale, subject=str(row.subject), place=place, count=int(count)
            )
        if row.kind == AlertKind.PAUSE:
            account, failed, ended = str(row.detail).split()
            of = {"subject": str(row.subject), "place": self._place(row, locale), "account": account}
            return self._say("alert_pause", locale, **of, failed=int(failed), ended=int(ended))
        if row.kind == AlertKind.REVIEW:
            languages = (self._say(f"ticket_language_{one}", locale) for one in str(row.detail).split()[1:])
            said = (", " if locale == "en" else "、").join(languages)
            place = self._place(row, locale)
            return self._say("alert_review", locale, subject=str(row.subject), place=place, languages=said)
        if row.kind == OUTCOME:
            what = str(row.detail).partition(" ")[2]
            return self._say(f"alert_outcome_{what}", locale, subject=str(row.subject), place=self._place(row, locale))
        if row.kind == AlertKind.REQUEST:
            before, _, kind = str(row.detail).rpartition(" ")
            key = "alert_request_ends_soon" if before == ENDS_SOON else "alert_request"
            return self._say(key, locale, subject=str(row.subject), detail=self._say(f"alert_what_{kind}", locale))
        args = {"subject": str(row.subject), "detail": str(row.detail), "place": self._place(row, locale)}
        return self._say(f"alert_{row.kind}", locale, **args)

    def _place(self, row: Row[tuple[object, ...]], locale: Locale) -> str:
        city = self.cities.get(str(row.city))
        if city is None:
            return self._say("everywhere", locale)
        return self.catalogs.name(city.names.model_dump(), locale)

    def _link(self, row: Row[tuple[object, ...]]) -> str:
        if row.kind == ACCOUNT:
            return f"{self.address}/console/account"
        if row.kind == AlertKind.INSPECTION:
            return f"{self.address}/console/inspection"
        if row.kind in (AlertKind.REQUEST, AlertKind.DECISION):
            page = PAGES.get(str(row.detail), "requests")
        elif row.kind == AlertKind.CALLBACK:
            return f"{self.address}/console/announcements"
        elif row.kind in (AlertKind.PAUSE, AlertKind.REVIEW, OUTCOME):
            page = "announcements"
        else:
            page = "tickets"
        return f"{self.address}/console/{page}/{row.subject}"

    def _say(self, key: str, locale: Locale, **args: str | int) -> str:
        return self.catalogs.text(Text(key=f"console.{key}", args=dict(args)), locale)


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
