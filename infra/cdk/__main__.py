"""`python -m infra.cdk STAGE [FOLDER [BUILT]]`: write a stage's CloudFormation templates to FOLDER.

BUILT is where `scripts/build_functions.py` has left what is deployed.
"""

import sys
from pathlib import Path

from aws_cdk import App

from infra.cdk.core import CoreStack
from infra.cdk.front import FrontStack
from infra.cdk.nag import check
from infra.cdk.stages import Stage, StageError, read_stages
from infra.cdk.standby import StandbyStack

ROOT = Path(__file__).parent.parent.parent
BUILT = ROOT / "build" / "aws"


def synthesize(stage: Stage, folder: Path, built: Path = BUILT) -> None:
    """The stacks of a stage, checked."""
    app = App(outdir=str(folder), analytics_reporting=False)
    check(app)
    core = CoreStack(app, stage, built)
    if stage.standby_region:
        core.add_stack_dependency(StandbyStack(app, stage))
    if not stage.takes_over:  # the front is in no region: it stays, and asks whom DNS names
        FrontStack(app, stage).add_stack_dependency(core)
    app.synth()


def main(arguments: list[str]) -> int:
    try:
        stages = read_stages()
        name = arguments[0] if arguments else "dev"
        if name not in stages:
            raise StageError(f"STAGE={name}: there is {', '.join(stages)}")
        folder = Path(arguments[1]) if len(arguments) > 1 else ROOT / "cdk.out" / name
        synthesize(stages[name], folder, Path(arguments[2]) if len(arguments) > 2 else BUILT)
    except StageError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"templates of {name}: {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
