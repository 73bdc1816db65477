"""Certificates the charger trusts, and its own key with what the central system made of it."""

import hashlib
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import NameOID

MOST = 20
HASHES = {"SHA256": hashlib.sha256, "SHA384": hashlib.sha384, "SHA512": hashlib.sha512}


@dataclass(frozen=True, slots=True)
class Installed:
    """A certificate and what it may vouch for."""

    use: str
    certificate: x509.Certificate

    def hash_data(self, algorithm: str = "SHA256") -> dict[str, str]:
        """How OCPP names it (CertificateHashDataType); right for those that sign themselves."""
        digest = HASHES[algorithm]
        key = _key_bits(self.certificate.public_key())
        return {
            "hashAlgorithm": algorithm,
            "issuerNameHash": digest(self.certificate.issuer.public_bytes()).hexdigest(),
            "issuerKeyHash": digest(key).hexdigest(),
            "serialNumber": f"{self.certificate.serial_number:x}",
        }


class Certificates:
    """What is installed; the charger's own key pair is made when a certificate is wanted."""

    def __init__(self, identity: str) -> None:
        self._identity = identity
        self._installed: list[Installed] = []
        self._wanted: ec.EllipticCurvePrivateKey | None = None
        self._own: tuple[str, ec.EllipticCurvePrivateKey] | None = None

    @property
    def chain(self) -> str | None:
        """The charger's own certificate with its chain, if the central system gave one."""
        return self._own[0] if self._own else None

    def __len__(self) -> int:
        return len(self._installed)

    def install(self, use: str, pem: str) -> str:
        """Trust one more; returns the status."""
        try:
            certificate = x509.load_pem_x509_certificate(pem.encode())
        except ValueError:
            return "Rejected"
        if len(self._installed) >= MOST:
            return "Failed"
        fingerprint = certificate.fingerprint(hashes.SHA256())
        if all(
            (item.use, item.certificate.fingerprint(hashes.SHA256())) != (use, fingerprint)
            for item in self._installed
        ):
            self._installed.append(Installed(use, certificate))
        return "Accepted"

    def delete(self, hash_data: dict[str, str]) -> str:
        """Trust one less; returns the status."""
        algorithm = hash_data.get("hashAlgorithm", "SHA256")
        for item in self._installed:
            known = item.hash_data(algorithm)
            if all(known[key].lower() == str(hash_data.get(key)).lower() for key in known):
                self._installed.remove(item)
                return "Accepted"
        return "NotFound"

    def listed(self, uses: set[str] | None) -> list[Installed]:
        """Those for these uses; all without any."""
        return [item for item in self._installed if uses is None or item.use in uses]

    def request(self, organisation: str) -> str:
        """A new key pair, and the request to sign it (PKCS#10, PEM)."""
        self._wanted = ec.generate_private_key(ec.SECP256R1())
        name = [x509.NameAttribute(NameOID.COMMON_NAME, self._identity[:64])]
        if organisation:
            name.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]))
        builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(name))
        csr = builder.sign(self._wanted, hashes.SHA256())
        return csr.public_bytes(serialization.Encoding.PEM).decode()

    def accept(self, chain: str) -> bool:
        """Keep a signed certificate, if it is for the key that was asked for."""
        try:
            (first, *_) = x509.load_pem_x509_certificates(chain.encode())
        except ValueError:
            return False
        if self._wanted is None or first.public_key() != self._wanted.public_key():
            return False
        self._own = (chain, self._wanted)
        return True

    def show(self, context: ssl.SSLContext) -> None:
        """Let a TLS context use the charger's own certificate."""
        if self._own is None:
            return
        chain, key = self._own
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "own.pem"
            file.touch(mode=0o600)
            file.write_bytes(chain.encode() + b"\n" + pem)
            context.load_cert_chain(file)


def _key_bits(key: CertificatePublicKeyTypes) -> bytes:
    """The bits of the public key, as RFC 6960 hashes them."""
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
