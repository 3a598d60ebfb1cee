"""Calls of GeoReport v2. A report is taken once, though the protocol has no key for that: see `Open311.submit`."""

import asyncio
import base64
import hashlib
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ValidationError

from actions.backends.http import Body, Endpoint
from actions.backends.open311.documents import Unreadable, document, records, refusal
from actions.backends.open311.models import Category, Definition, Offered, Receipt, Report, Request
from actions.backends.open311.protocol import Place, Protocol
from desk.contract.errors import BackendError, BackendNonsense, BackendRefused, BackendTimeout, BackendUnavailable

LOOK_SECONDS, SEND_SECONDS = 1.1, 2.0
"""Of looking for a report, before and after, and of sending it: together within a turn (contracts.md)."""
LOOK_BACK, LOOK_AHEAD = timedelta(days=2), timedelta(days=1)
"""The part of the list in which a report is looked for: clocks differ, and a resident may try again tomorrow."""
MARK = "[ref {}]"
MARK_LENGTH = 16
GEOREPORT = ("georeport_v2", "georeport-v2")


class Unknown(BackendTimeout):
    """A report was sent, and whether it was taken is not known yet; it is not sent again before that is settled."""


class Open311:
    """One agency of one city. All calls raise the `BackendError`s of `Endpoint.call`.

    Args:
        api_key: the agency's key for us; None where it wants none.
    """

    def __init__(self, endpoint: Endpoint, protocol: Protocol, api_key: str | None = None) -> None:
        self._given = endpoint
        self._place = Place(address=endpoint.address)
        self._protocol = protocol
        self._api_key = api_key
        self._found: Endpoint | None = None if self._place.is_discovery else endpoint

    async def categories(self, language: str) -> list[Category]:
        """Give what can be reported, in a language (BCP 47) if the server has it, else in its own."""
        path = self._path("/services")
        read = self._list("services", Category)
        return await (await self._endpoint()).exchange("GET", path, read, headers={"Accept-Language": language})

    async def definition(self, service_code: str, language: str) -> Definition:
        """Give what a category with `metadata` asks, in a language as above.

        Raises:
            BackendRefused: there is no such category.
        """
        path = self._path(f"/services/{quote(service_code, safe='')}")
        read = self._one("service_definition", Definition)
        return await (await self._endpoint()).exchange("GET", path, read, headers={"Accept-Language": language})

    async def request(self, service_request_id: str, language: str) -> Request | None:
        """Say how a report stands, in a language (BCP 47) if the server has it; None: the server does not know it."""
        path, asked = self._path(f"/requests/{quote(service_request_id, safe='')}"), {"Accept-Language": language}
        try:
            read = self._list("service_requests", Request)
            found = await (await self._endpoint()).exchange("GET", path, read, headers=asked)
        except BackendRefused as exc:
            if exc.status != 404:
                raise
            return None
        return next((one for one in found if one.service_request_id == service_request_id), None)

    async def id_of(self, token: str) -> str | None:
        """Give the id that a token has become; None: it has not yet."""
        path = self._path(f"/tokens/{quote(token, safe='')}")
        try:
            found = await (await self._endpoint()).exchange("GET", path, self._list("service_requests", Receipt))
        except BackendRefused as exc:
            if exc.status != 404:
                raise
            return None
        return next((one.service_request_id for one in found if one.service_request_id), None)

    async def find(self, key: str, service_code: str, now: datetime) -> Request | None:
        """Look for a report of ours by its mark, among those of two days."""
        window = {
            "service_code": service_code,
            "start_date": _written(now - LOOK_BACK),
            "end_date": _written(now + LOOK_AHEAD),
        }
        path = self._path("/requests", window)
        found = await (await self._endpoint()).exchange("GET", path, self._list("service_requests", Request))
        mark = mark_of(key)
        return next((one for one in found if mark in one.description), None)

    async def withdraw(self, service_request_id: str) -> None:
        """Take a report back, where the server admits it (`Protocol.withdraw_path`); one that is taken back stays so.

        Raises:
            BackendRefused: it cannot be taken back any more, or the server does not know it.
        """
        if self._protocol.withdraw_path is None:
            raise ValueError("This server takes nothing back; ask `Protocol.withdraw_path` first.")
        optional = {"api_key": self._api_key, "jurisdiction_id": self._protocol.jurisdiction_id}
        form = [(name, value) for name, value in optional.items() if value is not None]
        path = self._protocol.withdraw_path.replace("{id}", quote(service_request_id, safe=""))
        read = self._list("service_requests", Request)
        await (await self._endpoint()).exchange(
            "POST", f"{path}.{self._protocol.format}", read, body=Body(form=form), repeatable=True
        )

    async def submit(
        self, report: Report, *, key: str, now: datetime, sent_at: datetime | None = None, listed: bool = True
    ) -> Receipt:
        """Report, once.

        Where the server takes a report once by an attribute, it is sent under that and may be repeated. Else it is
        looked for first: an earlier turn may have been cut off. Its description ends in a mark that follows from the
        key. What was sent without an answer is looked for again; a report that is not in the list some time after
        (`Protocol.settled_seconds`) was not taken and is sent again.

        Args:
            key: the same whenever the same report is submitted.
            now: the time, aware.
            sent_at: when it was sent before without a readable answer.
            listed: whether the server lists such a report at once (`Category.type` is `realtime`). Where it does not,
                one that was sent without an answer is not sent again.

        Raises:
            Unknown: it may have been taken.
            BackendRefused: the server does not take it as it is.
            BackendUnavailable: it was not sent.
        """
        if self._protocol.key_attribute is not None:
            return await self._send(report, key)
        if (known := await self._look(key, report.service_code, now, sent_at)) is not None:
            return Receipt(service_request_id=known.service_request_id)
        if sent_at is not None:
            settled = listed and (now - sent_at).total_seconds() >= self._protocol.settled_seconds
            if not settled:
                raise Unknown
        try:
            return await _within(SEND_SECONDS, self._send(report, key), Unknown)
        except (BackendTimeout, BackendNonsense) as exc:
            found = await self._look(key, report.service_code, now, now)
            if found is None:
                raise Unknown from exc
            return Receipt(service_request_id=found.service_request_id)

    async def _look(self, key: str, code: str, now: datetime, sent_at: datetime | None) -> Request | None:
        """Find a report; where one was sent already, a failure leaves it unknown."""
        try:
            return await _within(LOOK_SECONDS, self.find(key, code, now), BackendTimeout)
        except BackendError as exc:
            if sent_at is None:
                raise
            raise Unknown from exc

    async def _send(self, report: Report, key: str) -> Receipt:
        form = [("service_code", report.service_code), ("description", marked(report.description, key))]
        if report.address is not None:
            form.append(("address_string", report.address))
        else:
            form += [("lat", f"{report.lat:.6f}"), ("long", f"{report.lon:.6f}")]
        optional = {"api_key": self._api_key, "jurisdiction_id": self._protocol.jurisdiction_id}
        optional |= {"phone": report.phone, "media_url": report.media_url}
        form += [(name, value) for name, value in optional.items() if value is not None]
        codes = [code for code, _ in report.attributes]
        form += [
            (f"attribute[{code}][]" if codes.count(code) > 1 else f"attribute[{code}]", value)
            for code, value in report.attributes
        ]
        once = self._protocol.key_attribute
        if once is not None:
            form.append((f"attribute[{once}]", key))
        endpoint, path = await self._endpoint(), f"/requests.{self._protocol.format}"
        read = self._list("service_requests", Receipt)
        spoken = {"Accept-Language": report.language} if report.language else {}
        found = await endpoint.exchange(
            "POST", path, read, body=Body(form=form), headers=spoken, repeatable=once is not None
        )
        if len(found) != 1:
            raise BackendNonsense(f"{endpoint.name} answered a report with {len(found)} receipts.")
        return found[0]

    def _path(self, call: str, query: Mapping[str, str] | None = None) -> str:
        """The path of a GET with its format."""
        query = dict(query or {})
        if self._protocol.jurisdiction_id is not None:
            query = {"jurisdiction_id": self._protocol.jurisdiction_id, **query}
        return f"{call}.{self._protocol.format}" + (f"?{urlencode(query)}" if query else "")

    async def _endpoint(self) -> Endpoint:
        """The endpoint; the one that the discovery document names is kept for the life of the process."""
        if self._found is None:
            base, _, name = self._place.address.rpartition("/")
            offered = await replace(self._given, address=base).exchange("GET", f"/{name}", self._discovered)
            self._found = replace(self._given, address=offered)
        return self._found

    def _discovered(self, status: int, content: bytes) -> str:
        """The address of the production endpoint of GeoReport v2 that speaks our format."""
        format = "json" if self._place.address.endswith(".json") else "xml"
        read = self._checked(status, content)
        try:
            listed = document(read, "discovery", format).get("endpoints", [])
            endpoints = [Offered.model_validate(one) for one in listed]
        except (Unreadable, ValidationError):
            raise BackendNonsense(f"{self._given.name} has no readable discovery document.") from None
        fits = [
            one.url
            for one in endpoints
            if one.specification.rstrip("/").lower().endswith(GEOREPORT)
            and one.type.lower() in ("", "production")
            and self._protocol.media_type in one.formats
            and one.url.startswith(self._given.address.partition(":")[0])  # https never leads to http
        ]
        if not fits:
            raise BackendNonsense(f"{self._given.name} offers no GeoReport v2 as {self._protocol.media_type}.")
        return fits[0]

    def _list[Item: BaseModel](self, name: str, item: type[Item]) -> Callable[[int, bytes], list[Item]]:
        def read(status: int, content: bytes) -> list[Item]:
            body = self._checked(status, content)
            try:
                return [item.model_validate(one) for one in records(body, name, self._protocol.format)]
            except (Unreadable, ValidationError):  # without the cause: its text quotes the answer
                raise BackendNonsense(f"{self._given.name} answered no {name} of GeoReport v2.") from None

        return read

    def _one[Item: BaseModel](self, name: str, item: type[Item]) -> Callable[[int, bytes], Item]:
        def read(status: int, content: bytes) -> Item:
            body = self._checked(status, content)
            try:
                return item.model_validate(document(body, name, self._protocol.format))
            except (Unreadable, ValidationError):
                raise BackendNonsense(f"{self._given.name} answered no {name} of GeoReport v2.") from None

        return read

    def _checked(self, status: int, content: bytes) -> bytes:
        """The content of a 2xx.

        Raises:
            BackendUnavailable: 429 and 503 say that nothing was done.
            BackendTimeout: of any other 5xx it is not known.
            BackendRefused: `code` is `http-<status>`.
        """
        if status in (429, 503):
            raise BackendUnavailable(f"{self._given.name} answered {status}.")
        if status >= 500:
            raise BackendTimeout(f"{self._given.name} answered {status}.")
        if status >= 400:
            said = refusal(content, self._protocol.format)
            raise BackendRefused(f"{self._given.name} refused: {said}", status=status, code=f"http-{status}")
        if not 200 <= status < 300:
            raise BackendNonsense(f"{self._given.name} answered {status}.")
        return content


def mark_of(key: str) -> str:
    """The mark by which a report is found again: it follows from its key, and says nothing."""
    return MARK.format(base64.b32encode(hashlib.sha256(key.encode()).digest()).decode()[:MARK_LENGTH])


def marked(description: str, key: str) -> str:
    """A description with its mark, within the 4,000 characters that the protocol admits."""
    mark = mark_of(key)
    return f"{description[: 3999 - len(mark)]}\n{mark}"


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def _within[Answer](seconds: float, call: Coroutine[Any, Any, Answer], late: type[BackendTimeout]) -> Answer:
    try:
        async with asyncio.timeout(seconds):
            return await call
    except TimeoutError as exc:
        raise late from exc
