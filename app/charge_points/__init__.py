"""The owner's chargers: registry, status, configuration, commands, what the edge calls."""
