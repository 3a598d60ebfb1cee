"""Who is who at the pretend Alipay: one application, one seller, and the key pairs of both sides, made once."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

APP_ID = "2021000000000001"
SELLER_ID = "2088000000000001"
BUYER_ID = "2088000000000002"
BUYER_LOGIN = "138****0000"

APP_PRIVATE, APP_PUBLIC = "app_private.pem", "app_public.pem"
ALIPAY_PRIVATE, ALIPAY_PUBLIC = "alipay_private.pem", "alipay_public.pem"
BITS = 2048  # what RSA2 asks for


MINI_PROGRAM = "20219"  # begins the application ids of cities' mini programs


class IdentityError(Exception):
    """A key file of the pretend Alipay is damaged. The message says what to do."""


@dataclass(frozen=True)
class Keys:
    """The keys that the pretend Alipay itself uses: its own, and the application's public one."""

    alipay: rsa.RSAPrivateKey
    app: rsa.RSAPublicKey


def mini_program(city: str) -> str:
    """The application id of a city's mini program."""
    return f"{MINI_PROGRAM}{int(hashlib.sha256(city.encode()).hexdigest()[:12], 16) % 10**11:011}"


def is_mini_program(application: str) -> bool:
    """Whether an application id is one of theirs."""
    return len(application) == 16 and application.isdigit() and application.startswith(MINI_PROGRAM)


def key_folder(data_dir: Path) -> Path:
    """Where the four PEM files are: the desk reads `app_private.pem` and `alipay_public.pem` of them."""
    return data_dir / "sandbox" / "alipay"


def ensure_keys(data_dir: Path) -> Path:
    """Make the key pairs unless they are there; their folder. Two processes may do this at once: one of them wins."""
    folder = key_folder(data_dir)
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="keys-", dir=folder.parent) as made:
        fresh = Path(made) / "alipay"
        fresh.mkdir(mode=0o700)
        for private, public in ((APP_PRIVATE, APP_PUBLIC), (ALIPAY_PRIVATE, ALIPAY_PUBLIC)):
            key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
            _write(fresh / private, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            _write(fresh / public, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        try:
            fresh.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    return folder


def load_keys(folder: Path) -> Keys:
    """Read the keys.

    Raises:
        IdentityError: a file is missing or damaged.
    """
    try:
        pem = (folder / ALIPAY_PRIVATE).read_bytes()
        # That its numbers are primes took three quarters of a start; who would give us other ones than ours?
        alipay = load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
        app = load_pem_public_key((folder / APP_PUBLIC).read_bytes())
    except (OSError, ValueError) as exc:
        raise IdentityError(
            f"The keys in {folder} cannot be read ({exc}). Delete the folder: new ones are made."
        ) from exc
    if not isinstance(alipay, rsa.RSAPrivateKey) or not isinstance(app, rsa.RSAPublicKey):
        raise IdentityError(f"The keys in {folder} are no RSA keys. Delete the folder: new ones are made.")
    return Keys(alipay, app)


def _write(path: Path, pem: bytes) -> None:
    """Write a file that only its owner can read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
