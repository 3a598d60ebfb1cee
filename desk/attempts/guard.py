"""Judges what a turn decided, before anything of it counts: guesses, wishes for codes, what is open, tickets.

What is refused is not said, and the dialogue stays as it was before: so nothing is learnt from it, not even whether it
was right. All of it happens in the turn's transaction, under locks of what is counted; a turn without such effects
costs nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import JsonValue
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.attempts import counters, limits
from desk.attempts.caller import CALLER, Caller
from desk.attempts.codes import wish
from desk.attempts.counters import hashed
from desk.attempts.limits import Stop, Windows
from desk.attempts.proofs import of_person, proved_lately
from desk.attempts.reserving import ERASE as ERASE_WAITING
from desk.attempts.reserving import Full, Reservations
from desk.attempts.strangers import Strangers
from desk.city.files import City
from desk.contract.messages import Button, KeepCase, OpenTicket, Reply, Text
from desk.contract.proving import Reserve, SendCode, Tried, What
from desk.conversations.ports import Turn as Answered
from desk.conversations.ports import TurnPart
from desk.conversations.rows import ConversationRow
from desk.linking.person import together
from desk.store.deferring import REPLIES, defer
from desk.store.keys import Keys

WARN = "attempts.warn"
OF_SUBJECT: Mapping[What, Windows] = {
    "plate": limits.WRONG_BY_SUBJECT,
    "account": limits.WRONG_BY_SUBJECT,
    "code": limits.WRONG_CODES_BY_SUBJECT,
    "reference": limits.WRONG_CODES_BY_SUBJECT,
}
"""What has a limit of its own, by whomever it is tried. A telephone has none: what its code opens is done by then."""
FULL: Mapping[Full, str] = {"theirs": "limits.too_many_open", "address": "limits.too_many_open_here"}
STATUS = Button(title=Text(key="button.status"), payload="/request_status")
LIST_SERVICES = Button(title=Text(key="button.list_services"), payload="/list_services")
LEADS_ON: Mapping[str, Button] = {
    "limits.too_many_open": STATUS,  # what is open, each with a way to call it off
    "limits.too_many_open_here": LIST_SERVICES,
    "limits.too_many_waiting": LIST_SERVICES,
}
"""What can be done now, by what is refused without an end that is known."""
UNASKED = frozenset({"failed", "refund"})
"""Tickets that are never too many: money, and what we failed at."""

KNOWN = text(f"""
    SELECT subject FROM proofs
    WHERE subject = ANY (CAST(:subjects AS bytea[]))
      AND conversation_id = ANY ({together("CAST(:id AS uuid)")})
""")
PROVE = text("""
    INSERT INTO proofs (subject, conversation_id, is_person, at) VALUES (:subject, :id, :is_person, :now)
    ON CONFLICT (subject, conversation_id) DO UPDATE
    SET at = excluded.at, is_person = proofs.is_person OR excluded.is_person
""")
WARN_OF = text("""
    WITH owner AS (
        UPDATE proofs SET warned_at = :now
        WHERE subject = :subject AND (warned_at IS NULL OR warned_at <= :since) RETURNING conversation_id
    )
    INSERT INTO attempt_warnings (conversation_id, service) SELECT conversation_id, :service FROM owner RETURNING id
""")


ERASE = (
    *(
        text(f"DELETE FROM {table} WHERE conversation_id = :id")
        for table in ("proofs", "wished_codes", "attempt_warnings")
    ),
    ERASE_WAITING,
)


@dataclass(frozen=True)
class Guard(TurnPart):
    """Judges turns. `now` is the clock."""

    keys: Keys
    cities: Mapping[str, City]
    now: Callable[[], datetime]

    columns: ClassVar[Mapping[str, str]] = {"caller": CALLER}
    """Nothing of it is told to the bot: who speaks is the desk's alone."""
    erases: ClassVar[Sequence[TextClause]] = ERASE

    async def judge(self, turn: Answered) -> Reply | None:
        """Count what a turn decided; what is said in the place of its answer, if it is too much."""
        effects = turn.effects
        judged = Turn(self, turn.connection, turn.found, Caller.of(turn.read), self.now())
        tried = [one for one in effects if isinstance(one, Tried) and one.what != "phone"]
        if tried and (refusal := await judged.tried(tried)) is not None:
            return refusal
        for effect in effects:
            refusal = None
            match effect:
                case SendCode():
                    refusal = await judged.code(effect)
                case Reserve():
                    refusal = await judged.reserve(effect)
                case OpenTicket() if effect.reason not in UNASKED:
                    refusal = await judged.ticket(effect)
                case Tried(what="phone", right=True):
                    await judged.proved_phone(effect)
                case KeepCase():
                    await judged.reservations.keep(effect, self.cities[effect.city].timezone)
            if refusal is not None:
                return refusal
        return None

    async def link_stop(
        self, connection: AsyncConnection, read: Mapping[str, Any], city: str, *, wrong: bool = False
    ) -> bool:
        """Whether too many wrong codes of linking were typed by this caller; `wrong` counts one more."""
        caller, now = Caller.of(read), self.now()
        windows = by_caller(self.keys, caller, "link", limits.LINKS_BY_RESIDENT, limits.LINKS_BY_ADDRESS)
        if wrong:
            await counters.count(connection, windows, city=city, now=now)
            return False
        await counters.lock(connection, windows)
        return await counters.first_stop(connection, windows, now) is not None

    async def may_be_left(
        self, connection: AsyncConnection, conversation: ConversationRow, kind: str, contact: str, *, always: bool
    ) -> bool:
        """Whether a contact may be left at the conversation's ticket, beside those where it is left; counts it then.

        `always`: it may, however many there are.
        """
        of = Reservations(self.keys, connection, conversation.id, self.now())
        return await of.leave(kind, contact, conversation.city, always=always)


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn under judgement."""

    guard: Guard
    connection: AsyncConnection
    conversation: ConversationRow
    caller: Caller
    now: datetime

    @property
    def reservations(self) -> Reservations:
        return Reservations(self.guard.keys, self.connection, self.conversation.id, self.now)

    async def tried(self, tried: Sequence[Tried]) -> Reply | None:
        """Judge guesses together: several in one message are several."""
        keys, wrong = self.guard.keys, [one for one in tried if not one.right]
        subjects = {one: self._subject(one) for one in tried}
        known = await self._known(subjects.values())
        callers = by_caller(keys, self.caller, "guess", limits.WRONG_BY_RESIDENT, limits.WRONG_BY_ADDRESS)
        by_subject = {
            subjects[one]: OF_SUBJECT[one.what]
            for one in tried
            if one.what in OF_SUBJECT and subjects[one] not in known
        }
        await counters.lock(self.connection, [*callers, *by_subject])
        stopped = await self._stopped(
            callers, by_subject, max(1, len(wrong)), all_known=set(subjects.values()) <= known
        )
        if stopped is not None:
            key, found = stopped
            service = tried[0].service
            if key in by_subject and found.window > limits.TEN_MINUTES and service is not None:
                await self._warn(key, service)
            return self._refusal("limits.too_many_tries", service, found)
        for one in wrong:
            counted = [*callers, *([subjects[one]] if subjects[one] in by_subject else [])]
            await self._count(counted)
        for one in tried:
            if one.right:
                await self._proved(subjects[one], is_person=one.what == "code")
        return None

    async def _stopped(
        self, callers: Mapping[bytes, Windows], by_subject: Mapping[bytes, Windows], more: int, *, all_known: bool
    ) -> tuple[bytes, Stop] | None:
        """What stops these guesses. A subject that the caller proved before is shown whatever others did."""
        resident, address = self.caller.key(self.guard.keys, "guess"), self._right_from_address()
        windows: dict[bytes, Windows] = {**callers, **by_subject}
        read = {**windows, **({} if address is None else {address: (limits.Window(limits.DAY, 0),)})}
        counted = await counters.read(self.connection, read, self.now)
        stops = []
        for key, every in windows.items():
            shared = key in callers and key != resident
            if shared and all_known:
                continue
            # one more for so many that were right, in each span
            for window in every:
                right = counted.different(address, self.now - window.span) if shared and address is not None else 0
                found = limits.stop(
                    counted.times.get(key, ()),
                    (window,),
                    self.now,
                    more=1 if key in by_subject else more,
                    extra=right // limits.RIGHT_FOR_ONE_WRONG,
                )
                if found is not None:
                    stops.append((key, found))
        return max(stops, key=lambda one: one[1].until, default=None)

    async def _proved(self, subject: bytes, *, is_person: bool) -> None:
        about = {"subject": subject, "id": self.conversation.id, "is_person": is_person, "now": self.now}
        await self.connection.execute(PROVE, about)
        if (address := self._right_from_address()) is not None:
            await self._count([address], about=subject[:16])

    async def proved_phone(self, one: Tried) -> None:
        """Remember who holds a telephone: codes to it are the owner's. It is no proof of who somebody is.

        Tries at its codes are not judged: what they open is done by then, and a code bears three of them.
        """
        about = {"subject": self._subject(one), "id": self.conversation.id, "is_person": False, "now": self.now}
        await self.connection.execute(PROVE, about)

    async def _warn(self, subject: bytes, service: str) -> None:
        """Have the owners told, where they have proved the subject: once a day."""
        since = self.now - limits.DAY
        about = {"subject": subject, "service": service, "now": self.now, "since": since}
        for warning in (await self.connection.execute(WARN_OF, about)).scalars().all():
            await defer(self.connection, WARN, lane=REPLIES, warning=int(warning))

    async def code(self, effect: SendCode) -> Reply | None:
        """Judge a wish for a code: the owner's are counted apart from those of strangers."""
        keys, value = self.guard.keys, effect.value
        subject = hashed(keys, effect.of, value)
        owner = subject in await self._known([subject])
        callers = by_caller(keys, self.caller, "code", limits.CODES_BY_RESIDENT, limits.CODES_BY_ADDRESS)
        place = self.caller.address or self.caller.resident
        if owner:
            resident = hashed(keys, "code to owner", self.caller.resident, value)
            windows = {**callers, resident: limits.CODES_TO_OWNER}
        else:
            strangers = Strangers.of(keys, "code", value, place)
            await counters.lock(self.connection, [*callers, *strangers.keys])
            windows = {**callers, **await strangers.windows(self.connection, self.now)}
        refusal = await self._few(windows, "limits.too_many_codes", effect.service)
        if refusal is None:
            await wish(self.connection, self.conversation, effect, owner=owner, place=place)
        return refusal

    async def reserve(self, effect: Reserve) -> Reply | None:
        """Judge what was summed up: what is open already, and how fast more is begun."""
        full = await self.reservations.full(effect, self.caller, more=await self._more_of_address())
        if full is not None:
            return self._refusal(FULL[full], effect.service)
        windows = by_caller(self.guard.keys, self.caller, "begin", limits.BEGUN_BY_RESIDENT, limits.BEGUN_BY_ADDRESS)
        if not await self.reservations.is_mine(effect):
            refusal = await self._few(windows, "limits.too_many_begun", effect.service)
            if refusal is not None:
                return refusal
        await self.reservations.take(effect, self.caller, self.conversation.city)
        return None

    async def ticket(self, effect: OpenTicket) -> Reply | None:
        """Judge a wish for a clerk: how many wait already, and how fast more are wished for."""
        windows = by_caller(
            self.guard.keys, self.caller, "ticket", limits.TICKETS_BY_RESIDENT, limits.TICKETS_BY_ADDRESS
        )
        await counters.lock(self.connection, windows)
        more = await self._more_of_address()
        if await self.reservations.waiting(self.caller, self.conversation.city, more=more) is not None:
            return self._refusal("limits.too_many_waiting", effect.service)
        return await self._few(windows, "limits.too_many_tickets", effect.service)

    async def _more_of_address(self) -> int | None:
        """So many more may be open from this address, for what was proved from there in a day.

        None: it is not counted, since the caller has proved just now who they are.
        """
        if await proved_lately(self.connection, self.conversation.id):
            return None
        address = self._right_from_address()
        if address is None:
            return 0
        counted = await counters.read(self.connection, {address: (limits.Window(limits.DAY, 0),)}, self.now)
        return counted.different(address, self.now - limits.DAY) // limits.RIGHT_FOR_ONE_WRONG

    async def _few(self, windows: Mapping[bytes, Windows], key: str, service: str | None) -> Reply | None:
        await counters.lock(self.connection, windows)
        stopped = await counters.first_stop(self.connection, windows, self.now)
        if stopped is not None:
            return self._refusal(key, service, stopped[1])
        await self._count(windows)
        return None

    async def _known(self, subjects: Iterable[bytes]) -> set[bytes]:
        about = {"subjects": list(subjects), "id": self.conversation.id}
        return {bytes(one) for one in (await self.connection.execute(KNOWN, about)).scalars()}

    async def _count(self, keys: Iterable[bytes], about: bytes | None = None) -> None:
        await counters.count(self.connection, keys, city=self.conversation.city, now=self.now, about=about)

    def _subject(self, one: Tried) -> bytes:
        """One key for what is one: an id or number is known by the same as a wish for its codes (`code`)."""
        keys = self.guard.keys
        return of_person(keys, one.subject) if one.what == "code" else hashed(keys, one.what, one.subject)

    def _right_from_address(self) -> bytes | None:
        return self.caller.address_key(self.guard.keys, "right")

    def _refusal(self, key: str, service: str | None, found: Stop | None = None) -> Reply:
        city = self.guard.cities[self.conversation.city]
        offered = service is not None and service in city.services
        agency = city.responsible(service) if offered and service is not None else city.agencies[0]
        args: dict[str, JsonValue] = {
            "agency": {"name": agency.names.model_dump(exclude_none=True)},
            "phone": agency.phone,
        }
        if found is not None:
            until = found.until.astimezone(ZoneInfo(city.timezone)) + timedelta(seconds=59)
            args["until"] = {"datetime": until.replace(second=0, microsecond=0).isoformat()}
        return Reply(key=key, args=args, buttons=[LEADS_ON[key]] if key in LEADS_ON else [])


def by_caller(keys: Keys, caller: Caller, what: str, resident: Windows, address: Windows) -> dict[bytes, Windows]:
    """The keys of a caller with their windows."""
    at = caller.address_key(keys, what)
    return {caller.key(keys, what): resident, **({} if at is None else {at: address})}
