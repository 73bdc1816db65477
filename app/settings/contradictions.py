"""What cannot be meant, and the line that says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.settings.addresses import is_here, is_named, is_on_this_network

if TYPE_CHECKING:
    from app.settings import Settings

Contradiction = tuple[Callable[["Settings"], bool], str]

ACME_CONTRADICTIONS: tuple[Contradiction, ...] = (
    (
        lambda s: bool(s.acme_domains) and not s.acme_terms_agreed,
        "STROM_ACME_TERMS_AGREED must be true where STROM_ACME_DOMAINS is set: read the terms "
        "first (letsencrypt.org/repository)",
    ),
    (
        lambda s: not s.acme_domains and bool(s.acme_email or s.acme_terms_agreed),
        "STROM_ACME_EMAIL or STROM_ACME_TERMS_AGREED is set and STROM_ACME_DOMAINS is not",
    ),
    (
        lambda s: (
            bool(s.acme_domains)
            and any(
                file and Path(file) != s.data_dir / "acme" / "tls.pem"
                for file in (s.http_tls_certificate, s.edge_tls_certificate)
            )
        ),
        "STROM_ACME_DOMAINS and certificate files of your own (STROM_HTTP_TLS_CERTIFICATE, "
        "STROM_EDGE_TLS_CERTIFICATE) exclude each other",
    ),
    (
        lambda s: bool(s.acme_domains) and s.edge_behind_tls,
        "STROM_ACME_DOMAINS and STROM_EDGE_BEHIND_TLS exclude each other: the proxy in front has "
        "the certificate",
    ),
    (
        lambda s: (
            bool(s.acme_domains and s.public_base_url)
            and not is_named(s.public_base_url, "https", s.acme_names)
        ),
        "STROM_PUBLIC_BASE_URL must begin with https:// and one of STROM_ACME_DOMAINS",
    ),
    (
        lambda s: (
            bool(s.acme_domains)
            and s.charger_base_url.startswith("wss://")
            and not is_named(s.charger_base_url, "wss", s.acme_names)
        ),
        "STROM_CHARGER_BASE_URL must name one of STROM_ACME_DOMAINS",
    ),
    (
        lambda s: (
            bool(s.acme_domains) and s.acme_http_port in (s.http_port, s.edge_port, s.edge_tls_port)
        ),
        "STROM_ACME_HTTP_PORT must differ from STROM_HTTP_PORT, STROM_EDGE_PORT and "
        "STROM_EDGE_TLS_PORT",
    ),
    (
        lambda s: (
            bool(s.acme_domains)
            and not is_here(s.acme_directory_url)
            and is_here(f"http://{s.host}")
        ),
        "STROM_HOST must be an address that others reach (0.0.0.0) where STROM_ACME_DOMAINS is set",
    ),
    (
        lambda s: urlsplit(s.acme_directory_url).scheme != "https",
        "STROM_ACME_DIRECTORY_URL must begin with https://",
    ),
)

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  # where it may be told to listen


def _listens_there_already(s: Settings) -> bool:
    """Whether the numbers for Prometheus would be where something else listens."""
    same_host = s.metrics_host == s.host or {s.metrics_host, s.host} & set(EVERYWHERE)
    taken = [s.http_port, s.edge_port]
    if s.edge_tls_certificate or s.edge_tls_acm or s.acme_domains:
        taken.append(s.edge_tls_port)
    return bool(same_host) and bool(s.metrics_port) and s.metrics_port in taken


def _is_of_another_region(s: Settings) -> bool:
    """``arn:aws:kms:<region>:<account>:key/…``"""
    parts = s.kms_key.split(":")
    return len(parts) > 4 and parts[0] == "arn" and parts[3] != s.dynamodb_region


CONTRADICTIONS: tuple[Contradiction, ...] = (
    (
        lambda s: s.connection_timeout_s >= s.start_s,
        "STROM_START_S must be longer than STROM_CONNECTION_TIMEOUT_S",
    ),
    (
        lambda s: s.perform_timeout_s >= s.lease_s,
        "STROM_LEASE_S must be longer than STROM_PERFORM_TIMEOUT_S",
    ),
    (
        lambda s: s.refund_unknown_s * 3 <= s.lease_s,
        "STROM_REFUND_UNKNOWN_S must be longer than a third of STROM_LEASE_S",
    ),
    (
        lambda s: bool(s.edge_tls_certificate) != bool(s.edge_tls_key),
        "STROM_EDGE_TLS_CERTIFICATE and STROM_EDGE_TLS_KEY go together",
    ),
    (
        lambda s: bool(s.http_tls_certificate) != bool(s.http_tls_key),
        "STROM_HTTP_TLS_CERTIFICATE and STROM_HTTP_TLS_KEY go together",
    ),
    (
        lambda s: bool(s.http_tls_certificate) and s.public_base_url.startswith("http://"),
        "STROM_PUBLIC_BASE_URL must begin with https:// where STROM_HTTP_TLS_CERTIFICATE is set",
    ),
    *ACME_CONTRADICTIONS,
    (
        lambda s: bool(s.edge_tls_acm and s.edge_tls_certificate),
        "STROM_EDGE_TLS_ACM and STROM_EDGE_TLS_CERTIFICATE exclude each other",
    ),
    (
        lambda s: s.http_port == s.edge_port != 0,
        "STROM_HTTP_PORT and STROM_EDGE_PORT must differ",
    ),
    (
        lambda s: (
            bool(s.edge_tls_certificate or s.edge_tls_acm or s.acme_domains)
            and s.edge_tls_port in (s.http_port, s.edge_port)
        ),
        "STROM_EDGE_TLS_PORT must differ from STROM_HTTP_PORT and STROM_EDGE_PORT",
    ),
    (
        lambda s: bool(s.embedded_tables and s.dynamodb_endpoint),
        "STROM_EMBEDDED_TABLES and STROM_DYNAMODB_ENDPOINT exclude each other",
    ),
    (
        lambda s: bool(s.smtp_user and not s.smtp_host),
        "STROM_SMTP_USER is set and STROM_SMTP_HOST is not",
    ),
    (
        lambda s: bool(s.smtp_user and s.smtp_secret),
        "STROM_SMTP_SECRET and STROM_SMTP_USER exclude each other",
    ),
    (
        lambda s: s.allow_private_hosts and s.sign_up == "open" and s.is_public,
        "STROM_ALLOW_PRIVATE_HOSTS would let anybody who signs up reach your network: "
        "set STROM_SIGN_UP=invited",
    ),
    (
        lambda s: bool(s.owner_email) != bool(s.owner_password.get_secret_value()),
        "STROM_OWNER_EMAIL and STROM_OWNER_PASSWORD go together",
    ),
    (
        lambda s: bool(s.owner_lnd_url) != bool(s.owner_lnd_macaroon_file),
        "STROM_OWNER_LND_URL and STROM_OWNER_LND_MACAROON_FILE go together",
    ),
    (
        lambda s: bool(s.owner_lnd_certificate_file) and not s.owner_lnd_url,
        "STROM_OWNER_LND_CERTIFICATE_FILE is set and STROM_OWNER_LND_URL is not",
    ),
    (
        lambda s: bool(s.owner_lnd_url) and not s.owner_email,
        "STROM_OWNER_LND_URL is set and STROM_OWNER_EMAIL, whose node it is, is not",
    ),
    (
        lambda s: s.edge_behind_tls and s.charger_base_url.startswith("ws://"),
        "STROM_CHARGER_BASE_URL must begin with wss:// where STROM_EDGE_BEHIND_TLS is set",
    ),
    (
        lambda s: (
            s.public_base_url.startswith("https://")
            and s.live_base_url.startswith("ws://")
            and not is_here(s.live_base_url)
        ),
        "STROM_LIVE_BASE_URL must begin with wss:// where STROM_PUBLIC_BASE_URL begins with "
        "https://: browsers refuse the mixture",
    ),
    (_listens_there_already, "STROM_METRICS_PORT must differ from the ports of web and edge"),
    (
        lambda s: s.is_public and bool(s.embedded_tables),
        "STROM_EMBEDDED_TABLES forgets what is owed to drivers when Strom stops: for real payments "
        "set STROM_DYNAMODB_ENDPOINT instead",
    ),
    (
        lambda s: bool(s.smtp_user) != bool(s.smtp_password.get_secret_value()),
        "STROM_SMTP_USER and STROM_SMTP_PASSWORD go together",
    ),
    (
        lambda s: bool(s.smtp_secret and not s.smtp_host),
        "STROM_SMTP_SECRET is set and STROM_SMTP_HOST is not",
    ),
    (
        lambda s: bool(s.owner_email) and "@" not in s.owner_email.strip("@"),
        "STROM_OWNER_EMAIL must be an e-mail address",
    ),
    (
        lambda s: is_on_this_network(s.owner_lnd_url) and not s.allow_private_hosts,
        "STROM_OWNER_LND_URL is on your own network: set STROM_ALLOW_PRIVATE_HOSTS=true",
    ),
    (
        lambda s: s.call_timeout_s > s.redeliver_s,
        "STROM_REDELIVER_S must not be shorter than STROM_CALL_TIMEOUT_S: a command would be told "
        "again while its answer is waited for",
    ),
    (
        lambda s: s.watched_readings_s > s.quiet_readings_s,
        "STROM_WATCHED_READINGS_S must not be longer than STROM_QUIET_READINGS_S",
    ),
    (_is_of_another_region, "STROM_KMS_KEY must be of the region STROM_DYNAMODB_REGION"),
)
