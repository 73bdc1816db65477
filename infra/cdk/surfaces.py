"""The functions: one line each. Another surface is one entry more."""

from dataclasses import dataclass
from enum import Enum, auto


class Right(Enum):
    """What a function or task may do; `rights.py` says it in IAM's words."""

    DIRECTORY = auto()
    """Rows of the directory (``G#…``)."""
    ONE_TENANT = auto()
    """Rows of one tenant at a time, by a role it assumes with the tenant's tag."""
    TENANTS = auto()
    """Rows of tenants (``T#…``), behind the guard."""
    DUE = auto()
    """What is due, keys only."""
    OWE = auto()
    """Leave in the perform queue what is owed."""
    TELL_EDGES = auto()
    """Leave commands and notices in the edges' queues."""
    CLEAR_QUEUES = auto()
    """Remove the queues of edges that were killed."""
    ASK_WALLETS = auto()
    """Ask the *perform* function about wallets."""
    SEAL_SETUP = auto()
    """Seal secrets that are no wallet's; to open them is another right."""
    SEAL_PRICES = auto()
    """Seal what an owner's price source asks for: a token, a header."""
    SEAL_WALLETS = auto()
    """Seal what an owner enters to connect a wallet."""
    OPEN_SETUP = auto()
    """Open sealed secrets that are no wallet's: passwords of charge points, keys of authorities."""
    OPEN_PRICES = auto()
    """Ask owners' price sources: who quotes a price, follows a signal, or asks ahead of drivers."""
    OPEN_WALLETS = auto()
    """Open wallets, and so pay: one function alone."""
    SERVER_KEY = auto()
    """Read the key that signs links and cookies."""
    FRONT_KEY = auto()
    """Read what the front shows."""
    MAIL = auto()
    """Read the mail server's password, where there is one."""


_ANYWHERE = frozenset({Right.DIRECTORY, Right.OWE, Right.TELL_EDGES, Right.SERVER_KEY})


@dataclass(frozen=True, slots=True)
class Surface:
    """A Lambda function."""

    name: str
    """Also of its handler: ``app.entrypoints.lambdas.<name>``."""
    rights: frozenset[Right]
    memory_mb: int
    timeout_s: int
    is_snapped: bool = False
    """Whether somebody waits for its start: then it begins from a snapshot."""
    routes: tuple[str, ...] = ()
    """What the front passes to it; ``$default``: everything else."""
    packed: str = "functions.zip"
    """What it is deployed from (`scripts/build_functions.py`)."""
    p99_ms: int = 0
    """Above this for ten minutes, somebody is told; 0: nobody waits for it."""


LNURL = Surface(
    "lnurl",
    _ANYWHERE
    | {Right.ONE_TENANT, Right.ASK_WALLETS, Right.OPEN_PRICES, Right.FRONT_KEY, Right.MAIL},
    memory_mb=1024,
    timeout_s=29,
    is_snapped=True,
    routes=(
        "GET /.well-known/lnurlp/{name}",
        "GET /lnurl/{proxy+}",
        "POST /hooks/wallet/{token}",
    ),
    packed="lnurl.zip",
    p99_ms=5000,
)
PORTAL = Surface(
    "portal",
    _ANYWHERE
    | {
        Right.ONE_TENANT,
        Right.ASK_WALLETS,
        Right.SEAL_SETUP,
        Right.SEAL_PRICES,
        Right.SEAL_WALLETS,
        Right.OPEN_SETUP,
        Right.OPEN_PRICES,
        Right.FRONT_KEY,
        Right.MAIL,
    },
    memory_mb=1024,
    timeout_s=29,
    is_snapped=True,
    routes=("$default",),
    packed="portal.zip",
    p99_ms=5000,
)
INTERNAL = Surface(
    "internal",
    _ANYWHERE | {Right.TENANTS, Right.SEAL_SETUP, Right.OPEN_SETUP, Right.OPEN_PRICES, Right.MAIL},
    memory_mb=1024,
    timeout_s=25,
    is_snapped=True,
    p99_ms=3000,
)
PERFORM = Surface(
    "perform",
    _ANYWHERE | {Right.TENANTS, Right.OPEN_WALLETS, Right.OPEN_SETUP, Right.MAIL},
    memory_mb=1024,
    timeout_s=120,  # above STROM_LEASE_S: who pays is not cut off while the lease lasts
    is_snapped=True,  # a driver waits for the invoice that it makes
)
SWEEP = Surface(
    "sweep",
    _ANYWHERE | {Right.TENANTS, Right.DUE, Right.MAIL},
    memory_mb=512,
    timeout_s=55,
)

SURFACES = (LNURL, PORTAL, INTERNAL, PERFORM, SWEEP)

EDGE_RIGHTS: frozenset[Right] = frozenset()
"""The edge reads its own queue and calls the app (`edges.py`): no row, no secret."""
WORKER_RIGHTS = _ANYWHERE | {
    Right.TENANTS,
    Right.DUE,
    Right.CLEAR_QUEUES,
    Right.ASK_WALLETS,
    Right.OPEN_SETUP,
    Right.OPEN_PRICES,
    Right.MAIL,
}
