"""What every wrapping of data keys does: `app.envelope.KeyWrapping`."""

from __future__ import annotations

import pytest

from app.charging.errors import Unavailable
from app.envelope import DataKeyEnvelope, KeyWrapping


class KeyWrappingContract:
    """Subclasses bring ``wrapping``, and ``stranger``: the same with another master key or kind."""

    @pytest.fixture
    async def wrapping(self) -> KeyWrapping:
        raise NotImplementedError

    @pytest.fixture
    async def stranger(self) -> KeyWrapping:
        raise NotImplementedError

    async def test_a_data_key_unwraps_to_itself(self, wrapping: KeyWrapping) -> None:
        plain, wrapped = await wrapping.new_data_key("t1")
        assert len(plain) == 32
        assert plain not in wrapped
        assert await wrapping.unwrap("t1", wrapped) == plain

    async def test_no_two_are_the_same(self, wrapping: KeyWrapping) -> None:
        assert len({(await wrapping.new_data_key("t1"))[0] for _ in range(3)}) == 3

    @pytest.mark.parametrize("tenant", ["t2", "T1", ""])
    async def test_another_tenant_does_not_unwrap_it(
        self, wrapping: KeyWrapping, tenant: str
    ) -> None:
        _, wrapped = await wrapping.new_data_key("t1")
        with pytest.raises(Unavailable):
            await wrapping.unwrap(tenant, wrapped)

    async def test_another_master_does_not_unwrap_it(
        self, wrapping: KeyWrapping, stranger: KeyWrapping
    ) -> None:
        _, wrapped = await wrapping.new_data_key("t1")
        with pytest.raises(Unavailable):
            await stranger.unwrap("t1", wrapped)

    async def test_a_damaged_one_does_not_unwrap(self, wrapping: KeyWrapping) -> None:
        _, wrapped = await wrapping.new_data_key("t1")
        with pytest.raises(Unavailable):
            await wrapping.unwrap("t1", wrapped[:-1] + bytes([wrapped[-1] ^ 1]))

    async def test_an_envelope_over_it_keeps_tenants_and_purposes_apart(
        self, wrapping: KeyWrapping
    ) -> None:
        sealed = await DataKeyEnvelope(wrapping).seal("t1", "wallet", b"an admin key")
        other = DataKeyEnvelope(wrapping)
        assert await other.open("t1", "wallet", sealed) == b"an admin key"
        for tenant, purpose in (("t2", "wallet"), ("t1", "password")):
            with pytest.raises(Unavailable):
                await other.open(tenant, purpose, sealed)
