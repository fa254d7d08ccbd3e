"""`s3_uri_from`."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_registry.exceptions import MissingMetadata
from model_registry.utils import s3_uri_from

VARIABLES = {
    "AWS_S3_BUCKET": "bucket",
    "AWS_S3_ENDPOINT": "https://s3.example.org:9000",
    "AWS_DEFAULT_REGION": "eu-1",
}


@pytest.fixture
def environment(monkeypatch):
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_from_arguments():
    uri = s3_uri_from("models/1.onnx", "b", endpoint="http://minio:9000", region="us-east-1")
    assert uri == "s3://b/models/1.onnx?endpoint=http://minio:9000&defaultRegion=us-east-1"


def test_from_the_environment(environment):
    uri = urlsplit(s3_uri_from("models/1.onnx"))
    assert (uri.scheme, uri.netloc, uri.path) == ("s3", "bucket", "/models/1.onnx")
    assert parse_qs(uri.query) == {"endpoint": ["https://s3.example.org:9000"], "defaultRegion": ["eu-1"]}


def test_arguments_win(environment):
    uri = urlsplit(s3_uri_from("p", "mine", endpoint="http://mine", region="mine-1"))
    assert uri.netloc == "mine"
    assert parse_qs(uri.query) == {"endpoint": ["http://mine"], "defaultRegion": ["mine-1"]}


@pytest.mark.parametrize("region", ["", None])
def test_a_uri_without_a_region(environment, region):
    environment.delenv("AWS_DEFAULT_REGION")
    assert s3_uri_from("p", region=region) == "s3://bucket/p?endpoint=https://s3.example.org:9000"


@pytest.mark.parametrize("variable", ["AWS_S3_BUCKET", "AWS_S3_ENDPOINT"])
@pytest.mark.parametrize("empty", [False, True])
def test_what_cannot_be_told_is_named(environment, variable, empty):
    if empty:
        environment.setenv(variable, "")
    else:
        environment.delenv(variable)
    with pytest.raises(MissingMetadata, match=variable):
        s3_uri_from("p")


@given(path=st.text(min_size=1).filter(lambda text: text.strip("/")), endpoint=st.text(min_size=1))
def test_any_path_and_endpoint_survive(path, endpoint):
    uri = urlsplit(s3_uri_from(path, "b", endpoint=endpoint, region="r"))
    assert unquote(uri.path) == "/" + path.lstrip("/")
    assert parse_qs(uri.query) == {"endpoint": [endpoint], "defaultRegion": ["r"]}
