"""Tariff elements as OCPI writes them: what the rooms share lies with the records."""

from app.records.tariff_language import as_json, elements_from, elements_from_text

__all__ = ["as_json", "elements_from", "elements_from_text"]
