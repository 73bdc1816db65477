"""Data keys wrapped by a KMS key. Tenant and kind are the encryption context, so that policies
can name them: whose secrets, and which (``wallet``, ``prices``, or all others: ``setup``)."""

import base64
from dataclasses import dataclass

from app.aws.calls import KMS, Aws, Refusal
from app.charging.errors import Unavailable


@dataclass(frozen=True, slots=True)
class KmsWrapping:
    """The envelope's ``KeyWrapping``."""

    aws: Aws
    key: str
    """Its ARN."""
    kind: str
    """What is sealed with these data keys."""

    async def new_data_key(self, tenant: str) -> tuple[bytes, bytes]:
        """A fresh 32-byte key, plain and wrapped; raises ``Unavailable``."""
        answer = await self.aws.call(
            KMS,
            "GenerateDataKey",
            {"KeyId": self.key, "KeySpec": "AES_256", "EncryptionContext": self._context(tenant)},
        )
        return base64.b64decode(answer["Plaintext"]), base64.b64decode(answer["CiphertextBlob"])

    async def unwrap(self, tenant: str, wrapped: bytes) -> bytes:
        """The plain key; raises ``Unavailable`` when it is not this tenant's, kind's or key's."""
        parameters = {
            "KeyId": self.key,
            "CiphertextBlob": base64.b64encode(wrapped).decode(),
            "EncryptionContext": self._context(tenant),
        }
        try:
            answer = await self.aws.call(KMS, "Decrypt", parameters)
        except Refusal as refusal:
            raise Unavailable(
                f"A stored secret may not be opened here, or is not this tenant's ({refusal.code})."
            ) from refusal
        return base64.b64decode(answer["Plaintext"])

    def _context(self, tenant: str) -> dict[str, str]:
        return {"tenant": tenant, "kind": self.kind}
