"""Bringing rows that an older Strom wrote into today's form."""

from app.migrations.migrating import Migration, Migrator, require_served_by_us

__all__ = ["Migration", "Migrator", "require_served_by_us"]
