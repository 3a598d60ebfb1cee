"""By which we prove to push services who sends (VAPID, RFC 8292): key pairs that follow from the installation's secret.

A browser admits messages of one key alone, the one that it was given when it was asked. So a device keeps which it was;
while the secret is rotated messages are signed by that, and pages ask browsers for the new one. A device whose key is
not valid any more is told nothing, and forgotten.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from desk.store.keys import Keys

PURPOSE = "web push"
GOOD = timedelta(hours=12)  # at most a day, says RFC 8292
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256 (SEC 2, 2.4.2)
SEED_BYTES = 48  # 128 bits more than the order, so that no scalar is likelier (FIPS 186-5, A.2.1)


@dataclass(frozen=True, slots=True)
class Pair:
    """A key pair: `public` as browsers and push services are given it."""

    public: str
    private: ECKey = field(repr=False)


@dataclass(frozen=True)
class Signer:
    """Signs. `contact`: how a push service reaches who runs this, https: or mailto:."""

    pairs: Sequence[Pair]
    contact: str

    @property
    def public(self) -> str:
        """The key that browsers are asked to admit."""
        return self.pairs[0].public

    def knows(self, public: str) -> bool:
        """Whether messages can be signed by the key to this."""
        return any(one.public == public for one in self.pairs)

    def authorization(self, public: str, origin: str, now: datetime) -> str:
        """What is said to a push service.

        Raises:
            KeyError: the key is none of ours.
        """
        found = next((one for one in self.pairs if one.public == public), None)
        if found is None:
            raise KeyError(public)
        claims = {"aud": origin, "exp": int((now + GOOD).timestamp()), "sub": self.contact}
        token = jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, found.private)
        return f"vapid t={token}, k={public}"


def signer(keys: Keys, contact: str) -> Signer:
    """The pairs that follow from all secrets that are valid, that of the current one first."""
    return Signer([_pair(seed) for seed in keys.signing(PURPOSE)], contact)


def _pair(seed: bytes) -> Pair:
    wide = HKDF(algorithm=SHA256(), length=SEED_BYTES, salt=None, info=b"P-256").derive(seed)
    made = derive_private_key(int.from_bytes(wide) % (ORDER - 1) + 1, SECP256R1())
    return Pair(encoded(point_of(made)), ECKey.import_key(_pem(made)))


def point_of(private: EllipticCurvePrivateKey) -> bytes:
    """The public key, 65 bytes."""
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encoded(value: bytes) -> str:
    """Base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _pem(private: EllipticCurvePrivateKey) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
