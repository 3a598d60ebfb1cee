"""What is asked on this network alone: who may ask it. A page of the internet in somebody's browser may not.

Standard library only.
"""

import re
from ipaddress import ip_address
from typing import Mapping

_PASSED_ON = ("Origin", "Forwarded", "Via", "X-Forwarded-For", "X-Real-IP")
_HOST = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<name>[^:\[\]]*))(?::[0-9]{1,5})?")


def is_of_the_house(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a request is asked by a monitor of this network. `headers` ignore case.

    It reads; no proxy passed it on and no page sent it; and it names an address or a name without a dot, since a name
    with one may be anybody's, who lets it point here (DNS rebinding).
    """
    return (
        method in ("GET", "HEAD")
        and not any(name in headers for name in _PASSED_ON)
        and is_within(headers.get("Host", ""))
    )


def is_within(host: str) -> bool:
    """Whether a Host names an address, or a name without a dot: not one that anybody may let point here."""
    read = _HOST.fullmatch(host)
    if read is None:
        return False
    host = read["six"] or read["name"] or ""
    return bool(host) and (not set(".:") & set(host) or _is_address(host))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
