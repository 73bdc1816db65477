"""The run's servers start, stay on loopback, and end with the one who wanted them."""

import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from tests.support import keeper, servers


def create_and_read(endpoint: str) -> None:
    client = boto3.client("dynamodb", endpoint_url=endpoint)
    table = f"servers-{uuid.uuid4().hex}"
    client.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.put_item(TableName=table, Item={"pk": {"S": "a"}, "n": {"N": "1"}})
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        client.put_item(
            TableName=table,
            Item={"pk": {"S": "a"}},
            ConditionExpression="attribute_not_exists(pk)",
        )
    assert client.get_item(TableName=table, Key={"pk": {"S": "a"}})["Item"]["n"] == {"N": "1"}
    client.delete_table(TableName=table)


def test_ministack_serves_tables(ministack_endpoint: str) -> None:
    create_and_read(ministack_endpoint)


def test_dynamodb_local_serves_tables(dynamodb_local_endpoint: str) -> None:
    create_and_read(dynamodb_local_endpoint)


LISTENING = "0A"


@pytest.mark.parametrize("name", ["lnbits", "ministack", "dynamodb-local"])
def test_a_server_listens_on_loopback_only(name: str) -> None:
    try:
        port = int(servers.shared(name).url.rpartition(":")[2])
    except servers.MissingPartError as reason:
        pytest.skip(str(reason))
    wanted = f":{port:04X}"
    bound = [
        fields[1]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        if Path(table).exists()
        for fields in map(str.split, Path(table).read_text().splitlines()[1:])
        if fields[1].endswith(wanted) and fields[3] == LISTENING
    ]
    assert bound
    # 127.0.0.1 as the kernel prints it, plain or mapped into IPv6
    assert all(address.partition(":")[0].endswith("0100007F") for address in bound)


SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


def children_of(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def eventually(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("how", ["asked to stop", "killed", "its owner is gone"])
def test_a_server_ends_with_its_keeper(how: str) -> None:
    owner = subprocess.Popen(SLEEPER)
    started = keeper.process_start(owner.pid)
    kept = subprocess.Popen(
        [sys.executable, keeper.__file__, str(owner.pid), str(started), "--", *SLEEPER]
    )
    try:
        eventually(lambda: bool(children_of(kept.pid)))
        (server,) = children_of(kept.pid)
        if how == "its owner is gone":
            owner.kill()
            owner.wait()
        else:
            kept.send_signal(signal.SIGTERM if how == "asked to stop" else signal.SIGKILL)
        kept.wait(10)
        eventually(lambda: keeper.process_start(server) is None)
    finally:
        for process in (owner, kept):
            process.kill()
            process.wait()


def test_a_test_may_take_and_stop_a_server_of_its_own(tmp_path: Path) -> None:
    with servers.start_ministack(tmp_path) as server:
        port = int(server.url.rpartition(":")[2])
        assert httpx.get(f"{server.url}/_ministack/health").is_success
        assert servers.listens(port)
    assert not servers.listens(port)
