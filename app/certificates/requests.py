"""Reading what a charge point asks to have signed (PKCS#10), and refusing what must not be.

OCPP security whitepaper §4.1.2: RSA of 2048 bits or more, or elliptic curves of 224 and more; here
256 and more, since nothing smaller is left in TLS 1.3. Four kilobits are enough of RSA.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from app.charging.errors import BadInput

MOST_CHARACTERS = 5500
"""OCPP 1.6 whitepaper §5.17 SignCertificate.req; the same in 2.0.1."""
RSA_BITS = range(2048, 4097)
CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


@dataclass(frozen=True, slots=True)
class SignableRequest:
    """A request that may be signed."""

    common_name: str
    organisation: str
    public_key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey

    @property
    def is_rsa(self) -> bool:
        """Whether the key can also be used to agree on another (TLS 1.2)."""
        return isinstance(self.public_key, rsa.RSAPublicKey)

    @property
    def key_sha256(self) -> str:
        """The key's fingerprint: the same request made again has the same."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return hashlib.sha256(
            self.public_key.public_bytes(serialization.Encoding.DER, form)
        ).hexdigest()


def read_request(text: str, names: Collection[str]) -> SignableRequest:
    """What is asked for by a charge point that goes by these names; raises ``BadInput``."""
    request = _parsed(text)
    key = _key_of(request)
    if isinstance(key, rsa.RSAPublicKey):
        _require(key.key_size in RSA_BITS, "an RSA key has 2048 to 4096 bits")
        _require(key.public_numbers().e == 65537, "the RSA key's exponent is not 65537")
    elif isinstance(key, ec.EllipticCurvePublicKey):
        _require(isinstance(key.curve, CURVES), "the curve is none of P-256, P-384, P-521")
    else:
        raise BadInput("the key is neither RSA nor of an elliptic curve")
    _require(isinstance(request.signature_hash_algorithm, HASHES), "not signed with SHA-2")
    _require(_is_its_own(request), "the request is not signed with its own key")
    common_name = _one(request, NameOID.COMMON_NAME)
    known = {name.casefold() for name in names if name}
    _require(common_name.casefold() in known, "the common name is not this charge point's")
    return SignableRequest(common_name, _one(request, NameOID.ORGANIZATION_NAME), key)


def _parsed(text: str) -> x509.CertificateSigningRequest:
    _require(len(text) <= MOST_CHARACTERS, f"longer than {MOST_CHARACTERS} characters")
    # Seen: line breaks lost on the way, as backslash and n, or as the DER's bare base64.
    pem = text.replace("\\r", "").replace("\\n", "\n").strip()
    if "-----BEGIN" not in pem:
        pem = f"-----BEGIN CERTIFICATE REQUEST-----\n{pem}\n-----END CERTIFICATE REQUEST-----\n"
    try:
        return x509.load_pem_x509_csr(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadInput("this is no certificate request in PEM") from error


def _key_of(request: x509.CertificateSigningRequest) -> object:
    try:
        return request.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadInput("the key cannot be read") from error


def _is_its_own(request: x509.CertificateSigningRequest) -> bool:
    try:
        return request.is_signature_valid
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False


def _one(request: x509.CertificateSigningRequest, oid: x509.ObjectIdentifier) -> str:
    """The subject's attribute; empty where it has none or several."""
    try:
        found = request.subject.get_attributes_for_oid(oid)
    except ValueError as error:
        raise BadInput("the subject cannot be read") from error
    return str(found[0].value).strip()[:64] if len(found) == 1 else ""


def _require(condition: bool, what: str) -> None:
    if not condition:
        raise BadInput(what)
