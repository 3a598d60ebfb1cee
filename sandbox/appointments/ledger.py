"""What was booked at one agency: bookings by key, what is taken of a slot, whom a live booking belongs to.

All of a change is written at once, so that killing the sandbox between two records is impossible.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.appointments.data import Office, Service
from sandbox.appointments.wire import Payment, Slot, Wish
from sandbox.state import Body, State

SYSTEM = "appointments"
ZONE = ZoneInfo("Asia/Shanghai")
VOID: Body = {"void": True}
"""A key under which nothing was booked when it was cancelled: nothing ever will be."""


class RefusedError(Exception):
    """`kind` is the contract's word for the reason."""

    def __init__(self, kind: str, status: int = 409) -> None:
        super().__init__(kind)
        self.kind, self.status = kind, status


@dataclass(frozen=True, slots=True)
class Ledger:
    """One service of one city, at a moment (aware)."""

    state: State
    city: str
    name: str
    service: Service
    now: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(ZONE).date()

    def taken(self) -> dict[str, int]:
        """How many appointments residents have made, by slot."""
        return {key: len(body["keys"]) for key, body in self.state.all(SYSTEM, self.city, self._kind("slot"))}

    def free(self, slot: Slot, taken: int) -> int:
        """How many are left of a slot's: some were taken before anyone came."""
        return max(0, self.service.capacity - self._before(slot) - taken)

    def times(self, office: Office, day: date) -> list[str]:
        """Times of a day that can be booked: none that are past, none beyond the last day."""
        if not 0 <= (day - self.today).days <= self.service.days_ahead:
            return []
        now = f"{self.now.astimezone(ZONE):%H:%M}"
        return [at for at in self.service.times(office, day) if day > self.today or at > now]

    def booking(self, key: str) -> Body:
        """A booking as the contract's `Booking`.

        Raises:
            RefusedError: `not-found`.
        """
        return self._shown(self._kept(key))

    def all(self) -> list[Body]:
        """All bookings with what was asked for, in the order in which they came."""
        kept = self.state.all(SYSTEM, self.city, self._kind("booking"))
        return [{"key": key, **body["wish"], **self._shown(body)} for key, body in kept if "void" not in body]

    def book(self, key: str, wish: Wish) -> Body:
        """Book, once however often it is asked."""
        before, asked = self.state.get(SYSTEM, self.city, self._kind("booking"), key), wish.model_dump(mode="json")
        if before is not None:
            if "void" in before:
                raise RefusedError("cancelled")
            if before["wish"] != asked:
                raise RefusedError("key-reused")
            return self._shown(before)
        office = self._office(wish.slot)
        if any(one.id_type not in ("resident_id", *self.service.documents) for one in wish.persons):
            raise RefusedError("document-not-taken")
        if len({one.id_number for one in wish.persons}) < len(wish.persons):
            raise RefusedError("already-booked")
        if any(self._is_held(one.id_number) for one in wish.persons):
            raise RefusedError("already-booked")
        self._check(wish.slot, office)
        digest = int(hashlib.sha256(f"{self.city} {self.name} {key}".encode()).hexdigest(), 16)
        body: Body = {
            "wish": asked,
            "slot": asked["slot"],
            "status": "booked",
            "reference": f"YY{digest % 10**10:010d}",
            "fee": self.service.fee(office, wish.slot.department),
            "payment": None,
            "on": self.today.isoformat(),
        }
        holders = [("person", one.id_number, {"key": key}) for one in wish.persons]
        self._put(("booking", key, body), self._slot_with(wish.slot, key), *holders)
        return self._shown(body)

    def move(self, key: str, slot: Slot) -> Body:
        """Take the new slot and give up the old one, together."""
        body = self._kept(key)
        shown = self._shown(body)
        if shown["status"] == "cancelled":
            raise RefusedError("cancelled")
        if shown["status"] != "booked":
            raise RefusedError("past")
        old = Slot.model_validate(body["slot"])
        if slot == old:
            return shown
        office = self._office(slot)
        self._check(slot, office)
        fee = self.service.fee(office, slot.department)
        if body["payment"] is not None and fee != body["fee"]:
            raise RefusedError("fee-differs")
        moved = {**body, "slot": slot.model_dump(mode="json"), "fee": fee}
        self._put(("booking", key, moved), self._slot_without(old, key), self._slot_with(slot, key))
        return self._shown(moved)

    def cancel(self, key: str) -> Body:
        """Give the slot up; a key under which there is nothing is used up."""
        kept = self.state.get(SYSTEM, self.city, self._kind("booking"), key)
        if kept is None or "void" in kept:
            self._put(("booking", key, VOID))
            raise RefusedError("not-found", 404)
        shown = self._shown(kept)
        if shown["status"] == "cancelled":
            return shown
        if shown["status"] != "booked":
            raise RefusedError("past")
        gone = {**kept, "status": "cancelled"}
        free = [("person", one["id_number"], {"key": None}) for one in kept["wish"]["persons"]]
        self._put(("booking", key, gone), self._slot_without(Slot.model_validate(kept["slot"]), key), *free)
        return self._shown(gone)

    def pay(self, key: str, payment: Payment) -> Body:
        """Note that the fee was paid."""
        body, paid = self._kept(key), payment.model_dump(mode="json")
        if body["payment"] is not None:
            if body["payment"] != paid:
                raise RefusedError("already-paid")
            return self._shown(body)
        if body["status"] == "cancelled":
            raise RefusedError("cancelled")
        if payment.amount != body["fee"]:
            raise RefusedError("wrong-amount")
        done = {**body, "payment": paid}
        self._put(("booking", key, done))
        return self._shown(done)

    def _kept(self, key: str) -> Body:
        kept = self.state.get(SYSTEM, self.city, self._kind("booking"), key)
        if kept is None or "void" in kept:
            raise RefusedError("not-found", 404)
        return kept

    def _shown(self, body: Body) -> Body:
        slot, status = Slot.model_validate(body["slot"]), body["status"]
        begins = datetime.fromisoformat(f"{slot.date}T{slot.time}").replace(tzinfo=ZONE)
        if status == "booked" and begins <= self.now:
            status = "kept"
        paid = body["payment"] is not None
        receipt = f"SJ{body['reference'][2:]}" if paid else None
        shown = {"reference": body["reference"], "slot": body["slot"], "status": status, "fee": body["fee"]}
        return {**shown, "paid": paid, "receipt": receipt}

    def _office(self, slot: Slot) -> Office:
        office = self.service.office(slot.office, slot.department)
        if office is None:
            raise RefusedError("unknown-office", 404)
        return office

    def _check(self, slot: Slot, office: Office) -> None:
        if slot.time not in self.times(office, date.fromisoformat(slot.date)):
            raise RefusedError("closed")
        if self.free(slot, len(self._keys_of(slot))) < 1:
            raise RefusedError("slot-taken")

    def _is_held(self, id_number: str) -> bool:
        """Whether someone has a live booking of this service."""
        held = self.state.get(SYSTEM, self.city, self._kind("person"), id_number)
        if held is None or held["key"] is None:
            return False
        return bool(self._shown(self._kept(held["key"]))["status"] == "booked")

    def _before(self, slot: Slot) -> int:
        """How many were taken before anyone came: follows from the slot. One slot in eight is full."""
        chance = int.from_bytes(hashlib.sha256(f"{self.city} {self.name} {slot.id}".encode()).digest()[:4]) / 2**32
        return self.service.capacity if chance >= 7 / 8 else int(chance * self.service.capacity * 0.9)

    def _keys_of(self, slot: Slot) -> list[str]:
        body = self.state.get(SYSTEM, self.city, self._kind("slot"), slot.id)
        return [] if body is None else list(body["keys"])

    def _slot_with(self, slot: Slot, key: str) -> tuple[str, str, Body]:
        return "slot", slot.id, {"keys": [*self._keys_of(slot), key]}

    def _slot_without(self, slot: Slot, key: str) -> tuple[str, str, Body]:
        return "slot", slot.id, {"keys": [one for one in self._keys_of(slot) if one != key]}

    def _kind(self, what: str) -> str:
        return f"{self.name} {what}"

    def _put(self, *records: tuple[str, str, Any]) -> None:
        self.state.put(*self._rows(records))

    def _rows(self, records: Iterable[tuple[str, str, Any]]) -> Iterable[tuple[str, str, str, str, Body]]:
        return ((SYSTEM, self.city, self._kind(kind), key, body) for kind, key, body in records)
