"""Fn::GetStackOutput reads from the region that it names.

ministack looks for the stack in the consumer's region only; the Edge stack reads from the main region. AWS
documents it: Fn::GetStackOutput, CloudFormation Template Reference.

Mended when test_a_stack_reads_the_output_of_a_stack_in_another_region passes without this file.
"""

from local.emulator import hooks

_FUNCTION = "Fn::GetStackOutput"


def install() -> None:
    """Resolve the function in the region of the stack that is read."""
    responses = hooks.core("responses")

    @hooks.around(hooks.service("cloudformation.engine"), "_resolve_refs")
    def resolve(
        original: hooks.Original, value: hooks.Untyped, *context: hooks.Untyped
    ) -> hooks.Untyped:
        if not (isinstance(value, dict) and _FUNCTION in value):
            return original(value, *context)
        reference = original(value[_FUNCTION], *context)
        region = reference.get("Region") or responses.get_region()
        with responses.request_scope(responses.get_account_id(), region):
            return original({_FUNCTION: reference}, *context)
