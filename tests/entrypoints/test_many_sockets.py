"""`strom serve` opens as many sockets as it is allowed to, not as few as a shell sets."""

import subprocess
import sys

LOOK = """
import resource
from app.entrypoints.serve import allow_many_sockets
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 777))
allow_many_sockets()
print(resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def test_it_takes_what_it_may_have() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(777, 777)"
