"""What is kept between starts: key and chain in one file, the account's key, what was tried."""

import contextlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

PLACEHOLDER_LIFE = timedelta(days=365)
REMEMBERED = 20
"""Failed tries; the pause between them has long stopped growing."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The certificate that is shown now."""

    names: frozenset[str]
    not_before: datetime
    not_after: datetime
    is_placeholder: bool
    """Signed by itself, until the first one comes."""


class Attempts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was tried since the last certificate came, and from whom that one is."""

    directory_url: str = ""
    failed_at: tuple[datetime, ...] = ()
    problem: str = ""
    """Of the last try; for people."""
    next_at: datetime | None = None
    is_limited: bool = False
    """The last one was told that it is too often."""

    def failed(
        self, at: datetime, problem: str, next_at: datetime, *, is_limited: bool = False
    ) -> "Attempts":
        """One more."""
        failed_at = (*self.failed_at, at)[-REMEMBERED:]
        return Attempts(self.directory_url, failed_at, problem, next_at, is_limited)


class Kept:
    """The folder. Everything in it is written whole, and read by nobody else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.file = folder / "tls.pem"
        self._account = folder / "account.pem"
        self._attempts = folder / "attempts.json"

    def shown(self) -> Shown | None:
        """What the file holds; None where it holds none that could be used."""
        try:
            pem = self.file.read_bytes()
            serialization.load_pem_private_key(pem, None)
            leaf = x509.load_pem_x509_certificate(pem)
        except (OSError, ValueError):
            return None
        return Shown(
            names=frozenset(_names(leaf)),
            not_before=leaf.not_valid_before_utc,
            not_after=leaf.not_valid_after_utc,
            is_placeholder=leaf.issuer == leaf.subject,
        )

    def keep(self, key_and_chain: bytes) -> None:
        """Exchange it in one go; raises ``OSError``."""
        self._write(self.file, key_and_chain)

    def account_key(self) -> ec.EllipticCurvePrivateKey:
        """The account's, made when there is none; raises ``OSError``, ``ValueError``."""
        if not self._account.exists():
            self._write(self._account, _pem(ec.generate_private_key(ec.SECP256R1())))
        key = serialization.load_pem_private_key(self._account.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{self._account} holds another kind of key")
        return key

    def attempts(self) -> Attempts:
        """None of it where the file is not there or not ours."""
        try:
            return msgspec.json.decode(self._attempts.read_bytes(), type=Attempts)
        except (OSError, msgspec.MsgspecError):
            return Attempts()

    def remember(self, attempts: Attempts) -> None:
        """Raises ``OSError``."""
        self._write(self._attempts, msgspec.json.encode(attempts))

    def _write(self, file: Path, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as output:
                output.write(content)
                output.flush()
                os.fsync(output.fileno())
            draft.replace(file)
        except OSError:
            draft.unlink(missing_ok=True)
            raise


def new_key() -> rsa.RSAPrivateKey:
    """A certificate's: RSA, as some charge points know no other (ADR 24)."""
    return rsa.generate_private_key(65537, 2048)


def key_pem(key: rsa.RSAPrivateKey) -> bytes:
    """As it stands in the file."""
    return _pem(key)


def placeholder(names: tuple[str, ...], now: datetime) -> bytes:
    """Key and certificate, signed by itself: there is something to show before the first comes."""
    key = new_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Strom, certificate to come")])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + PLACEHOLDER_LIFE)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), False)
        .sign(key, hashes.SHA256())
    )
    return _pem(key) + made.public_bytes(serialization.Encoding.PEM)


def _names(leaf: x509.Certificate) -> list[str]:
    try:
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return found.value.get_values_for_type(x509.DNSName)


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def moment(at: datetime) -> str:
    """For people, to the minute."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
