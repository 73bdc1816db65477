"""The row that says how the table's rows are written, and whether they are all there.

=================  ==========================================================================
``version``        as the code wrote them that made the last migration
``restoring``      a backup is being restored: nobody may serve before it is done
``leased_until``   a migration is under way (milliseconds since 1970), by one process at a time
``cursor``         up to where it came, in the order of the table; to go on after a crash
=================  ==========================================================================
"""

from dataclasses import dataclass

from app.charging.ports import Item, Key
from app.records import keys

SCHEMA_VERSION = 1
"""How this code writes rows. One more, with a migration in `app.migrations`, whenever rows that
were written before could be misread."""

KEY = keys.directory("schema", "version")


@dataclass(frozen=True, slots=True)
class SchemaRow:
    """What stands in the row."""

    version: int
    restoring: str = ""
    cursor: Key | None = None

    @classmethod
    def read(cls, item: Item) -> "SchemaRow":
        """From the table."""
        version, cursor = item["version"], item.get("cursor")
        assert isinstance(version, int)
        place = Key(str(cursor[0]), str(cursor[1])) if isinstance(cursor, list) else None
        return cls(version, str(item.get("restoring", "")), place)

    def item(self) -> Item:
        """For the table; no lease and no cursor, which are set by updates."""
        row: Item = {"pk": KEY.pk, "sk": KEY.sk, "version": self.version}
        return row | ({"restoring": self.restoring} if self.restoring else {})
