"""What tells staff of alerts, put together."""

from collections.abc import Mapping

from aiohttp import ClientSession
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.app.runtime import Runtime
from desk.city.files import City
from desk.contract.errors import ConfigurationError
from desk.http.reach import is_loopback
from desk.staff.mail import MailServer, mail_server
from desk.staff.telling import Telling, Webhook
from desk.texts.catalogs import Catalogs

SHORTEST_SECRET = 32  # characters


def alerting(
    at: Runtime, engine: AsyncEngine, http: ClientSession, catalogs: Catalogs, cities: Mapping[str, City]
) -> Telling:
    """What tells staff, by the ways that the settings name.

    Raises:
        ConfigurationError: a setting of mail or of the webhook is wrong.
    """
    read = at.settings
    secret = read.alert_webhook_secret.get_secret_value() if read.alert_webhook_secret else ""
    hook = webhook_at(read.alert_webhook_url, secret) if read.alert_webhook_url is not None else None
    return Telling(engine, http, catalogs, cities, at.keys(), at.serve_url, mailing(at), hook)


def mailing(at: Runtime) -> MailServer | None:
    """The server that takes mail; None: none is set.

    Raises:
        ConfigurationError: what is set is wrong.
    """
    read = at.settings
    return mail_server(read.smtp_url.get_secret_value(), read.mail_from) if read.smtp_url else None


def webhook_at(url: str, secret: str) -> Webhook:
    """Read the settings of a webhook.

    Raises:
        ConfigurationError: it is none, is reached unencrypted and not on this machine, or its secret is too short.
    """
    if url.startswith("http://") and not is_loopback(url):
        raise ConfigurationError(
            "DESK_ALERT_WEBHOOK_URL sends what it says unencrypted: use https://, or http:// to this machine alone"
            " (localhost, 127.0.0.1, [::1])."
        )
    if len(secret) < SHORTEST_SECRET or not url.startswith(("https://", "http://")):
        raise ConfigurationError(
            f"DESK_ALERT_WEBHOOK_URL wants an https address, and DESK_ALERT_WEBHOOK_SECRET of {SHORTEST_SECRET} random"
            " characters or more."
        )
    return Webhook(url, secret.encode())
