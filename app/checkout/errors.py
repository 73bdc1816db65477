"""What this room adds to the tree of ``app.charging.errors``."""

from app.charging.errors import Conflict


class NotYetPaid(Conflict):
    """The link is ours, but no payment of its session has been seen: it is inert."""

    def __init__(self) -> None:
        super().__init__("This charge has not been paid yet.")
