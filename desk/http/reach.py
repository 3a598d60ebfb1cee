"""Addresses that a setting names, or that a provider names in turn, lead to no service that is this machine's alone."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:  # a web client: who only compares addresses has none
    from aiohttp import TCPConnector
    from aiohttp.connector import AddrInfoType

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: the last four bytes are an address of IPv4
CREDENTIALS = frozenset(
    map(ip_address, ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"))
)
"""Where clouds hand out a machine's credentials, besides link-local addresses: Alibaba, Azure, Oracle, AWS, Google."""

type Address = IPv4Address | IPv6Address


class OutOfReach(OSError):
    """An address leads to a service that is this machine's alone, or its cloud's."""


class OfOwnNetwork(OutOfReach):
    """An address leads into one's own network, and is asked on behalf of somebody who has no business there."""


def reaching(*named: str | None, network: bool = True) -> "TCPConnector":
    """Connections to wherever names lead, looked at when they are made: what a name led to before says nothing.

    Addresses of one's own network are reached, unless `network` is False: a city's systems are there. This machine is,
    where one of the addresses `named` in the settings says so in as many words.
    """
    from aiohttp import TCPConnector

    own = any(is_loopback(one) for one in named if one)

    def connect(info: "AddrInfoType") -> socket.socket:
        address = str(info[4][0])
        if not is_reached(address, own=own):
            raise OutOfReach("This address leads to a service that is this machine's alone.")
        if not network and is_of_network(address):
            raise OfOwnNetwork("This address leads into the network of this machine.")
        return socket.socket(family=info[0], type=info[1], proto=info[2])

    return TCPConnector(socket_factory=connect)


def is_loopback(url: str) -> bool:
    """Whether an address names this machine in as many words."""
    return urlsplit(url).hostname in LOOPBACK


def is_of_own_network(exc: BaseException | None) -> bool:
    """Whether a request failed because its address leads into one's own network, where nothing was asked."""
    while exc is not None and not isinstance(exc, OfOwnNetwork):
        exc = exc.__cause__
    return exc is not None


def is_of_network(address: str) -> bool:
    """Whether an address means another machine in each network, and so one of our own in this."""
    meant = _read(address)
    return not (meant.is_global or meant.is_loopback)


def is_reached(address: str, *, own: bool) -> bool:
    """Whether an address may be connected to; `own`: this machine's services may."""
    meant = _read(address)
    if meant.is_loopback:
        return own
    return not (meant.is_link_local or meant.is_unspecified or meant.is_multicast or meant in CREDENTIALS)


def _read(written: str) -> Address:
    """An address as it is written; of IPv6 that holds one of IPv4, that."""
    address = ip_address(written.partition("%")[0])
    if isinstance(address, IPv4Address):
        return address
    held = address.ipv4_mapped or address.sixtofour
    if held is None and address in NAT64:
        held = IPv4Address(address.packed[12:])
    return held or address
