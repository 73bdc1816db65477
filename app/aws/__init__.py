"""Calls to AWS: signed by botocore, sent by httpx. No service's model is read, nothing blocks."""

from app.aws.calls import Aws, Refusal
from app.aws.credentials import Surroundings
from app.aws.signing import SignedRequests

__all__ = ["Aws", "Refusal", "SignedRequests", "Surroundings"]
