"""What an environment costs in a month, from its templates and a dated list of prices.

| module | |
|---|---|
| prices | AWS's prices by region, from prices.toml |
| resources | what is paid for of each type of resource |
| free | the types that cost nothing worth a line |
| estimate | the sum over an environment's stacks |
| report | the estimate as text |
"""
