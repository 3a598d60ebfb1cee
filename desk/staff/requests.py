"""What takes two: one member of staff asks, another allows or refuses. Nobody decides on their own request.

What was allowed is done in the transaction of the decision: it happens once, and with its record, or not at all.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.trail import reason_of, record
from desk.contract.errors import Conflict, NotFound
from desk.contract.staff import Actor, NotPermitted, Permission, system
from desk.contract.text import Text
from desk.staff.alerts import ENDS_SOON, AlertKind, raise_alert, tell_decision
from desk.staff.register import everybody
from desk.staff.rows import RequestRow
from desk.store.database import transaction

GOOD = timedelta(days=3)
LIMIT = 200
TOPIC = "requests"
"""Of the hints to pages that show requests (`desk.staff.news`)."""
CLOCK = system("requests")
"""Who ends what nobody decided, in the audit."""


class Kind(StrEnum):
    """What takes two."""

    REFUND = "refund"  # above the limit
    VOICE_START = "voice_start"
    DATA_COPY = "data_copy"  # of what is kept of a resident who stands at a counter
    DATA_ERASE = "data_erase"  # all of it
    STAFF_GRANT = "staff_grant"  # a role of somebody, new or not
    STAFF_KEY = "staff_key"  # a key of a program
    STAFF_RECOVER = "staff_recover"  # a new way in, for who lost theirs
    STAFF_ENABLE = "staff_enable"
    CHANNEL_ACCOUNT = "channel_account"  # a new one
    CHANNEL_SECRETS = "channel_secrets"  # others in the place of those of an account
    MODEL_RELEASE = "model_release"  # a model that was trained beside the one that answers
    MODEL_CANARY = "model_canary"  # that such a model answers some residents, for a trial


@dataclass(frozen=True, slots=True)
class Needs:
    """Who may ask and who may allow. `first`: until there was a second who could allow it, one is enough."""

    ask: Permission
    allow: Permission
    first: bool = False


_OF_STAFF = Needs(Permission.STAFF_MANAGE, Permission.STAFF_MANAGE, first=True)
_OF_ACCOUNTS = Needs(Permission.CHANNEL_MANAGE, Permission.CHANNEL_MANAGE, first=True)
_OF_MODELS = Needs(Permission.MODEL_RELEASE, Permission.MODEL_RELEASE, first=True)
NEEDS: Mapping[Kind, Needs] = {
    Kind.REFUND: Needs(Permission.PAYMENT_REFUND, Permission.PAYMENT_ALLOW),
    Kind.VOICE_START: Needs(Permission.VOICE_START, Permission.VOICE_START),
    Kind.DATA_COPY: Needs(Permission.PERSONAL_ASK, Permission.PERSONAL_ALLOW),
    Kind.DATA_ERASE: Needs(Permission.PERSONAL_ASK, Permission.PERSONAL_ALLOW),
    Kind.STAFF_GRANT: _OF_STAFF,
    Kind.STAFF_KEY: _OF_STAFF,
    Kind.STAFF_RECOVER: _OF_STAFF,
    Kind.STAFF_ENABLE: _OF_STAFF,
    Kind.CHANNEL_ACCOUNT: _OF_ACCOUNTS,
    Kind.CHANNEL_SECRETS: _OF_ACCOUNTS,
    Kind.MODEL_RELEASE: _OF_MODELS,
    Kind.MODEL_CANARY: _OF_MODELS,
}

COLUMNS = ", ".join(one.name for one in fields(RequestRow))
ASK = text(f"""
    INSERT INTO staff_requests (kind, city, agency, subject, what, reason, requested_by, good_until)
    VALUES (:kind, :city, :agency, :subject, CAST(:what AS jsonb), :reason, :by, clock_timestamp() + :good)
    ON CONFLICT (kind, subject) WHERE state = 'open' DO NOTHING
    RETURNING {COLUMNS}
""")
# What another transaction holds is left alone: it ends it, or the next who asks does.
EXPIRE_ONE = text(f"""
    UPDATE staff_requests SET state = 'expired'
    WHERE id = (
        SELECT id FROM staff_requests
        WHERE state = 'open' AND good_until < clock_timestamp() AND kind = :kind AND subject = :subject
        FOR UPDATE SKIP LOCKED
    ) RETURNING {COLUMNS}
""")
HOLD = text(f"SELECT {COLUMNS} FROM staff_requests WHERE id = :id FOR UPDATE")
ONE = text(f"SELECT {COLUMNS} FROM staff_requests WHERE id = :id")
LIST = text(f"""
    SELECT {COLUMNS} FROM staff_requests
    WHERE (:all OR (state = 'open' AND good_until > clock_timestamp()))
      AND (requested_by = :me OR kind = ANY (:kinds)) AND (CAST(:before AS bigint) IS NULL OR id < :before)
    ORDER BY id DESC LIMIT :most
""")
OF_TWO = text("""
    SELECT EXISTS (SELECT FROM staff_requests WHERE kind = ANY (:kinds) AND id <> :id
                   AND NOT (state = 'done' AND decided_by IS NULL))
""")
DECIDE = text(f"""
    UPDATE staff_requests
    SET state = :state, decided_by = :by, decided_at = clock_timestamp(), decision_reason = :reason
    WHERE id = :id RETURNING {COLUMNS}
""")

IS_NEWS = """
    requested_by = :me AND seen_at IS NULL
    AND (state IN ('refused', 'expired') OR (state = 'done' AND decided_by IS NOT NULL)
         OR (state = 'open' AND good_until < clock_timestamp()))
"""
"""Whether a request is decided, or over, and who asked has not seen that: `RequestRow.is_news`."""
NEWS = text(f"SELECT {COLUMNS} FROM staff_requests WHERE {IS_NEWS} ORDER BY id DESC LIMIT :most")
SEEN = text(f"UPDATE staff_requests SET seen_at = clock_timestamp() WHERE id = :id AND {IS_NEWS}")
ALONE = text(f"""
    UPDATE staff_requests SET state = 'done', decided_at = clock_timestamp() WHERE id = :id RETURNING {COLUMNS}
""")

type After = Callable[[], Awaitable[object]]
type Handler = Callable[[AsyncConnection, RequestRow, Actor], Awaitable[After | None]]
"""Does what follows of a decision, in its transaction. Answers what is left to do after the commit.

Locks are taken in one order: what a request is about, then the request, as its row is changed. Who asks holds the first
and waits for the second where another decides; a request that is only held (`HOLD`) keeps nobody who asks waiting.
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for. `subject` names the one thing: there is one open request for it at a time."""

    kind: Kind
    subject: str
    what: Mapping[str, Any]
    reason: str
    city: str | None = None
    agency: str | None = None


@dataclass(frozen=True)
class Requests:
    """Asking and deciding. `handlers` do what is allowed; a kind without one cannot be decided here.

    `declined` do what follows where it is refused or taken back, for kinds where somebody is to hear of it.
    """

    engine: AsyncEngine
    handlers: Mapping[Kind, Handler]
    declined: Mapping[Kind, Handler] = field(default_factory=dict)

    async def ask(self, actor: Actor, wish: Wish) -> RequestRow:
        """Ask for something. Where one is enough, it is done at once.

        Raises:
            NotPermitted: the actor may not ask for this.
            Conflict: it is asked for already, or no reason is given.
        """
        async with transaction(self.engine) as connection:
            asked, after = await self.ask_in(connection, actor, wish)
        if after is not None:
            await after()
        return asked

    async def ask_in(self, connection: AsyncConnection, actor: Actor, wish: Wish) -> tuple[RequestRow, After | None]:
        """The same in a transaction of the caller, who does after the commit what is answered."""
        needs = NEEDS[wish.kind]
        actor.require(needs.ask, wish.city, wish.agency)
        before = (await connection.execute(EXPIRE_ONE, {"kind": wish.kind, "subject": wish.subject})).one_or_none()
        values = {
            "kind": wish.kind,
            "city": wish.city or "",
            "agency": wish.agency or "",
            "subject": wish.subject,
            "what": json.dumps(wish.what, ensure_ascii=False),
            "reason": reason_of(wish.reason),
            "by": actor.login,
            "good": GOOD,
        }
        row = (await connection.execute(ASK, values)).one_or_none()
        if row is None:
            raise Conflict(
                f"This is asked for already ({wish.kind} of {wish.subject}): desk request list",
                said=Text(key="console.error_asked_already"),
            )
        asked, after = RequestRow(**row._mapping), None
        if needs.first and await self._is_alone(connection, actor, asked):
            asked, after = await self._done(connection, actor, asked, alone=True)
        else:
            await tell_deciders(connection, asked)
            await _record(connection, actor, "request.ask", asked, asked.reason)
        if before is not None:
            await ended(connection, RequestRow(**before._mapping))
        return asked, after

    async def allow(self, actor: Actor, request_id: int, *, reason: str = "") -> RequestRow:
        """Allow what another asked for: it is done.

        Raises:
            NotFound: there is no such request.
            NotPermitted: the actor may not allow it, asked for it, or proved too long ago who they are.
            Conflict: it was decided already, or is out of date, or cannot be done any more.
        """
        async with transaction(self.engine) as connection:
            asked = await self._open(connection, request_id)
            self._insist_may_decide(actor, asked)
            actor.require_fresh()
            done, after = await self._done(connection, actor, asked, reason=reason)
        if after is not None:
            await after()
        return done

    async def refuse(self, actor: Actor, request_id: int, *, reason: str) -> RequestRow:
        """Refuse what another asked for, or take back what one asked for.

        Raises:
            NotFound: there is no such request.
            NotPermitted: the actor may not decide it.
            Conflict: it was decided already, or is out of date; no reason is given.
        """
        said = reason_of(reason)
        async with transaction(self.engine) as connection:
            asked = await self._open(connection, request_id)
            own = asked.requested_by == actor.login
            if not own:
                self._insist_may_decide(actor, asked)
            handler = self.declined.get(Kind(asked.kind))
            # before the row is changed: who asks anew holds what it is about, and would wait for a change
            after = None if handler is None else await handler(connection, asked, actor)
            decided = await self._decide(connection, actor, asked, "withdrawn" if own else "refused", said)
            await _record(connection, actor, "request.withdraw" if own else "request.refuse", decided, said)
        if after is not None:
            await after()
        return decided

    async def one(self, actor: Actor, request_id: int) -> RequestRow:
        """A request that the actor made, or may decide.

        Raises:
            NotFound: there is none.
        """
        async with self.engine.connect() as connection:
            row = (await connection.execute(ONE, {"id": request_id})).one_or_none()
        asked = None if row is None else RequestRow(**row._mapping)
        if asked is None or not (asked.requested_by == actor.login or self.may_decide(actor, asked)):
            raise _no_request(request_id)
        return asked

    async def all(self, actor: Actor, *, everything: bool = False) -> list[RequestRow]:
        """The requests that the actor made, or may decide; newest first, at most `LIMIT`."""
        found: list[RequestRow] = []
        kinds = [kind.value for kind, needs in NEEDS.items() if actor.may_somewhere(needs.allow)]
        values = {"all": everything, "me": actor.login, "kinds": kinds, "before": None, "most": LIMIT}
        async with self.engine.connect() as connection:
            while len(found) < LIMIT:
                rows = [RequestRow(**row._mapping) for row in await connection.execute(LIST, values)]
                found += [one for one in rows if one.requested_by == actor.login or self.may_decide(actor, one)]
                if len(rows) < LIMIT:
                    break
                values["before"] = rows[-1].id
        return found[:LIMIT]

    async def news(self, actor: Actor) -> list[RequestRow]:
        """What the actor asked for and has not seen the decision of, or that it is over; newest first."""
        async with self.engine.connect() as connection:
            rows = await connection.execute(NEWS, {"me": actor.login, "most": LIMIT})
            return [RequestRow(**row._mapping) for row in rows]

    async def seen(self, actor: Actor, request_id: int) -> None:
        """Note that who asked has seen what was decided; of anybody else nothing is noted."""
        async with transaction(self.engine) as connection:
            await connection.execute(SEEN, {"id": request_id, "me": actor.login})

    def may_decide(self, actor: Actor, asked: RequestRow) -> bool:
        """Whether the actor may allow or refuse a request."""
        return (
            asked.requested_by != actor.login
            and actor.via != "key"
            and actor.may(NEEDS[Kind(asked.kind)].allow, asked.city or None, asked.agency or None)
        )

    def _insist_may_decide(self, actor: Actor, asked: RequestRow) -> None:
        if actor.via == "key":
            raise NotPermitted("A program decides nothing: another person has to allow it.")
        if asked.requested_by == actor.login:
            raise NotPermitted(
                f"{actor.login} asked for this: another person has to allow it.",
                said=Text(key="console.error_own_request"),
            )
        actor.require(NEEDS[Kind(asked.kind)].allow, asked.city or None, asked.agency or None)

    async def _open(self, connection: AsyncConnection, request_id: int) -> RequestRow:
        row = (await connection.execute(HOLD, {"id": request_id})).one_or_none()
        if row is None:
            raise _no_request(request_id)
        asked = RequestRow(**row._mapping)
        if asked.state == "open" and asked.good_until < datetime.now(UTC):
            raise Conflict(f"Request {request_id} is expired.", said=Text(key="console.error_decided_already"))
        if asked.state != "open":
            raise Conflict(
                f"Request {request_id} is {asked.state} already.", said=Text(key="console.error_decided_already")
            )
        return asked

    async def _done(
        self, connection: AsyncConnection, actor: Actor, asked: RequestRow, *, reason: str = "", alone: bool = False
    ) -> tuple[RequestRow, After | None]:
        handler = self.handlers.get(Kind(asked.kind))
        if handler is None:
            raise Conflict(
                f"What request {asked.id} asks for cannot be done here.", said=Text(key="console.error_not_done_here")
            )
        after = await handler(connection, asked, actor)
        if alone:
            done = RequestRow(**(await connection.execute(ALONE, {"id": asked.id})).one()._mapping)
        else:
            done = await self._decide(connection, actor, asked, "done", reason)
        await _record(connection, actor, "request.alone" if alone else "request.allow", done, reason or asked.reason)
        return done, after

    async def _decide(
        self, connection: AsyncConnection, actor: Actor, asked: RequestRow, state: str, reason: str
    ) -> RequestRow:
        values = {"id": asked.id, "state": state, "by": actor.login, "reason": reason}
        decided = RequestRow(**(await connection.execute(DECIDE, values)).one()._mapping)
        if state != "withdrawn":
            await tell_decision(
                connection, decided.id, state, of=decided.kind, city=decided.city, agency=decided.agency
            )
        return decided

    async def _is_alone(self, connection: AsyncConnection, actor: Actor, asked: RequestRow) -> bool:
        """Whether one is enough: nobody else could allow this, nor ever could while anything was asked for."""
        allow = NEEDS[Kind(asked.kind)].allow
        if await is_of_two(connection, allow, but_not=asked.id):
            return False
        return not any(
            one.is_person
            and one.login != actor.login
            and Actor(one.login, grants=one.grants).may(allow, asked.city or None, asked.agency or None)
            for one in await everybody(connection)
        )


def _no_request(request_id: int) -> NotFound:
    return NotFound(f"There is no request {request_id}: desk request list", said=Text(key="console.error_no_request"))


async def tell_deciders(connection: AsyncConnection, asked: RequestRow, *, ends_soon: bool = False) -> None:
    """Have those told who may decide a request: that it was made, or that it ends soon."""
    await raise_alert(
        connection,
        AlertKind.REQUEST,
        str(asked.id),
        to=NEEDS[Kind(asked.kind)].allow,
        city=asked.city or None,
        agency=asked.agency or None,
        detail=f"{ENDS_SOON} {asked.kind}" if ends_soon else asked.kind,
        but_not=asked.requested_by,
    )


async def ended(connection: AsyncConnection, asked: RequestRow) -> None:
    """Have who asked told that nobody decided in time, and keep it in the audit; the request is marked as expired."""
    await tell_decision(connection, asked.id, "expired", of=asked.kind, city=asked.city, agency=asked.agency)
    await _record(connection, CLOCK, "request.expire", asked, "")


async def _record(connection: AsyncConnection, actor: Actor, act: str, asked: RequestRow, reason: str) -> None:
    details = {"request": asked.id, "kind": asked.kind, "requested_by": asked.requested_by, "what": asked.what}
    await record(
        connection,
        actor,
        act,
        subject=asked.subject,
        of=asked,
        reason=reason,
        details=details,
    )


async def is_of_two(connection: AsyncConnection, allow: Permission, *, but_not: int = 0) -> bool:
    """Whether anything that this permission allows was ever asked of a second person: it takes two from then on."""
    kinds = [kind for kind, needs in NEEDS.items() if needs.first and needs.allow == allow]
    return bool((await connection.execute(OF_TWO, {"kinds": kinds, "id": but_not})).scalar_one())
