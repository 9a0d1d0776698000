"""The stacks of one environment and what each gets from the ones before it."""

import aws_cdk as cdk

from instandt_cdk.changes import causes
from instandt_cdk.cluster.stack import ClusterStack
from instandt_cdk.dashboard import Dashboard
from instandt_cdk.edge.stack import EdgeStack
from instandt_cdk.egress.stack import EgressStack
from instandt_cdk.ingress.stack import IngressStack
from instandt_cdk.network.stack import NetworkStack
from instandt_cdk.operations import save_query
from instandt_cdk.replica.stack import ReplicaStack
from instandt_cdk.secrets.stack import SecretsStack
from instandt_cdk.services.stack import ServicesStack
from instandt_cdk.settings import Settings
from instandt_cdk.settings.limits.regions import EDGE_REGION
from instandt_cdk.storage.stack import StorageStack


def build(app: cdk.App, settings: Settings) -> None:
    """Add the environment's stacks to the app. References run one way: from later to earlier ones."""
    account, region = settings.aws.account, settings.aws.region
    main = cdk.Environment(account=account, region=region)
    edge = cdk.Environment(account=account, region=EDGE_REGION)
    # A VPC with given zones would still look them up in the account; synthesis needs no account.
    app.node.set_context(
        f"availability-zones:account={account}:region={region}",
        [f"{region}{letter}" for letter in settings.network.zones],
    )

    network = NetworkStack(app, "Network", env=main, settings=settings)
    cluster = ClusterStack(app, "Cluster", env=main, settings=settings, network=network)
    if settings.network.has_egress:
        egress = EgressStack(app, "Egress", env=main, settings=settings, network=network)
        # Its instances register with ECS, fetch images and send logs this way.
        cluster.add_stack_dependency(egress)
    secrets = SecretsStack(app, "Secrets", env=main, settings=settings)
    replica = None
    if replica_region := settings.storage.replica_region:
        elsewhere = cdk.Environment(account=account, region=replica_region)
        replica = ReplicaStack(app, "Replica", env=elsewhere, settings=settings)
    storage = StorageStack(
        app, "Storage", env=main, settings=settings, network=network, replica=replica
    )
    ingress = IngressStack(
        app, "Ingress", env=main, settings=settings, network=network, secrets=secrets
    )
    services = ServicesStack(
        app,
        "Services",
        env=main,
        settings=settings,
        network=network,
        cluster=cluster.cluster,
        secrets=secrets,
        storage=storage,
        ingress=ingress,
    )
    # The secrets do not wait for the topic of the alarms, and nothing waits for a schedule.
    secrets.preflight.watch_refusals(services, network.operations)
    ingress.renew_certificate(services)
    storage.watch(services, settings, network.operations)
    edge_stack = EdgeStack(app, "Edge", env=edge, settings=settings, ingress=ingress)
    save_query(
        services,
        "ContainersProblems",
        names=settings.names,
        question="What went wrong in the containers?",
        groups=[task.log_group.log_group_name for task in services.tasks.values()],
        commands=[
            "fields @timestamp, @log, @message",
            "filter @message like /(?i)(error|exception|fatal|panic|critical)/",
            "sort @timestamp desc",
            "limit 200",
        ],
    )
    Dashboard(
        services,
        "Dashboard",
        names=settings.names,
        watched=[edge_stack.operations, network.operations],
    )

    for stack in app.node.children:
        if isinstance(stack, cdk.Stack):
            stack.template_options.metadata = causes.metadata(settings, stack.node.id)
    for tag, value in settings.names.tags.items():
        cdk.Tags.of(app).add(tag, value, exclude_resource_types=_UNTAGGED)


# A changed tag on a VPC origin fails the deployment while it is attached (aws/aws-cdk#34629).
_UNTAGGED = ["AWS::CloudFront::VpcOrigin"]
