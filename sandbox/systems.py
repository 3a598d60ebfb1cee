"""The pretend systems that there are. A new one is a module and a line here."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sandbox.alerts import Alerts
from sandbox.applications import Applications
from sandbox.appointments.system import Appointments
from sandbox.bus import Bus
from sandbox.charges import Charges
from sandbox.clock import Clock
from sandbox.collector import Collector
from sandbox.environment import Environment
from sandbox.hub import Hub
from sandbox.larger_model import LargerModel
from sandbox.open311 import Open311
from sandbox.openid import OpenId
from sandbox.persons import People
from sandbox.ports import System
from sandbox.push import PushService
from sandbox.records import Records
from sandbox.references import References
from sandbox.seed import Seed
from sandbox.sms import Sms
from sandbox.state import State
from sandbox.traffic_police import TrafficPolice
from sandbox.utilities import Suppliers


def all_systems(
    *, seed: Seed, state: State, cache: Path, clock: Callable[[], datetime], agencies: Clock
) -> list[System]:
    """All of them. `agencies` is the clock that tests can set."""
    return [
        People(seed=seed),
        Applications(seed=seed, state=state, clock=clock),
        Records(seed=seed, state=state, clock=clock),
        References(seed=seed, state=state),
        Sms(seed=seed, state=state, clock=clock),
        TrafficPolice(seed=seed, state=state, clock=clock),
        Bus(seed=seed, cache=cache, clock=clock),
        Environment(seed=seed, state=state, clock=clock),
        Alerts(seed=seed, state=state, clock=clock),
        Hub(clock=clock),
        PushService(clock=clock),
        Collector(),
        LargerModel(seed=seed, state=state, clock=clock),
        Open311(seed=seed, state=state, clock=agencies.now),
        OpenId(clock=clock),
        Appointments(seed=seed, state=state, clock=agencies.now),
        Suppliers(seed=seed, state=state, clock=agencies.bills, agency_clock=agencies.bills_later),
        Charges(seed=seed, state=state, clock=agencies.bills, agency_clock=agencies.bills_later),
    ]
