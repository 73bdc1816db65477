"""The settings: all there, none misspelt, none that contradicts another."""

import asyncio
from collections.abc import Callable, Mapping

from app.bootstrap.looking import is_on_aws
from app.bootstrap.on_aws import NEEDED
from app.entrypoints.doctor.findings import Finding, ok, problem, warning
from app.entrypoints.doctor.ground import Ground
from app.entrypoints.preflight import misspelt, reasons_not_to_start
from app.settings import Settings, SettingsError, given_in, kept_in_file

NAME = "settings"
_MEND = "Change the setting that is named, and start Strom again."

_HERE = ("localhost", "127.0.0.1", "::1")

Doubt = tuple[Callable[[Settings], bool], str, str]
"""What works, and may not be what was meant: is it so, what is seen, what to do."""
DOUBTFUL_AT_HOME: tuple[Doubt, ...] = (
    (
        lambda s: (
            s.charger_base_url.startswith("wss://")
            and not (s.edge_behind_tls or s.edge_tls_certificate)
        ),
        "STROM_CHARGER_BASE_URL begins with wss://, and neither STROM_EDGE_BEHIND_TLS nor "
        "STROM_EDGE_TLS_CERTIFICATE is set: charge points count as not encrypted.",
        "Set STROM_EDGE_BEHIND_TLS=true if a proxy of yours takes the TLS off.",
    ),
    (
        lambda s: s.is_public and not s.trusted_proxies and not s.http_tls_certificate,
        "STROM_TRUSTED_PROXIES is empty: everybody who comes through your proxy shares one limit.",
        "Set it to the address of the proxy, such as 127.0.0.1.",
    ),
    (
        lambda s: s.public_base_url.startswith("https://") and s.live_url.startswith("ws://"),
        "Pages come by https:// and live pages would come by ws://, which browsers refuse: drivers "
        "see the charge with a delay.",
        "Set STROM_LIVE_BASE_URL to a wss:// address.",
    ),
)
DOUBTFUL: tuple[Doubt, ...] = (
    (
        lambda s: any(part.strip().endswith("/0") for part in s.trusted_proxies.split(",")),
        "STROM_TRUSTED_PROXIES trusts everybody: anyone may say who they are.",
        "Name your proxy alone.",
    ),
    (
        lambda s: s.is_public and s.sign_up != "invited" and not s.smtp_host,
        "STROM_SMTP_HOST is empty: owners who sign up never get the mail that lets them in.",
        "Set a mail server, or STROM_SIGN_UP=invited and `strom owner create`.",
    ),
    (
        lambda s: s.is_public and bool(s.smtp_host) and s.mail_from.endswith("@localhost"),
        "STROM_MAIL_FROM is strom@localhost, from where most mail servers take no mail.",
        "Set it to an address of your own domain.",
    ),
    (
        lambda s: s.smtp_tls == "none" and bool(s.smtp_user) and s.smtp_host not in _HERE,
        "STROM_SMTP_TLS is none: the mail server's password crosses the network in the clear.",
        "Set STROM_SMTP_TLS to starttls or tls.",
    ),
    (
        lambda s: bool(s.fixed_rates) and s.is_public and s.network == "mainnet",
        "STROM_FIXED_RATES sells at a rate that never changes.",
        "Leave it out, and exchanges are asked.",
    ),
    (
        lambda s: s.log_level.upper() == "DEBUG" and s.is_public,
        "STROM_LOG_LEVEL=DEBUG writes a lot.",
        "Set it back to INFO once you have found what you look for.",
    ),
)


def unreadable(error: SettingsError, environment: Mapping[str, str]) -> list[Finding]:
    """Where the settings cannot be read at all, nothing else can be looked at."""
    lines = [f"{line}." for line in error.every]
    return [*(problem(NAME, line, _MEND) for line in lines), *_misspelt(environment)]


async def look(ground: Ground) -> list[Finding]:
    """What would stop the next start, what is misspelt, what is doubtful."""
    settings = ground.settings
    found = [*await asyncio.to_thread(_wrong, ground), *_misspelt(ground.environment)]
    doubts = DOUBTFUL if is_on_aws(settings) else (*DOUBTFUL_AT_HOME, *DOUBTFUL)
    found += [warning(NAME, seen, do) for is_so, seen, do in doubts if is_so(settings)]
    if found:
        return found
    given = len(given_in({**kept_in_file(), **ground.environment}))
    return [ok(NAME, f"They fit together ({given} {'is' if given == 1 else 'are'} given).")]


def _wrong(ground: Ground) -> list[Finding]:
    settings = ground.settings
    if is_on_aws(settings):
        missing = [name for name in NEEDED if not getattr(settings, name)]
        seen = [f"STROM_{name.upper()}: is needed on AWS" for name in missing]
    else:
        # While one serves, the ports are its own.
        ports = not ground.serving.is_there
        seen = list(reasons_not_to_start(settings, ports=ports))
    return [problem(NAME, f"{line}.", _MEND) for line in seen]


def _misspelt(environment: Mapping[str, str]) -> list[Finding]:
    lines = misspelt({**kept_in_file(), **environment})
    do = "Correct its name, or take it out."
    return [warning(NAME, line if line.endswith("?") else f"{line}.", do) for line in lines]
