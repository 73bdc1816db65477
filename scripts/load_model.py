"""What so many charge points ask of an installation on AWS: the model behind docs/load-plan.md."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

DAY_S, MONTH_H, MONTH_DAYS = 86_400, 730, 30.4
MONTH_S = MONTH_H * 3600


@dataclass(frozen=True, slots=True)
class Number:
    """What is reckoned with; ``how`` as load_numbers.toml says."""

    what: str
    value: float
    how: str
    source: str


def _read() -> dict[str, Number]:
    found = tomllib.loads(Path(__file__).with_name("load_numbers.toml").read_text())
    return {
        name: Number(each["what"], each["value"], each["how"], each["from"])
        for name, each in found.items()
    }


NUMBERS = _read()


def value(name: str) -> float:
    """A number by its name."""
    return NUMBERS[name].value


@dataclass(frozen=True, slots=True)
class Load:
    """What so many charge points ask for, a second at the busiest time unless it says otherwise."""

    chargers: int

    # --- what they do -------------------------------------------------------------------------

    @property
    def sessions_per_month(self) -> float:
        return self.chargers * value("sessions_a_day") * MONTH_DAYS

    @property
    def sessions_per_s(self) -> float:
        return self.chargers * value("sessions_a_day") / DAY_S * value("peak")

    @property
    def charging(self) -> float:
        """At the same time."""
        return self.sessions_per_s * value("session_minutes") * 60

    @property
    def messages_per_s(self) -> float:
        """Frames that edges answer: heartbeats, readings, and what begins and ends a session."""
        beats = self.chargers / value("heartbeat_s")
        readings = self.charging / value("reading_s")
        return beats + readings + self.sessions_per_s * value("frames_a_session")

    # --- edges --------------------------------------------------------------------------------

    @property
    def zones(self) -> int:
        return 3 if self.chargers > 10_000 else 2

    @property
    def per_task(self) -> int:
        """So many that those of a lost zone find room on the tasks of the others."""
        return int(value("most_per_task") * (self.zones - 1) / self.zones)

    @property
    def tasks(self) -> int:
        return max(
            self.zones if self.chargers > 100 else 1, math.ceil(self.chargers / self.per_task)
        )

    @property
    def edge_memory_mb(self) -> float:
        """Of one task that holds as many as it may."""
        return value("edge_base_mb") + value("most_per_task") * value("connection_kib") / 1024

    @property
    def edge_cpu(self) -> float:
        """Of one task's core, all tasks sharing evenly."""
        return self.messages_per_s / self.tasks * value("message_cpu_ms") / 1000

    @property
    def back_after_zone_s(self) -> float:
        """Until everybody of a lost zone is back, as fast as the other edges let them in."""
        left = max(1, self.tasks * (self.zones - 1) // self.zones)
        return self.lost_with_zone / (left * value("connects_per_s"))

    @property
    def lost_with_zone(self) -> float:
        return self.chargers / self.zones if self.tasks > 1 else self.chargers

    @property
    def connects_per_s(self) -> float:
        """After a zone was lost; charge points spread their coming back themselves as well."""
        return self.lost_with_zone / max(value("storm_s"), self.back_after_zone_s)

    # --- functions, table, queues ----------------------------------------------------------------

    @property
    def requests_per_s(self) -> float:
        """Of drivers' wallets and browsers."""
        return self.sessions_per_s * value("requests_a_session")

    @property
    def app_calls_per_s(self) -> float:
        return self.sessions_per_s * value("app_calls_a_session")

    @property
    def concurrency(self) -> float:
        """Functions that run at the same time on a busy day."""
        edges = self.app_calls_per_s * value("internal_s")
        drivers = self.requests_per_s * value("request_s")
        return edges + drivers + self.performs_per_s * value("perform_s")

    @property
    def storm_concurrency(self) -> float:
        """And while everybody of a lost zone comes back."""
        calls = self.connects_per_s * value("calls_a_connect")
        return self.concurrency + calls * value("internal_s")

    @property
    def performs_per_s(self) -> float:
        """Messages of the perform queue: the refund, and looks at invoices not paid yet."""
        return self.sessions_per_s * (value("performs_a_session") + value("looks_an_invoice"))

    @property
    def writes_per_s(self) -> float:
        return self.sessions_per_s * value("write_units")

    @property
    def reads_per_s(self) -> float:
        return self.sessions_per_s * value("read_units")

    @property
    def storm_writes_per_s(self) -> float:
        return self.writes_per_s + self.connects_per_s * value("writes_a_connect")

    @property
    def stored_gb(self) -> float:
        """After a year."""
        return self.sessions_per_month * 12 * value("stored_bytes") / 1e9

    @property
    def partitions(self) -> int:
        """At least; DynamoDB divides by load and by size."""
        return max(
            math.ceil(self.writes_per_s / value("partition_writes")),
            math.ceil(self.reads_per_s / value("partition_reads")),
            math.ceil(self.stored_gb / value("partition_gb")),
        )

    @property
    def shards(self) -> int:
        """Of what is due: by its index's writes, and by how fast a shard is emptied; half full."""
        by_writes = self.sessions_per_s * value("index_writes") / value("partition_writes")
        by_looks = self.sessions_per_s * value("looks_an_invoice") / value("shard_per_s")
        return max(1, math.ceil(2 * max(by_writes, by_looks)))

    # --- owners -------------------------------------------------------------------------------

    @property
    def owners(self) -> float:
        return self.chargers / value("chargers_an_owner")

    @property
    def largest(self) -> Load:
        """The largest owner's part."""
        return Load(max(1, int(self.chargers * value("largest_owner"))))

    @property
    def open_sessions(self) -> float:
        """Under way, or ended with a refund that nobody has claimed yet."""
        a_day = self.chargers * value("sessions_a_day")
        return self.charging + a_day * value("unclaimed") * value("unclaimed_days")

    @property
    def watch_s(self) -> int:
        """How often each wallet is looked at: hourly, or as often as eight at once allow."""
        wanted = self.owners * value("look_s") / value("looks_at_once")
        return next(
            each for each in (3600, 7200, 14_400, 86_400) if each > wanted or each == 86_400
        )

    # --- a month's dollars ----------------------------------------------------------------------

    @property
    def costs(self) -> dict[str, float]:
        """By what is paid for."""
        sessions, logs = self.sessions_per_month, value("log_gb")
        a_look = (
            value("lambda_call")
            + value("look_s") * value("lambda_gb_s")
            + 2 * self.open_sessions / self.owners * value("read_price")
            + value("write_price")
        )
        connections = max(1.0, self.chargers / value("nlcu_connections"))
        lines = value("drops_a_day") * MONTH_DAYS * value("connect_log_bytes")
        return {
            "charging sessions (bench.cost)": sessions * value("session_cost"),
            "requests through the front": sessions
            * value("requests_a_session")
            * value("request_price"),
            "edges": self.tasks * value("task_price"),
            "load balancer": value("balancer_price") + connections * value("nlcu_price") * MONTH_H,
            "rows kept, after a year": self.stored_gb * value("gb_price"),
            "watch over wallets": self.owners * MONTH_S / self.watch_s * a_look,
            "edges' queues and leases": self.tasks * value("edge_calls_price"),
            "logs of connections": self.chargers * lines / 1e9 * logs,
            "traffic out": self.chargers * value("traffic_gb") * value("traffic_price"),
            "what is there without a charge": value("fixed_price"),
        }

    @property
    def cost(self) -> float:
        return sum(self.costs.values())


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that ends somewhere."""

    what: str
    at: float
    needs: Callable[[Load], float]
    cure: str


LIMITS = (
    Limit("functions at once, in the account", value("lambda_quota"),
          lambda at: at.storm_concurrency,
          "the quota (L-B99A9384), to 10,000, before 100,000"),
    Limit("vCPU on Fargate, in the account", value("fargate_quota"), lambda at: 2 * at.tasks + 1,
          "the quota (L-3032A538): twice the tasks, because a deploy begins new ones first"),
    Limit("edge tasks (`edge_tasks`, as in the example of prod)", 20, lambda at: 1.5 * at.tasks,
          "`edge_tasks`, at most 500"),
    Limit("requests of drivers a second (`requests_per_s`)", 500, lambda at: 2 * at.requests_per_s,
          "`requests_per_s`, at most 10,000, the account's quota"),
    Limit("batches performed at once (`performs_at_once`)", 50,
          lambda at: 2 * at.performs_per_s * value("perform_s") / value("messages_a_batch"),
          "`performs_at_once`, at most 1,000"),
    Limit("shards of what is due (`due_shards`)", 1, lambda at: at.shards,
          "`due_shards`, at most 64; never fewer again"),
    Limit("write units a second a new table takes at once", value("new_table_writes"),
          lambda at: at.storm_writes_per_s, "`aws dynamodb update-table --warm-throughput`"),
    Limit("write units a second of a table, in the account", value("table_quota"),
          lambda at: at.storm_writes_per_s, "the table's quota, adjustable"),
    Limit("targets of the load balancer, in a zone", value("nlb_targets"),
          lambda at: at.tasks / at.zones, "a second service and name"),
    Limit("KMS requests a second, in the account", value("kms_quota"),
          lambda at: at.performs_per_s + at.sessions_per_s, "the quota, adjustable"),
    Limit("the largest owner: reads a second of its own partition", value("partition_reads"),
          lambda at: at.largest.sessions_per_s * value("tenant_reads"), "memory in the functions"),
    Limit("the largest owner: seals a second, one after another", value("seals_per_s"),
          lambda at: at.largest.sessions_per_s, "a chain for each of several parts of an owner"),
    Limit("the largest owner: open sessions summed up while a driver waits",
          value("summed_sessions"), lambda at: at.largest.open_sessions,
          "nothing: past it the watch alone tells that a wallet is short"),
    Limit("an edge's row: reads a second", value("partition_reads"),
          lambda at: (at.sessions_per_s * value("edge_row_reads")) / at.tasks, "more edges"),
)  # fmt: skip
"""At its default, in the order of the journey."""
