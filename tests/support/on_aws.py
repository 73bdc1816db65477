"""Strom's installation on the run's ministack: table, key, secrets, queues, and their settings."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import structs

from app.aws.calls import KMS, SECRETS, SQS, Aws
from app.settings import DEFAULTS, Settings, read_settings
from app.storage.connection import Credentials, Endpoint
from app.storage.dynamo import DynamoTables
from tests.support.aws import REGION, local_aws

FRONT_KEY = "f" * 48


@dataclass(frozen=True)
class Installation:
    """What the stacks would have made, under names of its own."""

    settings: Settings
    endpoint: str

    @property
    def environment(self) -> dict[str, str]:
        """The settings as a process is told them."""
        told = structs.asdict(self.settings)
        return {
            f"STROM_{key.upper()}": json.dumps({k: str(v) for k, v in value.items()})
            if isinstance(value, dict)
            else str(value)
            for key, value in told.items()
            if value != DEFAULTS[key]
        }

    def settings_with(self, **changes: Any) -> Settings:
        return self.settings.changed(**changes)


async def install(endpoint: str, folder: Path) -> Installation:
    name = f"strom-{uuid.uuid4().hex[:8]}"
    tables = DynamoTables(Endpoint(REGION, endpoint, Credentials("local", "local")), name)
    await tables.ensure_table()
    tables.close()
    async with local_aws(endpoint) as aws:
        settings = read_settings(
            data_dir=folder,
            public_base_url="https://strom.example",
            dynamodb_endpoint=endpoint,
            dynamodb_region=REGION,
            table=name,
            aws_endpoint=endpoint,
            fixed_rates={"EUR": 1_000_000},
            kms_key=(await aws.call(KMS, "CreateKey", {}))["KeyMetadata"]["Arn"],
            server_key_secret=await _secret(aws, f"{name}-server", "s" * 64),
            front_secret=await _secret(aws, f"{name}-front", FRONT_KEY),
            perform_queue_url=await _queue(aws, f"{name}-perform"),
            edge_queue_prefix=f"{name}-edge-",
        )
    return Installation(settings, endpoint)


async def make_queue(endpoint: str, name: str) -> str:
    """Another queue; returns its URL."""
    async with local_aws(endpoint) as aws:
        return await _queue(aws, name)


async def _secret(aws: Aws, name: str, text: str) -> str:
    await aws.call(SECRETS, "CreateSecret", {"Name": name, "SecretString": text})
    return name


async def _queue(aws: Aws, name: str) -> str:
    return str((await aws.call(SQS, "CreateQueue", {"QueueName": name}))["QueueUrl"])


def http_event(
    method: str,
    path: str,
    *,
    headers: dict[str, str] | None = None,
    body: str = "",
    query: str = "",
    source: str = "203.0.113.9",
) -> dict[str, Any]:
    """What API Gateway's HTTP API and a Function URL send (payload format 2.0)."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "origin.strom.example", **(headers or {})},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "api",
            "domainName": "origin.strom.example",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": source,
                "userAgent": "test",
            },
            "requestId": "1",
            "stage": "$default",
        },
        "body": body or None,
        "isBase64Encoded": False,
    }
