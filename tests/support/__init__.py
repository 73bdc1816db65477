"""What the tests stand on: real servers once per run, a guard, helpers."""
