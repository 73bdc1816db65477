"""Many chargers at once."""

from app.simulator.fleet.fleet import Fleet, FleetLife, fleet_identity

__all__ = ["Fleet", "FleetLife", "fleet_identity"]
