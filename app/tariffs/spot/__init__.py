"""What energy costs hour by hour: from an exchange, a dynamic contract, an inverter.

A source (one file each in ``feeds``, behind ``port.SpotSource``) reads an answer into ``told.Told``
and lets ``told.series_of`` make a series of it; ``accepting`` judges each of its days against what
was asked and known; ``prices.SpotPrices`` keeps them; ``sources.SpotSources`` is what an owner sets
up.
"""
