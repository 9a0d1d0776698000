"""The embedded AWS: ministack, adapted so that this project's CDK app deploys on it unchanged.

ministack (https://github.com/ministackorg/ministack) answers the AWS API in one process. The modules here
make it run what AWS runs: containers, databases, functions and state machines, with rollouts, health checks
and the permissions of their roles. `mends` holds what ministack does otherwise than AWS documents, one file
for each defect. All of it adapts private names, so ministack is pinned exactly, and `hooks` refuses another
version or a missing name.
"""
