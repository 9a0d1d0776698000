"""The process that makes certbot's account of a key: `python -m certificate.registration KEY_FILE …`.

certbot itself makes a new key at each registration. If it is killed before that key is saved, the authority
has an account that nobody can use. Here the key comes first, and for a key that has an account the authority
answers with that account (RFC 8555, 7.3.1).
"""

import sys
from pathlib import Path

from acme.errors import ConflictError
from acme.messages import Error as AcmeError
from acme.messages import NewRegistration, RegistrationResource
from certbot._internal import cli
from certbot._internal.account import Account, AccountFileStorage
from certbot._internal.client import create_acme_client, perform_registration
from certbot._internal.plugins.disco import PluginsRegistry
from josepy.jwk import JWK

from certificate import child, failures


def register() -> str | None:
    """Write the account of a key into certbot's directory.

    The command line has the file with the key (JWK), then certbot's own arguments. Only with --agree-tos is
    an account registered if the key has none.

    Returns:
        An error message if the authority has no such account, otherwise None.
    """
    key_file, *arguments = sys.argv[1:]
    key = JWK.json_loads(Path(key_file).read_text())
    config = cli.prepare_and_parse_args(PluginsRegistry.find_all(), arguments)
    client = create_acme_client(config, key)
    try:
        if not config.tos:
            client.new_account(NewRegistration(only_return_existing=True))
            return f"{failures.NO_ACCOUNT}. It has registered a new one, which RFC 8555, 7.3.1, forbids."
        registration = perform_registration(client, config, None)
    except ConflictError as found:
        registration = RegistrationResource(body={}, uri=found.location)
    except AcmeError as error:
        # 7.3.6: an account that was deactivated is unauthorized
        if not config.tos and error.code in ("accountDoesNotExist", "unauthorized"):
            return f"{failures.NO_ACCOUNT}: {error}"
        raise
    AccountFileStorage(config).save(Account(registration, key), client)
    return None


if __name__ == "__main__":
    child.run(register)
