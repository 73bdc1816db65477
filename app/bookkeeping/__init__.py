"""What anyone may check: seals over settled ledgers, the audit, the export for the books."""
