"""Alerts given out: an index of a city's (Atom), and a signed CAP document of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from cryptography import x509
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.alerts import cap
from desk.alerts.codes import Kind
from desk.alerts.places import infos_of
from desk.alerts.rows import COLUMNS, AlertRow, alert_of
from desk.alerts.said import said
from desk.alerts.signatures import SigningKey, signed
from desk.alerts.writing import document_of
from desk.city.files import City
from desk.contract.wire import Locale
from desk.store.database import transaction
from desk.texts.catalogs import LANGUAGE_TAGS

LISTED_FOR = timedelta(days=30)
LISTED = 100
ATOM = "application/atom+xml"
CAP_TYPE = "application/cap+xml"

PUBLISHED = text(f"""
    SELECT {COLUMNS} FROM alerts
    WHERE city = :city AND done = 'public' AND live_at > :since AND number IS NOT NULL
    ORDER BY live_at DESC, id DESC LIMIT :limit
""")
ONE = text(f"""
    SELECT {COLUMNS}, content, issued FROM alerts
    WHERE city = :city AND number = :number AND done = 'public' AND live_at IS NOT NULL
""")
REPLACED = text(f"SELECT {COLUMNS} FROM alerts WHERE replaced_by = :id AND number IS NOT NULL ORDER BY id")
ISSUE = text("""
    UPDATE alerts SET issued = coalesce(issued, :issued) WHERE id = :id RETURNING issued
""")


@dataclass(frozen=True)
class Issuing:
    """Gives out. `public_url` is where the desk is reached, without a trailing slash."""

    engine: AsyncEngine
    cities: Mapping[str, City]
    now: Callable[[], datetime]
    public_url: str
    key: SigningKey
    certificate: x509.Certificate

    @property
    def host(self) -> str:
        """Whom documents name as their sender."""
        return host_of(self.public_url)

    async def document(self, city: City, number: str) -> bytes | None:
        """The signed document of an alert; None: there is none. It is made once, and never changes."""
        if city.alerts.mode != "live":
            return None
        async with transaction(self.engine) as connection:
            row = (await connection.execute(ONE, {"city": city.slug, "number": number})).one_or_none()
            if row is None:
                return None
            if row.issued is not None:
                return bytes(row.issued)
            made = await self._made(connection, city, alert_of(row), bytes(row.content))
            values = {"id": row.id, "issued": made}
            return bytes((await connection.execute(ISSUE, values)).scalar_one())

    async def index(self, city: City, name: str, locale: Locale) -> tuple[bytes, datetime]:
        """The index of a city's documents, the newest first, and when it last changed."""
        now = self.now()
        rows: list[AlertRow] = []
        if city.alerts.mode == "live":
            wanted = {"city": city.slug, "since": now - LISTED_FOR, "limit": LISTED}
            async with self.engine.connect() as connection:
                rows = [alert_of(row) for row in await connection.execute(PUBLISHED, wanted)]
        changed = max(
            (one.live_at for one in rows if one.live_at is not None), default=datetime(2026, 1, 1, tzinfo=UTC)
        )
        return self._feed(city, name, locale, rows, changed), changed

    async def _made(self, connection: AsyncConnection, city: City, alert: AlertRow, content: bytes) -> bytes:
        read = cap.read(content) if content else None
        infos = infos_of(read.infos, city) if read is not None and alert.kind is not Kind.CANCEL else []
        replaced = [alert_of(one) for one in await connection.execute(REPLACED, {"id": alert.id})]
        return signed(document_of(alert, read, infos, self.host, replaced), self.key, self.certificate)

    def _feed(self, city: City, name: str, locale: Locale, rows: Sequence[AlertRow], changed: datetime) -> bytes:
        own = f"{self.public_url}/{city.slug}/alerts.cap"
        lines = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={quoteattr(LANGUAGE_TAGS[locale])}>',
            f"<id>{escape(own)}</id>",
            f"<title>{escape(name)}</title>",
            f"<updated>{_time(changed)}</updated>",
            f"<author><name>{escape(self.host)}</name></author>",
            f'<link rel="self" type="{ATOM}" href={quoteattr(f"{own}?lang={LANGUAGE_TAGS[locale]}")}/>',
            f'<link rel="alternate" type="text/html" href={quoteattr(f"{self.public_url}/{city.slug}")}/>',
        ]
        for one in rows:
            assert one.number is not None
            assert one.live_at is not None
            address = f"{self.public_url}/{city.slug}/alerts/{one.number}.cap"
            title = said(one, locale).headline if one.infos else one.kind.value
            at = _time(one.live_at)
            lines += [
                "<entry>",
                f"<id>{escape(address)}</id>",
                f"<title>{escape(title)}</title>",
                f"<updated>{at}</updated>",
                f"<published>{at}</published>",
                f"<category term={quoteattr(one.kind.value)}/>",
                f"<summary>{escape(title)}</summary>",
                f'<link rel="alternate" type="{CAP_TYPE}" href={quoteattr(address)}/>',
                "</entry>",
            ]
        return ("\n".join([*lines, "</feed>"]) + "\n").encode()


def host_of(public_url: str) -> str:
    """What documents of an installation name as their sender."""
    return f"alerts@{urlsplit(public_url).hostname or 'localhost'}"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
