"""Which alarm goes off at which fault, and whether its e-mail helps.

    published.py    the metrics that AWS publishes about a deployment, while all is well
    faults.py       what goes wrong, and what AWS publishes then
    harmless.py     what is no fault
    cloudwatch.py   when an alarm goes off, as CloudWatch decides it
    expressions.py  the part of metric math that the alarms use

The embedded AWS delivers the e-mails and matches the events; it evaluates neither missing data nor metric
math.
"""
