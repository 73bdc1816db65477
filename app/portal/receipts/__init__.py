"""Receipts as people read them: on a page, as a PDF; for drivers and owners alike."""
