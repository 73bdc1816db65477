"""The envelope on AWS: which data keys a secret is sealed with says who may open it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bootstrap.on_aws import KindsOfSecrets
from app.charging.errors import Unavailable
from app.envelope import KeyFileEnvelope
from app.tariffs.spot import sources
from app.wallets import sealing

KINDS = ("wallet", "prices", "setup")


def holds(folder: Path, *kinds: str) -> KindsOfSecrets:
    """What may unwrap data keys of these kinds alone."""
    keys = {kind: f"{kind}.key" if kind in kinds else "other.key" for kind in KINDS}
    envelopes = {kind: KeyFileEnvelope(folder / name) for kind, name in keys.items()}
    return KindsOfSecrets(**envelopes)


@pytest.mark.parametrize(
    ("purpose", "kind"),
    [(sealing.PURPOSE, "wallet"), (sources.PURPOSE, "prices"), ("charge-point-password", "setup")],
)
async def test_a_secret_opens_with_its_own_kind_and_no_other(
    tmp_path: Path, purpose: str, kind: str
) -> None:
    sealed = await holds(tmp_path, *KINDS).seal("t1", purpose, b"secret")
    assert await holds(tmp_path, kind).open("t1", purpose, sealed) == b"secret"
    others = [other for other in KINDS if other != kind]
    with pytest.raises(Unavailable):
        await holds(tmp_path, *others).open("t1", purpose, sealed)


async def test_who_quotes_prices_opens_no_wallet_by_calling_it_a_price(tmp_path: Path) -> None:
    sealed = await holds(tmp_path, *KINDS).seal("t1", sealing.PURPOSE, b"macaroon")
    quoting = holds(tmp_path, "prices")
    for purpose in (sealing.PURPOSE, sources.PURPOSE):
        with pytest.raises(Unavailable):
            await quoting.open("t1", purpose, sealed)
