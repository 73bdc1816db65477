"""Which version of OCPP is spoken with whom. A version that nobody speaks costs nothing."""

from collections import Counter

from app.ocpp_edge import handshake
from app.ocpp_edge.dialect import Dialect
from app.ocpp_edge.v16.protocol import Ocpp16
from app.ocpp_edge.v201.protocol import Language, Ocpp201, Version


class Dialects:
    """The versions of one edge. 1.6 needs no memory of a charge point, 2.0.1 one for each."""

    def __init__(self, counters: Counter[str]) -> None:
        self._counters = counters
        self._ocpp16 = Ocpp16(counters)
        self._languages: dict[Version, Language] = {}

    def of(self, subprotocol: str | None) -> Dialect:
        """For a new connection, by what was agreed on at its handshake; without, it is 1.6."""
        match handshake.meant_by(subprotocol or ""):
            case "ocpp2.0.1" | "ocpp2.1" as version:
                return Ocpp201(self._language(version))
        return self._ocpp16

    def _language(self, version: Version) -> Language:
        if version not in self._languages:
            self._languages[version] = Language(version, self._counters)
        return self._languages[version]
