"""The pretend warning centre of every city: emergency alerts (CAP 1.2) by an index, and one document each.

`PUT /_sandbox/alerts/<city>/<number>` sets what a document says; a reset takes all of them away. It knows ETags. The
documents are unsigned. Faults are those of every system (`POST /_sandbox/faults`, system `alerts`).
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated
from xml.sax.saxutils import escape

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from sandbox.environment import FILE
from sandbox.seed import Seed, UnknownCityError
from sandbox.state import State

DOCUMENT = "document"  # kind of record: by number
HOURS = 6
SENDER = "warnings@{city}.example"


class Warned(BaseModel):
    """`PUT /_sandbox/alerts/<city>/<number>`: what a document says; all may be left out.

    `references` are numbers of earlier documents of the city. `raw` stands for the whole document, whatever it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    status: str = "Actual"
    kind: str = "Alert"
    scope: str = "Public"
    severity: str = "Severe"
    headline: Annotated[str, Field(max_length=500)] = "暴雨橙色预警"
    headline_en: Annotated[str, Field(max_length=500)] = "Orange warning of a rainstorm"
    instruction: str = "请远离河道和低洼地带。"
    instruction_en: str = "Keep away from rivers and low ground."
    region: Annotated[str, Field(pattern=r"^[0-9]{6}$")] = "330100"
    polygon: str | None = None
    hours: Annotated[float, Field(gt=-100, lt=100)] = HOURS
    references: list[str] = Field(default_factory=list)
    raw: str | None = None


class Alerts:
    """The warning centre: it serves every city that has weather."""

    name = "alerts"

    def __init__(self, *, seed: Seed, state: State, clock: Callable[[], datetime]) -> None:
        self._seed, self._state, self._clock = seed, state, clock

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        yield web.get("/alerts/{city}/index.atom", self._index)
        yield web.get("/alerts/{city}/{number}.cap", self._document)
        yield web.put("/_sandbox/alerts/{city}/{number}", self._set)

    def cities(self) -> list[str]:
        return self._seed.cities(FILE)

    def facts(self, city: str) -> dict[str, str]:  # noqa: ARG002 - nothing that residents need to know beforehand
        return {}

    async def _set(self, request: web.Request) -> web.Response:
        city, number = self._city(request), request.match_info["number"]
        warned = Warned.model_validate_json(await request.read() or b"{}")
        kept = {"sent": self._clock().astimezone(UTC).replace(microsecond=0).isoformat(), **warned.model_dump()}
        self._state.put((self.name, city, DOCUMENT, number, kept))
        return web.json_response({"number": number, "sent": kept["sent"]}, status=201)

    async def _index(self, request: web.Request) -> web.Response:
        """The newest first, as Atom."""
        city = self._city(request)
        entries = "".join(
            f"<entry><id>urn:x:{escape(number)}</id><title>{escape(kept['headline'])}</title>"
            f"<updated>{kept['sent']}</updated>"
            f'<link rel="alternate" type="application/cap+xml" href="{escape(number)}.cap"/></entry>'
            for number, kept in reversed(self._state.all(self.name, city, DOCUMENT))
        )
        body = (
            '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
            f"<id>urn:x:{city}</id><title>{city}</title><updated>2026-01-01T00:00:00Z</updated>{entries}</feed>"
        ).encode()
        return _tagged(request, body, "application/atom+xml")

    async def _document(self, request: web.Request) -> web.Response:
        city, number = self._city(request), request.match_info["number"]
        kept = self._state.get(self.name, city, DOCUMENT, number)
        if kept is None:
            raise web.HTTPNotFound
        return _tagged(request, self._written(city, number, kept).encode(), "application/cap+xml")

    def _written(self, city: str, number: str, kept: dict[str, object]) -> str:
        said = Warned.model_validate({name: kept[name] for name in Warned.model_fields})
        if said.raw is not None:
            return said.raw
        sent = datetime.fromisoformat(str(kept["sent"]))
        sender = SENDER.format(city=city)
        named = [
            f"{sender},{one},{_time(datetime.fromisoformat(before['sent']))}"
            for one in said.references
            if (before := self._state.get(self.name, city, DOCUMENT, one)) is not None
        ]
        references = f"<references>{escape(' '.join(named))}</references>" if named else ""
        infos = ""
        if said.kind not in {"Cancel", "Ack"}:
            infos = _info(said, "zh-CN", said.headline, said.instruction, sent)
            infos += _info(said, "en", said.headline_en, said.instruction_en, sent)
        return (
            '<?xml version="1.0" encoding="UTF-8"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
            f"<identifier>{escape(number)}</identifier><sender>{sender}</sender><sent>{_time(sent)}</sent>"
            f"<status>{escape(said.status)}</status><msgType>{escape(said.kind)}</msgType>"
            f"<scope>{escape(said.scope)}</scope>{references}{infos}</alert>"
        )

    def _city(self, request: web.Request) -> str:
        city = request.match_info["city"]
        if city not in self.cities():
            raise UnknownCityError(f"There is no warning centre in {city!r}.")
        return city


def _info(said: Warned, language: str, headline: str, instruction: str, sent: datetime) -> str:
    polygon = f"<polygon>{escape(said.polygon)}</polygon>" if said.polygon else ""
    return (
        f"<info><language>{language}</language><category>Met</category><event>{escape(headline)}</event>"
        f"<urgency>Immediate</urgency><severity>{escape(said.severity)}</severity><certainty>Observed</certainty>"
        f"<effective>{_time(sent)}</effective><expires>{_time(sent + timedelta(hours=said.hours))}</expires>"
        f"<headline>{escape(headline)}</headline><instruction>{escape(instruction)}</instruction>"
        f"<area><areaDesc>{said.region}</areaDesc>{polygon}"
        f"<geocode><valueName>GB/T 2260</valueName><value>{said.region}</value></geocode></area></info>"
    )


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _tagged(request: web.Request, body: bytes, kind: str) -> web.Response:
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers={"ETag": tag})
    return web.Response(body=body, content_type=kind, charset="utf-8", headers={"ETag": tag})
