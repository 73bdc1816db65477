"""Every migration there has been, in order; each brings rows from the version before to its own.

None so far: version 1 is what the first release writes.
"""

from app.migrations.migrating import Migration

MIGRATIONS: tuple[Migration, ...] = ()
