"""NIP-47 messages: requests made, answers and announcements read. No IO.

Sources: NIP-47 (kinds 13194, 23194, 23195, 23196, 23197; encryption; error codes) and what
services do beyond it: some answer what they cannot decrypt in NIP-44 whatever was asked (Alby
Hub), so an answer is decrypted by its looks: only NIP-04 has ``?iv=``. ``nostr_sdk`` is imported
on first use: it takes 140 ms that most calls never need.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.wallets.nwc_uri import NwcConnection

INFO, REQUEST, RESPONSE, NOTE_NIP04, NOTE_NIP44 = 13194, 23194, 23195, 23196, 23197

Encryption = Literal["nip44_v2", "nip04"]


@dataclass(frozen=True, slots=True)
class NwcInfo:
    """What a wallet service announces of itself. ``encryption`` is None if we share none."""

    methods: frozenset[str]
    encryption: Encryption | None
    notifications: frozenset[str] = frozenset()

    @property
    def tells(self) -> bool:
        """Whether it notifies at all; older services name it among their methods only."""
        return bool(self.notifications) or "notifications" in self.methods


@dataclass(frozen=True, slots=True)
class NwcAnswer:
    """A whole answer: a result, or a ``code`` with what the service says of it."""

    result: Mapping[str, Any] | None
    code: str = ""
    message: str = ""

    @property
    def reason(self) -> str:
        """What went wrong, for logs and the owner; bounded."""
        return f"{self.code}: {self.message[:200]}" if self.message else self.code


@dataclass(frozen=True, slots=True)
class NwcHint:
    """A notification: a reason to ask, never proof."""

    kind: str
    payment_hash: str


class NwcCodec:
    """Makes and reads the messages of one connection."""

    def __init__(self, connection: NwcConnection) -> None:
        from nostr_sdk import Keys, PublicKey

        self.keys = Keys.parse(connection.secret)
        self.wallet = PublicKey.parse(connection.wallet_pubkey)

    def request(
        self,
        method: str,
        params: Mapping[str, object],
        *,
        encryption: Encryption,
        expires_at: int,
    ) -> Any:
        """A signed request that the service ignores after ``expires_at`` (seconds)."""
        from nostr_sdk import EventBuilder, Kind, Tag

        content = json.dumps({"method": method, "params": dict(params)}, ensure_ascii=False)
        tags = [Tag.public_key(self.wallet), Tag.parse(["expiration", str(expires_at)])]
        if encryption == "nip44_v2":  # a request without the tag is nip04, and older services
            tags.append(Tag.parse(["encryption", encryption]))  # know no tag
        event = EventBuilder(Kind(REQUEST), self._encrypt(content, encryption))
        return event.tags(tags).finalize(self.keys)

    def is_from_wallet(self, event: Any) -> bool:
        """Whether the wallet service signed it: relays may send anything."""
        return bool(event.author() == self.wallet and event.verify())

    def answer(self, event: Any, method: str) -> NwcAnswer:
        """A response in its one form; what cannot be read is the code ``MALFORMED``."""
        found = self._decrypt(event)
        if found is None:
            return NwcAnswer(None, "MALFORMED", "the answer cannot be read")
        error, result = found.get("error"), found.get("result")
        if isinstance(error, dict):
            return NwcAnswer(
                None, str(error.get("code") or "OTHER"), str(error.get("message") or "")
            )
        if found.get("result_type") != method or not isinstance(result, dict):
            return NwcAnswer(None, "MALFORMED", "the answer is not one to this request")
        return NwcAnswer(result)

    def hint(self, event: Any) -> NwcHint | None:
        """What a notification is about."""
        found = self._decrypt(event) or {}
        kind, about = found.get("notification_type"), found.get("notification")
        payment_hash = about.get("payment_hash") if isinstance(about, dict) else None
        if not isinstance(kind, str) or not isinstance(payment_hash, str):
            return None
        return NwcHint(kind, payment_hash.lower())

    def _encrypt(self, content: str, encryption: Encryption) -> str:
        from nostr_sdk import Nip44Version, nip04_encrypt, nip44_encrypt

        secret = self.keys.secret_key()
        if encryption == "nip04":
            return str(nip04_encrypt(secret, self.wallet, content))
        return str(nip44_encrypt(secret, self.wallet, content, Nip44Version.V2))

    def _decrypt(self, event: Any) -> dict[str, Any] | None:
        from nostr_sdk import NostrSdkError, nip04_decrypt, nip44_decrypt

        content = event.content()
        decrypt = nip04_decrypt if "?iv=" in content else nip44_decrypt
        try:
            found = json.loads(decrypt(self.keys.secret_key(), self.wallet, content))
        except (NostrSdkError, ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None


def read_info(event: Any) -> NwcInfo:
    """An announcement. Without an ``encryption`` tag it is nip04 (NIP-47, "Encryption")."""
    offered = _tag(event, "encryption")
    encryption: Encryption | None = "nip04"
    if offered is not None:
        names = offered.replace(",", " ").split()
        known: tuple[Encryption, ...] = ("nip44_v2", "nip04")
        encryption = next((name for name in known if name in names), None)
    methods = frozenset(event.content().split())
    return NwcInfo(methods, encryption, frozenset((_tag(event, "notifications") or "").split()))


def answered(event: Any) -> list[str]:
    """The ids of the requests that a response answers."""
    tags = [tag.to_vec() for tag in event.tags()]
    return [tag[1] for tag in tags if len(tag) > 1 and tag[0] == "e"]


def _tag(event: Any, name: str) -> str | None:
    for tag in (tag.to_vec() for tag in event.tags()):
        if tag[0] == name:
            return " ".join(tag[1:])
    return None
