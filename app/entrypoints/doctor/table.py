"""The table: reached, let in, ours, readable, writable, quick, and looked after."""

import secrets
import time
from statistics import median

from app.bootstrap.local import NOT_ON_AWS
from app.charging.errors import Conflict, StorageError, StorageUnavailable, StromError
from app.charging.ports import Absent, Delete, Equals, Item, Put
from app.entrypoints.doctor.findings import Finding, ok, problem, warning
from app.entrypoints.doctor.ground import Ground
from app.migrations import require_served_by_us
from app.records import keys
from app.records.codec import to_ms
from app.records.schema_version import KEY, SCHEMA_VERSION
from app.storage.schema import TableReport
from app.storage.translation import what_was_answered

NAME = "table"
SLOW_S = 0.25
_LOOKS = 5
_KEPT_S = 3600
"""A row that could not be removed again goes by itself."""


async def can_be_read(ground: Ground) -> bool:
    """Whether looking at what lies in it makes sense."""
    if ground.settings.embedded_tables:
        return False
    try:
        await ground.looked.tables.whole().get(KEY)
    except (StromError, ValueError):
        return False
    return True


async def look(ground: Ground) -> list[Finding]:
    """From whether anybody answers to whether it would survive a fire."""
    settings = ground.settings
    if settings.embedded_tables:
        seen = "The table is embedded in `strom serve` and forgets everything when that ends."
        return [
            warning(NAME, seen, "For keeps, run DynamoDB Local and set STROM_DYNAMODB_ENDPOINT.")
        ]
    try:
        report = await ground.looked.tables.report()
        if report is None:
            return [_missing(ground)]
        if not report.has_our_shape:
            seen = f"{_place(ground)} has another shape than Strom's table."
            return [problem(NAME, seen, "Give Strom a table of its own: STROM_TABLE.")]
        read_s = await _read(ground)
    except StromError as error:
        return [_unreachable(ground, error)]
    found = [*await _version(ground), *await _write(ground), *_kept(ground, report)]
    if read_s > SLOW_S:
        seen = f"A row takes {read_s * 1000:.0f} ms to read; drivers wait for a dozen of them."
        found.append(warning(NAME, seen, "Run Strom close to its table, or give that more power."))
    if any(each.state == "problem" for each in found):
        return found
    served = f"{_place(ground)} is read in {read_s * 1000:.0f} ms and written to"
    return [ok(NAME, f"{served}; it is of version {SCHEMA_VERSION}, ours."), *found]


def _place(ground: Ground) -> str:
    settings = ground.settings
    where = settings.dynamodb_endpoint or f"AWS, {settings.dynamodb_region}"
    return f"The table {settings.table} ({where})"


def _missing(ground: Ground) -> Finding:
    seen = f"{_place(ground)} does not exist."
    if ground.looked.aws is None and not ground.serving.is_there:
        do = "`strom serve` makes it at its first start; if it was there before, restore a backup."
        return warning(NAME, seen, do)
    return problem(NAME, seen, "Check STROM_TABLE, STROM_DYNAMODB_REGION and the endpoint.")


def _unreachable(ground: Ground, error: StromError) -> Finding:
    said = what_was_answered(error)
    if not said:
        seen = f"{_place(ground)} is not reached: {error}."
    else:
        seen = f"{_place(ground)} does not let us read: {said}."
    if is_of_the_clock(said):
        return problem(NAME, seen, "The clock of this machine is wrong: see there.")
    if said.startswith(("AccessDenied", "UnrecognizedClient", "InvalidSignature", "ExpiredToken")):
        return problem(NAME, seen, "Give this process the role or the keys that may use the table.")
    if said:
        return problem(NAME, seen, "Look at the table's own log, or AWS's health page.")
    if ground.settings.dynamodb_endpoint:
        do = "Start the table (`systemctl start strom-table`, `docker compose up -d table`)."
        return problem(NAME, seen, do)
    return problem(NAME, seen, f"Look at this machine's way to AWS; {NOT_ON_AWS}.")


def is_of_the_clock(said: str) -> bool:
    """Whether AWS refuses because a signature is of another time (it allows five minutes)."""
    return any(
        words in said
        for words in ("Signature expired", "not yet current", "RequestExpired", "Skew")
    )


async def _read(ground: Ground) -> float:
    """How long it takes, in the middle of a few."""
    taken = []
    for _ in range(_LOOKS):
        began = time.perf_counter()
        await ground.looked.tables.whole().get(KEY)
        taken.append(time.perf_counter() - began)
    return median(taken)


async def _version(ground: Ground) -> list[Finding]:
    try:
        require_served_by_us(await ground.looked.tables.whole().get(KEY))
    except Conflict as error:
        do = "Do what it says, with a backup at hand; until then Strom does not start."
        return [problem(NAME, f"{error.message}."[:1].upper() + f"{error.message}."[1:], do)]
    return []


async def _write(ground: Ground) -> list[Finding]:
    """A row of our own, written on a condition and removed again."""
    directory = ground.looked.tables.directory()
    key = keys.directory("doctor", secrets.token_hex(8))
    until_s = to_ms(ground.clock.now()) // 1000 + _KEPT_S
    mark = secrets.token_hex(8)
    row: Item = {"pk": key.pk, "sk": key.sk, "mark": mark, "expires_at": until_s}
    try:
        await directory.write([Put(row, Absent())])
        await directory.write([Delete(key, Equals({"mark": mark}))])
    except (StorageError, StorageUnavailable) as error:
        return [_unwritable(ground, error)]
    return []


def _unwritable(ground: Ground, error: StromError) -> Finding:
    said = what_was_answered(error)
    seen = f"{_place(ground)} can be read and not written to: {said or error}."
    if "AccessDenied" in said:
        do = "Let this role write (PutItem, UpdateItem, DeleteItem, TransactWriteItems)."
    elif ground.settings.dynamodb_endpoint:
        do = "Its disk may be full or read-only: make room there; then all goes on by itself."
    else:
        do = "Look at AWS's health page and at the table's limits."
    return problem(NAME, f"{seen} Nobody can pay and no charge can begin.", do)


def _kept(ground: Ground, report: TableReport) -> list[Finding]:
    found = []
    if report.expires_rows is False:
        seen = "Rows that have had their time are not removed (TTL is off)."
        found.append(warning(NAME, seen, "Switch TTL on for the attribute expires_at."))
    if report.recovers_to_a_moment is False and not ground.settings.dynamodb_endpoint:
        seen = "The table cannot be taken back to a moment (point-in-time recovery is off)."
        found.append(warning(NAME, seen, "Switch it on in the table's backup settings."))
    return found
