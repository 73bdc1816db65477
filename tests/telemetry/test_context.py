"""Whom a log line is about."""

import asyncio

from app.telemetry.context import NOTHING, about, log_fields, note, now_about, now_traced

TRACED = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"


def test_what_is_known_adds_up_inside_and_is_gone_outside() -> None:
    assert log_fields() == {}
    with about(tenant="t1", connector=2):
        with about(session="s1", traceparent=TRACED):
            assert log_fields() == {
                "tenant": "t1", "connector": 2, "session": "s1", "trace": "a" * 32,
            }  # fmt: skip
            assert now_traced() == TRACED
        assert log_fields() == {"tenant": "t1", "connector": 2}
    assert log_fields() == {}


def test_a_border_takes_nothing_of_its_caller_in() -> None:
    with about(tenant="t1"), about(NOTHING, request="r1"):
        assert log_fields() == {"request": "r1"}


async def test_what_is_found_out_in_a_task_of_the_request_is_known_to_it() -> None:
    async def dependency() -> None:
        note(tenant="t1")

    with about(NOTHING, request="r1"):
        await asyncio.create_task(dependency())
        assert log_fields() == {"request": "r1", "tenant": "t1"}
    assert now_about() is NOTHING


async def test_tasks_do_not_learn_of_each_other() -> None:
    async def one(tenant: str) -> object:
        with about(tenant=tenant):
            await asyncio.sleep(0)
            return log_fields()["tenant"]

    async def noting(tenant: str) -> object:
        note(tenant=tenant)
        await asyncio.sleep(0)
        return log_fields()["tenant"]

    learnt = await asyncio.gather(one("a"), one("b"), noting("c"), noting("d"))
    assert "".join(map(str, learnt)) == "abcd"
    assert NOTHING.tenant == ""
