"""The domain: the life cycle of a charging session, its money and its prices.

Standard library only, no IO, no clock of its own. See ``docs/flow.md``.
"""
