"""Signing images with a stand-in for `cosign` on the PATH that notes how it was called."""

import json
import logging
import os
import pickle
import sys

import pytest

from model_registry.exceptions import InvalidArgumentError
from model_registry.signing import (
    AlreadyInitializedError,
    CommandError,
    CommandRunner,
    IdentityTokenError,
    ImageSigner,
    InitializationError,
    Signer,
    SigningError,
    SigningFileNotFoundError,
    VerificationError,
)
from tests.support.sigstore import IDENTITY, ISSUER, make_token

IMAGE = "quay.io/team/model@sha256:" + "a" * 64
LOG = logging.LoggerAdapter(logging.getLogger("tests"), {})

COSIGN = f"""#!{sys.executable}
import json, os, pathlib, sys
with open({{calls!r}}, "a") as file:
    file.write(json.dumps({{{{"argv": sys.argv[1:], "env": dict(os.environ)}}}}) + "\\n")
if sys.argv[1] == "initialize":
    (pathlib.Path.home() / ".sigstore").mkdir()
if sys.argv[1] == {{fails!r}}:
    print("first line", file=sys.stderr)
    sys.exit("no matching signatures")
print("done")
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a `cosign` on the PATH; one of its commands may fail. Gives a function that tells its calls."""
    folder, calls = tmp_path / "bin", tmp_path / "calls"
    folder.mkdir()
    calls.touch()
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)

    def put(fails=None):
        program = folder / "cosign"
        program.write_text(COSIGN.format(calls=str(calls), fails=fails))
        program.chmod(0o755)
        return lambda: [json.loads(line) for line in calls.read_text().splitlines()]

    return put


@pytest.fixture
def token_path(tmp_path):
    path = tmp_path / "token"
    path.write_text(make_token())
    return path


@pytest.fixture
def signer(token_path):
    return Signer(
        "https://tuf.example.org",
        root_checksum="f" * 64,
        identity_token_path=token_path,
        fulcio_url="https://fulcio.example.org",
        rekor_url="https://rekor.example.org",
    )


def test_sign(install, signer, token_path, capfd):
    calls = install()
    signer.sign_image(IMAGE)
    signer.sign_image(IMAGE)
    first, *others = [call["argv"] for call in calls()]
    assert first == [
        "initialize",
        "--mirror=https://tuf.example.org",
        "--root=https://tuf.example.org/root.json",
        "--root-checksum=" + "f" * 64,
    ]
    assert others == 2 * [
        [
            "sign",
            "--yes",
            "--use-signing-config=false",
            f"--identity-token={token_path}",
            "--fulcio-url=https://fulcio.example.org",
            "--rekor-url=https://rekor.example.org",
            f"--oidc-issuer={ISSUER}",
            "--oidc-client-id=sigstore",
            IMAGE,
        ]
    ]
    token = token_path.read_text()
    assert token not in json.dumps(calls())
    assert capfd.readouterr() == ("", "")


def test_sign_without_any_settings(install, home):
    calls = install()
    (home / ".sigstore").mkdir()
    ImageSigner().sign(IMAGE)
    assert [call["argv"] for call in calls()] == [["sign", "--yes", IMAGE]]


def test_verify(install, signer):
    calls = install()
    signer.verify_image(IMAGE)
    signer.verify_image(IMAGE, "me", "you")
    assert [call["argv"] for call in calls()][1:] == [
        ["verify", f"--certificate-identity={IDENTITY}", f"--certificate-oidc-issuer={ISSUER}", IMAGE],
        ["verify", "--certificate-identity=me", "--certificate-oidc-issuer=you", IMAGE],
    ]


def test_verify_nobody(install, home):
    calls = install()
    (home / ".sigstore").mkdir()
    for given in ({}, {"certificate_identity": "me"}, {"oidc_issuer": "you"}):
        with pytest.raises(VerificationError, match="whose it must be"):
            ImageSigner().verify(IMAGE, **given)
    assert calls() == []


@pytest.mark.parametrize(
    ("command", "act", "kind"),
    [
        ("sign", lambda signer: signer.sign(IMAGE), SigningError),
        ("verify", lambda signer: signer.verify(IMAGE), VerificationError),
        ("initialize", lambda signer: signer.initialize(), InitializationError),
        ("initialize", lambda signer: signer.sign(IMAGE), InitializationError),
    ],
)
def test_failures(install, signer, command, act, kind):
    install(fails=command)
    with pytest.raises(kind, match="cosign ended with 1: first line no matching signatures") as raised:
        act(signer.image_signer)
    assert isinstance(raised.value.__cause__, CommandError)


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (lambda signer: signer.sign(IMAGE), InitializationError),
        (lambda signer: signer.verify(IMAGE), InitializationError),
        (lambda signer: signer.initialize(), InitializationError),
    ],
)
def test_no_cosign(signer, monkeypatch, tmp_path, act, kind):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(kind, match=r"not on the PATH: install it \(https://docs\.sigstore\.dev"):
        act(signer.image_signer)


def test_no_cosign_when_signing(signer, home, monkeypatch, tmp_path):
    (home / ".sigstore").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SigningError, match="not on the PATH"):
        signer.sign_image(IMAGE)
    with pytest.raises(VerificationError, match="not on the PATH"):
        signer.verify_image(IMAGE)


def test_roots_of_trust_are_not_replaced_without_being_told(install, signer, home):
    calls = install()
    (home / ".sigstore" / "root").mkdir(parents=True)
    with pytest.raises(AlreadyInitializedError):
        signer.image_signer.initialize()
    assert calls() == []
    signer.image_signer.initialize(force=True)
    assert not (home / ".sigstore" / "root").exists()


@pytest.mark.parametrize("image", ["", "--help", "-", "a b", "a\n"])
def test_what_is_no_image(install, signer, image):
    calls = install()
    with pytest.raises(InvalidArgumentError, match="names no image"):
        signer.sign_image(image)
    with pytest.raises(InvalidArgumentError, match="names no image"):
        signer.verify_image(image)
    assert calls() == []


def test_tokens(install, tmp_path):
    calls = install()
    with pytest.raises(SigningFileNotFoundError):
        ImageSigner(identity_token_path=tmp_path / "missing")
    with pytest.raises(SigningFileNotFoundError):
        ImageSigner().sign(IMAGE, tmp_path / "missing")
    (tmp_path / "old").write_text(make_token(exp=1))
    with pytest.raises(IdentityTokenError, match="expired"):
        ImageSigner().sign(IMAGE, tmp_path / "old")
    assert calls() == []


def test_runner(caplog, tmp_path):
    runner = CommandRunner(LOG)
    with caplog.at_level(logging.DEBUG):
        done = runner.run([sys.executable, "-c", "import os; print(os.environ['WHO'])"], env={"WHO": "me"})
    assert (done.stdout, done.returncode) == ("me\n", 0)
    assert "me" in caplog.text
    done = CommandRunner(LOG, cwd=tmp_path).run([sys.executable, "-c", "import os; print(os.getcwd())"])
    assert done.stdout.strip() == os.path.realpath(tmp_path)


def test_runner_runs_no_shell_and_gives_no_input():
    done = CommandRunner(LOG).run(
        [sys.executable, "-c", "import sys; print(sys.argv[1:], sys.stdin.read())", "$(id)"]
    )
    assert done.stdout == "['$(id)'] \n"


def test_runner_failures(tmp_path):
    runner = CommandRunner(LOG, timeout=0.05)
    with pytest.raises(CommandError, match=r"stopped after 0\.05 s"):
        runner.run([sys.executable, "-c", "import time; time.sleep(30)"])
    with pytest.raises(CommandError, match="cannot be run: Permission denied") as raised:
        runner.run([str(tmp_path)])
    assert raised.value.returncode == 126
    with pytest.raises(CommandError, match="not on the PATH"):
        runner.run(["no-such-program"])
    with pytest.raises(CommandError, match="ended with 3: it said nothing") as raised:
        CommandRunner(LOG).run([sys.executable, "-c", "raise SystemExit(3)"])
    assert raised.value.returncode == 3
    copied = pickle.loads(pickle.dumps(raised.value))
    assert (str(copied), copied.returncode, copied.cmd) == (str(raised.value), 3, raised.value.cmd)
