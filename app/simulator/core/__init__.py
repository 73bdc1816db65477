"""What is true of a charger under every version of OCPP: cars, cables, energy, limits, rules."""
