"""A service behind the load balancer."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from constructs import Construct, IDependable

from instandt_cdk.cluster.ec2_cluster import Ec2Cluster
from instandt_cdk.compliance import accept
from instandt_cdk.contract import Container, WebServer
from instandt_cdk.network.vpc import APPLICATION
from instandt_cdk.services.container_task import ContainerTask
from instandt_cdk.services.deployment_alarms import watch_deployments

HEALTH_CHECK_GRACE = cdk.Duration.minutes(2)
"""How long a new task may fail its health check while it starts."""

CPU_TARGET_PERCENT = 60

ANY_PORT = 80
"""Of the target group, which would be replaced if its port changed. ECS registers each task with the port of
its container, and there requests and health checks go. Requests under way are finished, though the rules for
the old port may be gone by then.

Sources: "LoadBalancer", Amazon ECS API Reference; "RegisterTargets" and "CreateTargetGroup", Elastic Load
Balancing API Reference; "Security group connection tracking", Amazon EC2 User Guide.
"""


class WebService(Construct):
    """Runs copies of a task behind the load balancer and replaces them without a gap."""

    service: ecs.Ec2Service
    container: Container
    balancer: str
    """The load balancer's full name, as its metrics bear it."""
    target_group: elb.ApplicationTargetGroup
    stable: IDependable
    """It is created when the service's tasks are healthy."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        cluster: Ec2Cluster,
        task: ContainerTask,
        listener: elb.IApplicationListener,
        balancer: str,
        after: IDependable,
    ) -> None:
        """Make the service.

        Args:
            scope: Its parent.
            construct_id: Its id.
            cluster: Where its tasks run.
            task: What they run.
            listener: The load balancer's, where the requests come from.
            balancer: The load balancer's full name, as its metrics bear it.
            after: What must have succeeded before a new version of the task starts.
        """
        super().__init__(scope, construct_id)
        self.container, self.balancer = task.container, balancer
        server = task.container.web_server
        assert server is not None  # noqa: S101 - only containers that serve become services
        self.service = ecs.Ec2Service(
            self,
            "Service",
            cluster=cluster.cluster,
            task_definition=task.definition,
            capacity_provider_strategies=[
                ecs.CapacityProviderStrategy(capacity_provider=cluster.capacity_provider, weight=1)
            ],
            security_groups=[task.security_group],
            vpc_subnets=APPLICATION,
            placement_strategies=[
                ecs.PlacementStrategy.spread_across(ecs.BuiltInAttributes.AVAILABILITY_ZONE),
                ecs.PlacementStrategy.packed_by_memory(),
            ],
            min_healthy_percent=100,
            max_healthy_percent=200,
            circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
            # "Considerations for using ECS Exec": it needs a file system that can be written to.
            enable_execute_command=not task.container.read_only_root,
            health_check_grace_period=HEALTH_CHECK_GRACE,
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
        )
        # Without its scaling, which nobody waits for.
        self.stable = self.service.node.find_child("Service")
        # The library does not know that the task's permissions and security group rules must be there first.
        self.service.node.add_dependency(task, after)
        if not task.container.read_only_root:
            _let_sessions_be_logged(task)
        self.target_group = self._target_group(server, cluster.cluster.vpc)
        elb.ApplicationListenerRule(
            self,
            "Rule",
            listener=listener,
            priority=server.priority,
            conditions=[elb.ListenerCondition.path_patterns([server.path_pattern])],
            action=elb.ListenerAction.forward([self.target_group]),
        )
        watch_deployments(self, self.service, balancer=balancer, target_group=self.target_group)
        # The service itself has no number of tasks: every release would set the count back to it.
        self.service.auto_scale_task_count(
            min_capacity=server.minimum_copies, max_capacity=server.maximum_copies
        ).scale_on_cpu_utilization("Cpu", target_utilization_percent=CPU_TARGET_PERCENT)

    def _target_group(self, server: WebServer, vpc: ec2.IVpc) -> elb.ApplicationTargetGroup:
        return elb.ApplicationTargetGroup(
            self,
            "Targets",
            vpc=vpc,
            port=ANY_PORT,
            protocol=elb.ApplicationProtocol.HTTP,
            targets=[self.service],
            health_check=elb.HealthCheck(
                path=server.health_path,
                healthy_http_codes=server.health_codes,
                interval=cdk.Duration.seconds(15),
                healthy_threshold_count=2,
            ),
            deregistration_delay=cdk.Duration.seconds(server.longest_request_seconds),
        )


def _let_sessions_be_logged(task: ContainerTask) -> None:
    """Let ECS exec write the transcript of a session to the container's log, which it does as the task.

    Source: "Logging commands run using ECS Exec", Amazon ECS Developer Guide.
    """
    task.log_group.grant(
        task.role, "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"
    )
    task.role.add_to_principal_policy(
        iam.PolicyStatement(actions=["logs:DescribeLogGroups"], resources=["*"])
    )
    accept(
        task.role,
        {
            "IAM5[Resource::*]": "Neither ECS exec's session channels nor finding the log group of their "
            "transcripts have a resource level."
        },
    )
