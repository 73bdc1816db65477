"""What the charger's core has to tell, in no version's words."""

from typing import Protocol

from app.simulator.core.connector import AcceptedStart, Connector, Transaction


class Teller(Protocol):
    """Puts what happens at the connectors into the words of one version, and posts it."""

    def plugged(self, connector: Connector) -> None:
        """A car has come."""
        ...

    def unplugged(self, connector: Connector) -> None:
        """The car has left; its transaction, if any, has been ended before."""
        ...

    def accepted(self, connector: Connector, start: AcceptedStart) -> None:
        """Somebody may charge here as soon as cable and lock allow."""
        ...

    def lapsed(self, connector: Connector, start: AcceptedStart, why: str) -> None:
        """An accepted start has come to nothing: ``timeout`` or ``refused``."""
        ...

    def began(self, connector: Connector, transaction: Transaction) -> None:
        """Energy may flow."""
        ...

    def measured(self, connector: Connector, context: str) -> None:
        """Time for a reading within the transaction; ``context`` as OCPP names it."""
        ...

    def changed(self, connector: Connector) -> None:
        """The connector's status is another now."""
        ...

    def ended(self, connector: Connector, transaction: Transaction, reason: str) -> None:
        """Energy flows no more; ``reason`` as OCPP 1.6 names it."""
        ...

    def status(
        self, number: int, status: str, error_code: str | None, *, again: bool = False
    ) -> None:
        """Announce a status (1.6's words); number 0 is the charger itself.

        ``again``: although it may have been told before.
        """
        ...

    def reservation_ended(self, reservation_id: int, how: str) -> None:
        """A reservation is over unused: ``Expired`` or ``Removed``."""
        ...
