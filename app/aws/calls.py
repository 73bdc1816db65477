"""One call of an AWS service that speaks JSON: SQS, KMS, Secrets Manager; and Lambda's Invoke."""

import asyncio
import random
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

from app.aws.credentials import Surroundings
from app.aws.signing import sign
from app.charging.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Service:
    """How a service is spoken to."""

    name: str
    """In its address and in signatures."""
    target: str
    """What its operations' names begin with."""
    version: str
    """Of AWS's JSON protocol."""


SQS = Service("sqs", "AmazonSQS", "1.0")
KMS = Service("kms", "TrentService", "1.1")
SECRETS = Service("secretsmanager", "secretsmanager", "1.1")

_PAUSES_S = (0.05, 0.2)
_PASSING = frozenset(
    {"ThrottlingException", "RequestThrottled", "InternalError", "InternalFailure", "KMSInternal"}
)


class Refusal(Unavailable):
    """AWS has answered no; ``code`` is its word for why."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(f"AWS refuses {what} ({code})")
        self.code = code


@dataclass(frozen=True, slots=True)
class Aws:
    """AWS in one region. ``endpoint`` stands for all of it where there is an emulator."""

    region: str
    http: httpx.AsyncClient = field(repr=False)
    credentials: Surroundings = field(repr=False)
    endpoint: str = ""

    async def call(
        self,
        service: Service,
        operation: str,
        parameters: Mapping[str, Any],
        *,
        timeout_s: float = 5,
    ) -> dict[str, Any]:
        """Do it, again where that may help; raises ``Refusal`` or ``Unavailable``."""
        headers = {
            "content-type": f"application/x-amz-json-{service.version}",
            "x-amz-target": f"{service.target}.{operation}",
        }
        body = msgspec.json.encode(parameters)
        for pause_s in _PAUSES_S:
            try:
                return await self._post(service.name, operation, headers, body, timeout_s)
            except Refusal as refusal:
                if refusal.code not in _PASSING:
                    raise
            except Unavailable:
                pass
            await asyncio.sleep(pause_s * random.uniform(0.5, 1))  # noqa: S311  # a pause
        return await self._post(service.name, operation, headers, body, timeout_s)

    async def invoke(self, function: str, payload: bytes, *, timeout_s: float) -> bytes:
        """What a Lambda function returns, asked once; raises ``Unavailable`` where it failed."""
        url = f"{self._url('lambda')}/2015-03-31/functions/{function}/invocations"
        response = await self._send("lambda", url, {}, payload, timeout_s)
        if response.status_code != 200 or "x-amz-function-error" in response.headers:
            raise Unavailable("another part of Strom could not do this; please try again")
        return response.content

    async def _post(
        self, service: str, operation: str, headers: dict[str, str], body: bytes, timeout_s: float
    ) -> dict[str, Any]:
        response = await self._send(service, f"{self._url(service)}/", headers, body, timeout_s)
        answer = _read(response.content)
        if response.status_code == 200:
            return answer
        if response.status_code >= 500:
            raise Unavailable(f"AWS does not answer {operation} ({response.status_code})")
        raise Refusal(_code(answer), operation)

    async def _send(
        self, service: str, url: str, headers: dict[str, str], body: bytes, timeout_s: float
    ) -> httpx.Response:
        request = self.http.build_request(
            "POST", url, content=body, headers=headers, timeout=timeout_s
        )
        sign(request, await self.credentials.frozen(), service, self.region)
        try:
            return await self.http.send(request)
        except (httpx.HTTPError, OSError) as error:
            raise Unavailable(f"AWS cannot be reached ({type(error).__name__})") from error

    def _url(self, service: str) -> str:
        return self.endpoint or f"https://{service}.{self.region}.amazonaws.com"


def aws_client(tls: ssl.SSLContext | None = None) -> httpx.AsyncClient:
    """The HTTP client for AWS alone: no proxy, few idle connections, closed before AWS does.

    ``tls``: where this process has read its authorities already, which takes some 15 ms.
    """
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=4)
    return httpx.AsyncClient(
        limits=limits, timeout=10, follow_redirects=False, trust_env=False, verify=tls or True
    )


def _read(content: bytes) -> dict[str, Any]:
    try:
        answer = msgspec.json.decode(content) if content else {}
    except msgspec.DecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _code(answer: Mapping[str, Any]) -> str:
    """Its last part: ``com.amazonaws.sqs#QueueDoesNotExist``."""
    return str(answer.get("__type", "unknown")).rpartition("#")[2]
