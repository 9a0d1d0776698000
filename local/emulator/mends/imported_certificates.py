"""An imported certificate is valid as long as it says.

ministack says that each is valid for a year from its import. AWS reads the certificate: "CertificateDetail",
AWS Certificate Manager API Reference.

Mended when test_an_imported_certificate_ends_when_it_says passes without this file.
"""

import json

from cryptography import x509

from local.emulator import hooks


def install() -> None:
    """Keep the certificate's own dates."""
    acm = hooks.service("acm")

    @hooks.around(acm, "_import_certificate")
    def imported(original: hooks.Original, data: hooks.Untyped) -> hooks.Untyped:
        response = original(data)
        status, _, body = response
        if status == 200:
            kept = acm._certificates[json.loads(body)["CertificateArn"]]
            certificate = x509.load_pem_x509_certificate(kept["_pem_body"].encode())
            kept["NotBefore"] = certificate.not_valid_before_utc.isoformat()
            kept["NotAfter"] = certificate.not_valid_after_utc.isoformat()
        return response
