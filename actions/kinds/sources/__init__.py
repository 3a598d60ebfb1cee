"""Agencies' systems as sources of bills, by the name that `service.yml` calls its backend. A new one is a line here."""

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from actions.backends.http import Endpoint
from actions.kinds.sources.charges import open_charges
from actions.kinds.sources.suppliers import open_suppliers
from actions.kinds.sources.violations import open_violations
from actions.kinds.statements import BillSource
from actions.schema import BillService

SOURCES: Mapping[str, Callable[[Endpoint, ZoneInfo, BillService], BillSource]] = {
    "charges": open_charges,
    "traffic_police": open_violations,
    "utilities": open_suppliers,
}
