"""What importing costs, and what it says when the extra is missing; seen from fresh interpreters."""

import json
import subprocess
import sys

import model_registry.signing

HIDDEN = ("model_signing", "sigstore", "tuf", "OpenSSL", "cryptography", "requests", "pydantic", "subprocess")

BLOCK = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocker())
"""


def run(code):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_loads_nothing_heavy():
    loaded = json.loads(run("import model_registry.signing, json, sys; print(json.dumps(list(sys.modules)))"))
    assert [name for name in loaded if name.partition(".")[0] in HIDDEN] == []


def test_every_name_comes_without_the_libraries():
    names = ", ".join(model_registry.signing.__all__)
    libraries = ("model_signing", "sigstore", "tuf", "OpenSSL", "cryptography", "requests")
    run(BLOCK.format(blocked=libraries) + f"from model_registry.signing import {names}")
    assert sorted(model_registry.signing.__all__) == model_registry.signing.__all__


def test_missing_extra(tmp_path):
    code = f"""
from model_registry.signing import ModelSigner, Signer, create_key_pair
from model_registry.exceptions import MissingExtraError
acts = [
    lambda: create_key_pair({str(tmp_path / "a")!r}, {str(tmp_path / "b")!r}),
    lambda: ModelSigner.with_key("a").sign("."),
    lambda: ModelSigner.with_key(public_key="a").verify("."),
    lambda: Signer("https://tuf.example.org").model_signer.initialize(),
]
for act in acts:
    try:
        act()
    except MissingExtraError as error:
        print(error)
"""
    for library in ("model_signing", "OpenSSL"):
        lines = run(BLOCK.format(blocked=(library,)) + code).splitlines()
        wanted = f"Signing needs the extra 'signing' (No module named '{library}'"
        assert len(lines) == 4
        for line in lines:
            assert line.startswith(wanted)
            assert line.endswith("pip install 'model-registry[signing]'")
