"""Notifications of trades that wait, were delivered, or were given up. Source: Alipay's open-platform documents."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from sandbox.alipay.clock import Clock
from sandbox.alipay.identity import APP_ID, SELLER_ID
from sandbox.state import Body, State

SYSTEM, KIND = "alipay", "notice"
MINUTE, HOUR = 60, 3600
SCHEDULE = (4 * MINUTE, 10 * MINUTE, 10 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, 15 * HOUR)  # waits between eight tries

type Forgery = Literal["tamper", "forge_signature", "forge_amount", "forge_app", "forge_seller"]
type Outcome = Literal["pending", "delivered", "given_up", "lost"]


class Notice(BaseModel):
    """One notification to one address.

    `fields` are all but `notify_time` and the signature, which are made for each try. It is due `wait` seconds (by the
    shortened clock) after `since`; `held` waits for a later one of its order to overtake it. A forgery is tried once.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    order: str
    url: str
    fields: dict[str, str]
    since: AwareDatetime
    wait: float = 0.0
    held: bool = False
    forgery: Forgery | None = None
    outcome: Outcome = "pending"
    answers: list[str] = []

    def record(self) -> tuple[str, str, str, str, Body]:
        return (SYSTEM, "", KIND, self.key, self.model_dump(mode="json"))

    def copy_of(self, **changes: object) -> "Notice":
        """Another delivery of the same, from the beginning."""
        fresh: dict[str, object] = {"key": secrets.token_hex(8), "outcome": "pending", "answers": []}
        return self.model_copy(update=fresh | changes)


def new_notice(*, order: str, url: str, at: datetime, fields: dict[str, str]) -> Notice:
    """A notification that is due at once; `fields` say what of the trade."""
    notify_id = f"{at:%Y%m%d}{secrets.randbelow(10**26):026d}"
    envelope = {
        "notify_type": "trade_status_sync",
        "notify_id": notify_id,
        "app_id": APP_ID,
        "auth_app_id": APP_ID,
        "seller_id": SELLER_ID,
        "charset": "utf-8",
        "version": "1.0",
        "sign_type": "RSA2",
    }
    return Notice(key=secrets.token_hex(8), order=order, url=url, fields=envelope | fields, since=at)


class Notices:
    """All notifications: in the state, and those that wait also at hand."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self.reload()

    def reload(self) -> None:
        """Read the state again: at the start, and after it was cleared."""
        self._waiting = {notice.key: notice for notice in self.all() if notice.outcome == "pending"}

    def all(self, order: str | None = None) -> list[Notice]:
        """Every notification, or an order's, oldest first."""
        found = [Notice.model_validate(body) for _, body in self._state.all(SYSTEM, None, KIND)]
        return [notice for notice in found if order in (None, notice.order)]

    def took(self, notices: Iterable[Notice]) -> None:
        """Wait with these, whose records were written together with the trade's."""
        self._waiting |= {notice.key: notice for notice in notices if notice.outcome == "pending"}

    def add(self, notices: Iterable[Notice]) -> None:
        """Write and wait with these."""
        notices = list(notices)
        self._state.put(*(notice.record() for notice in notices))
        self.took(notices)

    def due_at(self, notice: Notice) -> datetime:
        return notice.since + self._clock.shortened(notice.wait)

    def waiting(self) -> list[Notice]:
        return list(self._waiting.values())

    def answered(self, notice: Notice, answer: str) -> None:
        """Note what a try was answered with: exactly `200 success` ends it, anything else waits for the next."""
        tries = [*notice.answers, answer]
        changes: dict[str, object] = {"answers": tries}
        if answer == "200 success":
            changes["outcome"] = "delivered"
        elif notice.forgery is not None or len(tries) > len(SCHEDULE):
            changes["outcome"] = "given_up"
        else:
            changes |= {"since": self._clock.now(), "wait": SCHEDULE[len(tries) - 1]}
        self._replace(notice.model_copy(update=changes))
        if not notice.held:
            self._release(notice.order)

    def _release(self, order: str) -> None:
        """Let go of what was held for one of this order to overtake it."""
        for held in [notice for notice in self._waiting.values() if notice.held and notice.order == order]:
            self._replace(held.model_copy(update={"held": False, "wait": 0.0, "since": self._clock.now()}))

    def _replace(self, notice: Notice) -> None:
        if notice.key not in self._waiting:
            return  # the state was cleared meanwhile
        self._state.put(notice.record())
        if notice.outcome == "pending":
            self._waiting[notice.key] = notice
        else:
            del self._waiting[notice.key]
