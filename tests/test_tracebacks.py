"""Tracebacks of errors: the user's code, and no frames of this package and its libraries."""

from __future__ import annotations

import logging
import re
import traceback

import pytest
from IPython.core.ultratb import AutoFormattedTB

from model_registry import AsyncModelRegistry, ModelRegistry
from model_registry.exceptions import ModelRegistryError, NotFoundError, RegistryConnectionError
from model_registry.exceptions.tracebacks import frames_of_user, render


def lines_of(error: BaseException) -> list[str]:
    return "".join(traceback.format_exception(error)).splitlines()


def test_15_13_a_blocking_call_has_few_frames(caplog):
    caplog.set_level(logging.DEBUG, "model_registry")
    with ModelRegistry.local() as registry, pytest.raises(NotFoundError) as caught:
        registry.get_model("fraud")
    assert [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)][1:] == [
        "get_model",
        "__call__",
        "result",
    ]
    assert "lookup/models.py" in caplog.text.replace("\\", "/")


def test_15_13_a_registry_that_is_down_costs_few_lines():
    registry = ModelRegistry("http://127.0.0.1:9", author="ann", retries=0)
    with registry, pytest.raises(RegistryConnectionError) as caught:
        registry.get_model("fraud")
    assert len(lines_of(caught.value)) < 25
    assert "site-packages" not in "\n".join(lines_of(caught.value))
    assert isinstance(caught.value.__cause__, OSError)


async def test_15_13_errors_below_have_no_frames_in_an_asynchronous_client_either():
    async with AsyncModelRegistry("http://127.0.0.1:9", author="ann", retries=0) as registry:
        with pytest.raises(RegistryConnectionError) as caught:
            await registry.get_model("fraud")
    assert "site-packages" not in "\n".join(lines_of(caught.value))


def test_15_13_frames_of_the_users_functions_stay():
    def token() -> str:
        raise RuntimeError("no token today")

    registry = ModelRegistry("https://127.0.0.1:9", user_token=token)
    with registry, pytest.raises(Exception, match="no token today") as caught:
        registry.get_model("fraud")
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert [frame.name for frame in frames][1:] == ["get_model", "__call__", "result", "token"]
    assert frames[-1].line == 'raise RuntimeError("no token today")'


@pytest.mark.parametrize("is_users", [True, False])
def test_15_13_a_notebook_shows_causes_of_the_user_alone(is_users: bool):
    def fail() -> None:
        raise KeyError("below")

    try:
        try:
            fail() if is_users else int("x")
        except KeyError as cause:
            raise ModelRegistryError("above") from cause
        except ValueError as cause:
            cause.__traceback__ = None
            raise ModelRegistryError("above") from cause
    except ModelRegistryError as error:
        raised, cause = error, error.__cause__
    formatter = AutoFormattedTB(mode="Context", tb_offset=1)  # as IPython's shells create it
    shown = re.sub("\x1b[^m]*m", "", "\n".join(render(raised, formatter)))
    assert ("KeyError: 'below'" in shown) == is_users
    assert 'raise ModelRegistryError("above") from cause' in shown
    assert shown.rstrip().endswith("ModelRegistryError: above")
    assert raised.__cause__ is cause
    assert frames_of_user(None) is None
