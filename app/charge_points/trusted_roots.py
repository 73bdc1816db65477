"""Which roots a charge point trusts, as far as it has told."""

from collections.abc import Iterable

import msgspec

from app.operations import CertificateHash, DeleteCertificate, GetInstalledCertificates
from app.records.commands import GivenCommand
from app.records.views import TrustedRoot


class _Hash(msgspec.Struct, rename="camel"):
    """CertificateHashData as charge points write it (whitepaper §6.1)."""

    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str


def trusted_roots(newest: Iterable[GivenCommand]) -> tuple[TrustedRoot, ...]:
    """What it answered last for each kind of root, without what it has removed since.

    ``newest``: what it was told, the newest first.
    """
    found, removed, kinds = list[TrustedRoot](), set[CertificateHash](), set[str]()
    for given in newest:
        told = given.carries if given.state == "accepted" else None
        if isinstance(told, DeleteCertificate):
            removed.add(told.certificate)
        elif isinstance(told, GetInstalledCertificates) and told.kind not in kinds:
            kinds.add(told.kind)
            hashes = (_hash(each) for each in _listed(given))
            at = given.concluded_at or given.at
            found += [TrustedRoot(told.kind, h, at) for h in hashes if h and h not in removed]
    return tuple(found)


def _listed(given: GivenCommand) -> list[object]:
    listed = given.results.get("certificateHashData")
    return listed if isinstance(listed, list) else []


def _hash(told: object) -> CertificateHash | None:
    """None for what no certificate can be named by."""
    try:
        read = msgspec.convert(told, _Hash)
        return msgspec.convert(
            {
                "algorithm": read.hash_algorithm,
                "issuer_name_hash": read.issuer_name_hash,
                "issuer_key_hash": read.issuer_key_hash,
                "serial_number": read.serial_number,
            },
            CertificateHash,
        )
    except msgspec.ValidationError:
        return None
