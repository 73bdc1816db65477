"""A wallet's signature over a challenge: ECDSA on secp256k1 over the 32 bytes themselves (LUD-04).

``k1`` is what is signed, not its hash: ``Prehashed`` keeps the library from hashing it again. The
library is imported on first use; most requests never need it.
"""

import re

from app.charging.errors import BadInput

_KEY = re.compile(r"0[23][0-9a-f]{64}")
_SIGNATURE = re.compile(r"(?:[0-9a-f]{2}){8,72}")
_RAW_BYTES = 64
WRONG = "The signature does not fit. Please try again."


def verify(k1: str, signature: str, key: str) -> str:
    """The key in its one spelling, if it signed the challenge; raises ``BadInput``.

    The signature is DER in hex; LUD-18's example carries the plain 64 bytes, so these are read
    too. The key is compressed: 33 bytes in hex.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    key, signature = key.lower(), signature.lower()
    if not _KEY.fullmatch(key) or not _SIGNATURE.fullmatch(signature):
        raise BadInput(WRONG, field="sig")
    signed = bytes.fromhex(signature)
    if len(signed) == _RAW_BYTES:
        signed = encode_dss_signature(int.from_bytes(signed[:32]), int.from_bytes(signed[32:]))
    try:
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), bytes.fromhex(key))
        public.verify(signed, bytes.fromhex(k1), ec.ECDSA(Prehashed(SHA256())))
    except (InvalidSignature, ValueError) as error:
        raise BadInput(WRONG, field="sig") from error
    return key
