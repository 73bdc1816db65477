"""The last backup. Nobody misses one before it is needed."""

from datetime import timedelta

from app.entrypoints.doctor.findings import Finding, ok, warning
from app.entrypoints.doctor.ground import Ground
from app.records.backups_taken import BackupsTaken

NAME = "backups"
OLD = timedelta(days=8)


async def look(ground: Ground) -> list[Finding]:
    """On AWS the table's own recovery stands in its place, and is looked at with it."""
    if ground.looked.aws is not None or not ground.settings.dynamodb_endpoint:
        return []
    last = await BackupsTaken(ground.looked.tables).last()
    do = "Take one with `strom backup`, each night if you can, and keep it on another machine."
    if last is None:
        return [warning(NAME, "No backup was ever taken with `strom backup`.", do)]
    age = ground.clock.now() - last
    if age > OLD:
        return [warning(NAME, f"The last backup is {age.days} days old.", do)]
    return [ok(NAME, f"The last one was taken {last:%d %b %Y %H:%M} UTC.")]
