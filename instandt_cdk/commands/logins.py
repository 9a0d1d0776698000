"""The function of the database's logins, asked to repair them."""

import json

from instandt_cdk.commands.deployed import CommandError, Deployed
from logins.protocol import REPAIR


def repair(environment: Deployed) -> None:
    """Give the logins the passwords in the secret. A restored database has those of former days.

    Raises:
        CommandError: The function could not do it; says why.
    """
    function = environment.resource(
        "Services", "AWS::Lambda::Function", beginning="DatabaseLoginsFunction"
    )
    client = environment.client("lambda")
    answer = client.invoke(FunctionName=function, Payload=json.dumps({"RequestType": REPAIR}))
    if answer.get("FunctionError"):
        reason = json.loads(answer["Payload"].read()).get("errorMessage", "no reason given")
        raise CommandError(f"The database's logins cannot be repaired: {reason}")
