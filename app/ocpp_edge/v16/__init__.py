"""OCPP 1.6: one translation file per action; `protocol` knows which."""
