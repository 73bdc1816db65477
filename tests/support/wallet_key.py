"""A wallet's linking key that signs challenges (LUD-04), by another library than ours."""

from coincurve import PrivateKey


class LinkingKey:
    """Signs as wallets do: DER over the 32 bytes of k1 themselves."""

    def __init__(self, secret: int = 7) -> None:
        self._private = PrivateKey.from_int(secret)

    @property
    def key(self) -> str:
        return self._private.public_key.format(compressed=True).hex()

    def signs(self, k1: str) -> str:
        return self._private.sign(bytes.fromhex(k1), hasher=None).hex()
