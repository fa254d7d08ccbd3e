"""Repositories of a Hugging Face Hub that answers as the real one does."""

import subprocess
import sys
from pathlib import Path

import pytest

from model_registry import ModelRegistry, storage
from model_registry.exceptions import (
    ChangedValueWarning,
    IntegrityError,
    InvalidArgumentError,
    MissingExtraError,
    StorageAccessError,
    StorageError,
    StorageNotFoundError,
    StoreError,
)
from model_registry.storage import HFStore, describe_hf_model
from model_registry.storage.hf.location import HubLocation
from tests.support.folders import read_files, sha256
from tests.support.hub_server import HubServer, Repository
from tests.support.range_server import Served
from tests.support.reference import ReferenceServer

pytest.importorskip("huggingface_hub", reason="the extra 'hf' is not installed")

OLD, NEW = "0" * 40, "1" * 40
README = b"""---
license: other
tags:
- a
---
# Fraud

It finds it.
"""
FILES = {
    ".gitattributes": b"*.onnx lfs",
    "README.md": README,
    "empty": b"",
    "onnx/model.onnx": b"weights" * 100_000,
    "onnx/deep/er/x": b"x",
    "with blank/\xfcn\u00efcode \u2603.json": b"{}",
}
CARD = {
    "license": "other",
    "license_name": "acme-1",
    "license_link": "LICENSE",
    "language": ["en", "de"],
    "tags": ["a"],
    "base_model": "acme/base",
    "datasets": ["acme/data", "acme/more"],
    "carbon": 1.5,
    "widget": [{"text": "hello"}],
    "model-index": [{"name": "fraud", "results": []}],
}
FACTS = {
    "tags": ["onnx", "license:other"],
    "pipeline_tag": "text-classification",
    "library_name": "transformers",
}


@pytest.fixture(autouse=True)
def hub(monkeypatch, tmp_path):
    with HubServer() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.delenv("HF_TOKEN", raising=False)
        monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "no token"))
        server.repositories["acme/fraud"] = Repository(
            {OLD: {"old": b"1"}, NEW: FILES},
            {"main": NEW, "v0": OLD, "refs/pr/1": OLD},
            card=CARD,
            facts=FACTS,
        )
        yield server


def test_whole_repository(hub, tmp_path):
    path = storage.download("hf://acme/fraud", tmp_path / "got")
    assert read_files(path) == FILES
    assert all("/main/" not in asked for asked in hub.paths("/acme"))


def test_listing(hub):
    listed = {file.path: file for file in storage.list_files("hf://acme/fraud@main")}
    assert listed.keys() == FILES.keys()
    assert {file.path: file.size for file in listed.values()} == {
        path: len(data) for path, data in FILES.items()
    }
    assert listed["onnx/model.onnx"].digest == sha256(FILES["onnx/model.onnx"])
    assert listed["README.md"].digest is None
    assert {file.version for file in listed.values()} == {NEW}


def test_folder_and_file(hub, tmp_path):
    path = storage.download("hf://acme/fraud/onnx", tmp_path / "onnx")
    assert read_files(path) == {"model.onnx": FILES["onnx/model.onnx"], "deep/er/x": b"x"}
    path = storage.download("hf://acme/fraud@main/onnx/model.onnx", tmp_path / "one")
    assert path == tmp_path / "one" / "model.onnx"
    assert path.read_bytes() == FILES["onnx/model.onnx"]
    path = storage.download(
        "hf://acme/fraud/with%20blank/%C3%BCn%C3%AFcode%20%E2%98%83.json", tmp_path / "two"
    )
    assert path.name == "\xfcn\u00efcode \u2603.json"
    with storage.open("hf://acme/fraud/README.md") as file:
        assert file.read() == README


@pytest.mark.parametrize("revision", [OLD, "v0", "refs/pr/1", "refs%2Fpr%2F1"])
def test_revisions(hub, tmp_path, revision):
    assert read_files(storage.download(f"hf://acme/fraud@{revision}", tmp_path / "got")) == {"old": b"1"}
    assert HFStore().resolve(f"hf://acme/fraud@{revision}/old") == f"hf://acme/fraud@{OLD}/old"


def test_a_branch_that_moves_in_between(hub, tmp_path):
    store = HFStore()
    files = store.list_files("hf://acme/fraud")
    hub.repositories["acme/fraud"].refs["main"] = OLD

    class Listed(HFStore):
        def list_files(self, uri):
            return files

    assert read_files(storage.download("hf://acme/fraud", tmp_path / "got", store=Listed())) == FILES


def test_cut_and_resumed(hub, tmp_path):
    content = FILES["onnx/model.onnx"]
    hub.content.cut_at = [1000, 300_000]
    path = storage.download("hf://acme/fraud/onnx/model.onnx", tmp_path)
    assert path.read_bytes() == content
    assert hub.content.asked_for == [None, "bytes=1000-", "bytes=300000-"]


def test_large_file_in_parts_at_once(hub, tmp_path, monkeypatch):
    monkeypatch.setattr("model_registry.storage.web._PART", 100_000)
    path = storage.download("hf://acme/fraud/onnx/model.onnx", tmp_path)
    assert path.read_bytes() == FILES["onnx/model.onnx"]
    parts = {f"bytes={place}-{place + 99_999}" for place in range(0, 700_000, 100_000)}
    assert set(hub.content.asked_for) == parts


def test_resumed_by_the_next_call(hub, tmp_path, monkeypatch):
    monkeypatch.setattr("model_registry.storage.http.retries.RETRIES", 0)
    hub.content.cut_at = [1000]
    with pytest.raises(StorageError, match="continues where it stopped"):
        storage.download("hf://acme/fraud/onnx/model.onnx", tmp_path)
    assert not (tmp_path / "model.onnx").exists()
    path = storage.download("hf://acme/fraud/onnx/model.onnx", tmp_path)
    assert path.read_bytes() == FILES["onnx/model.onnx"]
    assert hub.content.asked_for == [None, "bytes=1000-"]


def test_other_bytes_than_the_hub_says(hub, tmp_path):
    class Tampered(HFStore):
        def list_files(self, uri):
            files = super().list_files(uri)
            hub.repositories["acme/fraud"].commits[NEW] = {**FILES, "onnx/model.onnx": b"WEIGHTS" * 100_000}
            return files

    with pytest.raises(IntegrityError):
        storage.download("hf://acme/fraud/onnx/model.onnx", tmp_path / "got", store=Tampered())
    assert not (tmp_path / "got" / "model.onnx").exists()


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("hf://acme/none", "acme/none .* does not exist or is private.*HF_TOKEN"),
        ("hf://acme/fraud@v9", "has no revision 'v9'"),
        ("hf://acme/fraud@v0/onnx", "no file or folder 'onnx' at the revision 'v0'"),
    ],
)
def test_not_there(tmp_path, uri, told):
    with pytest.raises(StorageNotFoundError, match=told):
        storage.download(uri, tmp_path / "got")
    assert not (tmp_path / "got").exists()


@pytest.mark.parametrize(
    "uri",
    [
        "hf://",
        "hf:///x",
        "hf://@main",
        "hf://a/b@/x",
        "hf://a/b@main/../x",
        "hf://a/b/./x",
        "hf://a/b/x//y",
        "hf://a b/c",
    ],
)
def test_what_is_no_uri(hub, uri):
    with pytest.raises(InvalidArgumentError):
        storage.list_files(uri)
    assert hub.requests == []


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("hf://gpt2", HubLocation("gpt2")),
        ("hf://gpt2@main/config.json", HubLocation("gpt2", path="config.json")),
        ("HF://a/b", HubLocation("a/b")),
        ("hf://a/b/", HubLocation("a/b")),
        ("hf://a/b/c@d.txt", HubLocation("a/b", path="c@d.txt")),
        ("hf://a/b@x%2Fy/c%20d/e", HubLocation("a/b", "x/y", "c d/e")),
        ("hf://datasets/a/b@v1/x", HubLocation("a/b", "v1", "x", "dataset")),
        ("hf://models/a/b", HubLocation("a/b")),
        ("hf://a/b:v1", HubLocation("a/b", "v1")),  # as KServe writes it
        ("hf://a/b/c:v1", HubLocation("a/b", path="c:v1")),
    ],
)
def test_uris(uri, place):
    assert HubLocation.of(uri) == place
    assert HubLocation.of(str(place)) == place


def test_dataset(hub, tmp_path):
    hub.repositories["datasets/acme/data"] = Repository({NEW: {"a/b.csv": b"1"}}, {"main": NEW})
    assert read_files(storage.download("hf://datasets/acme/data", tmp_path / "got")) == {"a/b.csv": b"1"}


@pytest.fixture
def private(hub):
    hub.repositories["acme/secret"] = Repository({NEW: FILES}, {"main": NEW}, token="hf_right")
    return "hf://acme/secret"


@pytest.mark.parametrize("how", ["argument", "variable", "login"])
def test_private(hub, private, tmp_path, monkeypatch, how):
    if how == "variable":
        monkeypatch.setenv("HF_TOKEN", "hf_right")
    if how == "login":
        (tmp_path / "login").write_text("hf_right\n")
        monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "login"))
    store = HFStore(token="hf_right" if how == "argument" else None)
    assert read_files(storage.download(private, tmp_path / "got", store=store)) == FILES
    # The other host gets no token.
    assert hub.content.requests
    assert all("authorization" not in request.headers for request in hub.content.requests)
    assert all(request.headers["authorization"] == "Bearer hf_right" for request in hub.requests)


@pytest.mark.parametrize(
    ("token", "kind", "told"),
    [
        (None, StorageNotFoundError, "does not exist or is private"),
        ("hf_wrong", StorageNotFoundError, "does not exist or is private"),
        ("expired", StorageAccessError, "refused, expired or not sufficient"),
    ],
)
def test_private_without_the_right_token(private, tmp_path, token, kind, told):
    with pytest.raises(kind, match=told) as raised:
        storage.download(private, tmp_path / "got", store=HFStore(token=token))
    assert not token or token not in str(raised.value).replace("refused, expired", "")


def test_gated(hub, tmp_path):
    hub.repositories["acme/gated"] = Repository({NEW: FILES}, {"main": NEW}, token="hf_right", gated=True)
    with pytest.raises(StorageAccessError, match=r"Accept its terms on http.*/acme/gated .*HF_TOKEN"):
        storage.download("hf://acme/gated", tmp_path / "got", store=HFStore(token="hf_wrong"))
    assert not (tmp_path / "got").exists()
    store = HFStore(token="hf_right")
    assert read_files(storage.download("hf://acme/gated", tmp_path / "got", store=store)) == FILES


def test_no_secret_is_told(hub, tmp_path, monkeypatch):
    monkeypatch.setattr("model_registry.storage.http.retries.RETRIES", 0)
    hub.content.cut_at = [0]
    store = HFStore(token="hf_secret")
    with pytest.raises(StorageError) as raised:
        storage.download("hf://acme/fraud/onnx/model.onnx", tmp_path, store=store)
    assert "secret" not in str(raised.value)
    assert "hf_secret" not in repr(store)


def test_a_hub_that_is_busy(hub, tmp_path, monkeypatch):
    monkeypatch.setattr("model_registry.storage.http.retries.wait", lambda *_: 0)
    hub.instead = [Served("503 Service Unavailable"), Served("429 Too Many Requests")]
    assert len(storage.list_files("hf://acme/fraud")) == len(FILES)
    hub.instead = [Served("503 Service Unavailable")] * 9
    with pytest.raises(StorageError, match="status 503"):
        storage.list_files("hf://acme/fraud")
    hub.instead = [Served("418 I'm a teapot")]
    with pytest.raises(StorageError, match="418"):
        storage.list_files("hf://acme/fraud")


def test_no_hub(monkeypatch):
    monkeypatch.setattr("model_registry.storage.http.retries.wait", lambda *_: 0)
    with pytest.raises(StorageError, match="refused"):
        HFStore(endpoint="http://127.0.0.1:1").list_files("hf://acme/fraud")


def test_uploading_is_refused(folder):
    with pytest.raises(InvalidArgumentError, match="read-only"):
        storage.upload(folder, "hf://acme/fraud")


def test_described(hub):
    model = describe_hf_model("acme/fraud", "onnx/model.onnx")
    assert (model.repo, model.path, model.git_ref, model.commit) == (
        "acme/fraud",
        "onnx/model.onnx",
        "main",
        NEW,
    )
    assert model.uri == f"{hub.url}/acme/fraud/resolve/{NEW}/onnx/model.onnx"
    assert model.storage_uri == f"hf://acme/fraud@{NEW}/onnx/model.onnx"
    assert (model.size, model.digest) == (700_000, sha256(FILES["onnx/model.onnx"]))
    assert model.author == "acme"
    assert (model.model_source_kind, model.model_source_class, model.model_source_group) == (
        "hf",
        "model",
        "acme",
    )
    assert (model.model_source_id, model.model_source_name) == ("acme/fraud", "fraud")
    assert model.license == "acme-1"
    assert model.license_link == f"{hub.url}/acme/fraud/resolve/{NEW}/LICENSE"
    assert (model.language, model.tasks) == (["en", "de"], ["text-classification"])
    assert model.library_name == "transformers"
    assert model.readme == "# Fraud\n\nIt finds it."
    assert model.custom_properties == {
        "license": "other",
        "license_name": "acme-1",
        "license_link": "LICENSE",
        "language": ["en", "de"],
        "tags": ["onnx", "license:other"],
        "base_model": "acme/base",
        "datasets": ["acme/data", "acme/more"],
        "carbon": 1.5,
        "pipeline_tag": "text-classification",
        "library_name": "transformers",
        "hf_gated": "false",
        "hf_private": "false",
        "hf_commit": NEW,
        "hf_git_ref": "main",
        "repo": "acme/fraud",
        "source_uri": model.uri,
        "model_origin": "huggingface_hub",
        "model_author": "acme",
    }


def test_described_can_be_fetched(hub, tmp_path):
    model = describe_hf_model("acme/fraud", "onnx/model.onnx")
    path = storage.download(model.storage_uri, tmp_path, expected=model.digest)
    assert path.read_bytes() == FILES["onnx/model.onnx"]
    assert storage.download(model.uri, tmp_path / "web", expected=model.digest).name == "model.onnx"


def test_described_as_a_whole_or_a_folder(hub):
    model = describe_hf_model("acme/fraud")
    assert model.uri == model.storage_uri == f"hf://acme/fraud@{NEW}"
    assert (model.path, model.size, model.digest) == (None, None, None)
    folder = describe_hf_model("acme/fraud", "onnx/")
    assert (folder.path, folder.size) == ("onnx", None)
    assert folder.storage_uri == f"hf://acme/fraud@{NEW}/onnx"


def test_described_with_next_to_nothing(hub):
    hub.repositories["gpt2"] = Repository({NEW: {"model.bin": b"1"}}, {"main": NEW})
    model = describe_hf_model("gpt2", "model.bin")
    assert (model.author, model.model_source_group, model.model_source_name) == ("unknown", None, "gpt2")
    assert (model.license, model.language, model.tasks, model.readme) == (None, None, None, None)
    assert (model.size, model.digest) == (1, None)


README_TEXT = "---\ntags: [a]\n---\n# Fraud\n"


@pytest.mark.parametrize(
    "readme",
    [
        README_TEXT.encode(),
        README_TEXT.encode("utf-8-sig"),
        README_TEXT.encode("utf-16"),
        README_TEXT.encode("utf-16-le"),
        README_TEXT.encode("utf-32"),
        README_TEXT.replace("\n", "\r\n").encode(),
        README_TEXT.replace("\n", "\r").encode(),
        b"\n\n  " + README_TEXT.encode(),
        b"---\n---\n# Fraud",
    ],
)
def test_15_20_model_cards_in_every_encoding(hub, readme):
    hub.repositories["acme/odd"] = Repository({NEW: {"README.md": readme}}, {"main": NEW})
    model = describe_hf_model("acme/odd")
    assert (model.readme, model.changes) == ("# Fraud", ())


def test_15_20_a_model_card_that_is_only_metadata_or_has_a_rule(hub):
    hub.repositories["acme/odd"] = Repository({NEW: {"README.md": b"---\na: 1\n---"}}, {"main": NEW})
    assert describe_hf_model("acme/odd").readme is None
    hub.repositories["acme/odd"] = Repository(
        {NEW: {"README.md": b"# Fraud\n---\nmore\n---\n"}}, {"main": NEW}
    )
    assert describe_hf_model("acme/odd").readme == "# Fraud\n---\nmore\n---"


ODD_VALUES = [
    ({"id": 10**30}, {"id": str(10**30)}, "'id' is stored as"),
    ({"id": 10**3000}, {"id": str(10**3000)}, "'id' is stored as"),
    ({"loss": float("inf")}, {"loss": "inf"}, "'loss' is stored as 'inf'"),
    ({"note": "a\0b"}, {"note": "a\ufffdb"}, "'note' is stored as"),
    ({"note": "a\ud800"}, {"note": "a\ufffd"}, "'note' is stored as"),
    ({"note": "a\\u0000b"}, {"note": "a\ufffdb"}, "'note' is stored as"),
    ({"k" * 300: "x"}, {"k" * 254 + "…": "x"}, "its name is too long"),
    ({"k" * 300: "x", "k" * 301: "y"}, {"k" * 254 + "…": "x"}, "is left out: its name"),
    ({"a\0": "x"}, {"a\ufffd": "x"}, "its name is too long or invalid"),
    ({"": "x"}, {}, "'' is left out"),
    ({"deep": {"a": ["\0", 10**30]}}, {"deep": {"a": ["\ufffd", str(10**30)]}}, "'deep' is stored as"),
    ({"odd": {"@list": [1]}}, {}, "'odd' is left out"),
]


@pytest.mark.parametrize(("card", "stored", "change"), ODD_VALUES)
async def test_15_20_odd_values_are_stored_and_reported(hub, card, stored, change):
    hub.repositories["acme/odd"] = Repository({NEW: {"m": b"1"}}, {"main": NEW}, card={"good": 1, **card})
    with ModelRegistry.local(author="ann") as registry:
        with pytest.warns(ChangedValueWarning) as warned:
            registry.register_hf_model(
                "acme/odd", "m", version="1", model_format_name="onnx", model_format_version="1"
            )
        found = registry.get_version("odd", "1").custom_properties
    assert {name: found.get(name) for name in stored} == stored
    assert found["good"] == 1
    assert change in str(warned[0].message)


@pytest.mark.parametrize(
    ("card", "stored"),
    [
        ({"mixed": ["a", 1, None]}, {"mixed": ["a", 1, None]}),
        ({"nested": {"a": {"b": 1}}}, {"nested": {"a": {"b": 1}}}),
        ({"tags": 5}, {"tags": 5}),
        ({"self": "x", "ignore_metadata_errors": True}, {"self": "x", "ignore_metadata_errors": True}),
        ({"eval_results": "x", "model_name": 1}, {"eval_results": "x", "model_name": 1}),
        ({"model-index": ["x"]}, {}),
        ({"big": 2**63 - 1}, {"big": 2**63 - 1}),
    ],
)
def test_15_20_unusual_values_stay_as_they_are(hub, card, stored):
    hub.repositories["acme/odd"] = Repository({NEW: {}}, {"main": NEW}, card=card)
    model = describe_hf_model("acme/odd")
    assert {name: model.custom_properties.get(name) for name in stored} == stored
    assert model.changes == ()


@pytest.mark.parametrize(
    ("metadata", "stored"),
    [
        ("id: 1000000000000000000000000000000", {"id": str(10**30)}),
        ("day: 2026-01-02\n1: x\nloss: .inf", {"day": "2026-01-02", "1": "x", "loss": "inf"}),
        ("a: &x [1]\nb: *x", {"a": None}),
        ("a: [", {"a": None}),
        ("- a", {}),
    ],
)
def test_15_20_odd_cards_in_the_cache(hub, cache, monkeypatch, metadata, stored):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    card = (cache / "README.md").resolve()
    card.write_bytes(f"\n---\n{metadata}\n---\n# Fraud".encode("utf-16"))
    model = describe_hf_model("acme/fraud")
    assert model.readme == "# Fraud"
    assert {name: model.custom_properties.get(name) for name in stored} == stored


def test_15_20_lists_of_licenses(hub):
    card = {"license": ["mit", "apache-2.0"]}
    hub.repositories["acme/odd"] = Repository({NEW: {}}, {"main": NEW}, card=card)
    model = describe_hf_model("acme/odd")
    assert model.license == "mit, apache-2.0"
    assert model.custom_properties["license"] == ["mit", "apache-2.0"]


def test_15_20_a_card_that_is_no_mapping_or_too_long(hub):
    hub.repositories["acme/odd"] = Repository({NEW: {"README.md": b"x" * 2**21}}, {"main": NEW})
    hub.repositories["acme/odd"].facts = {"cardData": ["x"]}
    model = describe_hf_model("acme/odd")
    assert len(model.readme) == 2**20
    assert model.changes == ("README.md is cut after 1048576 bytes",)


def test_15_20_values_that_the_reference_server_cannot_store(hub):
    card = {"id": 10**12, "experiment_id": "x", "deep": [2**60], "text": "mlmd-struct::x", "n": 7}
    hub.repositories["acme/odd"] = Repository({NEW: {"m": b"1"}}, {"main": NEW}, card=card)
    with ReferenceServer() as server, ModelRegistry(server.url, author="ann") as registry:
        with pytest.warns(ChangedValueWarning, match="'id' .*it is stored as text"):
            registry.register_hf_model(
                "acme/odd", "m", version="1", model_format_name="onnx", model_format_version="1"
            )
        found = registry.get_version("odd", "1").custom_properties
    assert (found["id"], found["deep"], found["n"]) == (str(10**12), f"[{2**60}]", 7)
    assert "experiment_id" not in found
    assert "text" not in found


def test_described_though_gated(hub):
    hub.repositories["acme/gated"] = Repository({NEW: FILES}, {"main": NEW}, token="hf_right", gated=True)
    model = describe_hf_model("acme/gated", "onnx/model.onnx")
    assert model.custom_properties["hf_gated"] == "manual"
    assert model.readme is None
    assert describe_hf_model("acme/gated", token="hf_right").readme.startswith("# Fraud")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"repo": "acme/none"}, "acme/none .*does not exist"),
        ({"repo": "acme/fraud", "git_ref": "v9"}, "no revision 'v9'"),
        ({"repo": "acme/fraud", "path": "nothing"}, "no file or folder 'nothing' at the revision 'main'"),
        ({"repo": "acme/fraud", "path": "onn"}, "no file or folder 'onn'"),
    ],
)
def test_described_though_not_there(arguments, told):
    with pytest.raises(StoreError, match=told) as raised:
        describe_hf_model(**arguments)
    assert isinstance(raised.value, StorageNotFoundError)


@pytest.mark.parametrize("repo", ["", "a/b/c", "a b", "../x"])
def test_described_though_no_repository_can_be_called_so(hub, repo):
    with pytest.raises(InvalidArgumentError):
        describe_hf_model(repo)
    assert hub.requests == []


def test_library_is_loaded_when_it_is_needed():
    code = (
        "import sys, model_registry.storage; from model_registry.storage import HFStore, describe_hf_model; "
    )
    code += "HFStore(token='x'); assert 'huggingface_hub' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_missing_extra(hub, monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    for act in (lambda: storage.list_files("hf://acme/fraud"), lambda: describe_hf_model("acme/fraud")):
        with pytest.raises(MissingExtraError, match=r"pip install 'model-registry\[hf\]'") as raised:
            act()
        assert isinstance(raised.value, ImportError)
    assert hub.requests == []


@pytest.fixture
def cache(hub, monkeypatch, tmp_path):
    """The cache of the library, which has fetched the repository."""
    from huggingface_hub import snapshot_download

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    folder = snapshot_download("acme/fraud", endpoint=hub.url, cache_dir=tmp_path / "cache")
    hub.requests.clear()
    hub.content.requests.clear()
    return Path(folder)


def test_14_14_offline_the_cache_is_read(hub, cache, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert read_files(storage.download("hf://acme/fraud", tmp_path / "got")) == FILES
    path = storage.download(f"hf://acme/fraud@{NEW}/onnx/model.onnx", tmp_path / "one")
    assert path.read_bytes() == FILES["onnx/model.onnx"]
    with storage.open("hf://acme/fraud/onnx", "deep/er/x") as file:
        assert file.read() == b"x"
    assert HFStore().resolve("hf://acme/fraud@main/onnx") == f"hf://acme/fraud@{NEW}/onnx"
    by_path = {file.path: file for file in storage.list_files("hf://acme/fraud")}
    assert by_path["onnx/model.onnx"].digest == sha256(FILES["onnx/model.onnx"])
    assert hub.requests == []


def test_14_14_offline_a_model_is_described(hub, cache, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    model = describe_hf_model("acme/fraud", "onnx/model.onnx")
    assert (model.commit, model.author, model.license) == (NEW, "acme", "other")
    assert model.digest == sha256(FILES["onnx/model.onnx"])
    assert model.readme == "# Fraud\n\nIt finds it."
    assert model.custom_properties["tags"] == ["a"]
    assert "hf_private" not in model.custom_properties
    assert hub.requests == []


@pytest.mark.parametrize(
    "uri",
    [
        "hf://acme/other",
        "hf://acme/fraud@v0",
        f"hf://acme/fraud@{OLD}",
        "hf://acme/fraud@main/none",
        "hf://acme/fraud@..%2F..%2Fsecret/file",
        "hf://acme/fraud@refs/../..",
        "hf://acme/fraud@%2Fetc/passwd",
        "hf://acme/fraud@main%00/x",
    ],
)
def test_14_14_offline_what_the_cache_lacks(hub, cache, tmp_path, monkeypatch, uri):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "file").write_bytes(b"secret")
    monkeypatch.setenv("HF_HUB_OFFLINE", "true")
    with pytest.raises(StorageNotFoundError, match="HF_HUB_OFFLINE"):
        storage.download(uri, tmp_path / "got")
    assert not (tmp_path / "got").exists()
    assert hub.requests == []


def test_14_14_files_of_the_cache_are_not_fetched_again(hub, cache, tmp_path):
    assert read_files(storage.download("hf://acme/fraud", tmp_path / "got")) == FILES
    assert not [path for path in hub.paths() if "/resolve/" in path]
    assert hub.content.requests == []


def test_14_14_a_cut_file_of_the_cache_is_fetched(hub, cache, tmp_path):
    (cache / "onnx" / "model.onnx").resolve().write_bytes(b"weig")
    assert read_files(storage.download("hf://acme/fraud", tmp_path / "got")) == FILES


def test_14_14_a_snapshot_is_uploaded_registered_and_signed(cache, tmp_path):
    from model_registry import ModelRegistry
    from model_registry.signing import ModelSigner, create_key_pair

    uploaded = storage.upload(cache, str(tmp_path / "store"))
    assert {file.path for file in uploaded.files} == FILES.keys()
    create_key_pair(tmp_path / "a.key", tmp_path / "a.pub")
    signer = ModelSigner.with_key(tmp_path / "a.key", tmp_path / "a.pub")
    with ModelRegistry.local(tmp_path / "r.db", author="ann") as registry:
        registry.register("fraud", "1", files=cache, to=str(tmp_path / "s"), signer=signer)
        got = registry.download("fraud/1", tmp_path / "got", verifier=signer)
    assert read_files(got).keys() == {*FILES, "model.sig"}
    (cache / "elsewhere").symlink_to(tmp_path / "a.key")
    with pytest.raises(StorageError, match="leads out of"):
        storage.upload(cache, str(tmp_path / "other"))
