"""A sigstore deployment on a loopback port: roots of trust (TUF), certificates (Fulcio), log (Rekor).

It speaks their protocols with keys of its own, and signs everything that real ones sign.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import rfc8785
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from model_registry.signing.identity_tokens import certificate_identity_of, decode_jwt_payload

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Self

ISSUER = "https://kubernetes.default.svc"
SUBJECT = "system:serviceaccount:fraud:trainer"
IDENTITY = "https://kubernetes.io/namespaces/fraud/serviceaccounts/trainer"
EVER = {"start": "2020-01-01T00:00:00Z"}


def make_token(**claims: object) -> str:
    """Make an identity token as Kubernetes does; nobody looks at its signature."""
    now = int(time.time())
    whole = {"iss": ISSUER, "sub": SUBJECT, "aud": ["sigstore"], "iat": now, "exp": now + 600, **claims}
    parts = [{"alg": "none"}, {name: value for name, value in whole.items() if value is not None}]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, base64.urlsafe_b64encode(b"signature").decode()])


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def sign(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


class Fulcio:
    """Issues certificates for minutes, each noted in a certificate log."""

    def __init__(self) -> None:
        self.key, self.log_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stand-in")])
        self.root = self._root()

    def answer(self, request: dict, token: str) -> dict:
        csr = x509.load_pem_x509_csr(base64.b64decode(request["certificateSigningRequest"]))
        claims = decode_jwt_payload(token)
        builder = self._builder(csr.public_key(), certificate_identity_of(claims), claims["iss"])
        noted = self._note(builder.sign(self.key, hashes.SHA256()).tbs_certificate_bytes)
        oid = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
        extension = x509.UnrecognizedExtension(oid, b"\x04" + bytes([len(noted)]) + noted)
        certificate = builder.add_extension(extension, critical=False).sign(self.key, hashes.SHA256())
        chain = [each.public_bytes(serialization.Encoding.PEM).decode() for each in (certificate, self.root)]
        return {"signedCertificateEmbeddedSct": {"chain": {"certificates": chain}}}

    def _builder(self, key, identity: str, issuer: str) -> x509.CertificateBuilder:
        now = datetime.now(timezone.utc)
        name = x509.UniformResourceIdentifier if "://" in identity else x509.RFC822Name
        issuer_oid = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=1))
            .not_valid_after(now + timedelta(minutes=10))
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(authority, critical=False)
            .add_extension(x509.SubjectAlternativeName([name(identity)]), critical=True)
            .add_extension(x509.UnrecognizedExtension(issuer_oid, issuer.encode()), critical=False)
        )

    def _note(self, certificate: bytes) -> bytes:
        """The list of one signed certificate timestamp (RFC 6962)."""
        when = struct.pack("!Q", int(time.time() * 1000))
        entry = (
            hashlib.sha256(spki(self.key)).digest() + struct.pack("!I", len(certificate))[1:] + certificate
        )
        signature = sign(self.log_key, b"\0\0" + when + b"\0\1" + entry + b"\0\0")
        noted = b"\0" + hashlib.sha256(spki(self.log_key)).digest() + when + b"\0\0"
        noted += b"\4\3" + struct.pack("!H", len(signature)) + signature
        assert len(noted) < 120, "DER would write a longer length otherwise"
        one = struct.pack("!H", len(noted)) + noted
        return struct.pack("!H", len(one)) + one

    def _root(self) -> x509.Certificate:
        now = datetime.now(timezone.utc)
        public = self.key.public_key()
        return (
            x509.CertificateBuilder()
            .subject_name(self._name)
            .issuer_name(self._name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(key_cert_sign=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(self.key, hashes.SHA256())
        )


def _usage(**given: bool) -> x509.KeyUsage:
    names = "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
    names += "key_cert_sign crl_sign encipher_only decipher_only"
    return x509.KeyUsage(**{**dict.fromkeys(names.split(), False), **given})


class Rekor:
    """A log in which every entry is a tree of its own."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.entries: list[dict] = []

    @property
    def id(self) -> bytes:
        return hashlib.sha256(spki(self.key)).digest()

    def answer(self, request: dict) -> dict:
        self.entries.append(request)
        content = request["spec"]["proposedContent"]
        envelope = json.loads(content["envelope"])
        (verifier,) = content["verifiers"]
        body = rfc8785.dumps(
            {
                "apiVersion": "0.0.1",
                "kind": "dsse",
                "spec": {
                    "envelopeHash": _hash(content["envelope"].encode()),
                    "payloadHash": _hash(base64.b64decode(envelope["payload"])),
                    "signatures": [
                        {"signature": each["sig"], "verifier": verifier} for each in envelope["signatures"]
                    ],
                },
            }
        )
        root = hashlib.sha256(b"\0" + body).digest()
        note = f"stand-in\n1\n{b64(root)}\n"
        checkpoint = f"{note}\n\u2014 stand-in {b64(self.id[:4] + sign(self.key, note.encode()))}\n"
        facts = {"body": b64(body), "integratedTime": int(time.time()), "logID": self.id.hex(), "logIndex": 0}
        proof = {"hashes": [], "logIndex": 0, "rootHash": root.hex(), "treeSize": 1, "checkpoint": checkpoint}
        promise = b64(sign(self.key, rfc8785.dumps(facts)))
        verification = {"inclusionProof": proof, "signedEntryTimestamp": promise}
        return {"0" * 64: {**facts, "verification": verification}}


def _hash(data: bytes) -> dict[str, str]:
    return {"algorithm": "sha256", "value": hashlib.sha256(data).hexdigest()}


class Roots:
    """A TUF repository in a folder.

    Args:
        folder: The folder.
        targets: What it publishes.
    """

    def __init__(self, folder: Path, targets: dict[str, bytes]) -> None:
        self.folder = folder
        (folder / "targets").mkdir(parents=True)
        self._signer = CryptoSigner.generate_ed25519()
        self.publish(targets)

    def publish(self, targets: dict[str, bytes], *, version: int = 1, expires: int = 3600) -> None:
        """Publish files; `expires` is in seconds from now."""
        end = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=expires)
        root = Root(version=1, expires=end + timedelta(days=9), consistent_snapshot=True)
        for role in ("root", "timestamp", "snapshot", "targets"):
            root.add_key(self._signer.public_key, role)
        files = {}
        for name, data in targets.items():
            files[name] = TargetFile.from_data(name, data)
            digest = files[name].hashes["sha256"]
            (self.folder / "targets" / f"{digest}.{name}").write_bytes(data)
        snapshot = Snapshot(version=version, expires=end, meta={"targets.json": MetaFile(version)})
        timestamp = Timestamp(version=version, expires=end, snapshot_meta=MetaFile(version))
        self._write(Targets(version=version, expires=end, targets=files), f"{version}.targets.json")
        self._write(snapshot, f"{version}.snapshot.json")
        self._write(timestamp, "timestamp.json")
        if version == 1:
            self._write(root, "1.root.json")
            self._write(root, "root.json")

    @property
    def checksum(self) -> str:
        """SHA-256 of the first root."""
        return hashlib.sha256((self.folder / "root.json").read_bytes()).hexdigest()

    def _write(self, signed, name: str) -> None:
        metadata = Metadata(signed)
        metadata.sign(self._signer)
        metadata.to_file(str(self.folder / name))


class Deployment:
    """The services behind one address.

    Attributes:
        url: The address; Fulcio's too.
        requests: Method and path of the requests that came.
        refuse: By the beginning of a path, with which status and body to refuse requests.
    """

    def __init__(self, folder: Path) -> None:
        self.fulcio, self.rekor = Fulcio(), Rekor()
        self.requests: list[str] = []
        self.refuse: dict[str, tuple[int, bytes]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.tuf_url = f"{self.url}/tuf"
        self.rekor_url = f"{self.url}/rekor"
        self.roots = Roots(folder, {"trusted_root.json": json.dumps(self.trusted_root()).encode()})

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(30)

    def trusted_root(self) -> dict:
        """What the deployment's clients shall trust."""

        def log(key, url: str) -> dict:
            public = {"rawBytes": b64(spki(key)), "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": EVER}
            key_id = {"keyId": b64(hashlib.sha256(spki(key)).digest())}
            return {"baseUrl": url, "hashAlgorithm": "SHA2_256", "publicKey": public, "logId": key_id}

        root = {"rawBytes": b64(self.fulcio.root.public_bytes(serialization.Encoding.DER))}
        authority = {
            "subject": {"organization": "stand-in", "commonName": "stand-in"},
            "uri": self.url,
            "certChain": {"certificates": [root]},
            "validFor": EVER,
        }
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log(self.rekor.key, self.rekor_url)],
            "certificateAuthorities": [authority],
            "ctlogs": [log(self.fulcio.log_key, f"{self.url}/ct")],
            "timestampAuthorities": [],
        }

    def _respond(self, method: str, path: str, token: str, body: bytes) -> tuple[int, bytes]:
        self.requests.append(f"{method} {path}")
        for beginning, refusal in self.refuse.items():
            if path.startswith(beginning):
                return refusal
        if method == "GET" and path.startswith("/tuf/"):
            file = self.roots.folder / path.removeprefix("/tuf/")
            return (200, file.read_bytes()) if file.is_file() else (404, b"")
        if path == "/api/v2/signingCert":
            return 201, json.dumps(self.fulcio.answer(json.loads(body), token)).encode()
        if path == "/rekor/api/v1/log/entries":
            return 201, json.dumps(self.rekor.answer(json.loads(body))).encode()
        return 404, b""

    def _handler(self):
        deployment = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                status, answer = deployment._respond(self.command, self.path, token, self.rfile.read(length))
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        return Handler
