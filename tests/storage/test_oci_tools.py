"""`save_to_oci_registry` and what belongs to it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from model_registry import storage
from model_registry.exceptions import InvalidArgumentError, StorageError
from model_registry.utils import (
    BackendDefinition,
    OCIParams,
    create_auth_object,
    get_auth_reference,
    save_to_oci_registry,
    temp_auth_file,
)
from tests.support.folders import FILES, read_files, write_files
from tests.support.oci_registry import Registry, inspect, needs_skopeo

if TYPE_CHECKING:
    from subprocess import CompletedProcess


@pytest.fixture
def base(oci_registry: Registry, tmp_path: Path) -> str:
    """A base image."""
    source = write_files(tmp_path / "base", {"base.txt": b"of the base"})
    return storage.upload(source, f"oci://{oci_registry.host}/tools/base:1").uri.removeprefix("oci://")


@pytest.fixture
def name(oci_registry: Registry, request: pytest.FixtureRequest) -> str:
    """A name of the test's own."""
    part = "".join(each for each in request.node.name.lower() if each.isalnum())
    return f"{oci_registry.host}/tools/{part}:1.0"


@pytest.fixture
def no_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither skopeo nor ORAS on the PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def fake_oras(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An `oras` that copies with skopeo, as Debian has no ORAS."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "oras"
    program.write_text(
        "#!/bin/sh\n"
        'if [ "$2" = --to-oci-layout ]; then\n'
        '  exec skopeo copy --multi-arch all --src-tls-verify=false "docker://$4" "oci:$5"\n'
        "fi\n"
        'exec skopeo copy --multi-arch all --dest-tls-verify=false "oci:$4" "docker://$5"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")


def check(name: str, uri: str, tmp_path: Path) -> None:
    assert uri == f"oci://{name}"
    assert read_files(storage.download(uri, tmp_path / "back")) == FILES
    assert len(inspect(name)["layers"]) == 1 + len(FILES)  # type: ignore[arg-type]


@pytest.mark.usefixtures("no_programs")
def test_without_any_program(base: str, name: str, folder: Path, tmp_path: Path) -> None:
    uri = save_to_oci_registry(base, name, folder)
    assert uri == f"oci://{name}"
    assert read_files(storage.download(uri, tmp_path / "back")) == FILES


@needs_skopeo
@pytest.mark.parametrize("backend", ["skopeo", "builtin"])
def test_backends(backend: str, base: str, name: str, folder: Path, tmp_path: Path) -> None:
    check(name, save_to_oci_registry(base, name, folder, backend=backend), tmp_path)


@needs_skopeo
def test_layers_are_annotated_as_olot_does(base: str, name: str, folder: Path) -> None:
    save_to_oci_registry(base, name, folder, backend="builtin")  # skopeo leaves annotations out
    layers: list[dict[str, dict[str, str]]] = inspect(name)["layers"]  # type: ignore[assignment]
    described = [layer["annotations"] for layer in layers[1:]]
    assert [
        {key.removeprefix("olot.layer.content."): each[key] for key in each if key.startswith("olot")}
        for each in described
    ] == [
        {
            "digest": f"sha256:{hashlib.sha256(content).hexdigest()}",
            "type": "file",
            "inlayerpath": f"/models/{path}",
            "name": path.rpartition("/")[2],
        }
        for path, content in sorted(FILES.items(), key=lambda item: item[0].encode())
    ]


@needs_skopeo
@pytest.mark.usefixtures("fake_oras")
def test_oras(base: str, name: str, folder: Path, tmp_path: Path) -> None:
    base = base.partition("@")[0]  # skopeo takes no name with tag and digest
    check(name, save_to_oci_registry(base, name, folder, backend="oras"), tmp_path)


@needs_skopeo
def test_the_folder_of_the_base(base: str, name: str, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "layout").mkdir()
    check(name, save_to_oci_registry(base, name, folder, dest_dir=tmp_path / "layout"), tmp_path)
    assert (tmp_path / "layout" / "index.json").is_file()


def test_as_kubeflow_calls_it(base: str, name: str, folder: Path, tmp_path: Path) -> None:
    uri = save_to_oci_registry(base_image=base, oci_ref=name, model_files_path=str(folder))
    assert read_files(storage.download(uri, tmp_path / "back")) == FILES


def test_kubeflow_itself(base: str, name: str, folder: Path, tmp_path: Path) -> None:
    hub = pytest.importorskip("kubeflow.hub.storage")
    params = pytest.importorskip("kubeflow.hub.types.types").OCIUploadParams(base_image=base, oci_ref=name)
    uri = hub.upload_artifact(str(folder), upload_params=params)
    assert read_files(storage.download(uri, tmp_path / "back")) == FILES


@needs_skopeo
@pytest.mark.parametrize("backend", ["skopeo", "builtin"])
def test_one_file_and_a_model_card(backend: str, base: str, name: str, folder: Path, tmp_path: Path) -> None:
    card = tmp_path / "README.md"
    card.write_text("# Fraud")
    model = folder / "model.onnx"
    uri = save_to_oci_registry(base, name, model, backend=backend, modelcard=card)
    expected = {"model.onnx": FILES["model.onnx"], "README.md": b"# Fraud"}
    assert read_files(storage.download(uri, tmp_path / "back")) == expected
    if backend == "builtin":  # skopeo drops annotations of what it compresses
        last = inspect(name)["layers"][-1]  # type: ignore[index]
        assert last["annotations"]["io.opendatahub.modelcar.layer.type"] == "modelcard"


class Copying:
    """A backend of one's own, which notes what it is given."""

    def __init__(self, layout: Path) -> None:
        self.layout = layout
        self.seen: list[tuple[object, ...]] = []
        self.auth: list[Any] = []

    def pull(self, base: str, dest: Path, **kwargs: str) -> CompletedProcess[bytes]:
        self.seen.append(("pull", base))
        self.auth.append(json.loads(Path(kwargs["authfile"]).read_text()) if kwargs else None)
        shutil.copytree(self.layout, dest, dirs_exist_ok=True)
        return None  # type: ignore[return-value]

    def push(self, src: Path, oci_ref: str, **kwargs: str) -> CompletedProcess[bytes]:
        self.seen.append(("push", oci_ref))
        index = json.loads((src / "index.json").read_text())["manifests"][0]
        manifest = json.loads((src / "blobs" / index["digest"].replace(":", "/")).read_text())
        self.seen.append(("layers", len(manifest["layers"])))
        return None  # type: ignore[return-value]


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """A layout of an image with nothing in it."""
    from model_registry.storage.oci.images import scratch, with_layers

    composed = with_layers(scratch(None), [])
    blobs = {f"blobs/{each.digest.replace(':', '/')}": each.data for each in [*composed.blobs, composed.top]}
    index = {"schemaVersion": 2, "manifests": [composed.top.describe({}).json()]}
    return write_files(tmp_path / "base layout", {**blobs, "index.json": json.dumps(index).encode()})


@pytest.mark.usefixtures("no_programs")
def test_a_backend_of_ones_own(layout: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copying = Copying(layout)
    own: Any = BackendDefinition(is_available=lambda: True, pull=copying.pull, push=copying.push)
    uri = save_to_oci_registry(
        "base:1", "quay.io/a/b:1", folder, custom_oci_backend=own, oci_username="ann", oci_password="hunter2"
    )
    assert uri == "oci://quay.io/a/b:1"
    assert copying.seen == [("pull", "base:1"), ("push", "quay.io/a/b:1"), ("layers", len(FILES))]
    assert copying.auth == [{"auths": {"quay.io": {"auth": "YW5uOmh1bnRlcjI="}}}]


def test_a_backend_that_is_not_available(layout: Path, folder: Path) -> None:
    copying = Copying(layout)
    own: Any = BackendDefinition(is_available=lambda: False, pull=copying.pull, push=copying.push)
    with pytest.raises(ValueError, match="not available"):
        save_to_oci_registry("base:1", "quay.io/a/b:1", folder, custom_oci_backend=own)
    assert copying.seen == []


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"backend": "docker"}, "skopeo, oras, builtin"),
        ({"model_files_path": "nowhere"}, "no file or folder 'nowhere'"),
        ({"oci_auth_env_var": "NOT_SET"}, "NOT_SET"),
        ({"oci_username": "ann"}, "belong together"),
        ({"oci_ref": "quay.io/UPPER"}, "not an OCI reference"),
        ({"base_image": "no good"}, "not an OCI reference"),
    ],
)
def test_bad_arguments(changes: dict[str, Any], text: str, folder: Path) -> None:
    given = {"base_image": "base:1", "oci_ref": "quay.io/a/b:1", "model_files_path": folder, **changes}
    with pytest.raises(ValueError, match=text) as caught:
        save_to_oci_registry(**{"backend": "builtin", **given})
    assert isinstance(caught.value, InvalidArgumentError)


@needs_skopeo
def test_failures_of_skopeo_are_told(oci_registry: Registry, folder: Path) -> None:
    with pytest.raises(StorageError, match=r"skopeo could not copy .*none.*manifest unknown"):
        save_to_oci_registry(f"{oci_registry.host}/none:1", f"{oci_registry.host}/a:1", folder)


def test_credentials_of_a_variable(layout: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copying = Copying(layout)
    own: Any = BackendDefinition(is_available=lambda: True, pull=copying.pull, push=copying.push)
    monkeypatch.setenv("MY_AUTH", '{"auths": {"mine": {}}}')
    monkeypatch.setenv(".dockerconfigjson", '{"auths": {"mounted": {}}}')
    args = ("base:1", "quay.io/a/b:1", folder)
    save_to_oci_registry(*args, custom_oci_backend=own, oci_auth_env_var="MY_AUTH")
    save_to_oci_registry(*args, custom_oci_backend=own)
    monkeypatch.delenv(".dockerconfigjson")
    save_to_oci_registry(*args, custom_oci_backend=own)
    assert copying.auth == [{"auths": {"mine": {}}}, {"auths": {"mounted": {}}}, None]


def test_a_file_of_credentials() -> None:
    with temp_auth_file("secret") as file:
        assert file is not None
        path = Path(file.name)
        assert path.read_text() == "secret"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()
    with temp_auth_file(None) as nothing:
        assert nothing is None


@pytest.mark.parametrize(
    ("image", "reference"),
    [
        ("quay.io/my-org/my-registry:1.0.0", "quay.io/my-org/my-registry"),
        ("my-private-registry:5000/team/app:latest", "my-private-registry:5000/team/app"),
        ("ubuntu", "docker.io"),
        ("ubuntu:22.04", "docker.io"),
        ("my-user/my-app", "docker.io"),
        ("my-user/my-app:v2", "docker.io"),
        ("quay.io/my-org/my-registry@sha256:f1b3f5a2d", "quay.io/my-org/my-registry"),
        ("quay.io/my-org/my-registry:1@sha256:f1b3f5a2d", "quay.io/my-org/my-registry"),
        ("localhost:5000/my-local-image", "localhost:5000/my-local-image"),
        ("localhost:5000/my-local-image:test-tag", "localhost:5000/my-local-image"),
        ("localhost/image", "localhost/image"),
    ],
)
def test_references_of_credentials(image: str, reference: str) -> None:
    assert get_auth_reference(image) == reference
    assert create_auth_object(image, "u", "p") == {"auths": {reference: {"auth": "dTpw"}}}


def test_parameters_show_no_password() -> None:
    params = OCIParams("base", "quay.io/a/b:1", oci_password="hunter2")
    assert "hunter2" not in repr(params)
    assert asdict(params) == {
        "base_image": "base",
        "oci_ref": "quay.io/a/b:1",
        "dest_dir": None,
        "backend": "skopeo",
        "modelcard": None,
        "custom_oci_backend": None,
        "oci_auth_env_var": None,
        "oci_username": None,
        "oci_password": "hunter2",
    }
