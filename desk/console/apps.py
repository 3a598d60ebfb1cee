"""Secrets of who joins: an authenticator app's as it is shown, and each as its form takes it along, sealed."""

import base64
import binascii
from collections.abc import Callable

from aiohttp import web
from markupsafe import Markup

from desk.console import visits
from desk.staff.secrets import fresh_totp, totp_address
from desk.store.keys import Unsealable
from desk.web.parts import PARTS
from desk.web.qr import qr_svg

INVITED = "secret of an app, by its invitation"
TOTP_LETTERS = 32
"""160 bits in base 32, as RFC 4226 section 4 recommends (R6)."""
PURPOSE = "secret of an app that joins"  # as what was sealed before an upgrade


def shown(
    request: web.Request, sealed: str, *, of: str, login: str, otherwise: Callable[[], str] = fresh_totp
) -> dict[str, str]:
    """What a page needs to show a secret: the one that a form brings back, else another.

    Args:
        request: whose page it is.
        sealed: what the form brought back; empty where there is none.
        of: what the secret is bound to: it is good in no other place.
        login: whose it is.
        otherwise: gives the other.
    """
    secret = opened(request, sealed, of=of) or otherwise()
    return {
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "code_picture": Markup(qr_svg(totp_address(secret, login)).decode()),
        "app_address": totp_address(secret, login),
        "sealed": taken_along(request, secret, of=of),
    }


def of_invitation(request: web.Request, token: str) -> str:
    """The secret of an invitation in a browser, the same until it is used: an app that has scanned it stays right.

    It follows from the token, what the browser keeps (its cookie of forms) and this installation's data key. Who opened
    the link elsewhere was shown another one.
    """
    of = f"{token} {request[visits.FORM_SECRET]}"
    return request.app[PARTS].keys.lasting_code(of, purpose=INVITED, length=TOTP_LETTERS)


def taken_along(request: web.Request, secret: str, *, of: str) -> str:
    """A secret as a form takes it along; `opened` opens it, for the same `of`."""
    kept = request.app[PARTS].keys.seal(secret.encode(), purpose=PURPOSE, of=of)
    return base64.urlsafe_b64encode(kept).decode()


def opened(request: web.Request, sealed: str, *, of: str) -> str | None:
    """The secret that a form brings back; None: there is none, or of elsewhere. So nobody else can choose one."""
    try:
        given = base64.urlsafe_b64decode(sealed)
        return request.app[PARTS].keys.open(given, purpose=PURPOSE, of=of).decode() if given else None
    except (Unsealable, binascii.Error, ValueError):
        return None
