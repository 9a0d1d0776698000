"""What a deployment would replace, delete or cut off, and which of that is refused.

The templates that are deployed are compared with the synthesized ones, before anything is touched:

| module | |
|---|---|
| stacks | templates as they are deployed or synthesized, with the references between them |
| difference | which resources CloudFormation would remove, replace or change |
| rules | what of that would hurt, by the resource's type |
| harms | the ways in which it would hurt: what would happen, and what to do instead |
| causes | the settings that changed |
| examination | all of this for two sets of stacks |
| synthesis | the stacks as the settings give them |
| deployed | the stacks as AWS has them |
| comparison | the examination of an environment |
"""

from instandt_cdk.changes.examination import examine
from instandt_cdk.changes.finding import Finding
from instandt_cdk.changes.harms import Verdict
from instandt_cdk.changes.stacks import Stacks

__all__ = ["Finding", "Stacks", "Verdict", "examine"]
