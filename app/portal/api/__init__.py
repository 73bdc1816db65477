"""The REST API for owners' programs, under ``/api/v1``."""
