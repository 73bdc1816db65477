"""What is owed and takes long, and what could not be done five times."""

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.cdk.stages import Stage
from infra.cdk.surfaces import PERFORM

TRIES = 5


class Queues(Construct):
    """The *perform* queue. A message names what is owed; losing one delays: the sweep finds it."""

    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, "Queues")
        self.failed = sqs.Queue(
            self,
            "Failed",
            queue_name=f"{stage.prefix}-perform-failed",
            retention_period=Duration.days(14),
            enforce_ssl=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
        )
        self.perform = sqs.Queue(
            self,
            "Perform",
            queue_name=f"{stage.prefix}-perform",
            retention_period=Duration.hours(1),
            visibility_timeout=Duration.seconds(6 * PERFORM.timeout_s),
            enforce_ssl=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.failed, max_receive_count=TRIES),
        )
