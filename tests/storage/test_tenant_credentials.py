"""Whose keys sign which request: what AWS sees, read from the wire."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.credentials import Credentials as BotocoreCredentials
from botocore.exceptions import ClientError

from app.aws import Surroundings
from app.aws.sts import Sts as AwsSts
from app.charging.ports import Key, Put
from app.storage.connection import Credentials, Endpoint
from app.storage.dynamo import DynamoTables
from app.storage.tenant_credentials import TenantCredentials

ROLE = "arn:aws:iam::000000000000:role/strom-tenant"


class Sts:
    """Gives keys that are named after the tag; counts how often."""

    def __init__(self, life: timedelta = timedelta(hours=1)) -> None:
        self.asked: list[Mapping[str, Any]] = []
        self._life = life

    def assume_role(self, **parameters: Any) -> Mapping[str, Any]:
        self.asked.append(parameters)
        tenant = parameters["Tags"][0]["Value"]
        return {
            "Credentials": {
                "AccessKeyId": f"KEY-OF-{tenant}",
                "SecretAccessKey": "x",
                "SessionToken": f"token of {tenant}",
                "Expiration": datetime.now(UTC) + self._life,
            }
        }


class Wire:
    """A DynamoDB that answers nothing of use, and remembers who signed."""

    def __init__(self) -> None:
        self.signed_by: list[tuple[str, str, str | None]] = []
        wire = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                sent = json.loads(self.rfile.read(length))
                found = re.search(r"Credential=([^/]+)/", self.headers["authorization"])
                assert found is not None
                key = sent.get("Key") or sent.get("Item") or {}
                pk = key.get("pk", {}).get("S", "")
                wire.signed_by.append((pk, found[1], self.headers.get("x-amz-security-token")))
                body = json.dumps({"Items": [], "Count": 0} if "Limit" in sent else {}).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 64

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    thread = threading.Thread(target=wire.server.serve_forever, daemon=True)
    thread.start()
    yield wire
    wire.server.shutdown()
    wire.server.server_close()


def tables_at(url: str, credentials: TenantCredentials) -> DynamoTables:
    own = Credentials("KEY-OF-PROCESS", "x")
    return DynamoTables(Endpoint("eu-central-1", url, own, tenant_credentials=credentials), "strom")


async def test_each_tenants_rows_are_asked_for_with_keys_of_its_own(wire: Wire) -> None:
    sts = Sts()
    tables = tables_at(wire.url, TenantCredentials(lambda: sts, ROLE))
    one, other = Key("T#one#", "A"), Key("T#other#", "A")
    await asyncio.gather(
        *(tables.tenant(key.pk.split("#")[1]).get(key) for key in (one, other) * 10)
    )
    await tables.tenant("one").write([Put({"pk": one.pk, "sk": "B"})])
    tables.close()

    assert set(wire.signed_by) == {
        (one.pk, "KEY-OF-one", "token of one"),
        (other.pk, "KEY-OF-other", "token of other"),
    }
    assert {each["RoleArn"] for each in sts.asked} == {ROLE}
    assert {each["Tags"][0]["Value"] for each in sts.asked} == {"one", "other"}


async def test_directory_and_due_index_are_the_processs_own(wire: Wire) -> None:
    sts = Sts()
    tables = tables_at(wire.url, TenantCredentials(lambda: sts, ROLE))
    await tables.directory().get(Key("G#login#a", "-"))
    await tables.due().query_due("DUE#0", until_ms=1)
    tables.close()

    assert {key for _, key, _ in wire.signed_by} == {"KEY-OF-PROCESS"}
    assert not sts.asked


async def test_keys_are_kept_and_renewed_before_they_end(wire: Wire) -> None:
    times = [0.0]
    sts = Sts()
    tables = tables_at(wire.url, TenantCredentials(lambda: sts, ROLE, lambda: times[-1]))
    for now, asked in ((0.0, 1), (3200.0, 1), (3400.0, 2)):
        times.append(now)
        await tables.tenant("one").get(Key("T#one#", "A"))
        assert len(sts.asked) == asked
    tables.close()


async def test_a_tenant_whose_role_cannot_be_assumed_is_not_read_with_other_keys(
    wire: Wire,
) -> None:
    class Refusing:
        def assume_role(self, **_: object) -> Mapping[str, Any]:
            raise PermissionError("not this tenant")

    tables = tables_at(wire.url, TenantCredentials(Refusing, ROLE))
    with pytest.raises(PermissionError):
        await tables.tenant("one").get(Key("T#one#", "A"))
    tables.close()
    assert wire.signed_by == []


def test_the_emulators_sts_takes_what_we_ask(ministack_endpoint: str) -> None:
    surroundings = Surroundings(lambda: BotocoreCredentials("testing", "testing"))
    sts = AwsSts("eu-central-1", surroundings, ministack_endpoint)
    keys = TenantCredentials(lambda: sts, ROLE).of("abc")
    assert keys.access_key != "testing"
    assert keys.token


class Answers:
    """STS as it answers in turn."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def send(self, request: Any) -> Any:
        self.asked.append(request.body)
        status, content = self.answers.pop(0)
        return SimpleNamespace(status_code=status, content=content.encode())


GRANTED = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
<SessionToken>t</SessionToken><Expiration>2026-03-01T13:00:00Z</Expiration></Credentials>
</AssumeRoleResult></AssumeRoleResponse>"""
DENIED = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>
<Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>"""


def asked_of(answers: Answers) -> Mapping[str, Any]:
    surroundings = Surroundings(lambda: BotocoreCredentials("testing", "testing"))
    sts = AwsSts("eu-central-1", surroundings, _http=answers)  # type: ignore[arg-type]
    return sts.assume_role(RoleArn=ROLE, Tags=[{"Key": "tenant", "Value": "a b"}])


def test_sts_is_asked_again_where_it_failed_and_not_where_it_refused() -> None:
    once = Answers((503, "busy"), (200, GRANTED))
    found = asked_of(once)["Credentials"]
    assert (found["AccessKeyId"], found["SessionToken"]) == ("ASIA", "t")
    assert found["Expiration"] == datetime(2026, 3, 1, 13, tzinfo=UTC)
    assert len(once.asked) == 2
    assert "Tags.member.1.Key=tenant&Tags.member.1.Value=a+b" in once.asked[0]

    refused = Answers((403, DENIED))
    with pytest.raises(ClientError, match="AccessDenied"):
        asked_of(refused)
    with pytest.raises(ClientError):
        asked_of(Answers(*[(503, "busy")] * 3))
