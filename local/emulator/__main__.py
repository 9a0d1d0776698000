"""Run the adapted ministack in the foreground: `python -m local.emulator OPTIONS.json`."""

import os
import shutil
import sys
from pathlib import Path

from local.emulator.options import Options


def main() -> None:
    """Serve until SIGTERM or SIGINT, then stop everything that was started."""
    options = Options.read(Path(sys.argv[1]))
    temporary = options.directory / "tmp"
    # An emulator that was killed has left the code of its functions there.
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]  # The operator's own account must stay out of reach.
    # ministack reads these while it is imported; its Lambda functions inherit them.
    os.environ.update(
        AUTH="true",  # Decide about requests by IAM's policies.
        MINISTACK_HOST="127.0.0.1",
        MINISTACK_ACCOUNT_ID=options.account,
        GATEWAY_PORT=str(options.port),
        LAMBDA_EXECUTOR="local",
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        STATE_DIR=str(options.directory / "state"),
        TMPDIR=str(temporary),
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
        AWS_ACCESS_KEY_ID=options.account,
        AWS_SECRET_ACCESS_KEY="local",  # noqa: S106 - the administrator's; no signature of it is checked
        REQUESTS_CA_BUNDLE=str(options.ca_bundle),
        SSL_CERT_FILE=str(options.ca_bundle),
    )
    from local.emulator import adapter

    adapter.serve(options)


if __name__ == "__main__":
    main()
