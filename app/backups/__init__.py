"""Backups: the whole table and the key files in one encrypted file, and back again."""
