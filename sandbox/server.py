"""All pretend systems as one HTTP server, with the control addresses under `/_sandbox`. For loopback only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ConfigDict, ValidationError

from roles.private import is_within
from sandbox import faults as faulty
from sandbox.alipay.system import Alipay
from sandbox.clock import Setting
from sandbox.control import Control, open_control
from sandbox.faults import Fault
from sandbox.mail import MailServer
from sandbox.platforms import Platform, identity_in, open_platforms
from sandbox.platforms import Setting as PlatformSetting
from sandbox.ports import UsedUpError
from sandbox.problems import problem
from sandbox.seed import Seed, UnknownCityError


class Reset(BaseModel):
    """`POST /_sandbox/reset`: one city, or all of them."""

    model_config = ConfigDict(extra="forbid")
    city: str | None = None


@dataclass(frozen=True)
class Steering:
    """The addresses that tests and the command line steer the sandbox by."""

    control: Control
    alipay: Alipay
    platforms: Sequence[Platform] = ()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/health", self.health),
            web.get("/_sandbox/facts/{city}", self.facts),
            web.post("/_sandbox/reset", self.reset),
            web.post("/_sandbox/faults", self.set_fault),
            web.get("/_sandbox/faults", self.list_faults),
            web.delete("/_sandbox/faults", self.lift_faults),
            web.get("/_sandbox/clock", self.show_clock),
            web.put("/_sandbox/clock", self.set_clock),
        ]

    async def health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def facts(self, request: web.Request) -> web.Response:
        return web.json_response(self.control.facts(request.match_info["city"]))

    async def reset(self, request: web.Request) -> web.Response:
        """Everything that changed in the city, faults too, is as it was at the beginning."""
        body = Reset.model_validate_json(await request.read() or b"{}")
        done = self.control.reset(body.city)
        self.alipay.reload()
        if body.city is None:
            for platform in self.platforms:
                platform.reload()
        return web.json_response({"reset": done})

    async def set_fault(self, request: web.Request) -> web.Response:
        fault = Fault.model_validate_json(await request.read())
        where = {system.name: system.cities() for system in self.control.systems} | {self.alipay.name: []}
        where = {platform.name: list[str]() for platform in self.platforms} | where  # codes and texts are both `sms`
        if fault.system not in where or fault.city not in (None, *where[fault.system]):
            raise UnknownCityError(f"There is no system {fault.system!r} in {fault.city!r}; there is {where}.")
        return web.json_response({"id": self.control.faults.set(fault), **fault.model_dump()}, status=201)

    async def list_faults(self, _: web.Request) -> web.Response:
        return web.json_response(
            {"faults": [{"id": key, **fault.model_dump()} for key, fault in self.control.faults.all().items()]}
        )

    async def lift_faults(self, request: web.Request) -> web.Response:
        gone = self.control.faults.lift(system=request.query.get("system"), city=request.query.get("city"))
        return web.json_response({"lifted": gone})

    async def show_clock(self, _: web.Request) -> web.Response:
        clock = self.control.clock
        return web.json_response(clock.setting.model_dump() | {"now": clock.now().isoformat()})

    async def set_clock(self, request: web.Request) -> web.Response:
        """Set the agencies' clock ahead; a reset of all cities puts it right."""
        self.control.clock.set(Setting.model_validate_json(await request.read()))
        return await self.show_clock(request)


def build(
    *,
    data_dir: Path,
    clock: Callable[[], datetime],
    seed: Seed | None = None,
    desk_url: str | None = None,
    mail_port: int = 0,
) -> web.Application:
    """The sandbox as an application. State and keys are kept in `data_dir/sandbox/`; `clock` gives the time, aware.

    `desk_url` is where platforms bring what residents write until the desk tells them itself; at `mail_port` mail is
    taken (0: at any free one).

    Its access log would hold what residents ask for: serve it with `access_log=None`.
    """
    control = open_control(data_dir=data_dir, clock=clock, seed=seed)
    alipay = Alipay(data_dir=data_dir, state=control.state, clock=clock)
    platforms = open_platforms(
        PlatformSetting(
            cities=control.cities(), clock=clock, identity=identity_in(data_dir), data_dir=data_dir, desk_url=desk_url
        )
    )
    application = web.Application(middlewares=[_control_is_local, _errors, faulty.middleware(control.faults)])
    application.add_routes(Steering(control, alipay, platforms).routes())
    for platform in platforms:
        application.add_routes(platform.routes())
        application.cleanup_ctx.append(platform.lifetime)
    mail = MailServer(port=mail_port)
    application.add_routes(mail.routes())
    application.cleanup_ctx.append(mail.lifetime)
    application.add_routes(alipay.routes())
    application.cleanup_ctx.append(alipay.lifetime)
    for system in control.systems:
        application.add_routes(system.routes())

    async def close(_: web.Application) -> None:
        control.close()

    application.on_cleanup.append(close)
    return application


@web.middleware
async def _control_is_local(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Lets in this machine alone, and no page of another site, be it under a name that points here."""
    if not request.path.startswith("/_sandbox"):
        return await handler(request)
    local = request.remote is not None and ip_address(request.remote).is_loopback and is_within(request.host)
    if not local or request.headers.get("Origin", f"http://{request.host}") != f"http://{request.host}":
        return problem(403, "not-local", "The sandbox is steered from its own machine only.")
    return await handler(request)


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers what handlers raise as problem+json."""
    try:
        return await handler(request)
    except ValidationError as exc:
        faults = "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in exc.errors())
        return problem(422, "malformed", "The request is not what the contract says.", faults)
    except UnknownCityError as exc:
        return problem(404, "no-such-city", str(exc))
    except UsedUpError as exc:
        return problem(409, "used-up", str(exc))
    except ConnectionResetError:
        return problem(499, "client-gone", "The caller has hung up.")  # heard by nobody
