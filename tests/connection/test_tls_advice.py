"""The advice fits the failure of a certificate."""

from __future__ import annotations

import ssl

import pytest

from model_registry.connection.tls import explained


def failed(code: int, message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, message)
    error.verify_code, error.verify_message = code, message
    return error


@pytest.mark.parametrize(
    ("code", "message", "has_ca", "advice"),
    [
        (20, "unable to get local issuer certificate", False, "give its certificate: ca="),
        (20, "unable to get local issuer certificate", True, "None of the authorities given with ca="),
        (19, "self-signed certificate in certificate chain", True, "None of the authorities given with ca="),
        (85, "Missing Authority Key Identifier", True, "Python 3.13 and later refuse"),
        (85, "Missing Authority Key Identifier", False, "Python 3.13 and later refuse"),
        (89, "Basic Constraints of CA cert not marked critical", True, "Python 3.13 and later refuse"),
        (10, "certificate has expired", True, "Have the server's certificate renewed"),
    ],
)
def test_advice(code, message, has_ca, advice):
    text = explained(failed(code, message), "registry.example.org", has_ca=has_ca)
    assert advice in text
    assert ("give its certificate: ca=" in text) == ("give its certificate: ca=" in advice)
