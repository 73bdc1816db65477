"""What the wallet shows once it has paid: the session's link, plain or encrypted.

``url`` (LUD-09) is read by nearly every wallet, but known to whoever asked for the invoice.
``aes`` (LUD-10) is readable with the preimage alone, so only to who has paid; it takes a wallet
that lets us choose the preimage (hold invoices). Which one is the provider's setting.
"""

import base64

from app.charging.ports import Chance
from app.checkout.offers import IssuedInvoice
from app.checkout.settings import CheckoutSettings
from app.lnurl_api.answers import Answer

AFTER_PAYMENT = "Watch and stop your charge here. What you do not use comes back from here."
"""At most 144 characters (LUD-09)."""
_BLOCK = 16


def success_action(issued: IssuedInvoice, settings: CheckoutSettings, chance: Chance) -> Answer:
    """The action for an invoice; its URL is on the host of the callback (LUD-09)."""
    url = f"{settings.base_url}/s/{issued.session_token}"
    if settings.success_action == "aes" and issued.preimage is not None:
        iv = chance.token_bytes(_BLOCK)
        ciphertext = encrypted(url, bytes.fromhex(issued.preimage), iv)
        action = {"ciphertext": _base64(ciphertext), "iv": _base64(iv)}
        return {"tag": "aes", "description": AFTER_PAYMENT, **action}
    return {"tag": "url", "description": AFTER_PAYMENT, "url": url}


def encrypted(text: str, preimage: bytes, iv: bytes) -> bytes:
    """AES-256-CBC with PKCS #7 padding, the preimage being the key (LUD-10)."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    plain = text.encode()
    missing = _BLOCK - len(plain) % _BLOCK
    cipher = Cipher(algorithms.AES(preimage), modes.CBC(iv)).encryptor()
    return cipher.update(plain + bytes([missing]) * missing) + cipher.finalize()


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
