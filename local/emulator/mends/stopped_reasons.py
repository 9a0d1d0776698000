"""The reason of a stopped task is worded as ECS words it.

ministack says "Essential container exited". AWS documents "Essential container in task exited": "Viewing
Amazon ECS stopped task errors", Amazon ECS Developer Guide.

Mended when test_a_containers_exit_code_and_every_line_reach_aws passes without this file.
"""

from local.emulator import hooks


def install() -> None:
    """Replace the words."""

    @hooks.around(hooks.service("ecs"), "_mark_task_stopped")
    def stopped(
        original: hooks.Original,
        arn: str,
        task: object,
        reason: str,
        *more: object,
        **named: object,
    ) -> hooks.Untyped:
        worded = reason.replace("Essential container exited", "Essential container in task exited")
        return original(arn, task, worded, *more, **named)
