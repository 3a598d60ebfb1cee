"""Signatures of alerts: XML-DSig, enveloped, by a certificate that was given beforehand (section 3.3.4 of CAP 1.2).

What is believed is what was signed: the part that the signature covers is what is read on, not the document around it.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.exceptions import InvalidInput, InvalidSignature, SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from desk.alerts.documents import Refused, quoted
from desk.alerts.elements import CAP
from desk.contract.errors import ConfigurationError

METHODS = frozenset(
    {
        SignatureMethod.ECDSA_SHA256,
        SignatureMethod.ECDSA_SHA384,
        SignatureMethod.ECDSA_SHA512,
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
    }
)
DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})

type SigningKey = EllipticCurvePrivateKey | RSAPrivateKey


def certificates_in(paths: Sequence[Path]) -> tuple[x509.Certificate, ...]:
    """Read certificates, PEM; a file may hold several.

    Raises:
        ConfigurationError: one cannot be read.
    """
    found: list[x509.Certificate] = []
    for path in paths:
        try:
            found += x509.load_pem_x509_certificates(path.read_bytes())
        except (OSError, ValueError) as exc:
            raise ConfigurationError(f"{path} is no certificate in PEM: {exc}. A source of alerts names it.") from exc
    return tuple(found)


def signed_part(document: bytes, certificates: Sequence[x509.Certificate], now: datetime) -> bytes:
    """The alert that a signature of one of these certificates covers. `document` has passed `documents.parse`.

    Raises:
        Refused: it is not signed, or by nobody of these.
    """
    try:
        root = etree.fromstring(document, _parser())
    except etree.XMLSyntaxError as exc:  # stricter than what has read it before: of names and namespaces
        raise Refused("not_xml", f"It is no XML: {quoted(str(exc))}.") from exc
    valid = [one for one in certificates if one.not_valid_before_utc <= now <= one.not_valid_after_utc]
    if not valid:
        raise Refused("no_certificate", "No certificate of its source is valid now: give its new one.")
    if root.find("{http://www.w3.org/2000/09/xmldsig#}Signature") is None:
        raise Refused("not_signed", "It is not signed, and its source's documents are.")
    wanted = SignatureConfiguration(
        location="./", expect_references=1, signature_methods=METHODS, digest_algorithms=DIGESTS
    )
    for certificate in valid:
        try:
            verified = XMLVerifier().verify(root, x509_cert=certificate, expect_config=wanted)
        except (SignXMLException, InvalidInput, InvalidSignature, ValueError, TypeError, KeyError, etree.LxmlError):
            continue  # each says what was wrong with the sender's bytes; which certificate it was not, nobody needs
        one = verified[0] if isinstance(verified, list) else verified
        if one.signed_xml is not None and one.signed_xml.tag == f"{{{CAP}}}alert":
            return etree.tostring(one.signed_xml, encoding="UTF-8", xml_declaration=True)
    raise Refused("wrong_signature", "Its signature is by none of its source's certificates, or it was changed.")


def signed(document: bytes, key: SigningKey, certificate: x509.Certificate) -> bytes:
    """A document of ours with its signature, as the last element of the alert."""
    root = etree.fromstring(document, _parser())
    method = SignatureMethod.RSA_SHA256 if isinstance(key, RSAPrivateKey) else SignatureMethod.ECDSA_SHA256
    signer = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=method,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    pem = certificate.public_bytes(Encoding.PEM).decode("ascii")
    made = signer.sign(root, key=key, cert=pem)
    return etree.tostring(made, encoding="UTF-8", xml_declaration=True)


def _parser() -> etree.XMLParser:
    """Nothing outside of a document is read, and nothing in it expanded. One for each document: it keeps state."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True)
