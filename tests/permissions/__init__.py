"""Who may call what in AWS, asked of every policy on the way, over every choice.

The embedded AWS asks for the permissions of the functions and the containers when they call. It never asks
for those of AWS's own services, nor looks into a key's or a bucket's policy. Here all of them are asked of
the templates:

    account.py     what a deployment leaves in an account: resources with their ARNs, and all policies
    decisions.py   whether a call is allowed, and which grants decide it
    reference.py   which actions there are, and on what (AWS's Service Authorization Reference)
    calls/         the table: who must be able to call what, with the page of AWS that says so
    unneeded.py    the few grants that no call needs, and why they stay

A new grant needs a call in the table that is denied without it. A new call needs a grant.
"""
