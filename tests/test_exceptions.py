"""The tree of exceptions."""

import copy
import inspect
import pickle

import pytest

from model_registry import exceptions
from model_registry.exceptions import (
    DuplicateError,
    InvalidArgumentError,
    MissingExtraError,
    MissingMetadata,
    ModelRegistryError,
    RequestError,
    ServerError,
    StoreError,
    TypeNotFound,
    UnsupportedType,
)

ERRORS = [
    kind
    for _, kind in inspect.getmembers(exceptions, inspect.isclass)
    if issubclass(kind, Exception)
    and not issubclass(kind, Warning)
    and kind.__module__ == exceptions.__name__
]
BUILTINS = {
    "MissingExtraError": ImportError,
    "InvalidArgumentError": ValueError,
    "RegistryConnectionError": ConnectionError,
    "RegistryTimeoutError": TimeoutError,
    "InvalidRequestError": ValueError,
    "UnauthenticatedError": PermissionError,
    "ForbiddenError": PermissionError,
    "NotFoundError": LookupError,
}
of_every_class = pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)


@of_every_class
def test_one_root_and_one_list(kind):
    assert issubclass(kind, ModelRegistryError)
    assert kind.__name__ in exceptions.__all__
    assert kind.__name__ in exceptions.__doc__
    assert kind.__doc__


@pytest.mark.parametrize(("name", "parent"), BUILTINS.items())
def test_builtin_parents(name, parent):
    assert issubclass(getattr(exceptions, name), parent)


def test_parents_that_programs_catch():
    for kind in (
        UnsupportedType,
        TypeNotFound,
        ServerError,
        DuplicateError,
        InvalidArgumentError,
        RequestError,
    ):
        assert issubclass(kind, StoreError)
    assert not issubclass(MissingMetadata, StoreError)


@of_every_class
def test_text_pickle_and_copy(kind):
    error = kind("what happened, and what to do")
    if isinstance(error, RequestError):
        error.status, error.url, error.request_id = 500, "http://localhost", "r"
    assert str(error) == "what happened, and what to do"
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is kind
        assert str(again) == str(error)
        assert vars(again) == vars(error)


def test_a_missing_extra_says_how_to_install_it():
    error = MissingExtraError.for_extra("s3", "Uploading", ImportError("no boto3"))
    assert str(error) == "Uploading needs the extra 's3' (no boto3): pip install 'model-registry[s3]'"
