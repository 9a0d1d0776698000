"""How long CloudFormation typically takes, and what a deployment waits for.

| module | |
|---|---|
| typical.toml | minutes by type of resource, each with its source and date |
| typical | reads it |
| graph | what waits for what, in and between the stacks, and the longest way through |
| updates | the same for a deployment to an environment that is there |
"""
