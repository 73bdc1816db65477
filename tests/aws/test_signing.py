"""What we sign is what AWS checks: computed once more as AWS's documents say it is."""

from __future__ import annotations

import httpx
from botocore.credentials import Credentials

from app.aws import SignedRequests, Surroundings
from tests.support.cloud.signatures import expected

KEYS = Credentials("AKID", "secret", "the token")


def signature_of(request: httpx.Request, secret: str, region: str, service: str) -> str:
    """As AWS computes it."""
    return expected(
        request.method,
        request.url.path,
        request.url.query.decode(),
        request.headers,
        request.content,
        secret=secret,
        region=region,
        service=service,
    )


async def sent(method: str, url: str, content: bytes) -> httpx.Request:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204)

    auth = SignedRequests(Surroundings(lambda: KEYS), "lambda", "eu-central-1")
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), auth=auth) as client:
        headers = {"content-type": "application/json", "x-request-id": "not signed"}
        await client.request(method, url, content=content, headers=headers)
    return seen[0]


async def test_the_edges_requests_carry_a_signature_that_aws_can_check() -> None:
    request = await sent("POST", "https://id.lambda-url.example/internal/messages", b'{"a": 1}')

    said = request.headers["authorization"].rpartition("Signature=")[2]
    assert said == signature_of(request, "secret", "eu-central-1", "lambda")
    assert request.headers["x-amz-security-token"] == "the token"
    assert "x-request-id" not in request.headers["authorization"]
    assert request.content == b'{"a": 1}'


async def test_another_body_has_another_signature() -> None:
    one = await sent("POST", "https://id.lambda-url.example/internal/lease", b"1")
    other = await sent("POST", "https://id.lambda-url.example/internal/lease", b"2")
    other.headers["x-amz-date"] = one.headers["x-amz-date"]
    tampered = signature_of(other, "secret", "eu-central-1", "lambda")
    assert one.headers["authorization"].rpartition("Signature=")[2] != tampered
