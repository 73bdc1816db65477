"""Keys and variables, where to connect, and by which password."""

import re
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from app.operations.fields import Location

ConfigurationKey = Annotated[str, Meta(min_length=1, max_length=150)]
"""50 characters in 1.6; ``Component[instance].Variable[instance]`` in 2.0.1."""


class ChangeConfiguration(Struct, frozen=True, tag="change_configuration"):
    """Set one key (OCPP 1.6 §5.3; 2.0.1 B05 SetVariables)."""

    key: ConfigurationKey
    value: Annotated[str, Meta(max_length=2500)]


class GetConfiguration(Struct, frozen=True, tag="get_configuration"):
    """Read keys, all where none is named (OCPP 1.6 §5.8; 2.0.1 B06, B07)."""

    keys: Annotated[tuple[ConfigurationKey, ...], Meta(max_length=500)] = ()


class SetNetworkProfile(Struct, frozen=True, tag="set_network_profile"):
    """Where and how to connect (OCPP 2.0.1 B09)."""

    slot: Annotated[int, Meta(ge=0, le=100)]
    url: Location
    security_profile: Annotated[int, Meta(ge=0, le=3)]
    message_timeout_s: Annotated[int, Meta(ge=1, le=600)] = 60
    interface: Literal[
        "Wired0", "Wired1", "Wired2", "Wired3", "Wireless0", "Wireless1", "Wireless2", "Wireless3"
    ] = "Wired0"


class SetPassword(Struct, frozen=True, tag="set_password"):
    """Have it sign in by another password from now on (whitepaper §2.2; 2.0.1 A01).

    Rows hold it ``sealed``, in hex; it is opened on its way to the edge, and lies nowhere as it is.
    """

    password: Annotated[str, Meta(max_length=40)] = ""
    sealed: str = ""


SECRET_NAME: Final = re.compile(
    "password|passwd|passphrase|secret|authorizationkey|privatekey|simpin", re.IGNORECASE
)


def names_a_secret(name: str) -> bool:
    """Whether what goes by this name, of a key or a field, is a password or the like."""
    return SECRET_NAME.search(name) is not None
