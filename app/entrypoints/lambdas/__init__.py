"""The Lambda handlers, a module for each surface; its name is what infra/cdk calls it.

A module makes its handler when it is imported: that is Lambda's own time to start, and what
SnapStart keeps. Nothing that is open, and no chance, is made then.

Nothing that is imported becomes garbage, so in a function nobody looks for any until its handler is
made (``starting.made``): a tenth of the start would go into that.
"""

import gc
import os

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    gc.disable()
