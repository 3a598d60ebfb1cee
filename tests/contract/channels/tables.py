"""The tables of recorded cases: `<channel>.yml`, one a channel, in the form of `ChannelTable`."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from desk.city.yaml_files import parse_yaml
from desk.contract.channel import Account, Channel, Delivery, Inbound, Outcome
from desk.platforms.loading import load_channels

FOLDER = Path(__file__).parent
DECLARED = FOLDER.parents[2] / "sandbox" / "city_app"
"""A channel that has no code: what declares it stands beside the app that it speaks with."""
EVENTS = (
    "text_received",
    "button_pressed",
    "command_used",
    "location_received",
    "file_received",
    "message_edited",
    "subscribed",
    "unsubscribed",
    "mentioned",
    "delivery_reported",
    "event_ignored",
)
OUTCOMES = ("sent", "retry_after", "stopped", "rejected", "moved", "unknown")


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AccountTable(Table):
    city: str = "hangzhou"
    platform_id: str | None = None
    secrets: dict[str, str]


class Request(Table):
    """A request of the platform: `json` or `body`."""

    method: str = "POST"
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    content: Any = Field(None, alias="json")
    body: str | None = None
    at: datetime = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)

    def delivery(self, shared: Mapping[str, str]) -> Delivery:
        body = self.body if self.body is not None else "" if self.content is None else json.dumps(self.content)
        headers = {name.lower(): value for name, value in {**shared, **self.headers}.items()}
        return Delivery(self.method, self.query, headers, body.encode(), self.at)


class Case(Table):
    """What a request says. `happens` lists what must be read, of each the fields that matter."""

    name: str
    request: Request
    happens: list[dict[str, Any]] = []
    answer: dict[str, Any] | None = None
    forged: bool = False
    malformed: bool = False


class PlatformAnswer(Table):
    """What a platform answers to one call: JSON, or any text."""

    status: int = 200
    content: Any = Field(None, alias="json")
    body: str | None = None


class SendCase(Table):
    """What becomes of a message at the sandbox's server. `before` steers it: method, address, JSON body.

    With `answers` there is no sandbox: a server answers so, call by call, whatever it is asked.
    """

    name: str
    answers: list[PlatformAnswer] = []
    before: list[tuple[str, str, Any]] = []
    resident: str
    text: str = "您好"
    buttons: list[dict[str, str]] = []
    image: dict[str, Any] | None = None
    outcome: str
    fields: dict[str, Any] = {}
    arrived: dict[str, Any] | None = None
    secrets: dict[str, str] = {}  # instead of the genuine ones


class ChannelTable(Table):
    """A channel's cases. `lacks` says of kinds and outcomes that the platform has none of why that is so."""

    account: AccountTable
    headers: dict[str, str] = {}  # of every request
    lacks: dict[str, str] = {}
    cases: list[Case]
    sends: list[SendCase] = []


def table_of(channel: str) -> ChannelTable:
    """The table of a channel."""
    return ChannelTable.model_validate(parse_yaml((FOLDER / f"{channel}.yml").read_text(encoding="utf-8")))


def channels() -> dict[str, Channel]:
    return load_channels(DECLARED)


def account_of(channel: Channel, table: ChannelTable) -> Account:
    """The table's account."""
    given = table.account
    return Account(
        id=1,
        channel=channel.name,
        slug=f"{given.city}_{channel.name}",
        city=given.city,
        secrets=channel.Secrets.model_validate(given.secrets),
        platform_id=given.platform_id,
        public_url="https://desk.example",
    )


def kind_of(what: object) -> str:
    """The name of a happening or outcome, as tables write it: RetryAfter is retry_after."""
    name = type(what).__name__
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def shown(happened: Inbound) -> dict[str, Any]:
    """An inbound as tables write it: what happened stands beside the rest; empty fields are left out."""
    fields = {
        "id": happened.id,
        "resident": happened.resident,
        "language": happened.language,
        "name": happened.name,
        "callback": happened.callback,
        "kind": kind_of(happened.what),
        **{("file" if key == "kind" else key): value for key, value in asdict(happened.what).items()},
    }
    return {
        key: value.model_dump() if isinstance(value, BaseModel) else value
        for key, value in fields.items()
        if value is not None
    }


def outcome_shown(outcome: Outcome) -> dict[str, Any]:
    return {"outcome": kind_of(outcome), **asdict(outcome)}
