"""One cold start: `python -I -S once.py FOLDER MODULE`, an event as JSON on standard input.

The clock starts when Python itself has started, and runs over importing the handler's module
(which makes the app) and its first answer. Tells both, and the answer, on the last line.
"""

import json
import sys
from importlib import import_module
from time import perf_counter


def main(folder: str, module: str) -> None:
    """Start, answer, tell."""
    event = json.load(sys.stdin)
    sys.path.insert(0, folder)
    began = perf_counter()
    handler = import_module(module).handler
    imported = perf_counter()
    answer = handler(event, None)
    answered = perf_counter()
    told = {
        "import_s": imported - began,
        "first_request_s": answered - imported,
        "modules": len(sys.modules),
        "answer": answer,
    }
    print("\n" + json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
