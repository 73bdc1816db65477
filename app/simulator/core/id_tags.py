"""Who may charge: asked online, known from the local list or from the cache (OCPP 1.6 §3.4)."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from app.simulator.core.parts import Parts

CACHED_TAGS = 200


@dataclass(frozen=True, slots=True)
class IdInfo:
    """What is known of a tag."""

    status: str
    parent_id_tag: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether it may charge."""
        return self.status == "Accepted"


Ask = Callable[[str], Awaitable[IdInfo | None]]
"""Asks the central system; None when it cannot be asked."""


class IdTags:
    """The local list, the cache, and the rules when to believe them."""

    def __init__(self, parts: Parts, ask: Ask) -> None:
        self._parts = parts
        self._ask = ask
        self.version = 0
        self._local: dict[str, IdInfo] = {}
        self._cache: dict[str, IdInfo] = {}

    def __len__(self) -> int:
        return len(self._local)

    async def authorize(self, id_tag: str) -> bool:
        """Whether this tag may charge now."""
        configuration = self._parts.configuration
        known = self._known(id_tag)
        if known and known.accepted and configuration.enabled("LocalPreAuthorize"):
            return True
        info = await self._ask(id_tag)
        if info is not None:
            self.remember(id_tag, info)
            return info.accepted
        if not configuration.enabled("LocalAuthorizeOffline"):
            return False
        if known:
            return known.accepted
        return configuration.enabled("AllowOfflineTxForUnknownId")

    def remember(self, id_tag: str, info: IdInfo) -> None:
        """What the central system said, for the cache."""
        if self._parts.configuration.enabled("AuthorizationCacheEnabled"):
            self._cache.pop(id_tag.lower(), None)
            self._cache[id_tag.lower()] = info
            if len(self._cache) > CACHED_TAGS:
                del self._cache[next(iter(self._cache))]

    def same(self, id_tag: str, wanted: str, parent_id_tag: str | None) -> bool:
        """Whether it is that tag, or one of its group as far as that is known here."""
        if id_tag.lower() == wanted.lower():
            return True
        known = self._known(id_tag)
        parent = known.parent_id_tag if known else None
        return bool(parent and parent_id_tag and parent.lower() == parent_id_tag.lower())

    def clear_cache(self) -> bool:
        """Forget what the central system said; whether there is a cache at all."""
        self._cache.clear()
        return self._parts.configuration.enabled("AuthorizationCacheEnabled")

    def update(
        self, version: int, entries: Iterable[tuple[str, IdInfo | None]], *, full: bool
    ) -> str:
        """Do what SendLocalList asks; an entry without info is removed. Returns its status."""
        listed = list(entries)
        if not self._parts.configuration.enabled("LocalAuthListEnabled"):
            return "NotSupported"
        if not full and version <= self.version:
            return "VersionMismatch"
        if full:
            self._local.clear()
        for id_tag, info in listed:
            if info is None:
                self._local.pop(id_tag.lower(), None)
            else:
                self._local[id_tag.lower()] = info
        self.version = version if self._local or not full or version else 0
        return "Accepted"

    def _known(self, id_tag: str) -> IdInfo | None:
        return self._local.get(id_tag.lower()) or self._cache.get(id_tag.lower())
