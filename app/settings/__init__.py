"""Every setting of this Strom, typed, read from ``STROM_…`` once at start and passed down."""

import re
from collections.abc import Sequence
from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.settings.addresses import is_here, is_whole, parts_of
from app.settings.contradictions import CONTRADICTIONS

__all__ = ["CONTRADICTIONS", "Settings", "SettingsError", "read_settings"]


class Settings(BaseSettings):
    """What the provider decides. Times in seconds where the name says ``_s``."""

    model_config = SettingsConfigDict(
        env_prefix="STROM_", env_file=".env", extra="ignore", populate_by_name=True
    )

    # Where it listens, and how the world reaches it
    host: str = "127.0.0.1"
    http_port: int = Field(8000, ge=0, le=65535)
    edge_port: int = Field(9000, ge=0, le=65535)
    public_base_url: str = ""
    """``https://strom.example``; empty: this machine only."""
    edge_tls_certificate: str = ""
    """PEM files of certificate (with its chain) and key: the edge takes TLS itself, on a port of
    its own, and charge points may come with certificates. Read again when they are renewed."""
    edge_tls_key: str = ""
    edge_tls_port: int = Field(9443, ge=0, le=65535)
    http_tls_certificate: str = ""
    """PEM files with which pages and LNURL are served over TLS on ``http_port``, where nothing
    stands in front. May be the same as the edge's."""
    http_tls_key: str = ""
    acme_domains: str = ""
    """Names, with commas: Strom gets and renews one certificate for them by itself, from Let's
    Encrypt, for pages and charge points, where nothing stands in front (ADR 24)."""
    acme_terms_agreed: bool = False
    """You have read and accept the terms of whoever signs (letsencrypt.org/repository)."""
    acme_email: str = ""
    acme_directory_url: str = "https://acme-v02.api.letsencrypt.org/directory"
    acme_roots_file: str = ""
    """PEM of the roots that the directory itself is under, where it is your own."""
    acme_http_port: int = Field(80, ge=0, le=65535)
    """Where it is looked whether the names are yours: your router passes its port 80 on to it."""
    trusted_proxies: str = ""
    """Addresses or networks of your proxies (``172.28.0.0/16``), with commas: they are believed who
    they ask for. Empty: nobody is."""
    edge_behind_tls: bool = False
    """A proxy of yours takes the TLS off, and nothing else reaches ``edge_port``."""
    charger_base_url: str = ""
    """``wss://chargers.strom.example``; the charger path is appended. Empty: this machine only."""
    certificate_base_url: str = ""
    """Where charge points that have a certificate connect (security profile 3), if elsewhere."""
    live_base_url: str = ""
    """Where browsers follow a charge live, if elsewhere than charge points connect: where the edge
    takes TLS itself it asks for certificates, and some browsers then ask their people for one."""
    wallet_callback_base_url: str = ""
    """Where wallets call us if elsewhere than the public address; ``none`` where they cannot."""

    # Parts
    data_dir: Path = Path("strom-data")
    """Holds the key file and, with the embedded table, its rows."""
    table: str = Field("strom", pattern=r"^[A-Za-z0-9_.-]{3,255}$")
    dynamodb_endpoint: str = ""
    """Empty: AWS. Credentials come from the environment as boto3 reads them."""
    dynamodb_region: str = "eu-central-1"
    embedded_tables: str = ""
    """The ``ministack`` program to run as the table, for trying out."""
    due_shards: int = Field(1, ge=1, le=64)

    # Owners
    sign_up: Literal["open", "invited", "approved"] = "open"
    smtp_host: str = ""
    """Empty: mails are kept for a page to show instead of sent, for trying out."""
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_secret: str = ""
    """On AWS, instead of both: a secret with ``{"user": …, "password": …}``."""
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    mail_from: str = "strom@localhost"
    allow_private_hosts: bool = False
    """Let owners name wallets and backends on this network: at home, not at a provider's."""

    # The first owner, at home: made at the first start, wallet and all
    owner_email: str = ""
    """Empty: owners sign up, or `strom owner create` makes one."""
    owner_password: SecretStr = SecretStr("")
    """Counts at the first start alone; afterwards it is changed on the pages."""
    owner_lnd_url: str = ""
    """The REST address of the owner's LND (``https://10.21.21.9:8080``)."""
    owner_lnd_macaroon_file: Path | None = None
    owner_lnd_certificate_file: Path | None = None
    """``tls.cert``, where it is the node's own; looked at again when the node renews it."""

    # Money
    fixed_rates: dict[str, Decimal] = {}
    """Currency → msat per unit, instead of asking exchanges: ``{"EUR": 1000000}``."""
    rate_fresh_s: int = Field(600, gt=0)
    quote_life_s: int = Field(600, gt=0)
    invoice_life_s: int = Field(600, gt=0)
    refund_fee_percent: Decimal = Field(Decimal(1), ge=0, le=100)
    refund_fee_floor_msat: int = Field(5000, ge=0)
    withdraw_wait_s: float = Field(8, ge=0)
    refund_invoice_life_s: int = Field(60, ge=0)
    refund_unknown_s: float = Field(60, gt=0)
    """Between look-ups of a refund that the wallet does not know; three are longer than a lease."""
    success_action: Literal["url", "aes"] = "url"
    """``aes``: links to charges encrypted for who has paid, where the owner's wallet allows it."""
    first_look_s: float = Field(2, ge=0)
    wallet_watch_s: float = Field(600, gt=0)
    """How often every owner's wallet is asked what it holds."""
    watched_payments: int = Field(200, ge=0, le=1000)
    """How many open invoices one process watches at wallets that tell (NWC, LND); 0: none. Every
    open invoice is asked about all the same, at growing intervals."""
    network: Literal["mainnet", "testnet", "regtest", "signet"] = "mainnet"

    # Time-outs of the life cycle and of charge points; all of them can be short in tests
    start_s: int = Field(180, gt=0, le=3600)
    """From the payment to the start. A held payment is taken or given back within it, so it stays
    far below what wallets hold for (LND: 62 blocks, NWC: what the service does)."""
    connection_timeout_s: int = Field(120, gt=0)
    sample_interval_s: int = Field(60, gt=0)
    heartbeat_interval_s: int = Field(300, gt=0)
    redeliver_s: float = Field(45, gt=0)
    retry_offline_s: float = Field(20, gt=0)
    call_timeout_s: float = Field(30, gt=0)
    quiet_readings_s: int = Field(600, ge=0)
    watched_readings_s: int = Field(5, ge=0)
    signal_interval_s: float = Field(60, gt=0)
    """How often the limit of a running charge follows its tariff's signal; what a signal said is
    used for half as long."""
    silent_limit_s: int = Field(0, ge=0)
    """Above zero: instead of the owner's own limit (tests)."""
    message_attempts: int = Field(5, gt=0)
    message_retry_s: int = Field(30, ge=0)
    edge_lease_s: int = Field(30, gt=0)
    sweep_interval_s: float = Field(2, gt=0)
    lease_s: float = Field(90, gt=0)
    perform_timeout_s: float = Field(75, gt=0)

    # Fleets: see docs/providers.md
    charger_frames_per_s: float = Field(50, ge=0)
    """Of one charge point; 0: no limit."""
    tenant_frames_per_s: float = Field(2000, ge=0)
    """Of all of an owner's charge points on one edge."""
    connects_per_minute: int = Field(120, ge=0)
    """By one charge point's path from one address."""
    refusals_per_minute: int = Field(120, ge=0)
    """Of one address of the internet."""
    recent_frames: int = Field(0, ge=0, le=100)
    """So many of each charge point's last messages are held in memory, for owners who switch the
    recording on after something went wrong; each costs some 300 bytes."""
    drain_s: float = Field(60, ge=0, le=100)
    """How long stopping may take: charge points are let go one after another."""
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = Field(None, ge=0, le=65535)
    """Where Prometheus reads ``/metrics``, of the edge and of what runs with it; empty: nowhere."""

    # On AWS: the stacks of infra/cdk set all of these, see docs/providers.md
    kms_key: str = ""
    """ARN of the key that seals owners' secrets, instead of a key file."""
    server_key_secret: str = ""
    """The secret (Secrets Manager) that ``server.key`` is made of."""
    front_secret: str = ""
    """The secret that our front shows with every request it passes on; empty: no front."""
    edge_tls_acm: str = ""
    """Of `strom edge`: ARN of the certificate (ACM, exportable) that it takes TLS with on
    ``edge_tls_port``, instead of files; charge points may come with certificates there."""
    perform_queue_url: str = ""
    perform_function: str = ""
    """Who opens wallets, where this process may not: the *perform* function."""
    edge_queue_prefix: str = ""
    """The edges' queues are named so, and by their instance."""
    internal_url: str = ""
    """Where an edge by itself finds the app."""
    tenant_role: str = ""
    """ARN of the role that reaches one tenant's rows; empty: this process' own reaches all."""
    aws_endpoint: str = ""
    """An emulator instead of AWS (tests)."""

    log_level: str = "INFO"
    traces_endpoint: str = Field(
        "",
        validation_alias=AliasChoices("STROM_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"),
    )
    """Where a collector of OpenTelemetry takes OTLP over HTTP (``http://127.0.0.1:4318``); empty:
    no traces."""
    traces_share: float = Field(1, ge=0, le=1)
    """Of the traces that begin here, this share is kept."""

    @field_validator("public_base_url")
    @classmethod
    def _secure(cls, url: str) -> str:
        """Wallets refuse plain http beyond this machine and onion services (LUD-01; Zeus)."""
        parts = urlsplit(url)
        is_onion = (parts.hostname or "").endswith(".onion")
        if url and parts.scheme != "https" and not (is_here(url) or is_onion):
            raise ValueError("must begin with https://, or no wallet will pay here")
        if url and (not is_whole(url) or parts.path not in ("", "/")):
            raise ValueError("must be scheme and host alone: addresses have no path (LUD-16)")
        return url

    @field_validator("charger_base_url", "certificate_base_url", "live_base_url")
    @classmethod
    def _websocket(cls, url: str) -> str:
        if url and urlsplit(url).scheme not in ("ws", "wss"):
            raise ValueError("must begin with ws:// or wss://")
        if url and not is_whole(url):
            raise ValueError("must have a host, and nothing after its path")
        return url

    @field_validator("dynamodb_endpoint", "internal_url", "aws_endpoint", "perform_queue_url")
    @classmethod
    def _http(cls, url: str) -> str:
        if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
            raise ValueError("must begin with http:// or https://")
        return url

    @field_validator("owner_lnd_url")
    @classmethod
    def _https(cls, url: str) -> str:
        if url and (urlsplit(url).scheme != "https" or not urlsplit(url).hostname):
            raise ValueError("must begin with https://, as LND's REST address does")
        return url

    @field_validator("wallet_callback_base_url")
    @classmethod
    def _http_or_none(cls, url: str) -> str:
        return url if url == "none" else cls._http(url)

    @field_validator("mail_from")
    @classmethod
    def _mail(cls, address: str) -> str:
        name, _, host = address.partition("@")
        if not name or not host or "@" in host or " " in address:
            raise ValueError("must be an e-mail address")
        return address

    @field_validator("fixed_rates")
    @classmethod
    def _rates(cls, rates: dict[str, Decimal]) -> dict[str, Decimal]:
        for currency, rate in rates.items():
            if not re.fullmatch("[A-Z]{3}", currency):
                raise ValueError(f"{currency} is no currency (ISO 4217), such as EUR")
            if not rate.is_finite() or rate <= 0:
                raise ValueError(f"{currency} must be worth something: msat for one unit")
        return rates

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, text: str) -> str:
        for part in parts_of(text):
            ip_network(part)  # says itself what is wrong
        return text

    @field_validator("log_level")
    @classmethod
    def _level(cls, level: str) -> str:
        if level.upper() not in LEVELS:
            raise ValueError(f"must be one of {', '.join(LEVELS)}")
        return level

    @field_validator("acme_domains")
    @classmethod
    def _names(cls, text: str) -> str:
        for name in parts_of(text):
            if not ACME_NAME.fullmatch(name):
                raise ValueError(f"{name} is no name that a certificate can be had for")
        return text.lower()

    @model_validator(mode="after")
    def _not_contradictory(self) -> "Settings":
        wrong = [what for contradicts, what in CONTRADICTIONS if contradicts(self)]
        if wrong:
            raise ValueError("\n".join(wrong))
        if self.acme_domains:
            self._reached_by_its_names()
        return self

    def _reached_by_its_names(self) -> None:
        """What follows from having a certificate for these names."""
        first, file = self.acme_names[0], str(self.data_dir / "acme" / "tls.pem")
        self.http_tls_certificate = self.http_tls_key = file
        self.edge_tls_certificate = self.edge_tls_key = file
        port = "" if self.http_port == 443 else f":{self.http_port}"
        self.public_base_url = self.public_base_url or f"https://{first}{port}"
        self.charger_base_url = self.charger_base_url or f"wss://{first}:{self.edge_tls_port}"

    @property
    def acme_names(self) -> tuple[str, ...]:
        """The names to have a certificate for."""
        return tuple(dict.fromkeys(parts_of(self.acme_domains)))

    @property
    def is_public(self) -> bool:
        """Whether others than this machine are told to come here."""
        if self.acme_domains:
            return True
        return bool(self.public_base_url) and not is_here(self.public_base_url)

    @property
    def base_url(self) -> str:
        """The public address, no slash at the end."""
        scheme = "https" if self.http_tls_certificate else "http"
        return (self.public_base_url or f"{scheme}://{self.host}:{self.http_port}").rstrip("/")

    @property
    def charger_url(self) -> str:
        """What the charger path is appended to, no slash at the end."""
        return (self.charger_base_url or f"ws://{self.host}:{self.edge_port}").rstrip("/")

    @property
    def certificate_url(self) -> str:
        """The same for charge points that have a certificate."""
        return (self.certificate_base_url or self.charger_url).rstrip("/")

    @property
    def live_url(self) -> str:
        """Where browsers connect, no slash at the end."""
        return (self.live_base_url or self.charger_url).rstrip("/")


ACME_NAME = re.compile(
    r"(?=.{4,253}$)([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z][a-zA-Z0-9-]{0,62}"
)
"""Of the public kind: with a dot, no number, no star (that would want DNS-01)."""

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class SettingsError(ValueError):
    """One line that names the setting and what is wrong with it; ``every`` has all such lines."""

    def __init__(self, line: str, every: Sequence[str] = ()) -> None:
        super().__init__(line)
        self.every = tuple(every) or (line,)


def read_settings(**overrides: object) -> Settings:
    """The settings of this process; raises ``SettingsError``."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # checked by pydantic itself
    except ValidationError as error:
        lines = [line for problem in error.errors() for line in _lines(problem)]
        raise SettingsError(lines[0], lines) from None


def _lines(problem: ErrorDetails) -> list[str]:
    name = "_".join(str(part) for part in problem["loc"]).upper()
    where = f"STROM_{name}: " if name else ""
    return [where + line for line in problem["msg"].removeprefix("Value error, ").splitlines()]
