"""Every setting of this Strom, typed, read from ``STROM_…`` once at start and passed down."""

import os
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from msgspec import Meta, Struct
from msgspec.structs import asdict, fields, replace

from app.settings.addresses import is_here, parts_of
from app.settings.contradictions import CONTRADICTIONS
from app.settings.reading import kept_in_file, value_of
from app.settings.rules import RULES
from app.settings.secret import Secret

__all__ = [
    "CONTRADICTIONS",
    "DEFAULTS",
    "Secret",
    "Settings",
    "SettingsError",
    "given_in",
    "kept_in_file",
    "read_settings",
    "settings_of",
]

Port = Annotated[int, Meta(ge=0, le=65535)]
Positive = Annotated[int, Meta(gt=0)]
NotNegative = Annotated[int, Meta(ge=0)]
PositiveNumber = Annotated[float, Meta(gt=0)]
NotNegativeNumber = Annotated[float, Meta(ge=0)]


class Settings(Struct, frozen=True, kw_only=True):
    """What the provider decides. Times in seconds where the name says ``_s``."""

    # Where it listens, and how the world reaches it
    host: str = "127.0.0.1"
    """Where pages, LNURL and the edge listen; ``0.0.0.0``: everywhere."""
    http_port: Port = 8000
    """Pages, LNURL and the API."""
    edge_port: Port = 9000
    """Charge points and live pages."""
    public_base_url: str = ""
    """``https://strom.example``; empty: this machine only."""
    edge_tls_certificate: str = ""
    """PEM files of certificate (with its chain) and key: the edge takes TLS itself, on a port of
    its own, and charge points may come with certificates. Read again when they are renewed."""
    edge_tls_key: str = ""
    """The certificate's."""
    edge_tls_port: Port = 9443
    """Where charge points connect by TLS, if the edge takes it itself."""
    http_tls_certificate: str = ""
    """PEM files with which pages and LNURL are served over TLS on ``http_port``, where nothing
    stands in front. May be the same as the edge's."""
    http_tls_key: str = ""
    """The certificate's."""
    acme_domains: str = ""
    """Names, with commas: Strom gets and renews one certificate for them by itself, from Let's
    Encrypt, for pages and charge points, where nothing stands in front (ADR 24)."""
    acme_terms_agreed: bool = False
    """You have read and accept the terms of whoever signs (letsencrypt.org/repository)."""
    acme_email: str = ""
    """Who signs writes there before a certificate runs out that was not renewed."""
    acme_directory_url: str = "https://acme-v02.api.letsencrypt.org/directory"
    """The authority's directory (RFC 8555 §7.1.1)."""
    acme_roots_file: str = ""
    """PEM of the roots that the directory itself is under, where it is your own."""
    acme_http_port: Port = 80
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
    table: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{3,255}$")] = "strom"
    """The name of the one table."""
    dynamodb_endpoint: str = ""
    """Empty: AWS. Credentials come from the environment as boto3 reads them."""
    dynamodb_region: str = "eu-central-1"
    """AWS's region, of the table and of everything else there."""
    embedded_tables: str = ""
    """The ``ministack`` program to run as the table, for trying out."""
    due_shards: Annotated[int, Meta(ge=1, le=64)] = 1
    """Into so many partitions what is due is spread; more where more than a thousand things fall
    due each second. It may grow at any time, and never shrinks."""

    # Owners
    sign_up: Literal["open", "invited", "approved"] = "open"
    """Who gets an account: anybody, whom the provider invites, or whom it approves of."""
    smtp_host: str = ""
    """Empty: mails are kept for a page to show instead of sent, for trying out."""
    smtp_port: Annotated[int, Meta(ge=1, le=65535)] = 587
    """The mail server's."""
    smtp_user: str = ""
    """Empty: the mail server asks for none."""
    smtp_password: Secret = Secret("")
    """That user's."""
    smtp_secret: str = ""
    """On AWS, instead of both: a secret with ``{"user": …, "password": …}``."""
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    """``starttls`` (mostly port 587), ``tls`` from the beginning (465), ``none`` within one machine
    alone."""
    mail_from: str = "strom@localhost"
    """Whom mails come from."""
    allow_private_hosts: bool = False
    """Let owners name wallets and backends on this network: at home, not at a provider's."""

    # The first owner, at home: made at the first start, wallet and all
    owner_email: str = ""
    """Empty: owners sign up, or `strom owner create` makes one."""
    owner_password: Secret = Secret("")
    """Counts at the first start alone; afterwards it is changed on the pages."""
    owner_lnd_url: str = ""
    """The REST address of the owner's LND (``https://10.21.21.9:8080``)."""
    owner_lnd_macaroon_file: Path | None = None
    """It may make invoices and pay; read at the first start."""
    owner_lnd_certificate_file: Path | None = None
    """``tls.cert``, where it is the node's own; looked at again when the node renews it."""

    # Money
    fixed_rates: dict[str, Decimal] = {}
    """Currency → msat per unit, instead of asking exchanges: ``{"EUR": 1000000}``."""
    rate_fresh_s: Positive = 600
    """An exchange's rate that is older is not used for a price."""
    quote_life_s: Positive = 600
    """How long a wallet may take from the price to asking for the invoice."""
    invoice_life_s: Positive = 600
    """How long an invoice can be paid."""
    refund_fee_percent: Decimal = Decimal(1)
    """The most that routing a refund may cost its owner, of its amount; the floor where that is
    more."""
    refund_fee_floor_msat: NotNegative = 5000
    """So much it may cost in any case."""
    withdraw_wait_s: NotNegativeNumber = 8
    """How long a wallet that scans a running charge's refund waits for the end before it is told to
    come again."""
    refund_invoice_life_s: NotNegative = 60
    """An invoice for a refund must be payable for so long still."""
    refund_unknown_s: PositiveNumber = 60
    """Between look-ups of a refund that the wallet does not know; three are longer than a lease."""
    success_action: Literal["url", "aes"] = "url"
    """``aes``: links to charges encrypted for who has paid, where the owner's wallet allows it."""
    first_look_s: NotNegativeNumber = 2
    """After so long an invoice is asked about for the first time."""
    wallet_watch_s: PositiveNumber = 600
    """How often every owner's wallet is asked what it holds."""
    watched_payments: Annotated[int, Meta(ge=0, le=1000)] = 200
    """How many open invoices one process watches at wallets that tell (NWC, LND); 0: none. Every
    open invoice is asked about all the same, at growing intervals."""
    network: Literal["mainnet", "testnet", "regtest", "signet"] = "mainnet"
    """Bitcoin's network; invoices of another are refused."""

    # Time-outs of the life cycle and of charge points; all of them can be short in tests
    start_s: Annotated[int, Meta(gt=0, le=3600)] = 180
    """From the payment to the start. A held payment is taken or given back within it, so it stays
    far below what wallets hold for (LND: 62 blocks, NWC: what the service does)."""
    connection_timeout_s: Positive = 120
    """So long after its start a charge point waits for the cable (ConnectionTimeOut)."""
    sample_interval_s: Positive = 60
    """How often charge points send readings of a charge (MeterValueSampleInterval)."""
    heartbeat_interval_s: Positive = 300
    """How often charge points that have nothing to say say so."""
    redeliver_s: PositiveNumber = 45
    """A command without an answer is delivered again after so long; longer than
    ``call_timeout_s``."""
    retry_offline_s: PositiveNumber = 20
    """How soon a start or a stop looks again whether its charge point is back."""
    call_timeout_s: PositiveNumber = 30
    """How long the edge waits for a charge point's answer."""
    quiet_readings_s: NotNegative = 600
    """How often readings reach the app while nobody looks; the edge holds each charge's limits
    meanwhile."""
    watched_readings_s: NotNegative = 5
    """How often while somebody follows the charge."""
    signal_interval_s: PositiveNumber = 60
    """How often the limit of a running charge follows its tariff's signal; what a signal said is
    used for half as long."""
    silent_limit_s: NotNegative = 0
    """Above zero: instead of the owner's own limit (tests)."""
    message_attempts: Positive = 5
    """How often a charge point sends what is not answered (TransactionMessageAttempts)."""
    message_retry_s: NotNegative = 30
    """And how long it waits between (TransactionMessageRetryInterval)."""
    edge_lease_s: Positive = 30
    """An edge that is silent for so long is taken for dead."""
    sweep_interval_s: PositiveNumber = 2
    """How often what is due is looked for."""
    lease_s: PositiveNumber = 90
    """How long what is owed belongs to who performs it; longer than ``perform_timeout_s``."""
    perform_timeout_s: PositiveNumber = 75
    """After so long performing something is given up, and tried again."""

    # Fleets: see docs/providers.md
    charger_frames_per_s: NotNegativeNumber = 50
    """Of one charge point; 0: no limit."""
    tenant_frames_per_s: NotNegativeNumber = 2000
    """Of all of an owner's charge points on one edge."""
    connects_per_minute: NotNegative = 120
    """By one charge point's path from one address."""
    refusals_per_minute: NotNegative = 120
    """Of one address of the internet."""
    recent_frames: Annotated[int, Meta(ge=0, le=100)] = 0
    """So many of each charge point's last messages are held in memory, for owners who switch the
    recording on after something went wrong; each costs some 300 bytes."""
    drain_s: Annotated[float, Meta(ge=0, le=100)] = 60
    """How long stopping may take: charge points are let go one after another."""
    metrics_host: str = "127.0.0.1"
    """The address of that port."""
    metrics_port: Port | None = None
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
    """Where what is owed to wallets waits for the *perform* function."""
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
    """``DEBUG`` to ``CRITICAL``."""
    traces_endpoint: str = ""
    """Where a collector of OpenTelemetry takes OTLP over HTTP (``http://127.0.0.1:4318``); empty:
    no traces. What ``OTEL_EXPORTER_OTLP_ENDPOINT`` says counts where this is not set."""
    traces_share: Annotated[float, Meta(ge=0, le=1)] = 1
    """Of the traces that begin here, this share is kept."""

    def changed(self, **changes: object) -> Self:
        """The same with other values, which are not checked."""
        return replace(self, **changes)

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


DEFAULTS: Mapping[str, object] = asdict(Settings())
"""Every setting's name, and what it is unless it is given."""

ALSO = {"OTEL_EXPORTER_OTLP_ENDPOINT": "traces_endpoint"}
"""Names that others have given to what is a setting here; ours go before."""


class SettingsError(ValueError):
    """One line that names the setting and what is wrong with it; ``every`` has all such lines."""

    def __init__(self, line: str, every: Sequence[str] = ()) -> None:
        super().__init__(line)
        self.every = tuple(every) or (line,)


def read_settings(**overrides: object) -> Settings:
    """The settings of this process; raises ``SettingsError``.

    What is in the environment goes before what is in ``.env``, and what is given here before both.
    """
    return settings_of(**{**given_in({**kept_in_file(), **os.environ}), **overrides})


def given_in(environment: Mapping[str, str]) -> dict[str, object]:
    """What it says of settings, by their names; capitals or not is all the same."""
    ours = {f"STROM_{name.upper()}": name for name in DEFAULTS}
    found = {name.upper(): text for name, text in environment.items()}
    return {setting: found[name] for name, setting in {**ALSO, **ours}.items() if name in found}


def settings_of(**given: object) -> Settings:
    """These settings, whatever the environment says; raises ``SettingsError``."""
    values, wrong = {}, []
    for field in fields(Settings):
        if field.name in given:
            try:
                values[field.name] = _checked(field.name, field.type, given[field.name])
            except ValueError as error:
                wrong += [f"STROM_{field.name.upper()}: {line}" for line in str(error).splitlines()]
    if unknown := given.keys() - DEFAULTS.keys():
        raise TypeError(f"no settings: {', '.join(sorted(unknown))}")
    if wrong:
        raise SettingsError(wrong[0], wrong)
    return _not_contradictory(Settings(**values))


def _checked(name: str, kind: object, given: object) -> Any:
    value = value_of(kind, given)
    return RULES[name](value) if name in RULES else value


def _not_contradictory(settings: Settings) -> Settings:
    wrong = [what for contradicts, what in CONTRADICTIONS if contradicts(settings)]
    if wrong:
        raise SettingsError(wrong[0], wrong)
    return _reached_by_its_names(settings) if settings.acme_domains else settings


def _reached_by_its_names(settings: Settings) -> Settings:
    """With what follows from having a certificate for these names."""
    first, file = settings.acme_names[0], str(settings.data_dir / "acme" / "tls.pem")
    port = "" if settings.http_port == 443 else f":{settings.http_port}"
    return settings.changed(
        http_tls_certificate=file,
        http_tls_key=file,
        edge_tls_certificate=file,
        edge_tls_key=file,
        public_base_url=settings.public_base_url or f"https://{first}{port}",
        charger_base_url=settings.charger_base_url or f"wss://{first}:{settings.edge_tls_port}",
    )
