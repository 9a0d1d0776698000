"""What the function publishes, and its construct watches."""

NAMESPACE = "instaNDT"
NAME = "OldestHostDays"
ENVIRONMENT = "Environment"
"""The metric's only dimension."""
GROUPS = "Groups"
"""In the schedule's event: the names of the auto scaling groups."""
