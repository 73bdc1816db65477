"""The table in DynamoDB, through PynamoDB, whose calls block: they run in threads of their own.

A request is built where it is asked for and sent in a thread, which enters the call's scope
first, so that the guard sees it. Cancelling the caller does not stop a write that was sent.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from pynamodb.connection import Connection
from pynamodb.exceptions import TableError

from app.charging.errors import StorageThrottled, StorageUncertain
from app.charging.ports import Item, Key, Operation, Page
from app.storage.connection import Endpoint, GuardedConnection
from app.storage.guard import within
from app.storage.requests import Request, Requests
from app.storage.schema import TableReport, ensure_table, meta_table, report
from app.storage.scope import Scope, ScopedTables
from app.storage.translation import translate
from app.storage.values import decode, decode_item

T = TypeVar("T")

_THROTTLED_S = (0.05, 0.15)
"""After so long a read that was throttled is asked again."""


class DynamoTables(ScopedTables):
    """The ``Tables`` port on DynamoDB or anything that speaks its protocol."""

    def __init__(self, endpoint: Endpoint, table: str) -> None:
        self._engine = _DynamoEngine(endpoint, table)
        super().__init__(self._engine)

    async def ensure_table(self) -> None:
        """Make the table if it is absent. Raises ``Unavailable`` when nobody answers."""
        await self._engine.ensure_table()

    async def report(self) -> TableReport | None:
        """How the table is, None where there is none. Raises ``Unavailable``; makes nothing."""
        return await self._engine.report()

    def prepare(self) -> None:
        """Make the client now, not with the first request; nothing is opened."""
        self._engine.prepare()

    def close(self) -> None:
        """Let go of threads and connections; a write under way is still finished."""
        self._engine.close()


class _DynamoEngine:
    def __init__(self, endpoint: Endpoint, table: str) -> None:
        self._table = table
        self._read_attempts = endpoint.read_attempts
        self._connection = GuardedConnection(endpoint)
        self._connection.add_meta_table(meta_table(table))
        self._requests = Requests(self._connection, table)
        self._threads = ThreadPoolExecutor(endpoint.threads, thread_name_prefix="storage")

    async def get(self, scope: Scope, key: Key, *, consistent: bool) -> Item | None:
        answer = await self._read(scope, self._requests.get(key, consistent=consistent))
        return decode_item(answer["Item"]) if "Item" in answer else None

    async def query(
        self,
        scope: Scope,
        pk: str,
        *,
        sk_prefix: str,
        start: Key | None,
        limit: int,
        newest_first: bool,
    ) -> Page:
        # One row more than wanted tells whether there is a next page.
        request = self._requests.query(
            pk, sk_prefix=sk_prefix, start=start, limit=limit + 1, newest_first=newest_first
        )
        answer = await self._read(scope, request)
        items = answer["Items"]
        last = items[limit - 1] if len(items) > limit else answer.get("LastEvaluatedKey")
        return Page([decode_item(item) for item in items[:limit]], _key(last) if last else None)

    async def query_due(self, scope: Scope, shard: str, *, until_ms: int, limit: int) -> Page:
        request = self._requests.query_due(shard, until_ms=until_ms, limit=limit)
        answer = await self._read(scope, request)
        return Page([decode_item(item) for item in answer["Items"]])

    async def scan(self, scope: Scope, *, start: Key | None, limit: int) -> Page:
        answer = await self._read(scope, self._requests.scan(start=start, limit=limit))
        last = answer.get("LastEvaluatedKey")
        return Page([decode_item(item) for item in answer["Items"]], _key(last) if last else None)

    async def write(self, scope: Scope, operations: Sequence[Operation]) -> None:
        if len(operations) == 1:
            request = self._requests.write(operations[0])
        else:
            request = self._requests.transaction(list(operations))
        await self._send(scope, request)

    async def ensure_table(self) -> None:
        await self._administer(ensure_table)

    async def report(self) -> TableReport | None:
        return await self._administer(report)

    def prepare(self) -> None:
        assert self._connection.client is not None

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._connection.client.close()

    async def _administer(self, work: Callable[[Connection, str], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._administered, work)

    def _administered(self, work: Callable[[Connection, str], T]) -> T:
        try:
            return work(self._connection, self._table)
        except (ClientError, BotoCoreError) as error:
            raise translate(error) from error
        except TableError as error:
            if isinstance(error.cause, ClientError | BotoCoreError):
                raise translate(error.cause) from error
            raise

    async def _read(self, scope: Scope, request: Request) -> dict[str, Any]:
        for _ in range(self._read_attempts - 1):
            try:
                return await self._send(scope, request)
            except StorageUncertain:
                continue  # such as a connection that died while it lay idle
            except StorageThrottled:
                await asyncio.sleep(random.uniform(*_THROTTLED_S))  # noqa: S311  # a pause
        return await self._send(scope, request)

    async def _send(self, scope: Scope, request: Request) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._dispatch, scope, *request)

    def _dispatch(self, scope: Scope, name: str, params: dict[str, Any]) -> dict[str, Any]:
        try:
            with within(scope):
                answer: dict[str, Any] = self._connection.dispatch(name, params)
        except (ClientError, BotoCoreError) as error:
            raise translate(error) from error
        except ResponseParserError as error:
            raise StorageUncertain("storage gave an answer that cannot be read") from error
        return answer


def _key(wire: dict[str, Any]) -> Key:
    return Key(str(decode(wire["pk"])), str(decode(wire["sk"])))
