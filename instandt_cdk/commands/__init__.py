"""What operators do with an environment that runs: `make migrate ENV=prod` and its neighbours.

Each command is a module with `HELP`, `add_arguments` and `run`; `__main__.py` has the list.
"""
