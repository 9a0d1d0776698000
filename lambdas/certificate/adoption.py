"""The process that adopts an existing account: `python -m certificate.adoption KEY_FILE register …`.

certbot cannot adopt an account by its key: it makes a new key when it registers. So this process looks up
the account and writes certbot's files for it, using certbot's own code.
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
    """Write the account of a key into certbot's directory.

    The command line has the file with the key (JWK), then certbot's own arguments.

    Returns:
        An error message if the authority has no such account, otherwise None.
    """
    key_file, *arguments = sys.argv[1:]
    key = JWK.json_loads(Path(key_file).read_text())
    config = cli.prepare_and_parse_args(PluginsRegistry.find_all(), arguments)
    client = create_acme_client(config, key)
    try:
        # The authority answers with the account of the key, or with an error (RFC 8555, 7.3.1).
        client.new_account(NewRegistration(only_return_existing=True))
    except ConflictError as found:
        account = Account(RegistrationResource(body={}, uri=found.location), key)
        AccountFileStorage(config).save(account, client)
        return None
    except AcmeError as error:
        if error.code in ("accountDoesNotExist", "unauthorized"):  # 7.3.6: deactivated
            return f"{failures.NO_ACCOUNT}: {error}"
        raise
    return f"{failures.NO_ACCOUNT}. It has registered a new one, which RFC 8555, 7.3.1, forbids."


if __name__ == "__main__":
    child.run(adopt)
