"""All pretend systems as one HTTP server, with the control addresses under `/_sandbox`. For loopback only."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ConfigDict, ValidationError

from sandbox import faults as faulty
from sandbox.facts import facts_of
from sandbox.faults import Fault, Faults
from sandbox.ports import System, UsedUpError
from sandbox.problems import problem
from sandbox.seed import Seed, SeedError
from sandbox.state import State
from sandbox.systems import all_systems


class Reset(BaseModel):
    """`POST /_sandbox/reset`: one city, or all of them."""

    model_config = ConfigDict(extra="forbid")
    city: str | None = None


@dataclass(frozen=True)
class Control:
    """The addresses that tests and the command line steer the sandbox by."""

    systems: list[System]
    state: State
    faults: Faults

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/health", self.health),
            web.get("/_sandbox/facts/{city}", self.facts),
            web.post("/_sandbox/reset", self.reset),
            web.post("/_sandbox/faults", self.set_fault),
            web.get("/_sandbox/faults", self.list_faults),
            web.delete("/_sandbox/faults", self.lift_faults),
        ]

    async def health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def facts(self, request: web.Request) -> web.Response:
        try:
            return web.json_response(facts_of(request.match_info["city"], self.systems))
        except SeedError as exc:
            return problem(404, "no-such-city", str(exc))
        except UsedUpError as exc:
            return problem(409, "used-up", str(exc))

    async def reset(self, request: web.Request) -> web.Response:
        """Everything that changed in the city, faults too, is as it was at the beginning."""
        body = Reset.model_validate_json(await request.read() or b"{}")
        cities = sorted({city for system in self.systems for city in system.cities()})
        if body.city is not None and body.city not in cities:
            return problem(404, "no-such-city", f"The sandbox has no city {body.city!r}; it has {', '.join(cities)}.")
        self.state.clear(body.city)
        return web.json_response({"reset": cities if body.city is None else [body.city]})

    async def set_fault(self, request: web.Request) -> web.Response:
        fault = Fault.model_validate_json(await request.read())
        where = {system.name: system.cities() for system in self.systems}
        if fault.city not in where.get(fault.system, []):
            return problem(404, "no-such-system", f"There is no {fault.system} in {fault.city}; there is {where}.")
        return web.json_response({"id": self.faults.set(fault), **fault.model_dump()}, status=201)

    async def list_faults(self, _: web.Request) -> web.Response:
        return web.json_response(
            {"faults": [{"id": key, **fault.model_dump()} for key, fault in self.faults.all().items()]}
        )

    async def lift_faults(self, request: web.Request) -> web.Response:
        gone = self.faults.lift(system=request.query.get("system"), city=request.query.get("city"))
        return web.json_response({"lifted": gone})


def build(*, data_dir: Path, clock: Callable[[], datetime], seed: Seed | None = None) -> web.Application:
    """The sandbox as an application. State is kept in `data_dir/sandbox/`; `clock` gives the time, aware.

    Its access log would hold what residents ask for: serve it with `access_log=None`.
    """
    folder = data_dir / "sandbox"
    state = State(folder / "state.sqlite3")
    faults = Faults(state)
    systems = all_systems(seed=seed or Seed(), state=state, cache=folder / "gtfs", clock=clock)
    application = web.Application(middlewares=[_control_is_local, _malformed, faulty.middleware(faults)])
    application.add_routes(Control(systems, state, faults).routes())
    for system in systems:
        application.add_routes(system.routes())

    async def close(_: web.Application) -> None:
        state.close()

    application.on_cleanup.append(close)
    return application


@web.middleware
async def _control_is_local(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.path.startswith("/_sandbox") and not (request.remote and ip_address(request.remote).is_loopback):
        return problem(403, "not-local", "The sandbox is steered from its own machine only.")
    return await handler(request)


@web.middleware
async def _malformed(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ValidationError as exc:
        faults = "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in exc.errors())
        return problem(422, "malformed", "The request is not what the contract says.", faults)
