"""Everything but the front, in the stage's region."""

from pathlib import Path

from aws_cdk import App, CfnOutput, Duration, Environment, Stack, Tags
from aws_cdk import aws_ecr_assets as assets
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_route53 as dns
from aws_cdk import aws_sqs as sqs

from infra.cdk.alarms import Alarms
from infra.cdk.budget import Budget
from infra.cdk.dashboard import dashboard
from infra.cdk.edges import Edges
from infra.cdk.functions import Functions
from infra.cdk.gateway import Gateway
from infra.cdk.nag import because
from infra.cdk.network import Network
from infra.cdk.queues import Queues
from infra.cdk.rights import Resources
from infra.cdk.stages import Stage
from infra.cdk.storage import Storage
from infra.cdk.surfaces import PERFORM, SURFACES, Right
from infra.cdk.tenancy import TenantRole, tenant_role_arn
from infra.cdk.worker import Worker


class CoreStack(Stack):
    """Table, keys, functions, edges, worker, alarms.

    ``built`` holds the functions' zips and, unless the stage names a published image, ``image``.
    """

    def __init__(self, app: App, stage: Stage, built: Path) -> None:
        super().__init__(
            app,
            stage.prefix,
            env=Environment(region=stage.region),
            description=f"Strom ({stage.name})",
            termination_protection=stage.is_protected,
        )
        Tags.of(self).add("strom", stage.name)
        self.stage = stage
        zone = dns.HostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=stage.hosted_zone_id, zone_name=stage.domain
        )
        self.storage = Storage(self, stage)
        self.queues = Queues(self, stage)
        on = Resources(
            stage,
            self,
            self.storage.table,
            self.storage.sealing_key,
            self.queues.perform,
            tenant_role_arn(self, stage),
        )
        environment = self._environment()
        self.functions = Functions(self, on, built, environment)
        self.functions.node.add_dependency(self.storage)  # snapshots read its secrets
        self.functions.perform_from(self.queues.perform)
        unheard = self._unheard()
        self.functions.sweep_each_minute(unheard)
        scoped = [each.name for each in SURFACES if Right.ONE_TENANT in each.rights]
        roles = [self.functions.roles[name] for name in scoped]
        TenantRole(self, stage, self.storage.table, roles)
        live = self.functions.live
        gateway = Gateway(self, stage, zone, live)
        network, image = Network(self, stage), self._image(built)
        edges = Edges(
            self,
            stage,
            network,
            zone,
            image,
            live["internal"],
            self.functions.internal_url,
            self._edge_environment(),
        )
        Worker(self, on, network, image, environment)
        self._watch(edges, unheard, gateway.api.api_id)
        CfnOutput(self, "Pages", value=f"https://{stage.domain}")
        CfnOutput(self, "ChargePoints", value=f"wss://{stage.chargers}")
        # of whoever runs `strom audit` and the like from a shell of their own
        shell = {**environment, "STROM_PERFORM_FUNCTION": f"{stage.prefix}-perform:live"}
        told = " ".join(f"{name}={value}" for name, value in sorted(shell.items()))
        CfnOutput(self, "Settings", value=told)

    def _environment(self) -> dict[str, str]:
        stage = self.stage
        found = {
            **self._edge_environment(),
            "STROM_SIGN_UP": stage.sign_up,
            "STROM_DUE_SHARDS": str(stage.due_shards),
            "STROM_WALLET_WATCH_S": str(stage.wallet_watch_s),
            "STROM_KMS_KEY": self.storage.sealing_key.key_arn,
            "STROM_SERVER_KEY_SECRET": stage.server_secret,
            "STROM_PERFORM_QUEUE_URL": self.queues.perform.queue_url,
            "STROM_WATCHED_PAYMENTS": "0",  # a function stands still between two events
        }
        if stage.smtp_host:
            found |= {
                "STROM_SMTP_HOST": stage.smtp_host,
                "STROM_SMTP_SECRET": stage.smtp_secret,
                "STROM_MAIL_FROM": stage.mail_from,
            }
        return found

    def _edge_environment(self) -> dict[str, str]:
        """What an edge may know: where things are, and no more."""
        stage = self.stage
        return {
            "STROM_TABLE": stage.table,
            "STROM_DYNAMODB_REGION": stage.region,
            "STROM_EDGE_QUEUE_PREFIX": f"{stage.prefix}-edge-",
            "STROM_PUBLIC_BASE_URL": f"https://{stage.domain}",
            "STROM_CHARGER_BASE_URL": f"wss://{stage.chargers}",
            **(
                {"STROM_CERTIFICATE_BASE_URL": f"wss://{stage.chargers}:{stage.certificate_port}"}
                if stage.certificate_port
                else {}
            ),
            **self._traced(),
        }

    def _traced(self) -> dict[str, str]:
        stage = self.stage
        if not stage.traces_endpoint:
            return {}
        share = f"{stage.traces_percent / 100:.6g}"
        return {
            "STROM_TRACES_ENDPOINT": stage.traces_endpoint,
            "STROM_TRACES_SHARE": share,
        }

    def _unheard(self) -> sqs.Queue:
        queue = sqs.Queue(
            self,
            "UnheardSweeps",
            queue_name=f"{self.stage.prefix}-sweep-failed",
            retention_period=Duration.days(1),
            enforce_ssl=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
        )
        because(queue, "AwsSolutions-SQS3", "It is where failed calls of Scheduler end.")
        return queue

    def _image(self, built: Path) -> ecs.ContainerImage:
        if self.stage.image:
            return ecs.ContainerImage.from_registry(self.stage.image)
        return ecs.ContainerImage.from_asset(
            str(built / "image"),
            platform=assets.Platform.LINUX_ARM64,
            build_args={"PYTHON_IMAGE": self.stage.base_image} if self.stage.base_image else None,
        )

    def _watch(self, edges: Edges, unheard: sqs.Queue, api_id: str) -> None:
        alarms, live = Alarms(self, self.stage), self.functions.live
        performing = self.functions.logs[PERFORM.name]
        money = alarms.of_money(self.queues, unheard, performing)
        alarms.of_edges(edges)
        alarms.of_worker()
        alarms.of_functions(live)
        alarms.of_gateway(api_id)
        alarms.of_table(self.storage.table)
        Budget(self, self.stage)
        dashboard(alarms, self.stage, live, money, self.storage.table, self.queues.perform)
