"""The HTTP apps, a module for each surface: what wallets, what browsers and programs, what edges
reach; ``public`` is what the world reaches of one process. None imports what another answers with.
"""
