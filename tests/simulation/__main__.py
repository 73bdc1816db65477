"""``python -m tests.simulation --seed N``, or ``--sessions 100000``."""

import sys

from tests.simulation.command_line import main

sys.exit(main(sys.argv[1:]))
