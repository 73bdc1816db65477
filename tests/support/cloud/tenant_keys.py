"""What AWS checks of who asks for a tenant's rows: STS's sessions, and LeadingKeys in two policies.

ministack hands out sessions and asks no policy. Here a tenant's rows are for a session of the role
that was assumed with this tenant as its tag, and for nobody else; the process's own keys are for
the directory and the due index (`infra/cdk/tenancy.py` and `surfaces.py` say so for lnurl and
portal). What was let through is written down, a line each, for a journey to read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree

from tests.support.cloud.signatures import is_signed

OWN = ("local", "local")
"""Key and secret that `app.bootstrap.on_aws` gives a process where DynamoDB is an emulator."""
TENANT = re.compile(r"T#([^#]+)#")
BOUND = re.compile(r"=\s*(:\w+)")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was let through."""

    surface: str
    rows_of: str
    """The tenant, or nothing where no tenant's rows were named."""
    session_of: str
    """The tag of the session whose token it carries, or nothing."""


@dataclass(frozen=True, slots=True)
class Session:
    """What AssumeRole gave."""

    tenant: str
    role: str
    secret: str
    token: str


class TenantKeys:
    """Sessions by access key, and what is asked with them."""

    def __init__(self, region: str, role: str, written: Path) -> None:
        self._region, self._role, self._written = region, role, written
        self._sessions: dict[str, Session] = {}

    def given(self, asked: bytes, answer: bytes) -> None:
        """Remember what STS answered; anything but AssumeRole is none of ours."""
        said = {name: values[0] for name, values in parse_qs(asked.decode()).items()}
        if said.get("Action") != "AssumeRole":
            return
        found = {
            each.tag.rpartition("}")[2]: each.text or ""
            for each in ElementTree.fromstring(answer).iter()
        }
        assert said["Tags.member.1.Key"] == "tenant", said
        self._sessions[found["AccessKeyId"]] = Session(
            said["Tags.member.1.Value"],
            said["RoleArn"],
            found["SecretAccessKey"],
            found["SessionToken"],
        )

    def allows(self, surface: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether these keys reach these rows, with a signature that is theirs."""
        found = re.search(r"Credential=([^/]+)/", headers.get("authorization", ""))
        session = self._sessions.get(found[1]) if found else None
        own, own_secret = OWN
        if found is None or (session is None and found[1] != own):
            return False
        secret = session.secret if session else own_secret
        token = session.token if session else None
        if headers.get("x-amz-security-token") != token or not is_signed(
            "POST", "/", "", headers, body, secret=secret, region=self._region, service="dynamodb"
        ):
            return False
        if session is not None and session.role != self._role:
            return False
        tag = session.tenant if session else ""
        owners = {_owner(key) for key in partition_keys(json.loads(body))}
        if owners - {tag}:
            return False
        for owner in owners:
            self._write(Asked(surface, owner, tag))
        return True

    def _write(self, asked: Asked) -> None:
        with self._written.open("a") as lines:
            lines.write(json.dumps(asdict(asked)) + "\n")


def read(written: Path) -> list[Asked]:
    """What was let through so far."""
    return [Asked(**json.loads(line)) for line in written.read_text().splitlines()]


def partition_keys(asked: Any) -> Iterator[str]:
    """Those that a request to DynamoDB names: in keys, in items, in what a query binds first."""
    if isinstance(asked, list):
        for each in asked:
            yield from partition_keys(each)
    elif isinstance(asked, dict):
        if isinstance(asked.get("pk"), dict):
            yield asked["pk"]["S"]
        elif "KeyConditionExpression" in asked:
            bound = BOUND.search(asked["KeyConditionExpression"])
            assert bound is not None, asked
            yield asked["ExpressionAttributeValues"][bound[1]]["S"]
        else:
            for each in asked.values():
                yield from partition_keys(each)


def _owner(key: str) -> str:
    found = TENANT.match(key)
    return found[1] if found else ""
