"""Which alarm goes off at which fault, and whether its e-mail helps.

    published.py    the metrics that AWS publishes about a deployment, while all is well
    faults.py       what goes wrong, and what AWS publishes then
    harmless.py     what is no fault
    cloudwatch.py   when an alarm goes off, as CloudWatch decides it
    guide.py        what docs/alarms.md says about it

The embedded AWS delivers the e-mails, matches the events and calculates metric math; of alarms, it evaluates
only those of a deployment.
"""
