"""OCPP 2.0.1, and 2.1 as its superset: one translation file per action; `protocol` knows which."""
