"""Certificates, both ways (OCPP 2.0.1 A02, M03 to M05).

SignCertificate, CertificateSigned, InstallCertificate, DeleteCertificate,
GetInstalledCertificateIds.
"""

from typing import Any, Final

from app.edge_messages import MessageResult, SigningRequest
from app.ocpp_edge.answers import by_status, entries
from app.ocpp_edge.dialect import Asked, Context, Outcome, Request
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v201.memory import Memory
from app.operations import (
    DeleteCertificate,
    GetInstalledCertificates,
    InstallCertificate,
    RootKind,
    SendSignedCertificate,
)

KINDS: Final[dict[RootKind, str]] = {
    "CentralSystemRootCertificate": "CSMSRootCertificate",
    "ManufacturerRootCertificate": "ManufacturerRootCertificate",
    "V2GRootCertificate": "V2GRootCertificate",
    "MORootCertificate": "MORootCertificate",
}
"""InstallCertificateUseEnumType, GetCertificateIdUseEnumType (OCPP 2.0.1 §3.36, §3.40)."""
USUAL = "ChargingStationCertificate"
MAX_CERTIFICATES = 100


def sign(payload: Payload, context: Context, memory: Memory) -> Asked:
    """The app signs, or not; the certificate comes later, as a call of ours."""
    kind = payload.get("certificateType") or USUAL
    return Asked(SigningRequest(payload["csr"], kind), _will_be_signed)


def _will_be_signed(result: MessageResult, context: Context) -> Payload:
    return {"status": "Accepted" if result.accepted else "Rejected"}


def signed(told: SendSignedCertificate) -> Request:
    """The certificate and those between it and the root."""
    payload = {"certificateChain": told.chain, "certificateType": told.certificate_type}
    return Request("CertificateSigned", payload)


def install(told: InstallCertificate) -> Request:
    """Trust a root."""
    payload = {"certificateType": KINDS[told.kind], "certificate": told.certificate}
    return Request("InstallCertificate", payload)


def delete(told: DeleteCertificate) -> Request:
    """Trust it no longer."""
    which = told.certificate
    data = {
        "hashAlgorithm": which.algorithm,
        "issuerNameHash": which.issuer_name_hash,
        "issuerKeyHash": which.issuer_key_hash,
        "serialNumber": which.serial_number,
    }
    return Request("DeleteCertificate", {"certificateHashData": data})


def installed_ids(told: GetInstalledCertificates) -> Request:
    """Which roots of a kind it trusts."""
    return Request("GetInstalledCertificateIds", {"certificateType": [KINDS[told.kind]]})


def outcome_of_installed_ids(payload: Payload) -> Outcome:
    """As 1.6 has it: a list of hashes. NotFound is an empty one."""
    answered = by_status(payload, accepted=("Accepted", "NotFound"), rejected=())
    chains = entries(payload.get("certificateHashDataChain"), MAX_CERTIFICATES)
    hashes = [_hash(chain) for chain in chains]
    result: dict[str, object] = {"certificateHashData": [known for known in hashes if known]}
    return Outcome(answered.outcome, answered.detail, result if any(hashes) else {})


def _hash(chain: Any) -> object:
    return chain.get("certificateHashData") if isinstance(chain, dict) else None
