"""What a tenant has: frozen records, their keys, and the repositories that keep them.

Repositories work above the ``Tables`` port alone, every method takes the tenant first. The rooms
share these; the engines below the port live in ``app.storage``.
"""
