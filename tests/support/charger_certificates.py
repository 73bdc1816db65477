"""A charge point's keys and what it asks to have signed, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@cache
def ec_key(number: int = 0) -> ec.EllipticCurvePrivateKey:
    """One for each number."""
    return ec.generate_private_key(ec.SECP256R1())


@cache
def rsa_key(bits: int = 2048, exponent: int = 65537) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(exponent, bits)


def request_pem(common_name: str, key: Key | None = None, *, organisation: str = "") -> str:
    """A certificate request as a charge point makes it."""
    names = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else []
    if organisation:
        names.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names))
    signed = made.sign(key or ec_key(), hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def key_pem(key: Key) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@dataclass(frozen=True)
class Files:
    """A certificate and its key where TLS reads them."""

    certificate: str
    key: str


def write_pair(folder: Path, name: str, certificate_pem: str, key: str) -> Files:
    certificate_file, key_file = folder / f"{name}.crt", folder / f"{name}.key"
    certificate_file.write_text(certificate_pem)
    key_file.write_text(key)
    return Files(str(certificate_file), str(key_file))
