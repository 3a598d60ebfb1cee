"""What tells staff of alerts, put together."""

from collections.abc import Mapping

from aiohttp import ClientSession
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.app.runtime import Runtime
from desk.city.files import City
from desk.contract.errors import ConfigurationError
from desk.staff.mail import mail_server
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
    mail = mail_server(read.smtp_url.get_secret_value(), read.mail_from) if read.smtp_url else None
    return Telling(engine, http, catalogs, cities, at.keys(), at.serve_url, mail, _webhook(at))


def _webhook(at: Runtime) -> Webhook | None:
    url, given = at.settings.alert_webhook_url, at.settings.alert_webhook_secret
    if url is None:
        return None
    secret = given.get_secret_value() if given else ""
    if len(secret) < SHORTEST_SECRET or not url.startswith(("https://", "http://")):
        raise ConfigurationError(
            f"DESK_ALERT_WEBHOOK_URL wants an http address, and DESK_ALERT_WEBHOOK_SECRET of {SHORTEST_SECRET} random"
            " characters or more."
        )
    return Webhook(url, secret.encode())
