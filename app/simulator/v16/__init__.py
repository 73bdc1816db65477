"""The charger in the words of OCPP 1.6J and its security whitepaper."""
