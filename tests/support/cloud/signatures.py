"""Signature Version 4, checked as AWS says it is to be computed."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping


def expected(
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    secret: str,
    region: str,
    service: str,
) -> str:
    """The signature over the headers that the request says are signed; names in lower case."""
    parts = headers["authorization"].partition(" ")[2].split(", ")
    fields = dict(part.split("=", 1) for part in parts)
    names = fields["SignedHeaders"].split(";")
    date = headers["x-amz-date"]
    scope = f"{date[:8]}/{region}/{service}/aws4_request"
    assert fields["Credential"].endswith(f"/{scope}"), fields["Credential"]
    canonical = "\n".join(
        [
            method,
            path,
            query,
            *(f"{name}:{headers[name]}" for name in names),
            "",
            ";".join(names),
            hashlib.sha256(body).hexdigest(),
        ]
    )
    to_sign = "\n".join(
        ["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()]
    )
    key = f"AWS4{secret}".encode()
    for part in (date[:8], region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, to_sign.encode(), "sha256").hexdigest()


def is_signed(
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    secret: str,
    region: str,
    service: str,
) -> bool:
    """Whether a request carries the signature that it should."""
    if "authorization" not in headers or "x-amz-date" not in headers:
        return False
    wanted = expected(
        method, path, query, headers, body, secret=secret, region=region, service=service
    )
    said = headers["authorization"].rpartition("Signature=")[2]
    return hmac.compare_digest(said, wanted)
