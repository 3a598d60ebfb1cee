"""Which push services are called. A browser names the address: a door through which others could send us anywhere.

So the host is one that the settings name, by https and at its usual port; and what it leads to is looked at when it is
connected to (`desk.http.reach`). The pretend push service alone is reached on this machine.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

LONGEST = 1_000  # characters of an address
PRETEND_PATH = "/push/"


@dataclass(frozen=True, slots=True)
class PushServices:
    """`hosts` as the settings name them, `*.` before one for all below it; `pretend`: where the sandbox is."""

    hosts: tuple[str, ...] = ()
    pretend: str | None = None

    @property
    def any(self) -> bool:
        """Whether there is one: else nobody is asked. The pretend one alone is none: no browser has it."""
        return bool(self.hosts)

    def takes(self, endpoint: str) -> bool:
        """Whether an address is one of theirs."""
        if len(endpoint) > LONGEST or not (endpoint.isascii() and endpoint.isprintable()) or " " in endpoint:
            return False
        try:
            parts = urlsplit(endpoint)
            port, host = parts.port, parts.hostname
        except ValueError:
            return False
        if not host or parts.username is not None or parts.password is not None or parts.fragment or "\\" in endpoint:
            return False
        if self._is_pretend(endpoint):
            return True
        return parts.scheme == "https" and port in (None, 443) and any(_is_of(host, one) for one in self.hosts)

    def _is_pretend(self, endpoint: str) -> bool:
        return self.pretend is not None and endpoint.startswith(f"{self.pretend.rstrip('/')}{PRETEND_PATH}")


def push_services(hosts: str, pretend: str | None) -> PushServices:
    """As settings name them, separated by commas."""
    named = tuple(one.strip().lower().rstrip(".") for one in hosts.split(","))
    return PushServices(tuple(one for one in named if one), pretend)


def origin_of(endpoint: str) -> str:
    """For whom a signature is (RFC 8292, 2)."""
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc}"


def _is_of(host: str, named: str) -> bool:
    return host.endswith(named[1:]) and host != named[2:] if named.startswith("*.") else host == named
