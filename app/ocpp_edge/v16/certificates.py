"""The certificates of the security whitepaper, both ways.

SignCertificate (§4.10), CertificateSigned (§4.1), InstallCertificate (§4.6), DeleteCertificate
(§4.2), GetInstalledCertificateIds (§4.5).
"""

from app.edge_messages import MessageResult, SigningRequest
from app.ocpp_edge.answers import by_status, kept
from app.ocpp_edge.dialect import Asked, Context, Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import (
    DeleteCertificate,
    GetInstalledCertificates,
    InstallCertificate,
    SendSignedCertificate,
)


def sign(payload: Payload, context: Context) -> Asked:
    """The app signs, or not; the certificate comes later, as a call of ours."""
    return Asked(SigningRequest(payload["csr"]), _will_be_signed)


def _will_be_signed(result: MessageResult, context: Context) -> Payload:
    return {"status": "Accepted" if result.accepted else "Rejected"}


def signed(told: SendSignedCertificate) -> Request:
    """The certificate and those between it and the root."""
    return Request("CertificateSigned", {"certificateChain": told.chain})


def install(told: InstallCertificate) -> Request:
    """Trust a root."""
    payload = {"certificateType": told.kind, "certificate": told.certificate}
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
    return Request("GetInstalledCertificateIds", {"certificateType": told.kind})


def outcome_of_installed_ids(payload: Payload) -> Outcome:
    """NotFound: it trusts none of that kind; the answer is the list all the same."""
    answered = by_status(payload, accepted=("Accepted", "NotFound"), rejected=())
    return Outcome(answered.outcome, answered.detail, kept(payload, "certificateHashData"))
