"""The process that takes up an account: `python -m certificate.adoption KEY_FILE register …`.

certbot itself makes a new key for every account that it does not know, so what it would have written after
registering is written here, by its own code.
"""

import sys
from pathlib import Path

from acme.errors import ConflictError
from acme.messages import Error as AcmeError
from acme.messages import NewRegistration, RegistrationResource
from certbot._internal import cli
from certbot._internal.account import Account, AccountFileStorage
from certbot._internal.client import create_acme_client
from certbot._internal.plugins.disco import PluginsRegistry
from josepy.jwk import JWK

from certificate import child, failures


def adopt() -> str | None:
    """Write the account of a key into certbot's directory; the rest of the command line is certbot's.

    Returns:
        What is wrong, if the authority has no such account.
    """
    key_file, *arguments = sys.argv[1:]
    key = JWK.json_loads(Path(key_file).read_text())
    config = cli.prepare_and_parse_args(PluginsRegistry.find_all(), arguments)
    client = create_acme_client(config, key)
    try:
        # RFC 8555 7.3.1: the authority answers with the account of the key, or with an error.
        client.new_account(NewRegistration(only_return_existing=True))
    except ConflictError as found:
        account = Account(RegistrationResource(body={}, uri=found.location), key)
        AccountFileStorage(config).save(account, client)
        return None
    except AcmeError as error:
        if error.code in ("accountDoesNotExist", "unauthorized"):  # 7.3.6: it was deactivated
            return f"{failures.NO_ACCOUNT}: {error}"
        raise
    return f"{failures.NO_ACCOUNT}, and has registered another against RFC 8555 7.3.1."


if __name__ == "__main__":
    child.run(adopt)
