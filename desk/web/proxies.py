"""Proxies that pass requests on and are not named: told of once in the log, and counted.

Of them nothing is believed, and so limits count all who come through one as one caller.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from aiohttp import web
from prometheus_client import Counter

from desk.web.access import Network, is_within

FORWARDED = ("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded")
MEND = "Name it in DESK_TRUSTED_PROXIES: until then limits count all who come through it as one."
UNNAMED = Counter(
    "desk_unnamed_proxy_requests_total",
    "Requests that were passed on by a proxy that is not in DESK_TRUSTED_PROXIES, where residents come by HTTPS",
)

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Unnamed:
    """What of this was seen by a process: `is_told` once it stands in the log."""

    is_told: bool = False

    def look(self, request: web.Request, proxies: Sequence[Network]) -> None:
        """Look at who brings a request."""
        if is_within(request.remote or "", proxies) or not any(name in request.headers for name in FORWARDED):
            return
        UNNAMED.inc()
        if not self.is_told:
            self.is_told = True
            log.warning("proxy_not_named", peer=request.remote, mend=MEND)
