"""What tells a browser that there is news, as handlers need it: which push services there are, and by which key."""

from dataclasses import dataclass

from aiohttp import web

from desk.devices.services import PushServices
from desk.devices.signing import Signer


@dataclass(frozen=True, slots=True)
class Pushes:
    """Push services that may be told, and what signs what they are told."""

    services: PushServices
    signer: Signer


PUSHES = web.AppKey("pushes", Pushes)  # absent where nobody is told
