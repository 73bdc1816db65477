"""AWS on this machine: the run's ministack, as `app.aws` sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from botocore.credentials import Credentials

from app.aws import Aws, Surroundings
from app.aws.calls import aws_client

REGION = "eu-central-1"


@asynccontextmanager
async def local_aws(endpoint: str) -> AsyncIterator[Aws]:
    """Calls to the emulator at an address, with keys that it takes."""
    async with aws_client() as http:
        keys = Surroundings(lambda: Credentials("testing", "testing"))
        yield Aws(REGION, http, keys, endpoint)
