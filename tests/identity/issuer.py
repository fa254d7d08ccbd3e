"""An issuer of OpenID Connect on this machine, which can rotate its keys and go away."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

AUDIENCE = "model-registry"

HEADERS = b"HTTP/1.1 200 OK\r\n"
FAILURES = {
    "no HTTP": b"garbage\r\n\r\n",
    "cut": HEADERS + b"Content-Length: 500\r\n\r\n{",
    "deep": HEADERS + b"\r\n" + b"[" * 200_000,
    "slow headers": HEADERS + b"X: ",
    "slow body": HEADERS + b"\r\n",
}
"""What failing issuers send. Slow ones send more, a byte at a time."""


class FakeIssuer:
    """Signs tokens, and serves its keys while it is up.

    Attributes:
        url: Its address.
        is_up: Whether it responds.
        failure: How it fails, if it does: one of `FAILURES`.
        fetches: How often its keys were fetched.
        more_keys: Further keys that it publishes.
        algorithm: The only algorithm that its key is for; None for any.
        redirects: Where paths lead to, instead of a document.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_up = True
        self.failure: str | None = None
        self.fetches = 0
        self.more_keys: list[Any] = []
        self.algorithm: str | None = None
        self.redirects: dict[str, str] = {}
        self.rotate("first")

    def rotate(self, kid: str) -> None:
        """Replace the key."""
        self.kid = kid
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def public_pem(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def documents(self) -> dict[str, Any]:
        """What it serves, by path."""
        algorithm = {} if self.algorithm is None else {"alg": self.algorithm}
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {
            "/.well-known/openid-configuration": {"issuer": self.url, "jwks_uri": f"{self.url}/keys"},
            "/keys": {"keys": [*self.more_keys, {**key, "kid": self.kid, "use": "sig", **algorithm}]},
        }

    def token(
        self,
        *,
        key: Any = None,
        alg: str = "RS256",
        kid: str | None = None,
        headers: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """Sign a token; a claim that is None is left out."""
        given = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "ann",
            "exp": time.time() + 300,
            "groups": ["ml"],
            **claims,
        }
        content = {name: value for name, value in given.items() if value is not None}
        return jwt.encode(content, key or self.key, alg, headers={"kid": kid or self.kid, **(headers or {})})

    def unsigned(self) -> str:
        """A token with the algorithm `none`."""
        _, body, _ = self.token().split(".")
        head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": self.kid}).encode()).rstrip(b"=")
        return f"{head.decode()}.{body}."

    def confused(self) -> str:
        """A token whose secret is the public key."""
        import hashlib
        import hmac

        _, body, _ = self.token().split(".")
        head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": self.kid}).encode()).rstrip(b"=")
        signed = f"{head.decode()}.{body}"
        mac = hmac.new(self.public_pem, signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    def with_other_kind_of_key(self) -> str:
        """A token signed with another kind of key."""
        return self.token(key=ec.generate_private_key(ec.SECP256R1()), alg="ES256")


@contextlib.contextmanager
def running_issuer() -> Iterator[FakeIssuer]:
    """Serve an issuer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.fetches += self.path == "/keys"
            if issuer.failure:
                self.fail(issuer.failure)
                return
            if target := issuer.redirects.get(self.path):
                self.send_response(302)
                self.send_header("Location", target)
                self.end_headers()
                return
            document = issuer.documents().get(self.path) if issuer.is_up else None
            self.send_response(200 if document else 503)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def fail(self, failure: str) -> None:
            with contextlib.suppress(OSError):  # the client leaves
                self.wfile.write(FAILURES[failure])
                while failure.startswith("slow") and issuer.failure == failure:
                    self.wfile.write(b" ")
                    time.sleep(0.05)  # the failure itself

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = FakeIssuer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
