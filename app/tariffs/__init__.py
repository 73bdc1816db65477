"""Prices from outside: exchange rates now, spot prices later.

The pure pricing is in ``app.charging.pricing``. A source is one file; what it says carries the time
it was taken, and what is stale is refused, never papered over.
"""
