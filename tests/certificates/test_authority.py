"""The chain from the root to a charge point, and what is not signed."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.certificates.authority import Authority, Issued, make_authority, make_root, sign
from app.certificates.requests import read_request
from app.charging.errors import BadInput
from tests.support.charger_certificates import ec_key, request_pem, rsa_key

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ROOT = make_root("Strom of Otto", NOW)
TENANT = make_authority(ROOT, "aaaaaaaaaaaa", "Otto's chargers", NOW)
OTHER = make_authority(ROOT, "bbbbbbbbbbbb", "Berta's chargers", NOW)


def issue(common_name: str = "box1", pem: str = "", by: Authority = TENANT) -> Issued:
    request = read_request(pem or request_pem(common_name), {common_name})
    return sign(by, request, NOW)


def leaf_of(issued: Issued) -> x509.Certificate:
    return x509.load_pem_x509_certificates(issued.chain_pem.encode())[0]


def test_a_certificate_is_the_charge_points_and_stands_under_the_root() -> None:
    issued = issue()
    leaf, authority = x509.load_pem_x509_certificates(issued.chain_pem.encode())
    assert leaf.fingerprint(hashes.SHA256()).hex() == issued.sha256
    assert f"{leaf.serial_number:x}" == issued.serial
    assert leaf.not_valid_after_utc == issued.not_after
    leaf.verify_directly_issued_by(authority)
    authority.verify_directly_issued_by(ROOT.certificate)
    [name] = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert name.value == "box1"
    [organisation] = leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    assert organisation.value == "Otto's chargers"
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert leaf.public_key() == ec_key().public_key()


def test_an_authority_signs_no_other_and_a_charge_point_signs_nothing() -> None:
    constraints = TENANT.certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.critical, constraints.value.path_length) == (True, 0)
    leaf = leaf_of(issue()).extensions.get_extension_for_class(x509.BasicConstraints)
    assert (leaf.critical, leaf.value.ca) == (True, False)


def test_what_a_charge_point_calls_its_operator_is_kept() -> None:
    leaf = leaf_of(issue(pem=request_pem("box1", organisation="Stadtwerke")))
    [organisation] = leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    assert organisation.value == "Stadtwerke"


def test_no_certificate_outlives_its_authority() -> None:
    late = TENANT.certificate.not_valid_after_utc - timedelta(days=10)
    request = read_request(request_pem("box1"), {"box1"})
    assert sign(TENANT, request, late).not_after <= TENANT.certificate.not_valid_after_utc


@pytest.mark.parametrize(
    "key", [rsa_key(2048), rsa_key(3072), ec.generate_private_key(ec.SECP384R1())]
)
def test_keys_of_the_whitepaper_are_signed(key: ec.EllipticCurvePrivateKey) -> None:
    assert leaf_of(issue(pem=request_pem("box1", key))).public_key() == key.public_key()


@pytest.mark.parametrize("name", ["BOX1", " box1 "])
def test_a_name_is_the_same_in_capitals(name: str) -> None:
    read_request(request_pem(name.strip()), {"box1"})


@pytest.mark.parametrize(
    ("pem", "why"),
    [
        (request_pem("box2"), "not this charge point's"),
        (request_pem(""), "not this charge point's"),
        (request_pem("box1", rsa_key(1024)), "2048"),
        (request_pem("box1", rsa_key(2048, 3)), "exponent"),
        (request_pem("box1", ec.generate_private_key(ec.SECP192R1())), "curve"),
        ("", "no certificate request"),
        ("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----", "no cert"),
        (ROOT.certificate_pem, "no certificate request"),
        ("x" * 6000, "longer"),
        ("ü", "no certificate request"),
    ],
)
def test_what_must_not_be_signed_is_refused(pem: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        read_request(pem, {"box1", ""})


def test_other_kinds_of_keys_are_refused() -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "box1")])
    made = x509.CertificateSigningRequestBuilder().subject_name(name)
    signed = made.sign(ed25519.Ed25519PrivateKey.generate(), None)
    pem = signed.public_bytes(serialization.Encoding.PEM).decode()
    with pytest.raises(BadInput, match="neither RSA"):
        read_request(pem, {"box1"})


def test_somebody_elses_key_cannot_be_certified() -> None:
    """The request's signature proves that who asks has the key."""
    lines = request_pem("box1").splitlines()
    der = bytearray(base64.b64decode("".join(lines[1:-1])))
    der[-1] ^= 1
    forged = base64.b64encode(bytes(der)).decode()
    with pytest.raises(BadInput, match=r"own key|no certificate request"):
        read_request(forged, {"box1"})


def test_line_breaks_that_were_lost_are_forgiven() -> None:
    pem = request_pem("box1")
    assert read_request(pem.replace("\n", "\\n"), {"box1"}).common_name == "box1"
    bare = "".join(pem.splitlines()[1:-1])
    assert read_request(bare, {"box1"}).common_name == "box1"


def test_the_same_key_asked_for_again_is_known() -> None:
    first, second = (read_request(request_pem("box1"), {"box1"}) for _ in range(2))
    other = read_request(request_pem("box1", ec_key(1)), {"box1"})
    assert first.key_sha256 == second.key_sha256 != other.key_sha256
