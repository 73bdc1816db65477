"""Certificates: its own, and the roots it trusts."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from app.operations.fields import Pem


class SendSignedCertificate(Struct, frozen=True, tag="certificate_signed"):
    """The answer to SignCertificate, leaf first (whitepaper §4.1 CertificateSigned; 2.0.1 A02)."""

    chain: Pem
    certificate_type: Literal["ChargingStationCertificate", "V2GCertificate"] = (
        "ChargingStationCertificate"
    )


RootKind = Literal[
    "CentralSystemRootCertificate",
    "ManufacturerRootCertificate",
    "V2GRootCertificate",
    "MORootCertificate",
]
"""The first is 2.0.1's ``CSMSRootCertificate``; the last two cannot be said in 1.6."""


class InstallCertificate(Struct, frozen=True, tag="install_certificate"):
    """Trust a root from now on (whitepaper §4.6)."""

    kind: RootKind
    certificate: Annotated[str, Meta(min_length=1, max_length=5500)]


class CertificateHash(Struct, frozen=True):
    """Which certificate (whitepaper §6.1 CertificateHashData)."""

    algorithm: Literal["SHA256", "SHA384", "SHA512"]
    issuer_name_hash: Annotated[str, Meta(min_length=1, max_length=128)]
    issuer_key_hash: Annotated[str, Meta(min_length=1, max_length=128)]
    serial_number: Annotated[str, Meta(min_length=1, max_length=40)]


class DeleteCertificate(Struct, frozen=True, tag="delete_certificate"):
    """Trust it no longer (whitepaper §4.2)."""

    certificate: CertificateHash


class GetInstalledCertificates(Struct, frozen=True, tag="get_installed_certificates"):
    """Which roots it trusts (whitepaper §4.5 GetInstalledCertificateIds)."""

    kind: RootKind
