"""Who we are at Alipay."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from desk.alipay import signing


@dataclass(frozen=True)
class Credentials:
    """An application at Alipay, the seller whose money it is, and the keys of both sides."""

    gateway: str
    app_id: str
    seller_id: str
    key: RSAPrivateKey = field(repr=False)
    alipay_key: RSAPublicKey = field(repr=False)


def credentials(*, gateway: str, app_id: str, seller_id: str, key: str, alipay_key: str) -> Credentials:
    """Make credentials of the texts of two keys: ours (private) and Alipay's (public), each PEM or bare base64.

    Raises:
        ConfigurationError: a text is no such key.
    """
    return Credentials(gateway, app_id, seller_id, signing.private_key(key), signing.public_key(alipay_key))
