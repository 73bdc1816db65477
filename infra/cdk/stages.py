"""The stages: read from TOML, checked, passed down."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
ZONE = re.compile(r"Z[A-Z0-9]{1,31}")
DIGEST = re.compile(r"[^@\s]@sha256:[0-9a-f]{64}$")
NAME = re.compile(r"[a-z][a-z0-9]{0,15}")
KEY_ARN = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/mrk-[0-9a-f]{32}")
SIGN_UPS = ("open", "invited", "approved")
LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731)


def _all(kind: type, values: Any) -> bool:
    """Whether it is an array of these; ``True`` is no number, and 7.0 no whole one."""
    return isinstance(values, list) and all(type(each) is kind for each in values)


KINDS: Mapping[Any, tuple[str, Callable[[Any], bool]]] = {
    str: ("a text", lambda value: type(value) is str),
    bool: ("true or false", lambda value: type(value) is bool),
    int: ("a whole number", lambda value: type(value) is int),
    float: ("a number", lambda value: type(value) in (int, float)),
    tuple[str, ...]: ("texts in square brackets", lambda value: _all(str, value)),
    tuple[int, int]: (
        "two whole numbers in square brackets",
        lambda value: _all(int, value) and len(value) == 2,
    ),
}
"""What TOML must have made of a setting of this type."""


class StageError(ValueError):
    """One line that names the stage's setting and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One installation."""

    name: str
    region: str
    """Where all is but the front, whose certificate and rules CloudFront wants in us-east-1."""
    domain: str
    """Of addresses and pages; below it are ``chargers.``, and ``origin.`` for the front."""
    hosted_zone_id: str
    """The Route 53 zone of the domain, in this account."""
    alarms_to: str
    """Whom alarms and budgets are mailed to."""
    is_protected: bool = True
    """Whether the table outlives the stacks, and cannot be deleted."""
    sign_up: str = "approved"
    budget_usd: int = 100
    """What a month may cost before a mail is sent."""
    tenant_domains: tuple[str, ...] = ()
    """Owners' own domains; their DNS points to the front."""
    edge_tasks: tuple[int, int] = (1, 4)
    """Edge instances, at least and at most."""
    certificate_port: int = 0
    """Where charge points with certificates of their own connect (security profile 3): 8443, say.
    AWS asks $15 for the exportable certificate, at each renewal again. 0: they cannot."""
    chargers_per_task: int = 7000
    """More are started above this; one holds 10,000."""
    zones: int = 2
    """Availability zones of the edges, 2 or 3; not changed once there are charge points."""
    requests_per_s: int = 500
    """Of drivers, wallets and owners, all together; more are refused."""
    performs_at_once: int = 50
    """Batches of ten from the perform queue, at most."""
    wallet_watch_s: int = 3600
    """How often every owner's wallet is looked at."""
    traces_endpoint: str = ""
    """A collector of OpenTelemetry that functions and edges reach: they are in no network of yours.
    Empty: no traces."""
    traces_percent: float = 1
    """Of the requests from outside, this share is traced."""
    due_shards: int = 1
    log_days: int = 14
    smtp_host: str = ""
    """Empty: mails lie on the outbox page, for trying out only."""
    smtp_secret: str = ""
    """A secret of yours in Secrets Manager: ``{"user": …, "password": …}``."""
    mail_from: str = ""
    keys: int = 1
    """Raised by one after a secret was changed: functions then start anew and read it."""
    image: str = ""
    """A published image by its digest; empty: built from this folder when deployed (Docker)."""
    base_image: str = ""
    """What the image is built on, by its digest: ``python:3.12-slim@sha256:…``."""
    restored_table: str = ""
    """A table that was restored beside the stage's own; Strom then works on it."""
    standby_region: str = ""
    """Where the table and the secrets are also kept, against the day the region is lost."""
    takes_over: str = ""
    """The stage whose copies in this region are used, because its own region is lost."""
    sealing_key: str = ""
    """With ``takes_over``: the ARN of that stage's sealing key as it was replicated here."""

    @property
    def prefix(self) -> str:
        """What the names of everything begin with."""
        return f"strom-{self.name}"

    @property
    def table(self) -> str:
        """The name of the table; also of the metrics that Strom writes."""
        return self.restored_table or f"strom-{self.takes_over or self.name}"

    @property
    def standby_key_alias(self) -> str:
        """The key of the table's copy, in the standby region."""
        return f"alias/{self.prefix}-table"

    @property
    def origin(self) -> str:
        """Where the front finds the app."""
        return f"origin.{self.domain}"

    @property
    def chargers(self) -> str:
        """Where charge points and live pages connect."""
        return f"chargers.{self.domain}"

    @property
    def server_secret(self) -> str:
        """The secret that signs links and cookies."""
        return f"strom-{self.takes_over or self.name}/server"

    @property
    def front_secret(self) -> str:
        """The secret that the front shows to the app."""
        return f"strom-{self.takes_over or self.name}/front"


def read_stages(path: Path | None = None) -> dict[str, Stage]:
    """Every stage of a file: ``my-stages.toml`` where it is, else the examples."""
    own = HERE / "my-stages.toml"
    chosen = path or (own if own.exists() else HERE / "stages.toml")
    try:
        tables = tomllib.loads(chosen.read_text(encoding="utf-8"))
    except OSError as error:
        raise StageError(f"{chosen.name}: {error.strerror}") from None
    except ValueError as error:  # no TOML, or not even UTF-8
        raise StageError(f"{chosen.name}: {error}") from None
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise StageError(f"{name}: is no stage, which begins with [its name]")
    return {name: stage_of(name, table) for name, table in tables.items()}


def stage_of(name: str, table: dict[str, Any]) -> Stage:
    """One stage, checked; raises ``StageError``."""
    known = {field.name: field.type for field in fields(Stage) if field.name != "name"}
    for key, value in table.items():
        if key not in known:
            raise StageError(f"{name}.{key}: there is no such setting")
        wanted, is_one = KINDS[known[key]]
        if not is_one(value):
            raise StageError(f"{name}.{key}: {value!r} is not {wanted}")
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in table.items()
    }
    for key in ("region", "domain", "hosted_zone_id", "alarms_to"):
        if not values.get(key):
            raise StageError(f"{name}.{key}: is missing")
    stage = Stage(name=name, **values)
    _check(stage)
    return stage


def _check(stage: Stage) -> None:
    least, most = stage.edge_tasks
    wrong = {
        "name": not NAME.fullmatch(stage.name),
        "region": not REGION.fullmatch(stage.region),
        "domain": not DOMAIN.fullmatch(stage.domain),
        "hosted_zone_id": not ZONE.fullmatch(stage.hosted_zone_id),
        "alarms_to": "@" not in stage.alarms_to,
        "sign_up": stage.sign_up not in SIGN_UPS,
        "tenant_domains": not all(DOMAIN.fullmatch(each) for each in stage.tenant_domains),
        "edge_tasks": not 1 <= least <= most <= 500,
        "certificate_port": not (
            0 <= stage.certificate_port <= 65_535 and stage.certificate_port != 443
        ),
        "chargers_per_task": not 100 <= stage.chargers_per_task <= 10_000,
        "zones": stage.zones not in (2, 3),
        "requests_per_s": not 10 <= stage.requests_per_s <= 10_000,
        "performs_at_once": not 2 <= stage.performs_at_once <= 1000,
        "wallet_watch_s": not 60 <= stage.wallet_watch_s <= 86_400,
        "traces_endpoint": not re.fullmatch(r"(https?://[^\s/@?]+)?", stage.traces_endpoint),
        "traces_percent": not 0 <= stage.traces_percent <= 100,
        "keys": stage.keys < 1,
        "due_shards": not 1 <= stage.due_shards <= 64,
        "log_days": stage.log_days not in LOG_DAYS,
        "smtp_secret": bool(stage.smtp_host) != bool(stage.smtp_secret),
        "mail_from": bool(stage.smtp_host) and "@" not in stage.mail_from,
        "image": bool(stage.image) and not DIGEST.search(stage.image),
        "base_image": bool(stage.base_image) and not DIGEST.search(stage.base_image),
        "budget_usd": stage.budget_usd <= 0,
        "restored_table": bool(stage.restored_table)
        and not re.fullmatch(r"[A-Za-z0-9_.-]{3,255}", stage.restored_table),
        "standby_region": bool(stage.standby_region)
        and (not REGION.fullmatch(stage.standby_region) or stage.standby_region == stage.region),
        "takes_over": bool(stage.takes_over)
        and (not NAME.fullmatch(stage.takes_over) or stage.takes_over == stage.name),
        "sealing_key": not KEY_ARN.fullmatch(stage.sealing_key)
        if stage.takes_over
        else bool(stage.sealing_key),
    }
    for key, is_wrong in wrong.items():
        if is_wrong:
            raise StageError(f"{stage.name}.{key}: {getattr(stage, key)!r} cannot be used")
