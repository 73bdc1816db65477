"""A certificate of ACM's: while AWS does not answer, the one before serves on."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives import serialization

from app.aws import Aws
from app.aws.calls import Service
from app.aws.certificates import exported_certificate
from app.charging.errors import Unavailable
from tests.ocpp_edge.conftest import until
from tests.ocpp_edge.harness import SeededChance, WallClock
from tests.support.lnd_certificate import Certificate, self_signed

ARN = "arn:aws:acm:eu-central-1:111122223333:certificate/1"


@dataclass
class Acm:
    """Stands for AWS."""

    certificate: Certificate | None
    passphrases: list[bytes] = field(default_factory=list)

    async def call(
        self, service: Service, operation: str, asked: Mapping[str, Any]
    ) -> dict[str, Any]:
        assert (service.name, operation, asked["CertificateArn"]) == (
            "acm",
            "ExportCertificate",
            ARN,
        )
        self.passphrases.append(base64.b64decode(asked["Passphrase"]))
        if self.certificate is None:
            raise Unavailable("AWS does not answer")
        key = serialization.load_pem_private_key(self.certificate.key_pem.encode(), None)
        sealed = serialization.BestAvailableEncryption(self.passphrases[-1])
        form = serialization.PrivateFormat.PKCS8
        key_pem = key.private_bytes(serialization.Encoding.PEM, form, sealed).decode()
        pem = self.certificate.pem
        return {"Certificate": pem, "CertificateChain": pem, "PrivateKey": key_pem}


async def test_the_newest_is_in_the_file_and_an_outage_changes_nothing() -> None:
    first, second = self_signed("first"), self_signed("second")
    acm = Acm(first)
    given = (cast(Aws, acm), ARN, WallClock(), SeededChance())
    async with exported_certificate(*given, every_s=0.01) as path:
        file = Path(path)
        assert file.read_text().count(first.pem.strip()) == 2
        assert "ENCRYPTED" not in file.read_text()
        acm.certificate, asked = None, len(acm.passphrases)
        await until(lambda: len(acm.passphrases) > asked + 2)
        assert first.pem.strip() in file.read_text()
        acm.certificate = second
        await until(lambda: second.pem.strip() in file.read_text())
        assert first.pem.strip() not in file.read_text()
    await asyncio.sleep(0)
    assert len(set(acm.passphrases)) == len(acm.passphrases)
    assert all(len(each) <= 128 and each.isalnum() for each in acm.passphrases)


async def test_without_one_there_is_no_start() -> None:
    given = (cast(Aws, Acm(None)), ARN, WallClock(), SeededChance())
    with pytest.raises(Unavailable):
        async with exported_certificate(*given):
            pytest.fail("nothing to show")
