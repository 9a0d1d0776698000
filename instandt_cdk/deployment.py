"""The stacks of one environment and what each gets from the ones before it."""

import aws_cdk as cdk

from instandt_cdk.edge.stack import EdgeStack
from instandt_cdk.ingress.stack import IngressStack
from instandt_cdk.network.stack import NetworkStack
from instandt_cdk.replica.stack import ReplicaStack
from instandt_cdk.secrets.stack import SecretsStack
from instandt_cdk.services.stack import ServicesStack
from instandt_cdk.settings import Settings
from instandt_cdk.settings.limits.regions import EDGE_REGION
from instandt_cdk.storage.stack import StorageStack


def build(app: cdk.App, settings: Settings) -> None:
    """Add the environment's stacks to the app. References run one way: from later to earlier ones."""
    aws, name = settings.aws, settings.environment
    main = cdk.Environment(account=aws.account, region=aws.region)
    # A VPC with given zones would still look them up in the account; synthesis needs no account.
    app.node.set_context(
        f"availability-zones:account={aws.account}:region={aws.region}",
        [f"{aws.region}{letter}" for letter in settings.network.zones],
    )

    network = NetworkStack(
        app,
        "Network",
        env=main,
        stack_name=f"instandt-{name}-network",
        settings=settings.network,
        operations=settings.operations,
    )
    secrets = SecretsStack(
        app,
        "Secrets",
        env=main,
        stack_name=f"instandt-{name}-secrets",
        environment=name,
        registry=settings.registry,
        acme=settings.acme,
        operations=settings.operations,
    )
    replica = (
        ReplicaStack(
            app,
            "Replica",
            env=cdk.Environment(account=aws.account, region=settings.storage.replica_region),
            stack_name=f"instandt-{name}-replica",
            settings=settings.storage,
            operations=settings.operations,
        )
        if settings.storage.replica_region
        else None
    )
    storage = StorageStack(
        app,
        "Storage",
        env=main,
        stack_name=f"instandt-{name}-storage",
        environment=name,
        vpc=network.vpc,
        logs=network.logs,
        settings=settings.storage,
        copy=replica.copy if replica else None,
        database=settings.database,
        operations=settings.operations,
    )
    ingress = IngressStack(
        app,
        "Ingress",
        env=main,
        stack_name=f"instandt-{name}-ingress",
        environment=name,
        vpc=network.vpc,
        cloudfront_prefix_list_id=network.cloudfront_prefix_list_id,
        operations_key=network.operations_key,
        logs=network.logs,
        acme_state=secrets.acme_state,
        secrets_key=secrets.key,
        preflight=secrets.preflight,
        site=settings.site,
        acme=settings.acme,
        operations=settings.operations,
    )
    ServicesStack(
        app,
        "Services",
        env=main,
        stack_name=f"instandt-{name}-services",
        settings=settings,
        network=network,
        secrets=secrets,
        storage=storage,
        ingress=ingress,
    )
    EdgeStack(
        app,
        "Edge",
        env=cdk.Environment(account=aws.account, region=EDGE_REGION),
        stack_name=f"instandt-{name}-edge",
        load_balancer=ingress.load_balancer,
        site=settings.site,
        settings=settings.edge,
        operations=settings.operations,
    )

    cdk.Tags.of(app).add("Application", "instandt", exclude_resource_types=_UNTAGGED)
    cdk.Tags.of(app).add("Environment", name, exclude_resource_types=_UNTAGGED)


# A changed tag on a VPC origin fails the deployment while it is attached (aws/aws-cdk#34629).
_UNTAGGED = ["AWS::CloudFront::VpcOrigin"]
