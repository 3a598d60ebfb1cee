"""A pretend Open311 GeoReport v2 server for every city that has an `open311.yml`.

Both formats at every address; names in English where `Accept-Language` begins so. What becomes of a report follows from
the agencies' clock (`PUT /_sandbox/clock`); `PUT /_sandbox/open311/<city>/requests/<id>` decides it at once.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ConfigDict

from sandbox.open311 import reading
from sandbox.open311.documents import Record, ReportError, error, listed, single
from sandbox.open311.register import Kept, Language, Register, is_listed, shown
from sandbox.open311.seed import FILE, AttributeData, CategoryData, Hotline
from sandbox.seed import Names, Seed
from sandbox.state import State

FORMAT = "{format:xml|json}"
WITHDRAWN = "反映人已撤回"
"""Status note of a report that was taken back."""
SPAN = timedelta(days=90)
MOST = 1_000
FORMATS = ["text/xml", "application/json"]


class Standing(BaseModel):
    """`PUT /_sandbox/open311/<city>/requests/<id>`: what has become of a report."""

    model_config = ConfigDict(extra="forbid")
    status: Literal["open", "closed"]
    status_notes: str = ""


class Open311:
    """The hotline of every city."""

    name = "open311"

    def __init__(self, *, seed: Seed, state: State, clock: Callable[[], datetime]) -> None:
        self._seed, self._state, self._clock = seed, state, clock
        self._register = Register(state)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        base = "/open311/{city}"
        yield web.get(f"{base}/discovery.{FORMAT}", _answered(self._discovery))
        yield web.get(f"{base}/v2/services.{FORMAT}", _answered(self._services))
        yield web.get(f"{base}/v2/services/{{code}}.{FORMAT}", _answered(self._definition))
        yield web.post(f"{base}/v2/requests.{FORMAT}", _answered(self._submit))
        yield web.get(f"{base}/v2/requests.{FORMAT}", _answered(self._requests))
        yield web.get(f"{base}/v2/requests/{{id}}.{FORMAT}", _answered(self._request))
        yield web.post(f"{base}/v2/requests/{{id}}/withdrawal.{FORMAT}", _answered(self._withdraw))
        yield web.get(f"{base}/v2/tokens/{{token}}.{FORMAT}", _answered(self._token))
        yield web.put("/_sandbox/open311/{city}/requests/{id}", self._set)
        yield web.get("/_sandbox/open311/{city}/requests", self._received)

    def cities(self) -> list[str]:
        return self._seed.cities(FILE)

    def facts(self, city: str) -> dict[str, str]:  # noqa: ARG002 - whoever reports needs to know nothing beforehand
        return {}

    def _hotline(self, city: str) -> Hotline:
        return self._seed.load(city, FILE, Hotline.model_validate)

    async def _discovery(self, request: web.Request) -> web.Response:
        hotline = self._hotline(request.match_info["city"])
        url = f"{request.scheme}://{request.host}/open311/{request.match_info['city']}/v2"
        specification = "http://wiki.open311.org/GeoReport_v2"
        changeset = "2026-01-01T00:00:00+08:00"
        endpoint = {"specification": specification, "url": url, "changeset": changeset, "formats": FORMATS}
        document = {
            "changeset": changeset,
            "contact": f"{hotline.agency.zh_Hans} {hotline.contact}",
            "key_service": hotline.contact,
            "endpoints": [{**endpoint, "url": f"{url}-test", "type": "test"}, {**endpoint, "type": "production"}],
        }
        return single("discovery", document, request.match_info["format"])

    async def _services(self, request: web.Request) -> web.Response:
        hotline = self._of(request, request.query)
        services = [_service(one, request, hotline) for one in hotline.categories]
        return listed("services", services, request.match_info["format"])

    async def _definition(self, request: web.Request) -> web.Response:
        hotline = self._of(request, request.query)
        category = hotline.category(request.match_info["code"])
        if category is None or not (category.attributes or hotline.key_attribute):
            raise ReportError(404, "There is no such service, or it has no definition.")
        attributes = [_attribute(one, request, order) for order, one in enumerate(category.attributes, start=1)]
        if hotline.key_attribute is not None:
            attributes.append(_key_attribute(hotline.key_attribute, len(attributes) + 1))
        document = {"service_code": category.code, "attributes": attributes}
        return single("service_definition", document, request.match_info["format"])

    async def _submit(self, request: web.Request) -> web.Response:
        form = [(name, value) for name, value in (await request.post()).items() if isinstance(value, str)]
        city, hotline = request.match_info["city"], self._of(request, dict(form))
        given = reading.report(form, hotline)
        category = hotline.category(given["service_code"])
        assert category is not None  # else it would not have been read
        kept = self._register.take(city, self._clock(), given)
        number = {"realtime": {"service_request_id": kept.id}, "batch": {"token": kept.token}, "blackbox": {}}
        notice = f"我们将在{category.hours}小时内办理，由{category.by.zh_Hans}负责。"
        if _language(request) == "en":
            notice = f"{category.by.en} will see to it within {category.hours} hours."
        receipt = {**number[category.type], "service_notice": notice, "account_id": ""}
        answer = listed("service_requests", [receipt], request.match_info["format"])
        answer.set_status(201)
        return answer

    async def _requests(self, request: web.Request) -> web.Response:
        hotline, city = self._of(request, request.query), request.match_info["city"]
        now, language = self._clock(), _language(request)
        found = [(kept, category) for kept in self._register.all(city) if (category := self._shown(hotline, kept, now))]
        if ids := request.query.get("service_request_id"):
            wanted = {one.strip() for one in ids.split(",")}
            chosen = [shown(kept, category, now, language) for kept, category in found if kept.id in wanted]
        else:
            first, last = _span(request.query, now)
            codes, states = request.query.get("service_code"), request.query.get("status", "open,closed").split(",")
            chosen = [
                one
                for kept, category in reversed(found)
                if first <= kept.at <= last and (codes is None or kept.service_code in codes.split(","))
                if (one := shown(kept, category, now, language))["status"] in states
            ]
        return listed("service_requests", chosen[:MOST], request.match_info["format"])

    async def _request(self, request: web.Request) -> web.Response:
        hotline, city = self._of(request, request.query), request.match_info["city"]
        kept, now = self._register.find(city, request.match_info["id"]), self._clock()
        category = None if kept is None else self._shown(hotline, kept, now)
        if kept is None or category is None:
            raise ReportError(404, "Service request not found.")
        return listed(
            "service_requests", [shown(kept, category, now, _language(request))], request.match_info["format"]
        )

    async def _withdraw(self, request: web.Request) -> web.Response:
        """Take a report back: no verb of GeoReport v2, but one that servers add."""
        form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        city, hotline, now = request.match_info["city"], self._of(request, form), self._clock()
        if not hotline.withdrawals:
            raise ReportError(405, "Reports cannot be withdrawn here.")
        if hotline.api_key is not None and form.get("api_key") != hotline.api_key:
            raise ReportError(403, "Missing or invalid api_key.")
        kept, language = self._register.find(city, request.match_info["id"]), _language(request)
        category = None if kept is None else self._shown(hotline, kept, now)
        if kept is None or category is None:
            raise ReportError(404, "Service request not found.")
        if kept.status != "closed" or kept.status_notes != WITHDRAWN:
            if shown(kept, category, now, language)["status"] == "closed":
                raise ReportError(409, "The report is closed already.")
            kept = kept.model_copy(update={"status": "closed", "status_notes": WITHDRAWN, "changed_at": now})
            self._register.put(city, kept)
        return listed("service_requests", [shown(kept, category, now, language)], request.match_info["format"])

    async def _token(self, request: web.Request) -> web.Response:
        hotline, city = self._of(request, request.query), request.match_info["city"]
        token = request.match_info["token"]
        kept = next((one for one in self._register.all(city) if one.token == token), None)
        if kept is None:
            raise ReportError(404, "There is no such token.")
        known: list[Record] = []
        if self._shown(hotline, kept, self._clock()) is not None:
            known = [{"service_request_id": kept.id, "token": kept.token}]
        return listed("service_requests", known, request.match_info["format"])

    def _shown(self, hotline: Hotline, kept: Kept, now: datetime) -> CategoryData | None:
        """The category of a report that the server shows at this moment."""
        category = hotline.category(kept.service_code)
        return category if category is not None and is_listed(kept, category, hotline, now) else None

    def _of(self, request: web.Request, given: Mapping[str, str]) -> Hotline:
        """The city's hotline, if the call is for its jurisdiction."""
        hotline = self._hotline(request.match_info["city"])
        if hotline.jurisdiction_id is not None and (wanted := given.get("jurisdiction_id")) != hotline.jurisdiction_id:
            if wanted is None:
                raise ReportError(400, "jurisdiction_id was not provided.")
            raise ReportError(404, "jurisdiction_id was not found.")
        return hotline

    async def _set(self, request: web.Request) -> web.Response:
        city = request.match_info["city"]
        self._hotline(city)
        standing = Standing.model_validate_json(await request.read())
        kept = self._register.find(city, request.match_info["id"])
        if kept is None:
            return web.json_response({"error": "There is no such report."}, status=404)
        changed = kept.model_copy(update={**standing.model_dump(), "changed_at": self._clock()})
        self._register.put(city, changed)
        return web.json_response(standing.model_dump())

    async def _received(self, request: web.Request) -> web.Response:
        city = request.match_info["city"]
        self._hotline(city)
        return web.json_response({"reports": [one.model_dump(mode="json") for one in self._register.all(city)]})


def _answered(answer: Callable[[web.Request], Awaitable[web.Response]]) -> Handler:
    """Answer errors in the format of the call."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await answer(request)
        except ReportError as exc:
            return error(exc, request.match_info["format"])

    return handle


def _service(category: CategoryData, request: web.Request, hotline: Hotline) -> dict[str, Any]:
    return {
        "service_code": category.code,
        "service_name": _in_language(category.names, request),
        "description": f"{_in_language(category.group, request)}: {_in_language(category.by, request)}",
        "metadata": bool(category.attributes or hotline.key_attribute),
        "type": category.type,
        "keywords": ", ".join(category.keywords),
        "group": _in_language(category.group, request),
    }


def _attribute(attribute: AttributeData, request: web.Request, order: int) -> dict[str, Any]:
    return {
        "variable": True,
        "code": attribute.code,
        "datatype": attribute.datatype,
        "required": attribute.required,
        "datatype_description": "",
        "order": order,
        "description": _in_language(attribute.names, request),
        "values": [{"key": one.key, "name": _in_language(one.names, request)} for one in attribute.values],
    }


def _key_attribute(code: str, order: int) -> dict[str, Any]:
    return {
        "variable": True,
        "code": code,
        "datatype": "string",
        "required": False,
        "datatype_description": "",
        "order": order,
        "description": "外部系统编号：同一编号只受理一次",
        "values": [],
    }


def _in_language(names: Names, request: web.Request) -> str:
    return names.en if _language(request) == "en" else names.zh_Hans


def _language(request: web.Request) -> Language:
    return "en" if request.headers.get("Accept-Language", "").lower().startswith("en") else "zh_Hans"


def _span(query: Mapping[str, str], now: datetime) -> tuple[datetime, datetime]:
    """The days that are asked about: at most 90, else the last 90."""
    try:
        last = datetime.fromisoformat(query["end_date"]) if "end_date" in query else now + timedelta(days=1)
        first = datetime.fromisoformat(query["start_date"]) if "start_date" in query else last - SPAN
    except ValueError as exc:
        raise ReportError(400, "start_date and end_date are W3C times.") from exc
    first, last = (one if one.tzinfo else one.replace(tzinfo=UTC) for one in (first, last))
    if last - first > SPAN:
        raise ReportError(400, "start_date and end_date are more than 90 days apart.")
    return first, last
