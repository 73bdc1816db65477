"""Receipts: what a charge has cost, shown so that anybody can reckon it again."""

from app.checkout.receipts.again import Again, price_again
from app.checkout.receipts.document import FORMAT, RULES, Receipt, decode, encode
from app.checkout.receipts.making import Receipts

__all__ = ["FORMAT", "RULES", "Again", "Receipt", "Receipts", "decode", "encode", "price_again"]
