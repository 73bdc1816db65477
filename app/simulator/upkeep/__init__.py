"""What is done to a charger from afar: firmware, logs, certificates."""
