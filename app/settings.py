"""Every setting of this Strom, typed, read from ``STROM_…`` once at start and passed down."""

from decimal import Decimal
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What the provider decides. Times in seconds where the name says ``_s``."""

    model_config = SettingsConfigDict(env_prefix="STROM_", env_file=".env", extra="ignore")

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
    edge_behind_tls: bool = False
    """A proxy of yours takes the TLS off, and nothing else reaches ``edge_port``."""
    charger_base_url: str = ""
    """``wss://chargers.strom.example``; the charger path is appended. Empty: this machine only."""
    live_base_url: str = ""
    """Where browsers follow a charge live, if elsewhere than charge points connect: where the edge
    takes TLS itself it asks for certificates, and some browsers then ask their people for one."""
    wallet_callback_base_url: str = ""
    """Where wallets call us if elsewhere than the public address; ``none`` where they cannot."""

    # Parts
    data_dir: Path = Path("strom-data")
    """Holds the key file and, with the embedded table, its rows."""
    table: str = "strom"
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
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_secret: str = ""
    """On AWS, instead of both: a secret with ``{"user": …, "password": …}``."""
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    mail_from: str = "strom@localhost"
    allow_private_hosts: bool = False
    """Let owners name wallets and backends on this network: at home, not at a provider's."""

    # Money
    fixed_rates: dict[str, Decimal] = {}
    """Currency → msat per unit, instead of asking exchanges: ``{"EUR": 1000000}``."""
    rate_fresh_s: int = 600
    quote_life_s: int = 600
    invoice_life_s: int = 600
    refund_fee_percent: Decimal = Decimal(1)
    refund_fee_floor_msat: int = 5000
    withdraw_wait_s: float = 8
    refund_invoice_life_s: int = 60
    refund_unknown_s: float = 60
    """Between look-ups of a refund that the wallet does not know; three are longer than a lease."""
    success_action: Literal["url", "aes"] = "url"
    """``aes``: links to charges encrypted for who has paid, where the owner's wallet allows it."""
    first_look_s: float = 2
    wallet_watch_s: float = 600
    """How often every owner's wallet is asked what it holds."""
    watched_payments: int = Field(200, ge=0, le=1000)
    """How many open invoices one process watches at wallets that tell (NWC, LND); 0: none. Every
    open invoice is asked about all the same, at growing intervals."""
    network: Literal["mainnet", "testnet", "regtest", "signet"] = "mainnet"

    # Time-outs of the life cycle and of charge points; all of them can be short in tests
    start_s: int = Field(180, le=3600)
    """From the payment to the start. A held payment is taken or given back within it, so it stays
    far below what wallets hold for (LND: 62 blocks, NWC: what the service does)."""
    connection_timeout_s: int = 120
    sample_interval_s: int = 60
    heartbeat_interval_s: int = 300
    redeliver_s: float = 45
    retry_offline_s: float = 20
    call_timeout_s: float = 30
    quiet_readings_s: int = 600
    watched_readings_s: int = 5
    silent_limit_s: int = 0
    """Above zero: instead of the owner's own limit (tests)."""
    message_attempts: int = 5
    message_retry_s: int = 30
    edge_lease_s: int = 30
    sweep_interval_s: float = 2
    lease_s: float = 90
    perform_timeout_s: float = 75

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
    """Where Prometheus reads ``/metrics`` of the edge; empty: nowhere."""

    # On AWS: the stacks of infra/cdk set all of these, see docs/providers.md
    kms_key: str = ""
    """ARN of the key that seals owners' secrets, instead of a key file."""
    server_key_secret: str = ""
    """The secret (Secrets Manager) that ``server.key`` is made of."""
    front_secret: str = ""
    """The secret that our front shows with every request it passes on; empty: no front."""
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

    @field_validator("public_base_url")
    @classmethod
    def _secure(cls, url: str) -> str:
        """Wallets refuse plain http beyond this machine and onion services (LUD-01; Zeus)."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        is_here = host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")
        if url and parts.scheme != "https" and not (is_here or host.endswith(".onion")):
            raise ValueError("must begin with https://, or no wallet will pay here")
        return url

    @model_validator(mode="after")
    def _nested(self) -> "Settings":
        if self.connection_timeout_s >= self.start_s:
            raise ValueError("STROM_START_S must be longer than STROM_CONNECTION_TIMEOUT_S")
        if self.perform_timeout_s >= self.lease_s:
            raise ValueError("STROM_LEASE_S must be longer than STROM_PERFORM_TIMEOUT_S")
        if self.refund_unknown_s * 3 <= self.lease_s:
            raise ValueError("STROM_REFUND_UNKNOWN_S must be longer than a third of STROM_LEASE_S")
        if bool(self.edge_tls_certificate) != bool(self.edge_tls_key):
            raise ValueError("STROM_EDGE_TLS_CERTIFICATE and STROM_EDGE_TLS_KEY go together")
        if self.embedded_tables and self.dynamodb_endpoint:
            raise ValueError("STROM_EMBEDDED_TABLES and STROM_DYNAMODB_ENDPOINT exclude each other")
        return self

    @property
    def base_url(self) -> str:
        """The public address, no slash at the end."""
        return (self.public_base_url or f"http://{self.host}:{self.http_port}").rstrip("/")

    @property
    def charger_url(self) -> str:
        """What the charger path is appended to, no slash at the end."""
        return (self.charger_base_url or f"ws://{self.host}:{self.edge_port}").rstrip("/")

    @property
    def live_url(self) -> str:
        """Where browsers connect, no slash at the end."""
        return (self.live_base_url or self.charger_url).rstrip("/")


class SettingsError(ValueError):
    """One line that names the setting and what is wrong with it."""


def read_settings(**overrides: object) -> Settings:
    """The settings of this process; raises ``SettingsError``."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # checked by pydantic itself
    except ValidationError as error:
        problem = error.errors()[0]
        name = "_".join(str(part) for part in problem["loc"]).upper()
        where = f"STROM_{name}: " if name else ""
        raise SettingsError(where + problem["msg"].removeprefix("Value error, ")) from None
