"""Lightning addresses that drivers name for their refunds (LUD-16)."""

import re

from app.charging.errors import BadInput

_LONGEST = 200
_ADDRESS = re.compile(
    r"([a-z0-9._+-]{1,64})@"  # LUD-16 allows a-z0-9-_. and +tag
    r"((?:[a-z0-9-]{1,63}\.)*[a-z0-9-]{1,63}(?::[0-9]{1,5})?)"
)
WRONG = "This is not a lightning address; they look like name@wallet.example."


def lightning_address(text: str, *, field: str, ours: str) -> str:
    """The address in its one spelling; raises ``BadInput``. ``ours`` is the host of our own.

    An address of ours is a charge point: the refund would begin another charge.
    """
    address = text.strip().lower()
    match = _ADDRESS.fullmatch(address)
    if match is None or len(address) > _LONGEST:
        raise BadInput(WRONG, field=field)
    if match[2].endswith(".onion"):
        raise BadInput("Onion addresses cannot be reached from here.", field=field)
    if match[2] == ours:
        raise BadInput("This is a charge point's address. Please name your own.", field=field)
    return address


def pay_request_url(address: str) -> str:
    """Where the address's pay request is (LUD-16); plain http on this machine alone."""
    name, _, host = address.partition("@")
    is_local = host.partition(":")[0] in ("localhost", "127.0.0.1")
    return f"{'http' if is_local else 'https'}://{host}/.well-known/lnurlp/{name}"
