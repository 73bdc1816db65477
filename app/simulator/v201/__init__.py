"""The charger in the words of OCPP 2.0.1, which 2.1 understands too."""
