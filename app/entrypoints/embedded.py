"""An embedded table for trying out: `ministack` as a process of its own, on loopback.

What it holds ends with it, so it is for the demo and never for keeps.
"""

import asyncio
import contextlib
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from app.charging.errors import Unavailable

HOST = "127.0.0.1"
READY_WITHIN_S = 20.0


@contextlib.asynccontextmanager
async def embedded_tables(program: str) -> AsyncIterator[str]:
    """Run the table; yields its endpoint. Raises ``Unavailable`` when it cannot be started."""
    found = _found(program)
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="strom-tables-") as folder:
        process = await _start(found, port, Path(folder))
        try:
            await _until_ready(process, port)
            yield f"http://{HOST}:{port}"
        finally:
            await _end(process)


def _found(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise Unavailable(f"the embedded table needs {program}; run `make demo` or set another")
    return str(Path(found).absolute())  # it is started in another folder


async def _start(program: str, port: int, folder: Path) -> asyncio.subprocess.Process:
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "LOG_LEVEL": "WARNING",
    }
    return await asyncio.create_subprocess_exec(
        program,
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )


async def _until_ready(process: asyncio.subprocess.Process, port: int) -> None:
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            while process.returncode is None:
                try:
                    _, writer = await asyncio.open_connection(HOST, port)
                except OSError:
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    return
    except TimeoutError:
        pass
    raise Unavailable("the embedded table did not start")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
            await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
