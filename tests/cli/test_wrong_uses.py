"""Wrong uses of the command, each with its exact answer in one line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest

from tests.support.backends import API, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Cli

WRONG = [
    (2, "modles ls", "there is no command 'modles': did you mean 'models'? (see model-registry --help)"),
    (
        2,
        "models lsit",
        "there is no command 'lsit': did you mean 'ls'? (archive, ls, restore, set, show)"
        " (help: model-registry models --help)",
    ),
    (2, "--nonsense", "no such option '--nonsense' (help: model-registry --help)"),
    (
        2,
        "models ls --limt 3",
        "no such option '--limt': did you mean '--limit'? (help: model-registry models ls --help)",
    ),
    (
        2,
        "models ls --limit -1",
        "invalid value for '--limit': '-1' is not a positive number (help: model-registry models ls --help)",
    ),
    (
        2,
        "models ls -o xml",
        "invalid value for '-o' / '--output': 'xml' is not one of 'table', 'json', 'jsonl', 'yaml', 'name',"
        " 'csv' (help: model-registry models ls --help)",
    ),
    (2, "versions show", "missing argument 'REF' (help: model-registry versions show --help)"),
    (
        2,
        "versions show a b",
        "got unexpected extra argument (b) (help: model-registry versions show --help)",
    ),
    (
        2,
        "versions show a/b/c",
        "'a/b/c' does not name a version: within a name / is written %2F, and @ is written %40. It is one of"
        " 'fraud/1.0', 'fraud@champion', 'fraud@latest', an id, or one of these after 'model-registry://'",
    ),
    (
        3,
        "models show churn-predicton",
        "this registry has no model 'churn-predicton': did you mean 'churn-prediction'?",
    ),
    (
        3,
        "versions show churn-prediction@champoin",
        "model 'churn-prediction' has no alias 'champoin': did you mean 'champion'?",
    ),
    (
        2,
        "register fraud 1.0 s3://models/fraud.onnx",
        "invalid value for '[PATH]': 's3://models/fraud.onnx' is a URI: pass the location of stored files"
        " with --uri (help: model-registry register --help)",
    ),
    (
        2,
        "models set churn-prediction",
        "nothing to change: name a field with an option, or --property NAME=VALUE",
    ),
    (
        2,
        "models set churn-prediction --property team",
        "invalid value for '--property': 'team' is not NAME=VALUE, or NAME:=JSON for a number, true, a list"
        " or an object (help: model-registry models set --help)",
    ),
    (
        2,
        "models set churn-prediction --property n:=x",
        "invalid value for '--property': 'x' of 'n' is not JSON: write NAME=VALUE for a text"
        " (help: model-registry models set --help)",
    ),
    (
        2,
        "register churn-prediction 9 --metric auc=high",
        "invalid value for '--metric': 'auc=high' is not NAME=NUMBER (help: model-registry register --help)",
    ),
    (
        2,
        "register churn-prediction 9 .",
        "PATH needs --to URI, the location to upload it to; --uri is for files that are stored already",
    ),
    (2, "register churn-prediction 9 --to s3://m", "--to needs PATH: the file or folder to upload"),
    (
        4,
        "register churn-prediction 1.0.0 --uri s3://m",
        "version '1.0.0' of model 'churn-prediction' already exists, and it was not changed: choose another"
        " version, or pass --if-exists return to get it, or 'resume' to complete it",
    ),
    (
        2,
        "alias rm churn-prediction",
        "'churn-prediction' names no alias: write MODEL@ALIAS, such as fraud@champion",
    ),
    (2, "compare churn-prediction/1.0.0", "name a second version to compare churn-prediction/1.0.0 with"),
    (
        2,
        "models ls --registry localhost:8080",
        "registry 'localhost:8080' is neither a URL nor a file: write http://localhost:8080 for a server, or"
        " ./localhost:8080 for a file",
    ),
    (
        2,
        "models ls --registry s3://bucket",
        "registry 's3://bucket' has an unknown scheme: use http://, https://, sqlite:/// or a path",
    ),
    (
        3,
        "models ls --registry no.db",
        "there is no registry 'no.db': register a model to create it, or name another one with --registry",
    ),
    (2, "transfer a b --register churn", "--register 'churn' must be MODEL/VERSION, such as fraud/1.0"),
    (
        2,
        "search x=1 --artifacts --archived",
        "artifacts are not archived: leave out --archived and --all",
    ),
    (
        2,
        "manifest churn-prediction/1.0.0 --toleration gpu",
        '--toleration must be JSON, such as \'{"key": "gpu"}\'',
    ),
    (2, "download churn-prediction/1.0.0 --key no.pub", "there is no key 'no.pub'"),
    (
        2,
        "verify . churn-prediction/1.0.0",
        "no digest was recorded of model artifact 'churn-prediction': only files that were uploaded while"
        " registering can be verified",
    ),
    (
        2,
        "config set colour red",
        "there is no setting 'colour'; a profile may have: url, token, token_file, ca, client_cert,"
        " client_key, author, api, connect_timeout, read_timeout, total_timeout, retries, require_signature",
    ),
    (
        2,
        "completion powershell",
        "invalid value for '{bash|zsh|fish}': 'powershell' is not one of 'bash', 'zsh', 'fish'"
        " (help: model-registry completion --help)",
    ),
]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    from .conftest import Cli

    cli = Cli(tmp_path_factory.mktemp("wrong"))
    cli.ok("demo", "--registry", "registry.db")
    return cli


@pytest.mark.parametrize(("status", "arguments", "line"), WRONG, ids=[each[1] for each in WRONG])
def test_wrong_use(filled: Cli, status: int, arguments: str, line: str) -> None:
    assert filled.fails(status, *arguments.split()) == line


def test_a_registry_that_is_away(bare: Cli) -> None:
    line = bare.fails(6, "models", "ls", "--registry", "http://127.0.0.1:1")
    assert "Connection refused" in line
    assert "Traceback" in bare("models", "ls", "--registry", "http://127.0.0.1:1", "--debug").stderr


def test_texts_of_a_registry_cannot_control_the_terminal(bare: Cli) -> None:
    server = Server(":memory:")
    body = json.dumps({"name": "fraud", "description": "ev\x1b[2Jil \x9b\u202e"}).encode()
    request = Request(f"{server.url}{API}/registered_models", body, {"Content-Type": "application/json"})
    urlopen(request).close()
    bare.variables["MODEL_REGISTRY_URL"] = server.url
    for arguments in (["models", "ls"], ["models", "show", "fraud"]):
        for output in ("table", "csv", "name", "json", "jsonl", "yaml"):
            printed = bare.ok(*arguments, "-o", output)
            assert not {"\x1b", "\x9b", "\u202e"} & set(printed), (arguments, output)
    assert json.loads(bare.ok("models", "show", "fraud", "-o", "json"))["description"].startswith(
        "ev\x1b[2Jil"
    )
    server.stop()
