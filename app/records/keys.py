"""The keys of every row, in one place.

A tenant's rows lie in partitions that start ``T#<tenant>#``; the directory's start ``G#``.

=============================  =========================  =====================================
``T#t#``                       ``TENANT``, ``USER#…`` …   what the owner has set up
``T#t#P#<charge point>``       ``LIVE``, ``C#<n>``        connection and status of a charge point
``T#t#P#<charge point>``       ``E#<effect>``             its commands that are owed
``T#t#P#<charge point>``       ``O#<id>``, ``OPEN#<n>``   owner's commands; open invoices
``T#t#P#<charge point>``       ``PIN#<n>#<ms>#<session>`` sessions whose payer chose a PIN
``T#t#P#<charge point>``       ``TX#<id>``                transactions
``T#t#P#<charge point>``       ``CERT#<sha256>``          its certificates
``T#t#P#<charge point>``       ``RES#<n>``                who a connector is reserved for
``T#t#P#<charge point>``       ``D#<ms>#<topic>#<word>``  what it told its owner
``T#t#P#<charge point>``       ``F#<ms>#<n>``             what was said on it, in chunks
``T#t#P#<charge point>``       ``CONFIG``, ``WANTED``     its configuration as told, and as set
``T#t#P#<charge point>``       ``UPSTREAM``, ``UPSTATE``  the owner's own backend, how it is reached
``T#t#P#<charge point>``       ``UTX#<id>``               transactions that backend is told of
``T#t#P#<charge point>``       ``OBSERVED``               how its connections do, what it does oddly
``T#t#S#<session>``            ``SESSION``                a session; the next two are read with it
``T#t#S#<session>``            ``SESSION#QUOTE``          its locked quote
``T#t#S#<session>``            ``SESSION#W#<instance>``   an edge instance where it is watched live
``T#t#S#<session>``            ``L#<n>``, ``R#<n>#<name>`` its ledger, its readings in chunks
``T#t#S#<session>``            ``M#<ms>#<hash>``          what its meter has signed
``T#t#S#<session>``            ``E#<effect>``             its effects that are owed
``T#t#S#<session>``            ``A#<ms>#<what>``          what people did to it by hand
``T#t#S#<session>``            ``ASKED#<start|stop>``     the owner's command that it is of
``T#t#S#<session>``            ``LIMIT``                  what current its charge point was told
``T#t#S#<session>``            ``PAYER``                  how its payer can be found, a comment
``T#t#K#<claim>``              ``CLAIM``                  who holds a connector, payment or k1
``T#t#SEALS``                  ``N#<n>``                  the chain of settled sessions' ledgers
``T#t#OPEN``                   ``<session>``              the sessions that are not settled
``T#t#SPOT#<source>.<n>``      ``D#<date>``, ``Q#<date>`` a source's prices by day; those in doubt
``T#t#TARIFF#<tariff>``        ``V#<n>``                  the versions of a tariff
``T#t#HISTORY``                ``<ms>#<session>``         the sessions by time
``G#<kind>#<key>``             ``-``                      address, login, charger path → tenant
``G#driver#<key>``             ``<ms>#<t>#<session>``     the charges of a driver's wallet
``G#k1#<k1>``                  ``-``                      a challenge that a wallet has signed
=============================  =========================  =====================================
"""

from app.charging.ports import Key

SESSION = "SESSION"
QUOTE = f"{SESSION}#QUOTE"
WATCH = f"{SESSION}#W#"


def tenant_pk(tenant: str, part: str = "") -> str:
    """A partition of a tenant's."""
    return f"T#{tenant}#{part}"


def of_tenant(tenant: str, sk: str) -> Key:
    """A row of what the owner has set up."""
    return Key(tenant_pk(tenant), sk)


def session_pk(tenant: str, session_id: str) -> str:
    """The partition of one session."""
    return tenant_pk(tenant, f"S#{session_id}")


def charge_point_pk(tenant: str, charge_point: str) -> str:
    """The partition of one charge point's live rows."""
    return tenant_pk(tenant, f"P#{charge_point}")


def tariff_pk(tenant: str, tariff_id: str) -> str:
    """The partition of a tariff's versions."""
    return tenant_pk(tenant, f"TARIFF#{tariff_id}")


def tariff_version(tenant: str, tariff_id: str, number: int) -> Key:
    """The row of one version."""
    return Key(tariff_pk(tenant, tariff_id), f"V#{number:06}")


def claim(tenant: str, kind: str, key: str) -> Key:
    """The row that says who holds a thing."""
    return Key(tenant_pk(tenant, f"K#{kind}#{key}"), "CLAIM")


def directory(kind: str, key: str) -> Key:
    """A row of the directory."""
    return Key(f"G#{kind}#{key}", "-")
