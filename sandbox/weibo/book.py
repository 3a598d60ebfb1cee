"""What the pretend Weibo remembers: accounts, who follows them, messages, posts, comments, files. It is kept."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from sandbox.state import Body, State
from sandbox.weibo.rules import TOKEN_LIFE, WINDOW, Limits, WeiboError

NAME = "weibo"
SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_ID = 9_100_000_000_000_001  # beyond 2^53: no program may read it as a float
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Record(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Account(Record):
    """A city's account with the fan service, of an application of its own."""

    uid: str
    city: str
    name: str
    app_key: str
    app_secret: str
    token: str
    token_from: datetime
    token_until: datetime
    safe_domains: list[str]
    callback: str | None = None
    menu: dict[str, Any] | None = None


class Tie(Record):
    """What a resident has to do with an account. `replies` is how many they may still get; None is any number."""

    follows: bool = False
    left: bool = False
    subscribed: bool = False
    acted_at: datetime | None = None
    replies: int | None = 0


class Book:
    """Reads and writes the state. `true` gives the real time; `now` may be ahead of it."""

    def __init__(self, state: State, true: Callable[[], datetime]) -> None:
        self._state, self._true = state, true

    def true(self) -> datetime:
        return self._true().astimezone(SHANGHAI)

    def now(self) -> datetime:
        return self.true() + timedelta(seconds=self.setting("clock").get("ahead_seconds", 0))

    def setting(self, name: str) -> Body:
        return self._state.get(NAME, "", "setting", name) or {}

    def set(self, name: str, body: Body) -> None:
        self._state.put((NAME, "", "setting", name, body))

    def limits(self) -> Limits:
        return Limits.model_validate(self.setting("limits"))

    def number(self) -> int:
        """A new number: ids of messages, posts, comments and files are one row."""
        last = int(self.setting("last_id").get("value", FIRST_ID - 1))
        self.set("last_id", {"value": last + 1})
        return last + 1

    # accounts

    def new_account(self, uid: str, city: str, known: Mapping[str, str], callback: str | None) -> Account:
        """Links of its posts must lead to the machine that all of this runs on."""
        now = self.now()
        return Account(
            uid=uid,
            city=city,
            name=f"{city}_gov",
            app_key=uid[::-1],
            app_secret=known["app_secret"],
            token=known["access_token"],
            token_from=now,
            token_until=now + TOKEN_LIFE,
            safe_domains=["127.0.0.1", "localhost"],
            callback=callback,
        )

    def keep_accounts(self, *accounts: Account) -> None:
        self._state.put(*((NAME, "", "account", one.uid, one.model_dump(mode="json")) for one in accounts))

    def account(self, uid: str) -> Account | None:
        body = self._state.get(NAME, "", "account", uid)
        return None if body is None else Account.model_validate(body)

    def accounts(self) -> list[Account]:
        return [Account.model_validate(body) for _, body in self._state.all(NAME, "", "account")]

    def renewed(self, account: Account, life: timedelta | None = None) -> Account:
        """The account with a new token; the old one is good no more."""
        now = self.now()
        changes = {"token": secrets.token_urlsafe(24), "token_from": now, "token_until": now + (life or TOKEN_LIFE)}
        account = account.model_copy(update=changes)
        self.keep_accounts(account)
        return account

    def account_of(self, token: str) -> Account:
        """Whose token it is.

        Raises:
            WeiboError: nobody's, or it has expired.
        """
        found = next(
            (one for one in self.accounts() if secrets.compare_digest(one.token.encode(), token.encode())), None
        )
        if found is None:
            raise WeiboError(21332)
        if found.token_until <= self.now():
            raise WeiboError(21327)
        return found

    # ties

    def tie(self, account: str, resident: str) -> Tie:
        return Tie.model_validate(self._state.get(NAME, "", "tie", f"{account}/{resident}") or {})

    def keep_tie(self, account: str, resident: str, tie: Tie) -> None:
        self._state.put((NAME, "", "tie", f"{account}/{resident}", tie.model_dump(mode="json")))

    def subscribers(self, account: str) -> list[str]:
        ties = self._state.all(NAME, "", "tie")
        return [key.partition("/")[2] for key, body in ties if key.startswith(f"{account}/") and body["subscribed"]]

    def use_reply(self, account: str, resident: str) -> None:
        """One reply more.

        Raises:
            WeiboError: it is too late, or they left.
        """
        tie = self.tie(account, resident)
        if tie.left:
            raise WeiboError(26411)
        if tie.acted_at is None or self.now() - tie.acted_at > WINDOW or tie.replies == 0:
            raise WeiboError(26410)
        if tie.replies is not None:
            self.keep_tie(account, resident, tie.model_copy(update={"replies": tie.replies - 1}))

    # rows of one kind, in the order in which they came

    def add(self, kind: str, body: Body, number: int | None = None) -> int:
        number = number or self.number()
        self._state.put((NAME, "", kind, str(number), {**body, "id": number, "at": wire_time(self.true())}))
        return number

    def change(self, kind: str, number: int, **changes: Any) -> None:
        body = self._state.get(NAME, "", kind, str(number))
        if body is not None:  # else the state was cleared meanwhile
            self._state.put((NAME, "", kind, str(number), body | changes))

    def row(self, kind: str, number: str) -> Body | None:
        return self._state.get(NAME, "", kind, number)

    def rows(self, kind: str, **having: Any) -> list[Body]:
        return [body for _, body in self._state.all(NAME, "", kind) if having.items() <= body.items()]


def wire_time(at: datetime) -> str:
    """A time as Weibo writes it, English in every locale: "Mon Jul 16 18:09:20 +0800 2012"."""
    at = at.astimezone(SHANGHAI)
    return f"{DAYS[at.weekday()]} {MONTHS[at.month - 1]} {at:%d %H:%M:%S %z %Y}"
