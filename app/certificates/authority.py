"""Making certificates: the root, an owner's authority under it, and a charge point's.

Pure: keys and moments come in, PEM goes out. Profiles of the certificates follow the OCPP security
whitepaper §4 (OCPP 2.0.1 part 2 A00.FR.501 ff.): ECDSA P-256 with SHA-256, a charge point's for
client authentication alone. Nothing of a request is copied but its key and its subject.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.certificates.requests import SignableRequest

ROOT_LIFE = timedelta(days=30 * 365)
AUTHORITY_LIFE = timedelta(days=20 * 365)
CHARGER_LIFE = timedelta(days=2 * 365)
SKEW = timedelta(days=1)
"""Valid since yesterday: the clocks of charge points are slow."""
MOST_NAME = 64
"""Characters of a common or organisation name (RFC 5280 appendix A, ub-common-name)."""
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate that signs others, and its key, both PEM."""

    certificate_pem: str
    key_pem: str

    @property
    def certificate(self) -> x509.Certificate:
        """Read again."""
        return x509.load_pem_x509_certificate(self.certificate_pem.encode())

    @property
    def key(self) -> ec.EllipticCurvePrivateKey:
        """Read again."""
        key = serialization.load_pem_private_key(self.key_pem.encode(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key


@dataclass(frozen=True, slots=True)
class Issued:
    """A charge point's new certificate: its serial number in hex, and the chain, leaf first."""

    serial: str
    chain_pem: str
    sha256: str
    """Of the certificate in DER, hex: what the edge tells of whoever connects with it."""
    not_after: datetime


def make_root(name: str, now: datetime) -> Authority:
    """The root of a Strom; it signs owners' authorities and nothing else."""
    key = _new_key()
    subject = _name(name, "Strom charge points")
    made = _builder(subject, subject, key.public_key(), now, ROOT_LIFE)
    made = _as_authority(made, key.public_key(), key.public_key(), path_length=1)
    return _authority(made.sign(key, hashes.SHA256()), key)


def make_authority(root: Authority, tenant: str, organisation: str, now: datetime) -> Authority:
    """An owner's own authority; it signs the owner's charge points and nothing else."""
    key, above = _new_key(), root.certificate
    subject = _name(organisation, f"Charge points of {tenant}")
    made = _builder(subject, above.subject, key.public_key(), now, AUTHORITY_LIFE)
    made = _as_authority(made, key.public_key(), root.key.public_key(), path_length=0)
    return _authority(made.sign(root.key, hashes.SHA256()), key)


def sign(authority: Authority, request: SignableRequest, now: datetime) -> Issued:
    """A charge point's certificate from what it asked for."""
    signer, above = authority.key, authority.certificate
    organisation = request.organisation or _organisation_of(above)
    subject = _name(organisation, request.common_name)
    life = min(CHARGER_LIFE, above.not_valid_after_utc - now)
    usage = _usage(digital_signature=True, key_encipherment=request.is_rsa)
    identity = x509.SubjectKeyIdentifier.from_public_key(request.public_key)
    above_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    made = (
        _builder(subject, above.subject, request.public_key, now, life)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(identity, critical=False)
        .add_extension(above_id, critical=False)
        .sign(signer, hashes.SHA256())
    )
    return Issued(
        serial=f"{made.serial_number:x}",
        chain_pem=_pem(made) + authority.certificate_pem,
        sha256=made.fingerprint(hashes.SHA256()).hex(),
        not_after=made.not_valid_after_utc,
    )


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _name(organisation: str, common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:MOST_NAME]),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name[:MOST_NAME]),
        ]
    )


def _organisation_of(certificate: x509.Certificate) -> str:
    [found] = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return str(found.value)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PublicKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + life)
    )


def _as_authority(
    made: x509.CertificateBuilder, key: PublicKey, above: PublicKey, *, path_length: int
) -> x509.CertificateBuilder:
    above_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(above)
    return (
        made.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(above_id, critical=False)
    )


def _usage(**used: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: used.get(name, False) for name in names})


def _authority(made: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Authority:
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Authority(_pem(made), private.decode())


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
