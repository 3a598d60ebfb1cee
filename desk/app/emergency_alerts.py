"""What takes emergency alerts in, shows them and gives them out, put together."""

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import ClientSession
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.alerts.issuing import Issuing, host_of
from desk.alerts.polling import Polling
from desk.alerts.service import Alerts
from desk.alerts.signatures import SigningKey, certificates_in
from desk.alerts.standing import Standing
from desk.app.runtime import Runtime, now
from desk.city.files import City, resolve_endpoint
from desk.contract.errors import ConfigurationError
from desk.web.announcing.alerts import AlertParts

SHORTEST_KEY = 32  # characters
KEPT = "alerts.pem"  # in the data directory: key and certificate
YEARS = 10


def alerts_room(at: Runtime, engine: AsyncEngine, cities: Mapping[str, City]) -> Alerts:
    """The room, with the certificates that documents of its sources must be signed by.

    Raises:
        ConfigurationError: a certificate cannot be read.
    """
    certificates = {
        (city.slug, source.slug): certificates_in([at.root / one for one in source.certificates])
        for city in cities.values()
        for source in city.alerts.sources
        if source.certificates
    }
    return Alerts(engine, cities, now, host_of(at.serve_url), certificates)


def alert_parts(at: Runtime, engine: AsyncEngine, cities: Mapping[str, City]) -> AlertParts:
    """What the web shows, gives out and takes in.

    Raises:
        ConfigurationError: a key that a city file names is not set or too short; the signing key cannot be read.
    """
    key, certificate = _signing(at)
    return AlertParts(
        alerts=alerts_room(at, engine, cities),
        standing=Standing(engine, cities, now),
        issuing=Issuing(engine, cities, now, at.serve_url, key, certificate),
        keys=_keys(cities),
    )


def polling(at: Runtime, engine: AsyncEngine, cities: Mapping[str, City], http: ClientSession) -> Polling:
    """What asks the sources that are asked. Raises ConfigurationError."""
    return Polling(engine, alerts_room(at, engine, cities), http, addresses(at, cities), now)


def addresses(at: Runtime, cities: Mapping[str, City]) -> dict[tuple[str, str], str]:
    """Where the sources that are asked really are, by city and slug."""
    return {
        (city.slug, source.slug): resolve_endpoint(source.url, sandbox_url=at.sandbox_url, root=at.root)
        for city in cities.values()
        for source in city.alerts.sources
        if source.url is not None
    }


def _keys(cities: Mapping[str, City]) -> dict[tuple[str, str], bytes]:
    """The keys by which sources push."""
    found = {}
    for city in cities.values():
        for source in city.alerts.sources:
            if source.key_env is None:
                continue
            key = os.environ.get(source.key_env, "")
            if len(key) < SHORTEST_KEY:
                raise ConfigurationError(
                    f"Set {source.key_env} to {SHORTEST_KEY} random characters or more: cities/{city.slug}.yml names it"
                    f" as the key by which {source.slug} pushes alerts."
                )
            found[city.slug, source.slug] = key.encode()
    return found


def _signing(at: Runtime) -> tuple[SigningKey, x509.Certificate]:
    """The key that documents of ours are signed with, and its certificate: of the settings, else one of our own."""
    key_file, certificate_file = at.settings.alerts_key_file, at.settings.alerts_certificate_file
    if (key_file is None) != (certificate_file is None):
        raise ConfigurationError("Set both DESK_ALERTS_KEY_FILE and DESK_ALERTS_CERTIFICATE_FILE, or neither.")
    if key_file is None or certificate_file is None:
        key_file = certificate_file = at.data_dir / KEPT
        if not key_file.exists():
            _keep_new(key_file, host_of(at.serve_url), now())
    try:
        key = load_pem_private_key(key_file.read_bytes(), password=None)
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    except (OSError, ValueError, TypeError) as exc:
        raise ConfigurationError(
            f"The key of alerts, or its certificate, cannot be read: {exc}. See DESK_ALERTS_KEY_FILE."
        ) from exc
    if not isinstance(key, EllipticCurvePrivateKey | RSAPrivateKey):
        raise ConfigurationError("The key of alerts is neither of an elliptic curve (P-256) nor RSA.")
    if key.public_key() != certificate.public_key():
        raise ConfigurationError("The certificate of alerts is not that of their key.")
    return key, certificate


def _keep_new(path: Path, name: str, at: datetime) -> None:
    """Make a key with a certificate that it signs itself, and keep both; another process may have done so before."""
    key = generate_private_key(SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=365 * YEARS))
        .sign(key, SHA256())
    )
    written = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    written += certificate.public_bytes(Encoding.PEM)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(f".{os.getpid()}.new")
    new.touch(mode=0o600)
    new.write_bytes(written)
    try:
        os.link(new, path)  # whole or not at all, and never over another's
    except FileExistsError:
        pass
    finally:
        new.unlink()
